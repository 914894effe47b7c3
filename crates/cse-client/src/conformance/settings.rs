//! What a store is like that a transport is tried on.

use std::fmt;

/// Something that S3 does and other stores may not.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Feature {
    /// Keys with `//`, `.` and `..` in them, or a slash at their beginning or end.
    AwkwardKeys,
    /// `If-Match` of reads, and `If-None-Match`.
    ConditionalGet,
    /// `If-None-Match` of a put.
    PutIfNoneMatch,
    /// `If-Match` of a put.
    PutIfMatch,
    /// Conditions of a completion.
    ConditionalComplete,
    /// `If-None-Match` of a copy's destination.
    CopyIfNoneMatch,
    /// The condition on a copy's source.
    CopySourceIfMatch,
    /// `If-Match` of a delete.
    DeleteIfMatch,
    /// Metadata values that are not ASCII.
    NonAsciiMetadata,
    /// The limit of 2 KB for user metadata.
    MetadataLimit,
    /// An upload of one part without bytes.
    EmptyPart,
    /// A least length for parts other than the last.
    MinPartLen,
    /// Uploads that are listed, with a prefix.
    ListUploads,
    /// Parts that are copied.
    UploadPartCopy,
    /// Versions: the bucket must be one that keeps them. See [`Settings::with_versions`].
    Versions,
    /// A bucket that is not there. See [`Settings::with_missing_bucket`].
    MissingBucket,
    /// An owner that can be asked for. See [`Settings::with_owner`].
    BucketOwner,
}

/// What a transport, and the store behind it, can do, and what the suite may use.
///
/// Without further words the suite expects all of S3, on a bucket without versions.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) lacking: Vec<Feature>,
    pub(super) prefix: String,
    pub(super) min_part_len: usize,
    pub(super) missing_bucket: Option<String>,
    pub(super) owner: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lacking: vec![Feature::Versions],
            prefix: "conformance/".to_owned(),
            min_part_len: 5 << 20,
            missing_bucket: None,
            owner: None,
        }
    }
}

impl Settings {
    /// All of S3, on a bucket without versions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The store does not have this: checks that need it are skipped, and the report says so.
    #[must_use]
    pub fn lacking(mut self, feature: Feature) -> Self {
        self.lacking.push(feature);
        self
    }

    /// The bucket keeps versions. The suite cannot delete those it leaves behind.
    #[must_use]
    pub fn with_versions(mut self) -> Self {
        self.lacking.retain(|feature| *feature != Feature::Versions);
        self
    }

    /// What the keys begin with: `conformance/`, if not set. Nothing else may write below it meanwhile.
    #[must_use]
    pub fn with_prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// How long parts other than the last must be, in bytes: 5 MiB, if not set.
    #[must_use]
    pub fn with_min_part_len(self, len: usize) -> Self {
        Self { min_part_len: len.max(1), ..self }
    }

    /// The name of a bucket that does not exist.
    #[must_use]
    pub fn with_missing_bucket(self, name: impl Into<String>) -> Self {
        Self { missing_bucket: Some(name.into()), ..self }
    }

    /// The account that owns the bucket, on a store that compares it with what a request expects.
    #[must_use]
    pub fn with_owner(self, account: impl Into<String>) -> Self {
        Self { owner: Some(account.into()), ..self }
    }

    /// Why a check that needs this is skipped.
    pub(super) fn lacks(&self, feature: Feature) -> bool {
        match feature {
            Feature::MissingBucket => self.missing_bucket.is_none(),
            Feature::BucketOwner => self.owner.is_none(),
            other => self.lacking.contains(&other),
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AwkwardKeys => "awkward keys",
            Self::ConditionalGet => "conditions of reads",
            Self::PutIfNoneMatch => "If-None-Match of puts",
            Self::PutIfMatch => "If-Match of puts",
            Self::ConditionalComplete => "conditions of completions",
            Self::CopyIfNoneMatch => "If-None-Match of copies",
            Self::CopySourceIfMatch => "conditions on the source of copies",
            Self::DeleteIfMatch => "If-Match of deletes",
            Self::NonAsciiMetadata => "metadata that is not ASCII",
            Self::MetadataLimit => "a limit for metadata",
            Self::EmptyPart => "an upload of one empty part",
            Self::MinPartLen => "a least length of parts",
            Self::ListUploads => "lists of uploads",
            Self::UploadPartCopy => "copied parts",
            Self::Versions => "versions",
            Self::MissingBucket => "a bucket that is not there (none is named)",
            Self::BucketOwner => "an expected owner (none is named)",
        })
    }
}
