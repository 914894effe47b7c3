//! Errors of the wrapped operations: ours, or the SDK's as it came.

use std::{error::Error as StdError, fmt};

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use cse_client::{ErrorKind, error::InvalidRequest, transport::TransportError};

use crate::{transport::summary, unsent::find};

/// An operation failed: [`kind`](Self::kind) is for programs, `Display` says what to do next.
///
/// # Security
///
/// `Debug` and `Display` do not show the raw answer: of a signature that does not match, S3 repeats the signed headers, SSE-C keys among
/// them. Who shows the [`SdkError`] itself with `Debug` shows the answer, too.
#[non_exhaustive]
pub enum Error<E> {
    /// Encryption, decryption, keys, policies, or a request that accompanies the operation's own.
    Cse(cse_client::Error),
    /// The operation's own request failed: the SDK's error. That the request was never sent is marked in its chain of causes.
    Sdk(Box<SdkError<E, HttpResponse>>),
}

impl<E> Error<E> {
    /// The service's answer, if that is what failed: to match on, as with the SDK.
    #[must_use]
    pub fn as_service_error(&self) -> Option<&E> {
        match self {
            Self::Sdk(error) => error.as_service_error(),
            Self::Cse(_) => None,
        }
    }
}

impl<E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static> Error<E> {
    /// What a program can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Cse(error) => error.kind(),
            Self::Sdk(error) => match body_error(&**error) {
                Some(error) => error.kind(),
                None => cse_client::Error::from(summary(error)).kind(),
            },
        }
    }

    /// Whether the same operation, made again from its beginning, may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Cse(error) => error.is_retryable(),
            Self::Sdk(error) => match body_error(&**error) {
                Some(error) => error.is_retryable(),
                None => summary(error).is_retryable(),
            },
        }
    }
}

/// An error of ours that the SDK met in a body that it was sending.
fn body_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a cse_client::Error> {
    find(error)
}

/// Without the raw answer.
impl<E: fmt::Debug> fmt::Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self {
            Self::Cse(error) => return f.debug_tuple("Cse").field(error).finish(),
            Self::Sdk(error) => error,
        };
        let mut shown = f.debug_struct("Sdk");
        match &**error {
            SdkError::ServiceError(answer) => {
                shown.field("service", answer.err()).field("status", &answer.raw().status().as_u16())
            }
            SdkError::ResponseError(answer) => shown.field("response", &answer.raw().status().as_u16()),
            // There is no answer. The source of a construction failure may be anything, the request's fields among it.
            SdkError::DispatchFailure(failure) => shown.field("dispatch", failure),
            SdkError::TimeoutError(timeout) => shown.field("timeout", timeout),
            _ => &mut shown,
        };
        shown.finish_non_exhaustive()
    }
}

impl<E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cse(error) => error.fmt(f),
            Self::Sdk(error) => match body_error(&**error) {
                Some(error) => error.fmt(f),
                None => summary(error).fmt(f),
            },
        }
    }
}

impl<E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static> StdError for Error<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Cse(error) => StdError::source(error),
            Self::Sdk(error) => Some(&**error),
        }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Error<E> {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        Self::Sdk(Box::new(error))
    }
}

impl<E> From<cse_client::Error> for Error<E> {
    fn from(error: cse_client::Error) -> Self {
        Self::Cse(error)
    }
}

impl<E> From<InvalidRequest> for Error<E> {
    fn from(error: InvalidRequest) -> Self {
        Self::Cse(error.into())
    }
}

impl<E> From<TransportError> for Error<E> {
    fn from(error: TransportError) -> Self {
        Self::Cse(error.into())
    }
}
