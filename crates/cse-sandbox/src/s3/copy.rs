//! CopyObject and UploadPartCopy: bytes are read from the one file and written to another.

use alloc::sync::Arc;

use http::{
    HeaderMap,
    header::{HeaderName, IF_MATCH, IF_NONE_MATCH},
};
use s3s::{
    S3Response, S3Result,
    dto::{
        CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource, ETagCondition,
        MetadataDirective, Range, TaggingDirective, UploadPartCopyInput, UploadPartCopyOutput,
    },
    s3_error,
};

use super::{
    Answer, Sandboxed,
    convert::{
        byte_range, check_customer_key, checksum, copy_source, customer_key, etag, server_side_encryption,
        shown_version, write_preconditions,
    },
    incoming::{MAX_PUT_LEN, content_encoding, content_type, encryption, expires, metadata},
    multipart::part_number,
};
use crate::store::{
    Algorithm, Attributes, Content, CustomerKey, Hashers, NewObject, Preconditions, Version, Versioning, hex, read,
};

impl Sandboxed {
    /// `target` says what must be, or not be, where the copy goes.
    pub(super) async fn copy(&self, input: CopyObjectInput, target: &Preconditions) -> Answer<CopyObjectOutput> {
        let given = customer_key(
            input.copy_source_sse_customer_algorithm.clone(),
            input.copy_source_sse_customer_key.as_deref(),
            input.copy_source_sse_customer_key_md5.clone(),
        )?;
        let preconditions = Preconditions {
            if_match: input.copy_source_if_match.clone().map(Into::into),
            if_none_match: input.copy_source_if_none_match.clone().map(Into::into),
            if_modified_since: input.copy_source_if_modified_since.clone().map(Into::into),
            if_unmodified_since: input.copy_source_if_unmodified_since.clone().map(Into::into),
            ..Preconditions::default()
        };
        let (source, source_version_id) = self.source(&input.copy_source, given.as_ref(), &preconditions)?;
        let original = source.record.content.as_ref().ok_or_else(|| s3_error!(NoSuchKey))?;
        if original.len() > MAX_PUT_LEN {
            return Err(s3_error!(InvalidRequest, "one request can copy 5 GiB: copy in parts"));
        }
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let same_place = copy_source(&input.copy_source)? == (bucket.as_str(), key.as_str(), None);
        let asked = input.checksum_algorithm.as_ref().and_then(|algorithm| Algorithm::from_name(algorithm.as_str()));
        let attributes = attributes(input, original, same_place)?;
        let algorithms = asked.into_iter().chain(original.checksums.algorithms().filter(|_| asked.is_none()));
        let bytes = read(&source.files, 0..u64::MAX);
        let body = self.store.receive(&bucket, bytes, Hashers::new(algorithms)).await?;
        let content = Content {
            etag: hex(&body.md5),
            bodies: vec![body.file.record.clone()],
            multipart: false,
            attributes,
            checksums: body.checksums.clone(),
        };
        let object = NewObject { content, files: vec![Arc::clone(&body.file)] };
        let version = self.store.put(&bucket, &key, object, target)?;
        let versioned = self.store.versioning(&bucket)? != Versioning::Never;
        Ok(S3Response::new(CopyObjectOutput {
            copy_source_version_id: source_version_id,
            ..copied(&version, versioned)
        }))
    }

    pub(super) async fn copy_part(&self, input: UploadPartCopyInput) -> Answer<UploadPartCopyOutput> {
        let given = customer_key(
            input.copy_source_sse_customer_algorithm.clone(),
            input.copy_source_sse_customer_key.as_deref(),
            input.copy_source_sse_customer_key_md5.clone(),
        )?;
        let preconditions = Preconditions {
            if_match: input.copy_source_if_match.clone().map(Into::into),
            if_none_match: input.copy_source_if_none_match.clone().map(Into::into),
            if_modified_since: input.copy_source_if_modified_since.clone().map(Into::into),
            if_unmodified_since: input.copy_source_if_unmodified_since.clone().map(Into::into),
            ..Preconditions::default()
        };
        let number = part_number(input.part_number)?;
        let (source, copy_source_version_id) = self.source(&input.copy_source, given.as_ref(), &preconditions)?;
        let whole_len = source.record.content.as_ref().map_or(0, Content::len);
        let range = copy_range(input.copy_source_range.as_deref(), whole_len)?;
        if range.end.saturating_sub(range.start) > MAX_PUT_LEN {
            return Err(s3_error!(InvalidRequest, "a part can have 5 GiB"));
        }
        let upload = self.store.upload(&input.bucket, &input.key, &input.upload_id)?;
        let asked = upload.checksum_algorithm.as_deref().and_then(Algorithm::from_name);
        let body = self.store.receive(&input.bucket, read(&source.files, range), Hashers::new(asked)).await?;
        let part = self.store.put_part(&input.bucket, (&input.key, &input.upload_id), number, body)?;
        let sums = checksum(&part.checksums);
        let copy_part_result = CopyPartResult {
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            e_tag: Some(etag(&part.etag)),
            last_modified: Some(part.modified.into()),
        };
        Ok(S3Response::new(UploadPartCopyOutput {
            copy_part_result: Some(copy_part_result),
            copy_source_version_id,
            server_side_encryption: server_side_encryption(&upload.attributes.encryption),
            ..UploadPartCopyOutput::default()
        }))
    }

