//! What a transport answers.

use std::time::SystemTime;

use cse_envelope::ContentRange;

use crate::{body::Body, metadata::Metadata};

/// What S3 says about a stored object, besides its bytes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ObjectAttributes {
    /// User metadata: names in whatever letter case, values as raw bytes. The encryption's entries are among them where this comes
    /// from a transport, and are not where it comes from an operation.
    pub metadata: Metadata,
    /// The length of the answer's body, in bytes.
    pub content_len: Option<u64>,
    /// Which bytes of the object the body holds, if it is not all of it.
    pub content_range: Option<ContentRange>,
    /// The entity tag, with its quotes.
    pub etag: Option<String>,
    /// The version, in a bucket that keeps versions.
    pub version_id: Option<String>,
    /// When it was written.
    pub last_modified: Option<SystemTime>,
    /// The other headers of the answer that describe the object, by lower-case name: `content-type`, `x-amz-storage-class` and so on.
    pub headers: Vec<(String, String)>,
}

impl ObjectAttributes {
    /// The header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// An object's answer: attributes and bytes as stored.
#[derive(Debug)]
#[non_exhaustive]
pub struct ObjectResponse {
    /// What is said about it.
    pub attributes: ObjectAttributes,
    /// The stored bytes.
    pub body: Body,
}

impl ObjectResponse {
    /// An answer.
    #[must_use]
    pub const fn new(attributes: ObjectAttributes, body: Body) -> Self {
        Self { attributes, body }
    }
}

/// An object was written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Written {
    /// The entity tag of what is stored, with its quotes.
    pub etag: Option<String>,
    /// The version, in a bucket that keeps versions.
    pub version_id: Option<String>,
}

/// An object was deleted, or was not there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct DeletedObject {
    /// The version that was deleted, or that the delete marker has.
    pub version_id: Option<String>,
    /// Whether a delete marker was written or deleted.
    pub delete_marker: bool,
}

/// A page of objects.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ObjectList {
    /// The objects, by key.
    pub objects: Vec<ListedObject>,
    /// What keys have in common up to the delimiter.
    pub common_prefixes: Vec<String>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// An object of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// Its length in bytes: as stored, unless the operation was asked for the plaintext's.
    pub len: u64,
    /// Its entity tag, with its quotes.
    pub etag: Option<String>,
    /// When it was written.
    pub last_modified: Option<SystemTime>,
    /// Its storage class.
    pub storage_class: Option<String>,
}

impl ListedObject {
    /// An object with a key and a stored length in bytes.
    #[must_use]
    pub fn new(key: impl Into<String>, len: u64) -> Self {
        Self { key: key.into(), len, etag: None, last_modified: None, storage_class: None }
    }
}

/// A part was uploaded, or copied.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct UploadedPart {
    /// Its entity tag, with its quotes.
    pub etag: String,
    /// Checksums of the stored bytes, by element name (`ChecksumCRC32`), which the completion must repeat.
    pub checksums: Vec<(&'static str, String)>,
}

impl UploadedPart {
    /// A part with this entity tag.
    #[must_use]
    pub fn new(etag: impl Into<String>) -> Self {
        Self { etag: etag.into(), checksums: Vec::new() }
    }
}

/// A page of uploads that were begun and not ended.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UploadList {
    /// The uploads, by key.
    pub uploads: Vec<ListedUpload>,
    /// Where the next page begins, if there is one: key and upload.
    pub next: Option<(String, String)>,
}

/// An upload that was begun and not ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListedUpload {
    /// The key it will have.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// When it was begun.
    pub initiated: Option<SystemTime>,
}

impl ListedUpload {
    /// An upload of a key.
    #[must_use]
    pub fn new(key: impl Into<String>, upload_id: impl Into<String>) -> Self {
        Self { key: key.into(), upload_id: upload_id.into(), initiated: None }
    }
}
