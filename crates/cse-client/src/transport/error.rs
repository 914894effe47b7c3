//! How a request fails.

use std::{error::Error as StdError, fmt};

/// A request to S3 failed, after the transport's own retries.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a failed request means, as far as this crate has to know.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No such key, bucket, version or upload (404).
    NotFound,
    /// The caller may not do that (401, 403).
    AccessDenied,
    /// A condition does not hold (304, 412), or was not looked at because of a concurrent write (409), which is retryable.
    PreconditionFailed,
    /// The range lies outside the object (416).
    RangeNotSatisfiable,
    /// Too many requests (429, 503 SlowDown).
    Throttled,
    /// S3 failed or could not be reached; whether it did what was asked is not known.
    Unavailable,
    /// The request was never sent: it could not be made, or the body failed.
    NotSent,
    /// Anything else; see code, message and source.
    Other,
}

impl TransportError {
    /// An error of this kind.
    #[must_use]
    pub const fn new(kind: TransportErrorKind) -> Self {
        Self { kind, code: None, message: None, request_id: None, source: None }
    }

    /// The kind that goes with S3's error code and HTTP status.
    ///
    /// An error within an answer of success, as of completions, copies and single objects of many deletions, goes by its code alone.
    ///
    /// ```
    /// use cse_client::transport::{TransportError, TransportErrorKind};
    ///
    /// assert_eq!(TransportError::from_answer(404, None).kind(), TransportErrorKind::NotFound);
    /// assert_eq!(TransportError::from_answer(200, Some("InternalError")).kind(), TransportErrorKind::Unavailable);
    /// ```
    #[must_use]
    pub fn from_answer(status: u16, code: Option<&str>) -> Self {
        use TransportErrorKind as Kind;
        let status = if (200..300).contains(&status) { status_of(code) } else { status };
        let kind = match (code, status) {
            (
                Some("SlowDown" | "Throttling" | "ThrottlingException" | "TooManyRequests" | "RequestLimitExceeded"),
                _,
            )
            | (_, 429) => Kind::Throttled,
            (Some("ConditionalRequestConflict" | "PreconditionFailed"), _) | (_, 304 | 412) => Kind::PreconditionFailed,
            (Some("InvalidRange"), _) | (_, 416) => Kind::RangeNotSatisfiable,
            (Some("RequestTimeout"), _) | (_, 500..=599 | 408) => Kind::Unavailable,
            (_, 404 | 410) => Kind::NotFound,
            (Some("AccessDenied"), _) | (_, 401 | 403) => Kind::AccessDenied,
            _ => Kind::Other,
        };
        Self { code: code.map(str::to_owned), ..Self::new(kind) }
    }

    /// With S3's code, such as `NoSuchKey`.
    #[must_use]
    pub fn with_code(self, code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// With S3's message.
    #[must_use]
    pub fn with_message(self, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..self }
    }

    /// With the id under which S3's support finds the request.
    #[must_use]
    pub fn with_request_id(self, request_id: impl Into<String>) -> Self {
        Self { request_id: Some(request_id.into()), ..self }
    }

    /// With its cause.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// What it means.
    #[must_use]
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// S3's code, such as `NoSuchKey`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// S3's message.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The id under which S3's support finds the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the operation may succeed later. The transport has tried again already.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.is_concurrent_write()
            || matches!(self.kind, TransportErrorKind::Throttled | TransportErrorKind::Unavailable)
    }

    /// S3 did not look at the condition, because another write to the same key was under way.
    fn is_concurrent_write(&self) -> bool {
        self.code() == Some("ConditionalRequestConflict")
    }
}

/// The status that an error would have had, if S3 had known it in time.
fn status_of(code: Option<&str>) -> u16 {
    match code {
        Some("AccessDenied") => 403,
        Some("NoSuchKey" | "NoSuchUpload" | "NoSuchBucket" | "NoSuchVersion") => 404,
        Some("InternalError" | "ServiceUnavailable") | None => 500,
        Some(_) => 400,
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::NotFound => "S3 has no such key, bucket, version or upload",
            TransportErrorKind::AccessDenied => "S3 denied access: check credentials and policies",
            TransportErrorKind::PreconditionFailed if self.is_concurrent_write() => {
                "another write to the same key is under way: try again"
            }
            TransportErrorKind::PreconditionFailed => "a condition of the request does not hold",
            TransportErrorKind::RangeNotSatisfiable => "the range lies outside the object",
            TransportErrorKind::Throttled => "S3 asks for fewer requests: try again later",
            TransportErrorKind::Unavailable => "S3 failed or could not be reached: try again",
            TransportErrorKind::NotSent => "the request could not be sent",
            TransportErrorKind::Other => "the request to S3 failed",
        })?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " [request id {id}]")?;
        }
        Ok(())
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::{TransportError, TransportErrorKind as Kind};

    #[test]
    fn answers_have_kinds() {
        for (status, code, kind, is_retryable) in [
            (404, None, Kind::NotFound, false),
            (404, Some("NoSuchUpload"), Kind::NotFound, false),
            (410, None, Kind::NotFound, false),
            (401, None, Kind::AccessDenied, false),
            (403, Some("SignatureDoesNotMatch"), Kind::AccessDenied, false),
            // So says rclone of an expired URL.
            (400, Some("AccessDenied"), Kind::AccessDenied, false),
            // The same request is as late the next time.
            (403, Some("RequestTimeTooSkewed"), Kind::AccessDenied, false),
            (304, None, Kind::PreconditionFailed, false),
            (412, None, Kind::PreconditionFailed, false),
            (409, Some("ConditionalRequestConflict"), Kind::PreconditionFailed, true),
            (409, Some("BucketAlreadyExists"), Kind::Other, false),
            (416, None, Kind::RangeNotSatisfiable, false),
            (429, None, Kind::Throttled, true),
            (503, Some("SlowDown"), Kind::Throttled, true),
            (400, Some("RequestTimeout"), Kind::Unavailable, true),
            (408, None, Kind::Unavailable, true),
            (500, Some("InternalError"), Kind::Unavailable, true),
            (503, None, Kind::Unavailable, true),
            (400, Some("InvalidArgument"), Kind::Other, false),
            (301, Some("PermanentRedirect"), Kind::Other, false),
            // Within an answer of success.
            (200, None, Kind::Unavailable, true),
            (200, Some("InternalError"), Kind::Unavailable, true),
            (200, Some("SlowDown"), Kind::Throttled, true),
            (200, Some("AccessDenied"), Kind::AccessDenied, false),
            (200, Some("NoSuchKey"), Kind::NotFound, false),
            (200, Some("PreconditionFailed"), Kind::PreconditionFailed, false),
            (200, Some("InvalidPart"), Kind::Other, false),
        ] {
            let error = TransportError::from_answer(status, code);
            assert_eq!((error.kind(), error.is_retryable()), (kind, is_retryable), "{status} {code:?}");
            assert_eq!(error.code(), code);
        }
    }
}
