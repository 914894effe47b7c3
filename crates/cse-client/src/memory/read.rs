//! Get and head.

use bytes::Bytes;
use cse_envelope::ContentRange;

use super::{
    access::{customer_key, unlock},
    answers::{s3, without_body},
    etag,
    store::{Object, Store, Version, check_key},
};
use crate::transport::{GetObject, HeadObject, ObjectAttributes, TransportError, TransportErrorKind};

impl Store {
    /// The attributes and the bytes asked for.
    pub(super) fn get(&mut self, request: &GetObject) -> Result<(ObjectAttributes, Bytes), TransportError> {
        check_key(&request.location.key)?;
        let (version, object) = self.find(&request.location)?;
        unlock(object.description.customer_key.as_ref(), customer_key(&request.options).as_ref())?;
        etag::require(request.if_match.as_deref(), &object.etag)?;
        if request.if_none_match.as_deref().is_some_and(|condition| etag::names(condition, &object.etag)) {
            return Err(TransportError::new(TransportErrorKind::PreconditionFailed).with_code("NotModified"));
        }
        let attributes = attributes(&version, &object);
        let Some(range) = request.range else { return Ok((attributes, object.bytes)) };
        let content_range =
            range.resolve(object.len()).map_err(|_| s3(416, "InvalidRange", "the range lies outside the object"))?;
        let bytes = slice(&object.bytes, content_range);
        let content_len = u64::try_from(bytes.len()).ok();
        Ok((ObjectAttributes { content_len, content_range: Some(content_range), ..attributes }, bytes))
    }

    pub(super) fn head(&mut self, request: &HeadObject) -> Result<ObjectAttributes, TransportError> {
        let HeadObject { location, if_match, options } = request.clone();
        let get = GetObject { if_match, options, ..GetObject::new(location) };
        self.get(&get).map(|(attributes, _)| attributes).map_err(|error| without_body(&error))
    }
}

fn attributes(version: &Version, object: &Object) -> ObjectAttributes {
    ObjectAttributes {
        metadata: object.description.metadata.clone(),
        content_len: Some(object.len()),
        content_range: None,
        etag: Some(object.etag.clone()),
        version_id: version.id.clone(),
        last_modified: Some(version.modified),
        headers: object.description.headers.clone(),
    }
}

/// The bytes of a range that was resolved against these bytes' length.
pub(super) fn slice(bytes: &Bytes, range: ContentRange) -> Bytes {
    let position = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(position(range.first())..position(range.last().saturating_add(1)))
}
