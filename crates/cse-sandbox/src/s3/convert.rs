//! Between the types of s3s and those of the store.

use std::time::SystemTime;

use s3s::{
    S3Error, S3Result,
    dto::{
        Checksum, ChecksumType, CopySource, ETag, ETagCondition, EncodingType, Owner, Range, ServerSideEncryption,
        Timestamp,
    },
    s3_error,
};
use time::OffsetDateTime;

use crate::store::{Checksums, CustomerKey, Encryption, Millis, NULL_VERSION, ObjectRecord, Preconditions, Wanted};

impl From<Millis> for Timestamp {
    fn from(millis: Millis) -> Self {
        Self::from(SystemTime::from(millis))
    }
}

impl From<Timestamp> for Millis {
    fn from(timestamp: Timestamp) -> Self {
        SystemTime::from(OffsetDateTime::from(timestamp)).into()
    }
}

impl From<ETagCondition> for Wanted {
    fn from(condition: ETagCondition) -> Self {
        match condition {
            ETagCondition::Any => Self::Any,
            ETagCondition::ETag(etag) => Self::Etag(etag.into_value()),
        }
    }
}

pub(super) fn etag(value: &str) -> ETag {
    ETag::Strong(value.to_owned())
}

/// Preconditions of a put: only `*` makes sense for what must not be there.
pub(super) fn write_preconditions(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<Preconditions> {
    if if_none_match.as_ref().is_some_and(|condition| !condition.is_any()) {
        return Err(s3_error!(NotImplemented, "If-None-Match can only be * here"));
    }
    Ok(Preconditions {
        if_match: if_match.map(Into::into),
        if_none_match: if_none_match.map(Into::into),
        ..Preconditions::default()
    })
}

/// The version id to show: nothing for what was put without versioning.
pub(super) fn shown_version(record: &ObjectRecord, versioned: bool) -> Option<String> {
    (versioned || record.version_id != NULL_VERSION).then(|| record.version_id.clone())
}

/// Which bytes are meant of an object of `len` bytes; `None` is all of it, as a plain answer.
pub(super) fn byte_range(range: Option<&Range>, len: u64) -> S3Result<Option<core::ops::Range<u64>>> {
    let unsatisfiable = || s3_error!(InvalidRange, "the range is outside the object, which has {len} bytes");
    match range {
        None => Ok(None),
        // The end of nothing is nothing: S3 answers 200.
        Some(Range::Suffix { length: 1.. }) if len == 0 => Ok(None),
        Some(range) => range.check(len).map(Some).map_err(|_| unsatisfiable()),
    }
}

pub(super) fn content_range(range: &core::ops::Range<u64>, len: u64) -> String {
    format!("bytes {}-{}/{len}", range.start, range.end.saturating_sub(1))
}

/// Lengths are far below this limit.
pub(super) fn signed(len: u64) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(len: i64) -> S3Result<u64> {
    u64::try_from(len).map_err(|_| s3_error!(InvalidArgument, "a length is negative"))
}

/// Bucket, key and version of a copy's source.
pub(super) fn copy_source(source: &CopySource) -> S3Result<(&str, &str, Option<&str>)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => Ok((bucket, key, version_id.as_deref())),
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
            Err(s3_error!(NotImplemented, "the sandbox has no access points: name the bucket"))
        }
    }
}

pub(super) fn checksum(checksums: &Checksums) -> Checksum {
    let Checksums { crc32, crc32c, crc64nvme, sha1, sha256, composite } = checksums.clone();
    let kind = if composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
    let any = checksums.algorithms().next().is_some();
    Checksum {
        checksum_crc32: crc32,
        checksum_crc32c: crc32c,
        checksum_crc64nvme: crc64nvme,
        checksum_sha1: sha1,
        checksum_sha256: sha256,
        checksum_type: any.then(|| ChecksumType::from_static(kind)),
    }
}

/// The key a customer provides: checked for being one, then only its digest is kept.
pub(super) fn customer_key(
    algorithm: Option<String>,
    key: Option<&str>,
    key_md5: Option<String>,
) -> S3Result<Option<CustomerKey>> {
    match (algorithm, key, key_md5) {
        (None, None, None) => Ok(None),
        (Some(algorithm), Some(key), Some(key_md5)) => {
            if algorithm != "AES256" || super::incoming::md5_of_base64(key).as_deref() != Some(&key_md5) {
                return Err(s3_error!(
                    InvalidArgument,
                    "the SSE-C key, its algorithm and its MD5 do not fit each other"
                ));
            }
            Ok(Some(CustomerKey { algorithm, key_md5 }))
        }
        _ => Err(s3_error!(InvalidRequest, "SSE-C needs three headers: algorithm, key and the key's MD5")),
    }
}

/// Whether the request brings the key the object was stored with.
pub(super) fn check_customer_key(stored: &Encryption, given: Option<&CustomerKey>) -> S3Result<()> {
    match (&stored.customer, given) {
        (None, None) => Ok(()),
        (Some(stored), Some(given)) if stored == given => Ok(()),
        (Some(_), Some(_)) => Err(s3_error!(AccessDenied, "the object was stored with another SSE-C key")),
        (Some(_), None) => {
            Err(s3_error!(InvalidRequest, "the object was stored with an SSE-C key: the request must bring it"))
        }
        (None, Some(_)) => Err(s3_error!(InvalidRequest, "the object was stored without an SSE-C key")),
    }
}

pub(super) fn server_side_encryption(encryption: &Encryption) -> Option<ServerSideEncryption> {
    match (&encryption.algorithm, &encryption.customer) {
        (Some(algorithm), _) => Some(ServerSideEncryption::from(algorithm.clone())),
        (None, Some(_)) => None,
        (None, None) => Some(ServerSideEncryption::from_static(ServerSideEncryption::AES256)),
    }
}

/// The one user there is.
pub(super) fn owner() -> Owner {
    Owner { display_name: None, id: Some("0".repeat(64)) }
}

/// Texts of a listing, percent-encoded if the caller wants them so.
pub(super) struct Encoder(bool);

impl Encoder {
    pub(super) fn new(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self(false)),
            Some(EncodingType::URL) => Ok(Self(true)),
            Some(_) => Err(s3_error!(InvalidArgument, "encoding-type can only be url")),
        }
    }

    /// # Errors
    ///
    /// A text that XML 1.0 cannot hold needs the encoding.
    pub(super) fn text(&self, text: &str) -> S3Result<String> {
        if self.0 {
            return Ok(text.bytes().map(encoded).collect());
        }
        // A carriage return would be read as a line feed.
        let unfit = |c: char| matches!(c, '\0'..'\t' | '\x0b'..' ' | '\u{fffe}' | '\u{ffff}');
        if text.contains(unfit) {
            return Err(not_xml());
        }
        Ok(text.to_owned())
    }

    pub(super) fn opt(&self, text: Option<&str>) -> S3Result<Option<String>> {
        text.map(|text| self.text(text)).transpose()
    }
}

fn not_xml() -> S3Error {
    s3_error!(InvalidRequest, "a key has characters that XML cannot hold: ask with encoding-type=url")
}

fn encoded(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    }
}