    /// The version to copy, and its id if it has one.
    fn source(
        &self,
        source: &CopySource,
        given: Option<&CustomerKey>,
        preconditions: &Preconditions,
    ) -> S3Result<(Arc<Version>, Option<String>)> {
        let (bucket, key, version_id) = copy_source(source)?;
        let version = self.store.find(bucket, key, version_id)?;
        if let Some(content) = &version.record.content {
            check_customer_key(&content.attributes.encryption, given)?;
        }
        preconditions.check_copy(&version.record)?;
        let versioned = self.store.versioning(bucket)? != Versioning::Never;
        let id = shown_version(&version.record, versioned);
        Ok((version, id))
    }
}

/// If-Match and If-None-Match for where the copy goes, which s3s does not know yet.
pub(super) fn preconditions(headers: &HeaderMap) -> S3Result<Preconditions> {
    let condition = |name: HeaderName| {
        let parsed = headers.get(&name).map(|value| ETagCondition::parse_http_header(value.as_bytes())).transpose();
        parsed.map_err(|_| s3_error!(InvalidArgument, "{name} is an ETag or *"))
    };
    write_preconditions(condition(IF_MATCH)?, condition(IF_NONE_MATCH)?)
}

/// What goes with the copy: the original's, or what the request says.
fn attributes(input: CopyObjectInput, original: &Content, same_place: bool) -> S3Result<Attributes> {
    let replace = input.metadata_directive.as_ref().is_some_and(|way| way.as_str() == MetadataDirective::REPLACE);
    let retag = input.tagging_directive.as_ref().is_some_and(|way| way.as_str() == TaggingDirective::REPLACE);
    let customer =
        customer_key(input.sse_customer_algorithm, input.sse_customer_key.as_deref(), input.sse_customer_key_md5)?;
    let storage_class = input.storage_class.map(|class| class.as_str().to_owned());
    let encrypted = input.server_side_encryption.is_some() || customer.is_some();
    if same_place && !replace && storage_class.is_none() && !encrypted && input.website_redirect_location.is_none() {
        return Err(s3_error!(
            InvalidRequest,
            "a copy onto itself must change something: the metadata, the storage class or the encryption"
        ));
    }
    let mut attributes = if replace {
        Attributes {
            content_type: content_type(input.content_type),
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: content_encoding(input.content_encoding),
            content_language: input.content_language,
            expires: expires(input.expires),
            metadata: metadata(input.metadata)?,
            tagging: original.attributes.tagging.clone(),
            ..Attributes::default()
        }
    } else {
        original.attributes.clone()
    };
    if retag {
        attributes.tagging = input.tagging;
    }
    // These never come from the original.
    attributes.storage_class = storage_class;
    attributes.website_redirect = input.website_redirect_location;
    attributes.encryption = encryption(
        input.server_side_encryption,
        input.ssekms_key_id,
        input.ssekms_encryption_context,
        input.bucket_key_enabled,
        customer,
    );
    Ok(attributes)
}

fn copied(version: &Version, versioned: bool) -> CopyObjectOutput {
    let content = version.record.content.as_ref();
    let sums = content.map(|content| checksum(&content.checksums)).unwrap_or_default();
    let stored = content.map(|content| content.attributes.encryption.clone()).unwrap_or_default();
    CopyObjectOutput {
        bucket_key_enabled: stored.bucket_key,
        copy_object_result: Some(CopyObjectResult {
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            checksum_type: sums.checksum_type,
            e_tag: content.map(|content| etag(&content.etag)),
            last_modified: Some(version.record.modified.into()),
        }),
        server_side_encryption: server_side_encryption(&stored),
        sse_customer_algorithm: stored.customer.as_ref().map(|key| key.algorithm.clone()),
        sse_customer_key_md5: stored.customer.map(|key| key.key_md5),
        ssekms_encryption_context: stored.kms_context,
        ssekms_key_id: stored.kms_key_id,
        version_id: shown_version(&version.record, versioned),
        ..CopyObjectOutput::default()
    }
}

/// `bytes=a-b`, both ends given and inside the source.
fn copy_range(range: Option<&str>, len: u64) -> S3Result<core::ops::Range<u64>> {
    let Some(text) = range else { return Ok(0..len) };
    let malformed = || s3_error!(InvalidArgument, "x-amz-copy-source-range must be bytes=first-last");
    let range = Range::parse(text).map_err(|_| malformed())?;
    match range {
        Range::Int { last: Some(last), .. } if last < len => Ok(byte_range(Some(&range), len)?.unwrap_or(0..len)),
        Range::Int { last: Some(_), .. } => {
            Err(s3_error!(InvalidArgument, "x-amz-copy-source-range is outside the source, which has {len} bytes"))
        }
        _ => Err(malformed()),
    }
}
