//! S3's errors.

use crate::transport::{TransportError, TransportErrorKind};

/// An answer with a code.
pub(super) fn s3(status: u16, code: &str, message: &str) -> TransportError {
    TransportError::from_answer(status, Some(code)).with_message(message)
}

pub(super) fn no_such_bucket() -> TransportError {
    s3(404, "NoSuchBucket", "the bucket does not exist")
}

pub(super) fn no_such_key() -> TransportError {
    s3(404, "NoSuchKey", "the key does not exist")
}

pub(super) fn no_such_version() -> TransportError {
    s3(404, "NoSuchVersion", "the version does not exist")
}

pub(super) fn no_such_upload() -> TransportError {
    s3(404, "NoSuchUpload", "the upload does not exist: it was completed or aborted, or never begun")
}

pub(super) fn precondition_failed() -> TransportError {
    s3(412, "PreconditionFailed", "a precondition does not hold")
}

/// No HTTP client would send that.
pub(super) fn not_sent(message: &str) -> TransportError {
    TransportError::new(TransportErrorKind::NotSent).with_message(message)
}

/// The answer to a HEAD has no body, so no code and no message.
pub(super) fn without_body(error: &TransportError) -> TransportError {
    TransportError::new(error.kind())
}

/// A typical answer of a kind, for faults.
pub(super) fn typical(kind: TransportErrorKind) -> TransportError {
    use TransportErrorKind as Kind;
    let code = match kind {
        Kind::NotFound => "NoSuchKey",
        Kind::AccessDenied => "AccessDenied",
        Kind::PreconditionFailed => "PreconditionFailed",
        Kind::RangeNotSatisfiable => "InvalidRange",
        Kind::Throttled => "SlowDown",
        Kind::Unavailable => "InternalError",
        Kind::NotSent => return not_sent("an injected fault"),
        Kind::Other => "InvalidRequest",
    };
    TransportError::new(kind).with_code(code).with_message("an injected fault")
}
