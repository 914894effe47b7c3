//! What a transport is asked: S3's requests, with the fields this crate fills.

use bytes::Bytes;
use cse_envelope::ByteRange;

use super::response::UploadedPart;
use crate::{body::Body, location::ObjectLocation, metadata::Metadata, options::RequestOptions};

/// A part that was uploaded, as `CompleteMultipartUpload` names it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CompletedPart {
    /// 1 to 10,000.
    pub part_number: u16,
    /// What the transport answered for it.
    pub part: UploadedPart,
}

impl CompletedPart {
    /// The part of this number.
    #[must_use]
    pub const fn new(part_number: u16, part: UploadedPart) -> Self {
        Self { part_number, part }
    }
}

/// `GetObject`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GetObject {
    /// Which object.
    pub location: ObjectLocation,
    /// Which of the stored bytes; all, if `None`.
    pub range: Option<ByteRange>,
    /// The ETag the object must have.
    pub if_match: Option<String>,
    /// The ETag the object must not have.
    pub if_none_match: Option<String>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl GetObject {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(location: ObjectLocation) -> Self {
        Self { location, range: None, if_match: None, if_none_match: None, options: RequestOptions::new() }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `HeadObject`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HeadObject {
    /// Which object.
    pub location: ObjectLocation,
    /// The ETag the object must have.
    pub if_match: Option<String>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl HeadObject {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(location: ObjectLocation) -> Self {
        Self { location, if_match: None, options: RequestOptions::new() }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `PutObject`.
#[derive(Debug)]
#[non_exhaustive]
pub struct PutObject {
    /// Which object is written; its `version_id` is not used.
    pub location: ObjectLocation,
    /// The bytes to store, of known length.
    pub body: Body,
    /// User metadata, the encryption's among it.
    pub metadata: Metadata,
    /// The ETag the object to be replaced must have.
    pub if_match: Option<String>,
    /// `*`: there must be no such object.
    pub if_none_match: Option<String>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl PutObject {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(location: ObjectLocation, body: Body) -> Self {
        Self {
            location,
            body,
            metadata: Metadata::new(),
            if_match: None,
            if_none_match: None,
            options: RequestOptions::new(),
        }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `CopyObject`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CopyObject {
    /// What is copied.
    pub source: ObjectLocation,
    /// Which object is written; its `version_id` is not used.
    pub location: ObjectLocation,
    /// New user metadata (directive `REPLACE`); the source's, if `None`.
    pub metadata: Option<Metadata>,
    /// The ETag the source must have.
    pub source_if_match: Option<String>,
    /// The ETag the object to be replaced must have.
    pub if_match: Option<String>,
    /// `*`: there must be no such object.
    pub if_none_match: Option<String>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl CopyObject {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(source: ObjectLocation, location: ObjectLocation) -> Self {
        Self {
            source,
            location,
            metadata: None,
            source_if_match: None,
            if_match: None,
            if_none_match: None,
            options: RequestOptions::new(),
        }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `DeleteObject`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteObject {
    /// Which object.
    pub location: ObjectLocation,
    /// The ETag the object must have.
    pub if_match: Option<String>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl DeleteObject {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(location: ObjectLocation) -> Self {
        Self { location, if_match: None, options: RequestOptions::new() }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `DeleteObjects`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteObjects {
    /// The bucket.
    pub bucket: String,
    /// Keys with, optionally, their versions; at most 1,000.
    pub objects: Vec<(String, Option<String>)>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl DeleteObjects {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(bucket: impl Into<String>, objects: Vec<(String, Option<String>)>) -> Self {
        Self { bucket: bucket.into(), objects, options: RequestOptions::new() }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `ListObjectsV2`: one page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListObjects {
    /// The bucket.
    pub bucket: String,
    /// What the keys begin with.
    pub prefix: Option<String>,
    /// What groups keys into common prefixes.
    pub delimiter: Option<String>,
    /// Only keys after this one.
    pub start_after: Option<String>,
    /// Where the page before ended.
    pub continuation_token: Option<String>,
    /// How many keys a page has at most; S3's limit and default is 1,000.
    pub max_keys: Option<u16>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl ListObjects {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: None,
            delimiter: None,
            start_after: None,
            continuation_token: None,
            max_keys: None,
            options: RequestOptions::new(),
        }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `CreateMultipartUpload`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateMultipartUpload {
    /// Which object is written; its `version_id` is not used.
    pub location: ObjectLocation,
    /// User metadata, the encryption's among it.
    pub metadata: Metadata,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl CreateMultipartUpload {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(location: ObjectLocation) -> Self {
        Self { location, metadata: Metadata::new(), options: RequestOptions::new() }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `UploadPart`. The bytes are in memory, so a transport may send them again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UploadPart {
    /// Which object is written; its `version_id` is not used.
    pub location: ObjectLocation,
    /// The upload, as `CreateMultipartUpload` named it.
    pub upload_id: String,
    /// 1 to 10,000.
    pub part_number: u16,
    /// The part's stored bytes.
    pub body: Bytes,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl UploadPart {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(location: ObjectLocation, upload_id: impl Into<String>, part_number: u16, body: Bytes) -> Self {
        Self { location, upload_id: upload_id.into(), part_number, body, options: RequestOptions::new() }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `UploadPartCopy`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UploadPartCopy {
    /// What is copied.
    pub source: ObjectLocation,
    /// Which object is written; its `version_id` is not used.
    pub location: ObjectLocation,
    /// The upload, as `CreateMultipartUpload` named it.
    pub upload_id: String,
    /// 1 to 10,000.
    pub part_number: u16,
    /// Which bytes of the source.
    pub range: ByteRange,
    /// The ETag the source must have.
    pub source_if_match: Option<String>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl UploadPartCopy {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(
        source: ObjectLocation,
        location: ObjectLocation,
        upload_id: impl Into<String>,
        part_number: u16,
        range: ByteRange,
    ) -> Self {
        Self {
            source,
            location,
            upload_id: upload_id.into(),
            part_number,
            range,
            source_if_match: None,
            options: RequestOptions::new(),
        }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `CompleteMultipartUpload`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompleteMultipartUpload {
    /// Which object is written; its `version_id` is not used.
    pub location: ObjectLocation,
    /// The upload, as `CreateMultipartUpload` named it.
    pub upload_id: String,
    /// All parts, in their order.
    pub parts: Vec<CompletedPart>,
    /// The ETag the object to be replaced must have.
    pub if_match: Option<String>,
    /// `*`: there must be no such object.
    pub if_none_match: Option<String>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl CompleteMultipartUpload {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(location: ObjectLocation, upload_id: impl Into<String>, parts: Vec<CompletedPart>) -> Self {
        Self {
            location,
            upload_id: upload_id.into(),
            parts,
            if_match: None,
            if_none_match: None,
            options: RequestOptions::new(),
        }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `AbortMultipartUpload`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AbortMultipartUpload {
    /// Which object is written; its `version_id` is not used.
    pub location: ObjectLocation,
    /// The upload, as `CreateMultipartUpload` named it.
    pub upload_id: String,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl AbortMultipartUpload {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(location: ObjectLocation, upload_id: impl Into<String>) -> Self {
        Self { location, upload_id: upload_id.into(), options: RequestOptions::new() }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}

/// `ListMultipartUploads`: one page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListMultipartUploads {
    /// The bucket.
    pub bucket: String,
    /// What the keys begin with.
    pub prefix: Option<String>,
    /// Where the page before ended: its key.
    pub key_marker: Option<String>,
    /// Where the page before ended: its upload.
    pub upload_id_marker: Option<String>,
    /// The caller's headers.
    pub options: RequestOptions,
}

impl ListMultipartUploads {
    /// The request with what it needs, and nothing else in it.
    #[must_use]
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: None,
            key_marker: None,
            upload_id_marker: None,
            options: RequestOptions::new(),
        }
    }

    /// With the caller's headers.
    #[must_use]
    pub fn with_options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }
}
