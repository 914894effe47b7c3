//! What a transport is asked: S3's requests, with the fields this crate fills.

use cse_envelope::ByteRange;

use crate::{body::Body, location::ObjectLocation, metadata::Metadata, options::RequestOptions};

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
