//! Multipart uploads.

use s3s::{
    S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
        CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, CreateMultipartUploadInput,
        CreateMultipartUploadOutput, Initiator, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput,
        ListPartsOutput, MultipartUpload, Part, UploadPartInput, UploadPartOutput,
    },
    s3_error,
};

use super::{
    Answer, Sandboxed,
    convert::{
        Encoder, check_customer_key, checksum, customer_key, etag, owner, server_side_encryption, shown_version,
        signed, unsigned, write_preconditions,
    },
    incoming::{Expected, content_encoding, content_type, encryption, expires, metadata},
    list::{page_len, split},
};
use crate::store::{
    Algorithm, Attributes, Checksums, Completion, Listing, NewUpload, PartRecord, UploadRecord, Versioning, WantedPart,
};

impl Sandboxed {
    pub(super) fn create_upload(&self, input: CreateMultipartUploadInput) -> Answer<CreateMultipartUploadOutput> {
        let algorithm = input.checksum_algorithm.as_ref().map(|name| {
            Algorithm::from_name(name.as_str()).ok_or_else(|| s3_error!(InvalidRequest, "unknown checksum algorithm"))
        });
        let algorithm = algorithm.transpose()?;
        let composite = composite(algorithm, input.checksum_type.as_ref())?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let new = NewUpload { attributes: attributes(input)?, checksum_algorithm: algorithm, composite };
        let record = self.store.create_upload(&bucket, &key, new)?;
        let stored = record.attributes.encryption.clone();
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(bucket),
            bucket_key_enabled: stored.bucket_key,
            checksum_algorithm: algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
            checksum_type: algorithm.map(|_| checksum_type(composite)),
            key: Some(key),
            server_side_encryption: server_side_encryption(&stored),
            sse_customer_algorithm: stored.customer.as_ref().map(|key| key.algorithm.clone()),
            sse_customer_key_md5: stored.customer.map(|key| key.key_md5),
            ssekms_encryption_context: stored.kms_context,
            ssekms_key_id: stored.kms_key_id,
            upload_id: Some(record.upload_id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    pub(super) async fn put_part(&self, mut req: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        let expected = Expected::of(&req)?;
        let body = req.input.body.take();
        let input = req.input;
        let number = part_number(input.part_number)?;
        let upload = self.store.upload(&input.bucket, &input.key, &input.upload_id)?;
        let given =
            customer_key(input.sse_customer_algorithm, input.sse_customer_key.as_deref(), input.sse_customer_key_md5)?;
        check_customer_key(&upload.attributes.encryption, given.as_ref())?;
        let algorithm = upload.checksum_algorithm.as_deref().and_then(Algorithm::from_name);
        // Uploads nobody asked a checksum for get the default one.
        let also = algorithm.unwrap_or(Algorithm::Crc64Nvme);
        let body = self.receive(&input.bucket, body, &expected, Some(also)).await?;
        let part = self.store.put_part(&input.bucket, (&input.key, &input.upload_id), number, body)?;
        let sums = checksum(&part.checksums);
        let stored = upload.attributes.encryption;
        Ok(S3Response::new(UploadPartOutput {
            bucket_key_enabled: stored.bucket_key,
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            e_tag: Some(etag(&part.etag)),
            server_side_encryption: server_side_encryption(&stored),
            sse_customer_algorithm: stored.customer.as_ref().map(|key| key.algorithm.clone()),
            sse_customer_key_md5: stored.customer.map(|key| key.key_md5),
            ssekms_key_id: stored.kms_key_id,
            ..UploadPartOutput::default()
        }))
    }

    pub(super) fn complete_upload(&self, input: CompleteMultipartUploadInput) -> Answer<CompleteMultipartUploadOutput> {
        let preconditions = write_preconditions(input.if_match.clone(), input.if_none_match.clone())?;
        let parts = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        if parts.is_empty() {
            return Err(s3_error!(MalformedXML, "an upload is completed with a list of its parts"));
        }
        let completion = Completion {
            parts: parts.into_iter().map(wanted_part).collect::<S3Result<_>>()?,
            checksums: Checksums {
                crc32: input.checksum_crc32,
                crc32c: input.checksum_crc32c,
                crc64nvme: input.checksum_crc64nvme,
                sha1: input.checksum_sha1,
                sha256: input.checksum_sha256,
                composite: false,
            },
            len: input.mpu_object_size.map(unsigned).transpose()?,
            preconditions,
        };
        let version = self.store.complete_upload(&input.bucket, (&input.key, &input.upload_id), &completion)?;
        let versioned = self.store.versioning(&input.bucket)? != Versioning::Never;
        let content = version.record.content.as_ref().ok_or_else(|| s3_error!(InternalError))?;
        let sums = checksum(&content.checksums);
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            bucket_key_enabled: content.attributes.encryption.bucket_key,
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            checksum_type: sums.checksum_type,
            e_tag: Some(etag(&content.etag)),
            key: Some(input.key),
            ssekms_key_id: content.attributes.encryption.kms_key_id.clone(),
            server_side_encryption: server_side_encryption(&content.attributes.encryption),
            version_id: shown_version(&version.record, versioned),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    pub(super) fn abort_upload(&self, input: &AbortMultipartUploadInput) -> Answer<AbortMultipartUploadOutput> {
        self.store.abort_upload(&input.bucket, &input.key, &input.upload_id)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    pub(super) fn list_parts_of(&self, input: &ListPartsInput) -> Answer<ListPartsOutput> {
        let (max_parts, max) = page_len(input.max_parts)?;
        let after = u16::try_from(input.part_number_marker.unwrap_or(0).max(0)).unwrap_or(u16::MAX);
        let place = (input.key.as_str(), input.upload_id.as_str());
        let (upload, parts, more) = self.store.list_parts(&input.bucket, place, after, max)?;
        let last = parts.last().map_or(after, |part| part.number);
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket.clone()),
            checksum_algorithm: upload.checksum_algorithm.clone().map(ChecksumAlgorithm::from),
            checksum_type: upload.checksum_algorithm.as_ref().map(|_| checksum_type(upload.composite)),
            initiator: Some(initiator()),
            is_truncated: Some(more),
            key: Some(input.key.clone()),
            max_parts: Some(max_parts),
            next_part_number_marker: Some(last.into()),
            owner: Some(owner()),
            part_number_marker: Some(after.into()),
            parts: Some(parts.into_iter().map(listed_part).collect()),
            storage_class: upload.attributes.storage_class.map(Into::into),
            upload_id: Some(input.upload_id.clone()),
            ..ListPartsOutput::default()
        }))
    }

