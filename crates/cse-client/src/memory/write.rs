//! Put, copy and delete.

use bytes::Bytes;

use super::{
    access::{customer_key, source_customer_key, unlock, value},
    answers::{no_such_key, precondition_failed, s3},
    etag,
    store::{Description, Object, Store, check_key, stored_metadata},
};
use crate::{
    location::ObjectLocation,
    metadata::Metadata,
    options::RequestOptions,
    transport::{CopyObject, DeleteObjects, DeletedObject, TransportError, Written},
};

/// Headers of a write that S3 keeps and answers with, and that a copy takes over unless it replaces the metadata.
const DESCRIBING: &[&str] =
    &["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"];
/// Those that every write sets anew.
const OF_THE_WRITE: &[&str] = &[
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key-md5",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];
/// S3's limit for one `DeleteObjects`.
const MAX_DELETED: usize = 1000;
/// S3's type for objects without one.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// What must be true of an object before it is written.
#[derive(Clone, Copy, Default)]
pub(super) struct WriteConditions<'a> {
    pub(super) if_match: Option<&'a str>,
    pub(super) if_none_match: Option<&'a str>,
}

impl Store {
    pub(super) fn put(
        &mut self,
        location: &ObjectLocation,
        bytes: Bytes,
        description: Description,
        conditions: WriteConditions<'_>,
    ) -> Result<Written, TransportError> {
        check_key(&location.key)?;
        let object = Object::new(bytes, description);
        self.check_request_len(object.len())?;
        self.write_if(location, object, conditions)
    }

    /// Writes an object if the one it replaces, or its absence, is what was asked for.
    pub(super) fn write_if(
        &mut self,
        location: &ObjectLocation,
        object: Object,
        conditions: WriteConditions<'_>,
    ) -> Result<Written, TransportError> {
        let present = self.newest(&location.bucket, &location.key)?;
        match (present, conditions.if_match) {
            (Some(present), if_match) => etag::require(if_match, &present.etag)?,
            (None, Some(_)) => return Err(no_such_key()),
            (None, None) => {}
        }
        match conditions.if_none_match {
            Some("*") if present.is_some() => return Err(precondition_failed()),
            Some("*") | None => {}
            Some(_) => return Err(s3(501, "NotImplemented", "If-None-Match of a write can only be *")),
        }
        let etag = Some(object.etag.clone());
        Ok(Written { etag, version_id: self.write(&location.bucket, &location.key, Some(object)) })
    }

    pub(super) fn copy(&mut self, request: &CopyObject) -> Result<Written, TransportError> {
        check_key(&request.location.key)?;
        let (_, source) = self.find(&request.source)?;
        unlock(source.description.customer_key.as_ref(), source_customer_key(&request.options).as_ref())?;
        etag::require(request.source_if_match.as_deref(), &source.etag)?;
        if source.len() > self.settings.max_request_len {
            return Err(s3(400, "InvalidRequest", "the source is larger than one copy may be: copy parts of it"));
        }
        if changes_nothing(request) {
            return Err(s3(400, "InvalidRequest", "a copy onto itself must change something"));
        }
        let description = match &request.metadata {
            Some(metadata) => description(metadata, &request.options)?,
            None => inherited(source.description, &request.options),
        };
        let conditions =
            WriteConditions { if_match: request.if_match.as_deref(), if_none_match: request.if_none_match.as_deref() };
        self.write_if(&request.location, Object::new(source.bytes, description), conditions)
    }

    /// Deletes a version, or everything there is, or puts a delete marker.
    pub(super) fn delete(
        &mut self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
        if_match: Option<&str>,
    ) -> Result<DeletedObject, TransportError> {
        check_key(key)?;
        if let Some(if_match) = if_match {
            let present = self.newest(bucket, key)?.ok_or_else(no_such_key)?;
            etag::require(Some(if_match), &present.etag)?;
        }
        let Some(id) = version_id else { return self.delete_newest(bucket, key) };
        let objects = &mut self.bucket(bucket)?.objects;
        let Some(versions) = objects.get_mut(key) else { return Ok(DeletedObject::default()) };
        let position = versions.iter().position(|version| version.is(id));
        let removed = position.map(|position| versions.remove(position));
        if versions.is_empty() {
            objects.remove(key);
        }
        let delete_marker = removed.is_some_and(|version| version.object.is_none());
        Ok(DeletedObject { version_id: Some(id.to_owned()), delete_marker })
    }

    /// Deletes objects, other than those that a fault keeps.
    pub(super) fn delete_many(
        &mut self,
        request: &DeleteObjects,
        refusals: Vec<Option<TransportError>>,
    ) -> Result<Vec<Result<DeletedObject, TransportError>>, TransportError> {
        if request.objects.is_empty() || request.objects.len() > MAX_DELETED {
            return Err(s3(400, "MalformedXML", "a request deletes 1 to 1000 objects"));
        }
        self.bucket(&request.bucket)?;
        let objects = request.objects.iter().zip(refusals);
        let answers = objects.map(|((key, version), refusal)| match refusal {
            Some(refusal) => Err(refusal),
            None => self.delete(&request.bucket, key, version.as_deref(), None),
        });
        Ok(answers.collect())
    }

    fn delete_newest(&mut self, bucket: &str, key: &str) -> Result<DeletedObject, TransportError> {
        let versioning = self.settings.versioning;
        let objects = &mut self.bucket(bucket)?.objects;
        if versioning {
            return Ok(DeletedObject { version_id: self.write(bucket, key, None), delete_marker: true });
        }
        objects.remove(key);
        Ok(DeletedObject::default())
    }
}

/// What an object is put with.
pub(super) fn description(metadata: &Metadata, options: &RequestOptions) -> Result<Description, TransportError> {
    let kept = |name: &&str| DESCRIBING.contains(name) || OF_THE_WRITE.contains(name);
    let metadata = stored_metadata(metadata)?;
    Ok(Description { metadata, headers: headers(options, kept), customer_key: customer_key(options) })
}

/// What a copy takes over, and what it is asked for.
fn inherited(source: Description, options: &RequestOptions) -> Description {
    let from_source = source.headers.into_iter().filter(|(name, _)| DESCRIBING.contains(&name.as_str()));
    let own =
        headers(options, |name| OF_THE_WRITE.contains(name)).into_iter().filter(|(name, _)| name != "content-type");
    Description {
        metadata: source.metadata,
        headers: from_source.chain(own).collect(),
        customer_key: customer_key(options),
    }
}

fn headers(options: &RequestOptions, keep: impl Fn(&&str) -> bool) -> Vec<(String, String)> {
    let kept = options
        .headers()
        .filter(|(name, value)| keep(name) && !(*name == "x-amz-storage-class" && *value == "STANDARD"));
    let mut headers: Vec<_> = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), DEFAULT_CONTENT_TYPE.to_owned()));
    }
    headers
}

/// S3 refuses a copy of an object onto itself that leaves everything as it is.
fn changes_nothing(request: &CopyObject) -> bool {
    let same = request.source.bucket == request.location.bucket
        && request.source.key == request.location.key
        && request.source.version_id.is_none();
    same && request.metadata.is_none() && OF_THE_WRITE.iter().all(|name| value(&request.options, name).is_none())
}
