//! What is stored: buckets, objects with their versions, uploads that have not ended.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use bytes::Bytes;

use super::{
    access::CustomerKey,
    answers::{no_such_bucket, no_such_key, no_such_version, not_sent, s3},
    etag,
};
use crate::{
    location::ObjectLocation,
    metadata::Metadata,
    transport::{TransportError, Written},
};

/// S3's limit for user metadata, in bytes of names and values.
const MAX_METADATA_LEN: usize = 2048;
/// S3's limit for keys, in bytes.
const MAX_KEY_LEN: usize = 1024;
/// The moment at which the store's clock starts (seconds since 1970). It goes on a second with every write, so that a test that runs
/// twice sees the same times.
const CLOCK_START: u64 = 1_767_225_600;

/// What a store is like; see the methods of the same names of `MemoryTransport`.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) versioning: bool,
    pub(super) min_part_len: u64,
    pub(super) max_request_len: u64,
    pub(super) page_len: u16,
    pub(super) chunk_len: usize,
    pub(super) owner: Option<String>,
    pub(super) requester_pays: bool,
    /// The only buckets there are; any, if `None`.
    pub(super) buckets: Option<Vec<String>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            versioning: false,
            min_part_len: 5 << 20,
            max_request_len: 5 << 30,
            page_len: 1000,
            chunk_len: 64 << 10,
            owner: None,
            requester_pays: false,
            buckets: None,
        }
    }
}

#[derive(Default)]
pub(super) struct Store {
    pub(super) settings: Settings,
    pub(super) buckets: BTreeMap<String, Bucket>,
    /// How many things have been written.
    clock: u64,
}

#[derive(Default)]
pub(super) struct Bucket {
    /// Versions of each key, the oldest first; one, in a bucket without versions. Never empty.
    pub(super) objects: BTreeMap<String, Vec<Version>>,
    /// By key and id.
    pub(super) uploads: BTreeMap<(String, String), Upload>,
}

#[derive(Clone)]
pub(super) struct Version {
    pub(super) id: Option<String>,
    pub(super) modified: SystemTime,
    /// `None` is a delete marker.
    pub(super) object: Option<Object>,
}

#[derive(Clone)]
pub(super) struct Object {
    pub(super) bytes: Bytes,
    pub(super) etag: String,
    pub(super) description: Description,
}

/// What an object has besides its bytes.
#[derive(Clone, Default)]
pub(super) struct Description {
    pub(super) metadata: Metadata,
    pub(super) headers: Vec<(String, String)>,
    pub(super) customer_key: Option<CustomerKey>,
}

pub(super) struct Upload {
    pub(super) initiated: SystemTime,
    pub(super) description: Description,
    pub(super) parts: BTreeMap<u16, Part>,
}

pub(super) struct Part {
    pub(super) bytes: Bytes,
    pub(super) etag: String,
}

impl Object {
    pub(super) fn new(bytes: Bytes, description: Description) -> Self {
        Self { etag: etag::of_bytes(&bytes), bytes, description }
    }

    pub(super) fn len(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }
}

impl Store {
    /// The bucket, made if there is none and any is allowed.
    pub(super) fn bucket(&mut self, name: &str) -> Result<&mut Bucket, TransportError> {
        let exists = self.settings.buckets.as_ref().is_none_or(|names| names.iter().any(|other| other == name));
        if exists { Ok(self.buckets.entry(name.to_owned()).or_default()) } else { Err(no_such_bucket()) }
    }

    /// The object that the location means, with the version it is.
    pub(super) fn find(&mut self, location: &ObjectLocation) -> Result<(Version, Object), TransportError> {
        let versions = self.bucket(&location.bucket)?.objects.get(&location.key).map(Vec::as_slice).unwrap_or_default();
        let version = match &location.version_id {
            None => versions.last().ok_or_else(no_such_key)?,
            Some(id) => versions.iter().find(|version| version.is(id)).ok_or_else(no_such_version)?,
        };
        match &version.object {
            Some(object) => Ok((version.clone(), object.clone())),
            None if location.version_id.is_some() => Err(s3(405, "MethodNotAllowed", "a delete marker cannot be read")),
            None => Err(no_such_key()),
        }
    }

