//! What a transport is asked about uploads in parts.

use bytes::Bytes;
use cse_envelope::ByteRange;

use super::response::UploadedPart;
use crate::{location::ObjectLocation, metadata::Metadata, options::RequestOptions};

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
