//! Multipart uploads.

use cse_client::transport::{
    AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CreateMultipartUpload, TransportError, UploadPart,
    UploadPartCopy, UploadedPart, Written,
};
use quick_xml::Writer;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};

use super::{ReqwestTransport, Result, object::etag_of};
use crate::{
    encode::copy_source,
    error::incomplete,
    headers::{self, RequestHeaders, not_sent, written},
    xml::{Element, document, write_text},
};

/// Checksums of stored bytes, as headers and as elements. A completion repeats those that the parts were answered.
const CHECKSUMS: [(&str, &str); 5] = [
    ("x-amz-checksum-crc32", "ChecksumCRC32"),
    ("x-amz-checksum-crc32c", "ChecksumCRC32C"),
    ("x-amz-checksum-crc64nvme", "ChecksumCRC64NVME"),
    ("x-amz-checksum-sha1", "ChecksumSHA1"),
    ("x-amz-checksum-sha256", "ChecksumSHA256"),
];

pub(super) async fn create(s3: &ReqwestTransport, request: CreateMultipartUpload) -> Result<String> {
    let headers = RequestHeaders::new(&request.options)?.metadata(&request.metadata)?;
    let target = s3.new_object(&request.location, &[("uploads", "")])?;
    let (_, body) = s3.http.send_and_read(s3.request(Method::POST, target, headers)).await?;
    let result = Element::parse(&body)?;
    result.text_of("UploadId").map(str::to_owned).ok_or_else(|| incomplete("the upload's id"))
}

pub(super) async fn upload_part(s3: &ReqwestTransport, request: UploadPart) -> Result<UploadedPart> {
    let headers = RequestHeaders::new(&request.options)?;
    let number = request.part_number.to_string();
    let query = [("partNumber", number.as_str()), ("uploadId", &request.upload_id)];
    let target = s3.new_object(&request.location, &query)?;
    let sent = s3.request_with(Method::PUT, target, headers, request.body)?;
    let (headers, _) = s3.http.send_and_read(sent).await?;
    let mut part = UploadedPart::new(headers::header(&headers, "etag").ok_or_else(|| incomplete("the ETag"))?);
    part.checksums = checksums(|header, _| headers::header(&headers, header));
    Ok(part)
}

pub(super) async fn copy_part(s3: &ReqwestTransport, request: UploadPartCopy) -> Result<UploadedPart> {
    let headers = RequestHeaders::new(&request.options)?
        .set("x-amz-copy-source", &copy_source(&request.source))?
        .set("x-amz-copy-source-range", &request.range.to_string())?
        .maybe("x-amz-copy-source-if-match", request.source_if_match.as_deref())?;
    let number = request.part_number.to_string();
    let query = [("partNumber", number.as_str()), ("uploadId", &request.upload_id)];
    let target = s3.new_object(&request.location, &query)?;
    let (_, body) = s3.http.send_and_read(s3.request(Method::PUT, target, headers)).await?;
    let result = Element::parse(&body)?;
    let mut part = UploadedPart::new(etag_of(&result)?);
    part.checksums = checksums(|_, element| result.text_of(element).map(str::to_owned));
    Ok(part)
}

pub(super) async fn complete(s3: &ReqwestTransport, request: CompleteMultipartUpload) -> Result<Written> {
    let headers = RequestHeaders::new(&request.options)?
        .maybe("if-match", request.if_match.as_deref())?
        .maybe("if-none-match", request.if_none_match.as_deref())?;
    let body = document("CompleteMultipartUpload", |writer| {
        request.parts.iter().try_for_each(|part| write_part(writer, part))
    });
    let target = s3.new_object(&request.location, &[("uploadId", &request.upload_id)])?;
    let mut sent = s3.request_with(Method::POST, target, headers, body.map_err(not_sent)?.into())?;
    sent.headers.insert("content-type", HeaderValue::from_static("application/xml"));
    let (headers, body) = s3.http.send_and_read(sent).await?;
    completed(&headers, &body)
}

fn write_part(writer: &mut Writer<Vec<u8>>, part: &CompletedPart) -> std::io::Result<()> {
    writer.create_element("Part").write_inner_content(|writer| {
        for (name, value) in &part.part.checksums {
            write_text(writer, name, value)?;
        }
        write_text(writer, "ETag", &part.part.etag)?;
        write_text(writer, "PartNumber", &part.part_number.to_string())
    })?;
    Ok(())
}

/// An answer that broke off is none: the upload may not be complete.
fn completed(headers: &HeaderMap, body: &[u8]) -> Result<Written> {
    let result = Element::parse(body)?;
    let mut written = written(headers);
    written.etag = Some(etag_of(&result)?);
    Ok(written)
}

pub(super) async fn abort(s3: &ReqwestTransport, request: AbortMultipartUpload) -> Result<()> {
    let headers = RequestHeaders::new(&request.options)?;
    let target = s3.new_object(&request.location, &[("uploadId", &request.upload_id)])?;
    match s3.http.send(s3.request(Method::DELETE, target, headers)).await.map_err(TransportError::from) {
        Err(error) if error.code() != Some("NoSuchUpload") => Err(error),
        _ => Ok(()),
    }
}

fn checksums(value: impl Fn(&str, &str) -> Option<String>) -> Vec<(&'static str, String)> {
    CHECKSUMS.into_iter().filter_map(|(header, element)| Some((element, value(header, element)?))).collect()
}
