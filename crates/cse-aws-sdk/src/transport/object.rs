//! Requests about single objects, and deleting many.

use std::collections::HashMap;

use aws_sdk_s3::{
    Client, error,
    types::{Delete, DeletedObject as SdkDeleted, Error as SdkFailure, MetadataDirective, ObjectIdentifier},
};
use cse_client::{
    Metadata,
    transport::{
        CopyObject, DeleteObject, DeleteObjects, DeletedObject, GetObject, HeadObject, ObjectAttributes,
        ObjectResponse, PutObject, TransportError, TransportErrorKind, Written,
    },
};

use super::{from_sdk, into_sdk, transport_error};
use crate::{
    encode::copy_source,
    wire::{RawHeaders, prepared},
};

type Result<T> = std::result::Result<T, TransportError>;

pub(super) async fn get(s3: &Client, request: GetObject) -> Result<ObjectResponse> {
    let headers = RawHeaders::default();
    let operation = s3
        .get_object()
        .bucket(request.location.bucket)
        .key(request.location.key)
        .set_version_id(request.location.version_id)
        .set_range(request.range.map(|range| range.to_string()))
        .set_if_match(request.if_match)
        .set_if_none_match(request.if_none_match)
        .customize();
    let operation = prepared(operation, request.options).interceptor(headers.clone());
    let output = operation.send().await.map_err(transport_error)?;
    let attributes = headers.attributes();
    let body = from_sdk(output.body, attributes.content_len);
    Ok(ObjectResponse::new(attributes, body))
}

pub(super) async fn head(s3: &Client, request: HeadObject) -> Result<ObjectAttributes> {
    let headers = RawHeaders::default();
    let operation = s3
        .head_object()
        .bucket(request.location.bucket)
        .key(request.location.key)
        .set_version_id(request.location.version_id)
        .set_if_match(request.if_match)
        .customize();
    let operation = prepared(operation, request.options).interceptor(headers.clone());
    operation.send().await.map_err(transport_error)?;
    Ok(headers.attributes())
}

pub(super) async fn put(s3: &Client, request: PutObject) -> Result<Written> {
    let operation = s3
        .put_object()
        .bucket(request.location.bucket)
        .key(request.location.key)
        .body(into_sdk(request.body))
        .set_metadata(Some(metadata(&request.metadata)?))
        .set_if_match(request.if_match)
        .set_if_none_match(request.if_none_match)
        .customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    Ok(written(output.e_tag, output.version_id))
}

pub(super) async fn copy(s3: &Client, request: CopyObject) -> Result<Written> {
    let mut builder = s3
        .copy_object()
        .copy_source(copy_source(&request.source))
        .bucket(request.location.bucket)
        .key(request.location.key)
        .set_copy_source_if_match(request.source_if_match)
        .set_if_match(request.if_match)
        .set_if_none_match(request.if_none_match);
    if let Some(new) = &request.metadata {
        builder = builder.metadata_directive(MetadataDirective::Replace).set_metadata(Some(metadata(new)?));
    }
    let output = prepared(builder.customize(), request.options).send().await.map_err(transport_error)?;
    Ok(written(output.copy_object_result.and_then(|result| result.e_tag), output.version_id))
}

pub(super) async fn delete(s3: &Client, request: DeleteObject) -> Result<DeletedObject> {
    let operation = s3
        .delete_object()
        .bucket(request.location.bucket)
        .key(request.location.key)
        .set_version_id(request.location.version_id)
        .set_if_match(request.if_match)
        .customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    let mut deleted = DeletedObject::default();
    deleted.version_id = output.version_id;
    deleted.delete_marker = output.delete_marker.unwrap_or_default();
    Ok(deleted)
}

pub(super) async fn delete_many(s3: &Client, request: DeleteObjects) -> Result<Vec<Result<DeletedObject>>> {
    let mut delete = Delete::builder();
    for (key, version) in &request.objects {
        let object = ObjectIdentifier::builder().key(key).set_version_id(version.clone()).build();
        delete = delete.objects(object.map_err(not_sent)?);
    }
    let delete = delete.build().map_err(not_sent)?;
    let operation = s3.delete_objects().bucket(request.bucket).delete(delete).customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    let answer = |(key, version): &(String, Option<String>)| {
        let version = version.as_deref();
        let failed = output.errors().iter().find(|failed| is_same(failed.key(), failed.version_id(), key, version));
        if let Some(failed) = failed {
            return Err(failure(failed));
        }
        let deleted = output.deleted().iter().find(|done| is_same(done.key(), done.version_id(), key, version));
        deleted.map(deleted_object).ok_or_else(|| {
            TransportError::new(TransportErrorKind::Other).with_message(format!("S3 did not answer for {key:?}"))
        })
    };
    Ok(request.objects.iter().map(answer).collect())
}

fn is_same(key: Option<&str>, version: Option<&str>, asked_key: &str, asked_version: Option<&str>) -> bool {
    // An answer for the newest version may name the one it was.
    key == Some(asked_key) && (asked_version.is_none() || version.is_none() || version == asked_version)
}

fn deleted_object(deleted: &SdkDeleted) -> DeletedObject {
    let mut object = DeletedObject::default();
    object.version_id = deleted.version_id().or(deleted.delete_marker_version_id()).map(str::to_owned);
    object.delete_marker = deleted.delete_marker().unwrap_or_default();
    object
}

fn failure(failed: &SdkFailure) -> TransportError {
    let error = TransportError::from_answer(200, failed.code());
    match failed.message() {
        Some(message) => error.with_message(message),
        None => error,
    }
}

/// The SDK's map; values to be written are text.
pub(crate) fn metadata(metadata: &Metadata) -> Result<HashMap<String, String>> {
    metadata
        .iter()
        .map(|(name, value)| Ok((name.to_owned(), String::from_utf8(value.to_owned()).map_err(not_sent)?)))
        .collect()
}

pub(super) fn not_sent(error: impl Into<error::BoxError>) -> TransportError {
    TransportError::new(TransportErrorKind::NotSent).with_source(error)
}

pub(super) fn written(etag: Option<String>, version_id: Option<String>) -> Written {
    let mut written = Written::default();
    written.etag = etag;
    written.version_id = version_id;
    written
}
