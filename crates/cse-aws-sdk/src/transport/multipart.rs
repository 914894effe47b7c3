//! Multipart uploads.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::{
    Client,
    operation::complete_multipart_upload::CompleteMultipartUploadOutput,
    primitives::ByteStream,
    types::{
        ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart as SdkPart,
        builders::CompletedPartBuilder,
    },
};
use cse_client::transport::{
    AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CreateMultipartUpload, TransportError,
    TransportErrorKind, UploadPart, UploadPartCopy, UploadedPart, Written,
};

use super::{
    object::{metadata, written},
    transport_error,
};
use crate::{encode::copy_source, wire::prepared};

/// The checksums that S3 knows: fields of the SDK, and elements of the completion, which repeats what parts were answered.
macro_rules! checksums {
    ($($field:ident = $name:literal),* $(,)?) => {
        macro_rules! checksums_of {
            ($part:expr) => { [$(($name, $part.$field)),*] };
        }

        fn with_checksum(part: CompletedPartBuilder, name: &str, value: &str) -> CompletedPartBuilder {
            match name {
                $($name => part.$field(value),)*
                _ => part,
            }
        }
    };
}

checksums! {
    checksum_crc32 = "ChecksumCRC32",
    checksum_crc32_c = "ChecksumCRC32C",
    checksum_crc64_nvme = "ChecksumCRC64NVME",
    checksum_sha1 = "ChecksumSHA1",
    checksum_sha256 = "ChecksumSHA256",
    checksum_sha512 = "ChecksumSHA512",
    checksum_md5 = "ChecksumMD5",
    checksum_xxhash64 = "ChecksumXXHASH64",
    checksum_xxhash3 = "ChecksumXXHASH3",
    checksum_xxhash128 = "ChecksumXXHASH128",
}

type Result<T> = std::result::Result<T, TransportError>;

/// What the requests of one upload of the SDK's have besides the transport's own fields, and what its completion answered.
#[derive(Debug, Default)]
pub(crate) struct UploadFields {
    checksum_algorithm: Option<ChecksumAlgorithm>,
    checksum_type: Option<ChecksumType>,
    completed: Mutex<Option<CompleteMultipartUploadOutput>>,
}

impl UploadFields {
    pub(crate) fn new(algorithm: Option<ChecksumAlgorithm>, kind: Option<ChecksumType>) -> Arc<Self> {
        Arc::new(Self { checksum_algorithm: algorithm, checksum_type: kind, completed: Mutex::default() })
    }

    /// The whole answer to the completion, if the upload was completed.
    pub(crate) fn completed(&self) -> Option<CompleteMultipartUploadOutput> {
        self.completed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

pub(super) async fn create(s3: &Client, request: CreateMultipartUpload) -> Result<String> {
    let operation = s3
        .create_multipart_upload()
        .bucket(request.location.bucket)
        .key(request.location.key)
        .set_metadata(Some(metadata(&request.metadata)?))
        .customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    output.upload_id.ok_or_else(|| incomplete("upload id"))
}

pub(super) async fn upload_part(s3: &Client, upload: &UploadFields, request: UploadPart) -> Result<UploadedPart> {
    let operation = s3
        .upload_part()
        .bucket(request.location.bucket)
        .key(request.location.key)
        .upload_id(request.upload_id)
        .part_number(i32::from(request.part_number))
        .set_checksum_algorithm(upload.checksum_algorithm.clone())
        .body(ByteStream::from(request.body))
        .customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    let checksums = checksums_of!(output);
    uploaded(output.e_tag, checksums)
}

pub(super) async fn copy_part(s3: &Client, request: UploadPartCopy) -> Result<UploadedPart> {
    let operation = s3
        .upload_part_copy()
        .copy_source(copy_source(&request.source))
        .copy_source_range(request.range.to_string())
        .set_copy_source_if_match(request.source_if_match)
        .bucket(request.location.bucket)
        .key(request.location.key)
        .upload_id(request.upload_id)
        .part_number(i32::from(request.part_number))
        .customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    let part = output.copy_part_result.ok_or_else(|| incomplete("result"))?;
    let checksums = checksums_of!(part);
    uploaded(part.e_tag, checksums)
}

pub(super) async fn complete(s3: &Client, upload: &UploadFields, request: CompleteMultipartUpload) -> Result<Written> {
    let parts = request.parts.iter().map(completed_part).collect();
    let operation = s3
        .complete_multipart_upload()
        .bucket(request.location.bucket)
        .key(request.location.key)
        .upload_id(request.upload_id)
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
        .set_checksum_type(upload.checksum_type.clone())
        .set_if_match(request.if_match)
        .set_if_none_match(request.if_none_match)
        .customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    let written = written(output.e_tag.clone(), output.version_id.clone());
    *upload.completed.lock().unwrap_or_else(PoisonError::into_inner) = Some(output);
    Ok(written)
}

pub(super) async fn abort(s3: &Client, request: AbortMultipartUpload) -> Result<()> {
    let operation = s3
        .abort_multipart_upload()
        .bucket(request.location.bucket)
        .key(request.location.key)
        .upload_id(request.upload_id)
        .customize();
    match prepared(operation, request.options).send().await.map_err(transport_error) {
        Err(error) if error.code() != Some("NoSuchUpload") => Err(error),
        _ => Ok(()),
    }
}

fn uploaded<const N: usize>(
    etag: Option<String>,
    checksums: [(&'static str, Option<String>); N],
) -> Result<UploadedPart> {
    let mut part = UploadedPart::new(etag.ok_or_else(|| incomplete("ETag"))?);
    part.checksums = checksums.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    Ok(part)
}

fn completed_part(part: &CompletedPart) -> SdkPart {
    let named = SdkPart::builder().part_number(part.part_number.into()).e_tag(&part.part.etag);
    part.part.checksums.iter().fold(named, |part, (name, value)| with_checksum(part, name, value)).build()
}

fn incomplete(what: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Other).with_message(format!("S3 answered without {what}"))
}
