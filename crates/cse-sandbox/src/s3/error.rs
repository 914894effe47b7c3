//! What the store refuses, in S3's words.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode};

use crate::store::StoreError;

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::NotModified { etag } => {
                let mut answer = Self::new(S3ErrorCode::NotModified);
                answer.set_headers(headers([("etag", &format!("\"{etag}\""))]));
                answer
            }
            StoreError::CurrentIsDeleteMarker { version_id } => {
                let mut answer = Self::with_message(S3ErrorCode::NoSuchKey, message);
                answer.set_headers(headers([("x-amz-delete-marker", "true"), ("x-amz-version-id", &version_id)]));
                answer
            }
            StoreError::VersionIsDeleteMarker { version_id } => {
                let mut answer = Self::with_message(S3ErrorCode::MethodNotAllowed, message);
                answer.set_headers(headers([
                    ("allow", "DELETE"),
                    ("x-amz-delete-marker", "true"),
                    ("x-amz-version-id", &version_id),
                ]));
                answer
            }
            other => {
                let mut answer = Self::with_message(code(&other), message);
                if matches!(other, StoreError::Incoming(_)) {
                    answer.set_status_code(StatusCode::BAD_REQUEST);
                }
                answer
            }
        }
    }
}

fn code(error: &StoreError) -> S3ErrorCode {
    match error {
        StoreError::NoSuchBucket => S3ErrorCode::NoSuchBucket,
        StoreError::NoSuchKey | StoreError::CurrentIsDeleteMarker { .. } => S3ErrorCode::NoSuchKey,
        StoreError::NoSuchVersion => S3ErrorCode::NoSuchVersion,
        StoreError::NoSuchUpload => S3ErrorCode::NoSuchUpload,
        StoreError::VersionIsDeleteMarker { .. } => S3ErrorCode::MethodNotAllowed,
        StoreError::BucketExists => S3ErrorCode::BucketAlreadyOwnedByYou,
        StoreError::BucketNotEmpty => S3ErrorCode::BucketNotEmpty,
        StoreError::PreconditionFailed => S3ErrorCode::PreconditionFailed,
        StoreError::NotModified { .. } => S3ErrorCode::NotModified,
        StoreError::InvalidPart => S3ErrorCode::InvalidPart,
        StoreError::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
        StoreError::EntityTooSmall { .. } => S3ErrorCode::EntityTooSmall,
        StoreError::BadDigest => S3ErrorCode::BadDigest,
        StoreError::Incoming(error) => incoming_code(&error.to_string()),
        StoreError::Io(_) => S3ErrorCode::InternalError,
    }
}

/// s3s keeps the types of these errors to itself; their texts are all there is.
fn incoming_code(text: &str) -> S3ErrorCode {
    if text.contains("Sha256Mismatch") {
        S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into())
    } else if text.contains("SignatureMismatch") {
        S3ErrorCode::SignatureDoesNotMatch
    } else {
        S3ErrorCode::IncompleteBody
    }
}

fn headers<const N: usize>(pairs: [(&'static str, &str); N]) -> HeaderMap {
    let parsed = pairs
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?)));
    let mut headers: HeaderMap = parsed.collect();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    headers
}
