//! GetObject and HeadObject.

use alloc::sync::Arc;
use core::{
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
};
use std::io;

use bytes::Bytes;
use futures_util::Stream;
use http::StatusCode;
use s3s::{
    S3Error, S3ErrorCode, S3Response, S3Result, StdError,
    dto::{Checksum, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StreamingBlob},
    s3_error,
    stream::{ByteStream, RemainingLength},
};

use super::{
    Answer, Sandboxed,
    convert::{
        byte_range, check_customer_key, checksum, content_range, customer_key, etag, server_side_encryption,
        shown_version, signed,
    },
    incoming::split_tabs,
};
use crate::store::{Attributes, Content, Preconditions, Version, Versioning, read};

impl Sandboxed {
    /// HeadObject, which is the rest of GetObject too.
    pub(super) fn head(&self, input: HeadObjectInput) -> Answer<HeadObjectOutput> {
        let found = self.read(input)?;
        let answer = found.answer()?;
        Ok(found.with_headers(answer))
    }

    pub(super) fn get(&self, input: GetObjectInput) -> Answer<GetObjectOutput> {
        let found = self.read(HeadObjectInput {
            bucket: input.bucket,
            checksum_mode: input.checksum_mode,
            if_match: input.if_match,
            if_modified_since: input.if_modified_since,
            if_none_match: input.if_none_match,
            if_unmodified_since: input.if_unmodified_since,
            key: input.key,
            part_number: input.part_number,
            range: input.range,
            sse_customer_algorithm: input.sse_customer_algorithm,
            sse_customer_key: input.sse_customer_key,
            sse_customer_key_md5: input.sse_customer_key_md5,
            version_id: input.version_id,
            ..HeadObjectInput::default()
        })?;
        let head = found.answer()?;
        let answer = GetObjectOutput {
            accept_ranges: head.accept_ranges,
            body: Some(found.body()),
            bucket_key_enabled: head.bucket_key_enabled,
            cache_control: head.cache_control,
            checksum_crc32: head.checksum_crc32,
            checksum_crc32c: head.checksum_crc32c,
            checksum_crc64nvme: head.checksum_crc64nvme,
            checksum_sha1: head.checksum_sha1,
            checksum_sha256: head.checksum_sha256,
            checksum_type: head.checksum_type,
            content_disposition: head.content_disposition,
            content_encoding: head.content_encoding,
            content_language: head.content_language,
            content_length: head.content_length,
            content_range: head.content_range,
            content_type: head.content_type,
            e_tag: head.e_tag,
            expires: head.expires,
            last_modified: head.last_modified,
            metadata: head.metadata,
            parts_count: head.parts_count,
            sse_customer_algorithm: head.sse_customer_algorithm,
            sse_customer_key_md5: head.sse_customer_key_md5,
            ssekms_key_id: head.ssekms_key_id,
            server_side_encryption: head.server_side_encryption,
            storage_class: head.storage_class,
            tag_count: tag_count(&found.content()?.attributes),
            version_id: head.version_id,
            website_redirect_location: head.website_redirect_location,
            ..GetObjectOutput::default()
        };
        Ok(found.with_headers(answer))
    }

    /// Finds the version and the range, and checks what the request demands.
    fn read(&self, input: HeadObjectInput) -> S3Result<Found> {
        let version = self.store.find(&input.bucket, &input.key, input.version_id.as_deref())?;
        let versioned = self.store.versioning(&input.bucket)? != Versioning::Never;
        let preconditions = Preconditions {
            if_match: input.if_match.map(Into::into),
            if_none_match: input.if_none_match.map(Into::into),
            if_modified_since: input.if_modified_since.map(Into::into),
            if_unmodified_since: input.if_unmodified_since.map(Into::into),
            ..Preconditions::default()
        };
        let given =
            customer_key(input.sse_customer_algorithm, input.sse_customer_key.as_deref(), input.sse_customer_key_md5)?;
        let content = version.record.content.as_ref().ok_or_else(|| s3_error!(NoSuchKey))?;
        check_customer_key(&content.attributes.encryption, given.as_ref())?;
        preconditions.check_read(&version.record)?;
        let range = match (input.part_number, &input.range) {
            (Some(_), Some(_)) => return Err(s3_error!(InvalidRequest, "ask for a part or for a range, not for both")),
            (Some(number), None) => Some(part_range(content, number)?).filter(|_| content.len() > 0),
            (None, range) => byte_range(range.as_ref(), content.len())?,
        };
        let with_checksums = input.checksum_mode.is_some_and(|mode| mode.as_str() == "ENABLED");
        let part_asked = input.part_number.is_some();
        Ok(Found { version, versioned, range, with_checksums, part_asked, tabs: http::HeaderMap::new() }.split())
    }
}

