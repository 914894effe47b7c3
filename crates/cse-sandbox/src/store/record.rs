//! What the JSON files of the folder hold.

use alloc::collections::BTreeMap;
use core::time::Duration;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A bucket: `bucket.json` in its folder.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct BucketRecord {
    pub(crate) created: Millis,
    pub(crate) versioning: Versioning,
}

/// Whether a bucket keeps what is overwritten.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Versioning {
    #[default]
    Never,
    Enabled,
    Suspended,
}

/// One version of an object, or a delete marker.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ObjectRecord {
    pub(crate) key: String,
    pub(crate) version_id: String,
    /// Orders the versions of a key: the highest is the current one.
    pub(crate) sequence: u64,
    pub(crate) modified: Millis,
    /// `None` is a delete marker.
    pub(crate) content: Option<Content>,
}

/// The version id of what was put without versioning.
pub(crate) const NULL_VERSION: &str = "null";

/// What an object is made of.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Content {
    pub(crate) etag: String,
    /// Files that make the object, one after the other.
    pub(crate) bodies: Vec<BodyRecord>,
    /// Whether it was uploaded in parts; then each body is one.
    pub(crate) multipart: bool,
    pub(crate) attributes: Attributes,
    pub(crate) checksums: Checksums,
}

impl Content {
    /// Size of the whole object in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.bodies.iter().map(|body| body.len).sum()
    }
}

/// A file of bytes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct BodyRecord {
    pub(crate) id: String,
    pub(crate) len: u64,
}

/// Everything a put sets beside the bytes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) expires: Option<Millis>,
    pub(crate) storage_class: Option<String>,
    pub(crate) website_redirect: Option<String>,
    pub(crate) tagging: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) encryption: Encryption,
}

/// Server-side encryption as it was asked for: noted, never done.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Encryption {
    pub(crate) algorithm: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) kms_context: Option<String>,
    pub(crate) bucket_key: Option<bool>,
    pub(crate) customer: Option<CustomerKey>,
}

/// A key the customer provides with each request, known by its digest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct CustomerKey {
    pub(crate) algorithm: String,
    pub(crate) key_md5: String,
}

/// Checksums in Base64; those of the composite type end in `-` and the number of parts.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Checksums {
    pub(crate) crc32: Option<String>,
    pub(crate) crc32c: Option<String>,
    pub(crate) crc64nvme: Option<String>,
    pub(crate) sha1: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) composite: bool,
}

/// A multipart upload that is under way.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct UploadRecord {
    pub(crate) key: String,
    /// Sorts by the time of creation.
    pub(crate) upload_id: String,
    pub(crate) initiated: Millis,
    pub(crate) attributes: Attributes,
    /// What the caller asked for; without it parts have CRC64NVME.
    pub(crate) checksum_algorithm: Option<String>,
    pub(crate) composite: bool,
}

/// A part of an upload.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PartRecord {
    pub(crate) number: u16,
    pub(crate) modified: Millis,
    pub(crate) etag: String,
    pub(crate) checksums: Checksums,
    pub(crate) body: BodyRecord,
}

/// Milliseconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub(crate) struct Millis(u64);

impl Millis {
    pub(crate) fn now() -> Self {
        SystemTime::now().into()
    }

    /// The whole second it is in, which is all that HTTP dates tell.
    pub(crate) fn second(self) -> u64 {
        self.0 / 1000
    }
}

impl From<SystemTime> for Millis {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl From<Millis> for SystemTime {
    fn from(millis: Millis) -> Self {
        Self::UNIX_EPOCH.checked_add(Duration::from_millis(millis.0)).unwrap_or(Self::UNIX_EPOCH)
    }
}