    /// The newest version of an object, if it is there.
    pub(super) fn newest(&mut self, bucket: &str, key: &str) -> Result<Option<&Object>, TransportError> {
        let versions = self.bucket(bucket)?.objects.get(key);
        Ok(versions.and_then(|versions| versions.last()).and_then(|version| version.object.as_ref()))
    }

    /// Adds a version; the only one there is, without versioning. Its id.
    pub(super) fn write(&mut self, bucket: &str, key: &str, object: Option<Object>) -> Option<String> {
        let modified = self.tick();
        let id = self.settings.versioning.then(|| format!("version-{:08}", self.clock));
        let bucket = self.buckets.entry(bucket.to_owned()).or_default();
        let versions = bucket.objects.entry(key.to_owned()).or_default();
        if id.is_none() {
            versions.clear();
        }
        versions.push(Version { id: id.clone(), modified, object });
        id
    }

    /// Stores what S3 would not, too; a bucket that did not exist does now.
    pub(super) fn put_raw(&mut self, bucket: &str, key: &str, bytes: Bytes, metadata: Metadata) -> Written {
        if let Some(buckets) = self.settings.buckets.as_mut().filter(|names| !names.iter().any(|name| name == bucket)) {
            buckets.push(bucket.to_owned());
        }
        let object = Object::new(bytes, Description { metadata, ..Description::default() });
        let etag = Some(object.etag.clone());
        Written { etag, version_id: self.write(bucket, key, Some(object)) }
    }

    /// The time of a write.
    pub(super) fn tick(&mut self) -> SystemTime {
        self.clock = self.clock.saturating_add(1);
        SystemTime::UNIX_EPOCH + Duration::from_secs(CLOCK_START.saturating_add(self.clock))
    }

    /// A name that was not given before.
    pub(super) fn next_upload_id(&mut self) -> (String, SystemTime) {
        let initiated = self.tick();
        (format!("upload-{:08}", self.clock), initiated)
    }

    /// Whether one request can carry this much.
    pub(super) fn check_request_len(&self, len: u64) -> Result<(), TransportError> {
        if len <= self.settings.max_request_len {
            return Ok(());
        }
        Err(s3(400, "EntityTooLarge", "the object is larger than one request may be"))
    }
}

impl Version {
    pub(super) fn is(&self, id: &str) -> bool {
        self.id.as_deref().unwrap_or("null") == id
    }
}

/// A key that S3 takes.
pub(super) fn check_key(key: &str) -> Result<(), TransportError> {
    match key.len() {
        0 => Err(not_sent("the key is empty")),
        1..=MAX_KEY_LEN => Ok(()),
        _ => Err(s3(400, "KeyTooLongError", "the key is too long")),
    }
}

/// User metadata as S3 keeps it: names in lower case, values without white space around them, and one entry a name.
pub(super) fn stored_metadata(metadata: &Metadata) -> Result<Metadata, TransportError> {
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, value) in metadata.iter() {
        if !is_header_name(name) || !is_header_value(value) {
            return Err(not_sent("user metadata that is no header"));
        }
        let (name, value) = (name.to_ascii_lowercase(), value.trim_ascii());
        match entries.iter_mut().find(|(other, _)| *other == name) {
            Some((_, values)) => values.extend([b",", value].concat()),
            None => entries.push((name, value.to_vec())),
        }
    }
    let stored = Metadata::from_iter(entries);
    if stored.stored_len() > MAX_METADATA_LEN {
        return Err(s3(400, "MetadataTooLarge", "user metadata takes more than 2048 bytes"));
    }
    Ok(stored)
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_header_value(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control())
}
