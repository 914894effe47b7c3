//! Why the store refuses.

use std::io;

/// Each kind has an error code of S3.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the specified bucket does not exist")]
    NoSuchBucket,
    #[error("the specified key does not exist")]
    NoSuchKey,
    #[error("the specified version does not exist")]
    NoSuchVersion,
    #[error("the specified upload does not exist: it may have been completed or aborted")]
    NoSuchUpload,
    #[error("the current version is a delete marker")]
    CurrentIsDeleteMarker { version_id: String },
    #[error("the specified version is a delete marker")]
    VersionIsDeleteMarker { version_id: String },
    #[error("the bucket exists already")]
    BucketExists,
    #[error("the bucket is not empty: delete its objects, versions and uploads first")]
    BucketNotEmpty,
    #[error("a precondition does not hold")]
    PreconditionFailed,
    #[error("not modified")]
    NotModified { etag: String },
    #[error("a part is unknown or has another ETag or checksum")]
    InvalidPart,
    #[error("parts must be listed in ascending order of their numbers")]
    InvalidPartOrder,
    #[error("part {number} has {len} bytes: all but the last need at least {min_len}")]
    EntityTooSmall { number: u16, len: u64, min_len: u64 },
    #[error("a checksum does not match the bytes that arrived")]
    BadDigest,
    #[error("the body ended early or was changed on the way: {0}")]
    Incoming(Box<dyn core::error::Error + Send + Sync>),
    #[error("the sandbox's folder: {0}")]
    Io(#[from] io::Error),
}
