//! Requests about single objects, and deleting many.

use base64::{Engine, prelude::BASE64_STANDARD};
use cse_client::{
    ObjectLocation,
    transport::{
        CopyObject, DeleteObject, DeleteObjects, DeletedObject, GetObject, HeadObject, ObjectAttributes,
        ObjectResponse, PutObject, TransportError, TransportErrorKind, Written,
    },
};
use md5::{Digest, Md5};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};

use super::{ReqwestTransport, Result};
use crate::{
    encode::copy_source,
    endpoint::Target,
    error::incomplete,
    headers::{self, RequestHeaders, not_sent, written},
    http::{Payload, Request, object_answer},
    xml::{Element, document, write_text},
};

impl ReqwestTransport {
    /// An object, in the version that is named.
    pub(crate) fn target(&self, location: &ObjectLocation) -> Result<Target> {
        let version = location.version_id.as_deref().map(|version| ("versionId", version));
        self.endpoint.object(&location.bucket, &location.key, version.as_slice())
    }

    /// An object that is about to be written.
    pub(super) fn new_object(&self, location: &ObjectLocation, query: &[(&str, &str)]) -> Result<Target> {
        self.endpoint.object(&location.bucket, &location.key, query)
    }
}

pub(super) async fn get(s3: &ReqwestTransport, request: GetObject) -> Result<ObjectResponse> {
    let range = request.range.map(|range| range.to_string());
    let headers = RequestHeaders::new(&request.options)?
        .maybe("range", range.as_deref())?
        .maybe("if-match", request.if_match.as_deref())?
        .maybe("if-none-match", request.if_none_match.as_deref())?;
    let sent = s3.request(Method::GET, s3.target(&request.location)?, headers);
    object_answer(s3.http.send(sent).await?, s3.http.idle_timeout)
}

pub(super) async fn head(s3: &ReqwestTransport, request: HeadObject) -> Result<ObjectAttributes> {
    let headers = RequestHeaders::new(&request.options)?.maybe("if-match", request.if_match.as_deref())?;
    let sent = s3.request(Method::HEAD, s3.target(&request.location)?, headers);
    Ok(headers::attributes(s3.http.send(sent).await?.headers()))
}

pub(super) async fn put(s3: &ReqwestTransport, request: PutObject) -> Result<Written> {
    let headers = RequestHeaders::new(&request.options)?
        .metadata(&request.metadata)?
        .maybe("if-match", request.if_match.as_deref())?
        .maybe("if-none-match", request.if_none_match.as_deref())?;
    let target = s3.new_object(&request.location, &[])?;
    let sent = match request.body.as_bytes() {
        Some(bytes) => s3.request_with(Method::PUT, target, headers, bytes.clone())?,
        None => Request { payload: Payload::Stream(request.body), ..s3.request(Method::PUT, target, headers) },
    };
    let (headers, _) = s3.http.send_and_read(sent).await?;
    let written = written(&headers);
    // Whatever answers without one is no S3.
    if written.etag.is_none() { Err(incomplete("the ETag of what was put")) } else { Ok(written) }
}

pub(super) async fn copy(s3: &ReqwestTransport, request: CopyObject) -> Result<Written> {
    let mut headers = RequestHeaders::new(&request.options)?
        .set("x-amz-copy-source", &copy_source(&request.source))?
        .maybe("x-amz-copy-source-if-match", request.source_if_match.as_deref())?
        .maybe("if-match", request.if_match.as_deref())?
        .maybe("if-none-match", request.if_none_match.as_deref())?;
    if let Some(metadata) = &request.metadata {
        headers = headers.set("x-amz-metadata-directive", "REPLACE")?.metadata(metadata)?;
    }
    let sent = s3.request(Method::PUT, s3.new_object(&request.location, &[])?, headers);
    let (headers, body) = s3.http.send_and_read(sent).await?;
    let result = Element::parse(&body)?;
    if result.name != "CopyObjectResult" {
        return Err(incomplete("the result of the copy"));
    }
    let mut written = written(&headers);
    written.etag = result.text_of("ETag").map(str::to_owned).or(written.etag);
    Ok(written)
}

pub(super) async fn delete(s3: &ReqwestTransport, request: DeleteObject) -> Result<DeletedObject> {
    let headers = RequestHeaders::new(&request.options)?.maybe("if-match", request.if_match.as_deref())?;
    let sent = s3.request(Method::DELETE, s3.target(&request.location)?, headers);
    let response = s3.http.send(sent).await?;
    Ok(deleted(response.headers()))
}

fn deleted(headers: &HeaderMap) -> DeletedObject {
    let mut deleted = DeletedObject::default();
    deleted.version_id = headers::header(headers, "x-amz-version-id");
    deleted.delete_marker = headers.get("x-amz-delete-marker").is_some_and(|value| value == "true");
    deleted
}

pub(super) async fn delete_many(s3: &ReqwestTransport, request: DeleteObjects) -> Result<Vec<Result<DeletedObject>>> {
    let body = document("Delete", |writer| {
        for (key, version) in &request.objects {
            writer.create_element("Object").write_inner_content(|writer| {
                write_text(writer, "Key", key)?;
                version.iter().try_for_each(|version| write_text(writer, "VersionId", version))
            })?;
        }
        Ok(())
    });
    let body = body.map_err(not_sent)?;
    // S3 does not take this request without a checksum; this is the one that every store knows.
    let headers = RequestHeaders::new(&request.options)?.set("content-md5", &md5(&body))?;
    let target = s3.endpoint.bucket(&request.bucket, &[("delete", "")])?;
    let mut sent = s3.request_with(Method::POST, target, headers, body.into())?;
    sent.headers.insert("content-type", HeaderValue::from_static("application/xml"));
    let (_, body) = s3.http.send_and_read(sent).await?;
    let result = Element::parse(&body)?;
    Ok(request.objects.iter().map(|(key, version)| outcome(&result, key, version.as_deref())).collect())
}

fn outcome(result: &Element, key: &str, version: Option<&str>) -> Result<DeletedObject> {
    let is_same = |entry: &&Element| {
        // An answer for the newest version may name the one it was.
        let answered = entry.text_of("VersionId");
        entry.text_of("Key") == Some(key) && (version.is_none() || answered.is_none() || answered == version)
    };
    if let Some(failed) = result.children("Error").find(is_same) {
        let code = failed.text_of("Code");
        let error = TransportError::from_answer(200, code);
        return Err(match failed.text_of("Message") {
            Some(message) => error.with_message(message),
            None => error,
        });
    }
    let done = result.children("Deleted").find(is_same);
    let done = done.ok_or_else(|| {
        TransportError::new(TransportErrorKind::Other).with_message(format!("the store did not answer for {key:?}"))
    })?;
    let mut deleted = DeletedObject::default();
    deleted.version_id = done.text_of("VersionId").or(done.text_of("DeleteMarkerVersionId")).map(str::to_owned);
    deleted.delete_marker = done.is_true("DeleteMarker");
    Ok(deleted)
}

/// The value of `Content-MD5`.
pub(super) fn md5(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Md5::digest(bytes))
}

/// The ETag of a result, which there must be.
pub(super) fn etag_of(result: &Element) -> Result<String> {
    result.text_of("ETag").map(str::to_owned).ok_or_else(|| incomplete("the ETag"))
}