    pub(super) fn list_uploads(&self, input: ListMultipartUploadsInput) -> Answer<ListMultipartUploadsOutput> {
        let encoder = Encoder::new(input.encoding_type.as_ref())?;
        let (max_uploads, max) = page_len(input.max_uploads)?;
        let listing = Listing {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter,
            after: input.key_marker.clone().filter(|marker| !marker.is_empty()),
            after_id: input.upload_id_marker.clone().filter(|marker| !marker.is_empty()),
            max,
        };
        let page = self.store.list_uploads(&input.bucket, &listing)?;
        let (next_key, next_id) = page.next.clone().unzip();
        let (uploads, prefixes) = split(page, &encoder)?;
        let uploads: S3Result<Vec<_>> = uploads.into_iter().map(|upload| listed_upload(upload, &encoder)).collect();
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            common_prefixes: Some(prefixes),
            delimiter: encoder.opt(listing.delimiter.as_deref())?,
            encoding_type: input.encoding_type,
            is_truncated: Some(next_key.is_some()),
            key_marker: Some(encoder.text(input.key_marker.as_deref().unwrap_or_default())?),
            max_uploads: Some(max_uploads),
            next_key_marker: encoder.opt(next_key.as_deref())?,
            next_upload_id_marker: next_id.flatten(),
            prefix: Some(encoder.text(&listing.prefix)?),
            upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
            uploads: Some(uploads?),
            ..ListMultipartUploadsOutput::default()
        }))
    }
}