struct Found {
    version: Arc<Version>,
    versioned: bool,
    /// `None` is the whole, answered with 200.
    range: Option<Range<u64>>,
    with_checksums: bool,
    part_asked: bool,
    tabs: http::HeaderMap,
}

impl Found {
    fn split(mut self) -> Self {
        let metadata = self.version.record.content.as_ref().map(|content| content.attributes.metadata.clone());
        self.tabs = split_tabs(&mut metadata.into_iter().flatten().collect());
        self
    }

    fn content(&self) -> S3Result<&Content> {
        self.version.record.content.as_ref().ok_or_else(|| s3_error!(NoSuchKey))
    }

    fn with_headers<T>(self, output: T) -> S3Response<T> {
        S3Response::with_headers(output, self.tabs)
    }

    fn len(&self) -> u64 {
        let whole = self.version.record.content.as_ref().map_or(0, Content::len);
        self.range.as_ref().map_or(whole, |range| range.end.saturating_sub(range.start))
    }

    fn body(&self) -> StreamingBlob {
        let range = self.range.clone().unwrap_or(0..u64::MAX);
        StreamingBlob::new(SizedStream { stream: Box::pin(read(&self.version.files, range)), left: self.len() })
    }

    fn answer(&self) -> S3Result<HeadObjectOutput> {
        let content = self.content()?;
        let attributes = content.attributes.clone();
        let mut metadata = attributes.metadata.into_iter().collect();
        split_tabs(&mut metadata);
        // Those of a whole say nothing about a range of it.
        let whole = self.range.is_none();
        let sums = if self.with_checksums && whole { checksum(&content.checksums) } else { Checksum::default() };
        let parts = content.multipart.then(|| i32::try_from(content.bodies.len()).ok()).flatten();
        let customer = attributes.encryption.customer.clone();
        Ok(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            bucket_key_enabled: attributes.encryption.bucket_key,
            cache_control: attributes.cache_control,
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            checksum_type: sums.checksum_type,
            content_disposition: attributes.content_disposition,
            content_encoding: attributes.content_encoding,
            content_language: attributes.content_language,
            content_length: Some(signed(self.len())),
            content_range: self.range.as_ref().map(|range| content_range(range, content.len())),
            content_type: attributes.content_type,
            e_tag: Some(etag(&content.etag)),
            expires: attributes.expires.map(Into::into),
            last_modified: Some(self.version.record.modified.into()),
            metadata: Some(metadata),
            parts_count: parts.filter(|_| self.part_asked),
            server_side_encryption: server_side_encryption(&attributes.encryption),
            sse_customer_algorithm: customer.as_ref().map(|key| key.algorithm.clone()),
            sse_customer_key_md5: customer.map(|key| key.key_md5),
            ssekms_key_id: attributes.encryption.kms_key_id,
            storage_class: attributes.storage_class.filter(|class| class != "STANDARD").map(Into::into),
            version_id: shown_version(&self.version.record, self.versioned),
            website_redirect_location: attributes.website_redirect,
            ..HeadObjectOutput::default()
        })
    }
}

/// Where a part is in the object; an object that was not uploaded in parts is its own first one.
fn part_range(content: &Content, number: i32) -> S3Result<Range<u64>> {
    let none = || {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("InvalidPartNumber".into()),
            format!("the object has {} part(s)", content.bodies.len()),
        );
        error.set_status_code(StatusCode::RANGE_NOT_SATISFIABLE);
        error
    };
    let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).ok_or_else(none)?;
    let body = content.bodies.get(place).ok_or_else(none)?;
    let start = content.bodies.iter().take(place).map(|body| body.len).sum::<u64>();
    Ok(start..start.saturating_add(body.len))
}

fn tag_count(attributes: &Attributes) -> Option<i32> {
    let tags = attributes.tagging.as_deref().filter(|tags| !tags.is_empty())?;
    i32::try_from(tags.split('&').count()).ok()
}

/// A stream whose length is known.
struct SizedStream {
    stream: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send + Sync>>,
    left: u64,
}

impl Stream for SizedStream {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.stream.as_mut().poll_next(context));
        if let Some(Ok(block)) = &next {
            self.left = self.left.saturating_sub(u64::try_from(block.len()).unwrap_or(u64::MAX));
        }
        Poll::Ready(next.map(|block| block.map_err(Into::into)))
    }
}

impl ByteStream for SizedStream {
    fn remaining_length(&self) -> RemainingLength {
        usize::try_from(self.left).map_or_else(|_| RemainingLength::unknown(), RemainingLength::new_exact)
    }
}
