//! What the SDK's errors mean.

use std::error::Error as StdError;

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use cse_client::transport::{TransportError, TransportErrorKind};

use crate::unsent::{Unsent, find};

/// The error of a request, after the SDK's retries.
///
/// The raw answer is not kept: of a signature that does not match, S3 repeats the signed headers, SSE-C keys among them.
pub(crate) fn transport_error<E>(error: SdkError<E, HttpResponse>) -> TransportError
where
    E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static,
{
    let summary = summary(&error);
    match error.into_source() {
        Ok(source) => summary.with_source(source),
        Err(_) => summary,
    }
}

/// The same without its cause.
pub(crate) fn summary<E>(error: &SdkError<E, HttpResponse>) -> TransportError
where
    E: ProvideErrorMetadata + RequestId + StdError + 'static,
{
    if let Some(unsent) = find::<Unsent>(error) {
        return TransportError::new(TransportErrorKind::NotSent).with_message(chain(unsent));
    }
    let kind = match error {
        SdkError::ServiceError(context) => return answer(context.raw().status().as_u16(), context.err()),
        SdkError::ResponseError(context) => match context.raw().status().as_u16() {
            // The answer broke off, or is not S3's.
            200..=299 => TransportErrorKind::Unavailable,
            status => TransportError::from_answer(status, None).kind(),
        },
        SdkError::DispatchFailure(failure) if failure.is_user() => TransportErrorKind::NotSent,
        SdkError::ConstructionFailure(_) => TransportErrorKind::NotSent,
        // A timeout, or no connection: whether S3 did it is not known. Nor is it after a refused connection, which is the last attempt's.
        _ => TransportErrorKind::Unavailable,
    };
    let cause = StdError::source(error).map_or_else(|| error.to_string(), chain);
    TransportError::new(kind).with_message(cause)
}

fn answer<E: ProvideErrorMetadata + RequestId + StdError + 'static>(status: u16, error: &E) -> TransportError {
    if (200..300).contains(&status) && error.code().is_none() {
        let message = format!("the answer cannot be read as S3's: {}", chain(error));
        return TransportError::new(TransportErrorKind::Other).with_message(message);
    }
    let mut answer = TransportError::from_answer(status, error.code());
    if let Some(message) = error.message() {
        answer = answer.with_message(message);
    }
    match error.request_id() {
        Some(id) => answer.with_request_id(id),
        None => answer,
    }
}

/// An error's text with its causes', each said once.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