/// # Errors
///
/// `InvalidArgument` unless it is 1 to 10,000.
pub(super) fn part_number(number: i32) -> S3Result<u16> {
    let number = u16::try_from(number).ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| s3_error!(InvalidArgument, "part numbers are 1 to 10000"))
}

/// Whether the checksum of the object is one of its parts' checksums.
fn composite(algorithm: Option<Algorithm>, wanted: Option<&ChecksumType>) -> S3Result<bool> {
    match (algorithm, wanted.map(ChecksumType::as_str)) {
        (None, None) | (Some(Algorithm::Crc64Nvme), None | Some(ChecksumType::FULL_OBJECT)) => Ok(false),
        (Some(algorithm), Some(ChecksumType::FULL_OBJECT)) if algorithm.is_linear() => Ok(false),
        (
            Some(Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Sha1 | Algorithm::Sha256),
            None | Some(ChecksumType::COMPOSITE),
        ) => Ok(true),
        _ => Err(s3_error!(InvalidRequest, "the checksum type does not go with the checksum algorithm")),
    }
}

fn checksum_type(composite: bool) -> ChecksumType {
    ChecksumType::from_static(if composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT })
}

fn wanted_part(part: CompletedPart) -> S3Result<WantedPart> {
    let number = part.part_number.ok_or_else(|| s3_error!(MalformedXML, "a part has no number"))?;
    let etag = part.e_tag.ok_or_else(|| s3_error!(MalformedXML, "part {number} has no ETag"))?;
    let checksums = Checksums {
        crc32: part.checksum_crc32,
        crc32c: part.checksum_crc32c,
        crc64nvme: part.checksum_crc64nvme,
        sha1: part.checksum_sha1,
        sha256: part.checksum_sha256,
        composite: false,
    };
    Ok(WantedPart { number: part_number(number)?, etag: etag.into_value(), checksums })
}

fn listed_part(part: PartRecord) -> Part {
    let sums = checksum(&part.checksums);
    Part {
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(part.modified.into()),
        part_number: Some(part.number.into()),
        size: Some(signed(part.body.len)),
    }
}

fn listed_upload(upload: UploadRecord, encoder: &Encoder) -> S3Result<MultipartUpload> {
    Ok(MultipartUpload {
        checksum_type: upload.checksum_algorithm.as_ref().map(|_| checksum_type(upload.composite)),
        checksum_algorithm: upload.checksum_algorithm.map(ChecksumAlgorithm::from),
        initiated: Some(upload.initiated.into()),
        initiator: Some(initiator()),
        key: Some(encoder.text(&upload.key)?),
        owner: Some(owner()),
        storage_class: Some(upload.attributes.storage_class.unwrap_or_else(|| "STANDARD".to_owned()).into()),
        upload_id: Some(upload.upload_id),
    })
}

fn initiator() -> Initiator {
    Initiator { display_name: None, id: owner().id }
}

fn attributes(input: CreateMultipartUploadInput) -> S3Result<Attributes> {
    let customer =
        customer_key(input.sse_customer_algorithm, input.sse_customer_key.as_deref(), input.sse_customer_key_md5)?;
    Ok(Attributes {
        content_type: content_type(input.content_type),
        cache_control: input.cache_control,
        content_disposition: input.content_disposition,
        content_encoding: content_encoding(input.content_encoding),
        content_language: input.content_language,
        expires: expires(input.expires),
        storage_class: input.storage_class.map(|class| class.as_str().to_owned()),
        website_redirect: input.website_redirect_location,
        tagging: input.tagging,
        metadata: metadata(input.metadata)?,
        encryption: encryption(
            input.server_side_encryption,
            input.ssekms_key_id,
            input.ssekms_encryption_context,
            input.bucket_key_enabled,
            customer,
        ),
    })
}
