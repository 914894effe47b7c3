//! Reading answers.

use std::time::Duration;

use bytes::Bytes;
use cse_client::{
    Body,
    error::Error,
    transport::{ObjectAttributes, ObjectResponse, TransportError, TransportErrorKind},
};
use futures_util::{Stream, StreamExt};
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_RANGE, HeaderMap, TRANSFER_ENCODING},
};

use super::{
    Failure,
    failure::{Answered, chain, retry_after},
};
use crate::headers;

/// Answers that are read as a whole: 1,000 keys of 1,024 characters, percent-encoded, fit more than twice.
const MAX_ANSWER_LEN: usize = 8 * 1024 * 1024;

/// More of an error is not read.
const MAX_ERROR_LEN: usize = 64 * 1024;

/// Reads an answer of success as a whole.
pub(super) async fn whole_answer(response: Response, idle: Option<Duration>) -> Result<(HeaderMap, Bytes), Failure> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = read_up_to(response, MAX_ANSWER_LEN, idle).await?;
    match Answered::within_success(status, &headers, &body) {
        Some(answered) => Err(Failure::Answered(Box::new(answered))),
        None => Ok((headers, body)),
    }
}

/// What an answer of failure says.
pub(crate) async fn error_answer(response: Response, idle: Option<Duration>) -> Failure {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    // Whatever is in the way of reading it: it failed already.
    let body = in_time(read_up_to(response, MAX_ERROR_LEN, idle), idle).await.unwrap_or_default();
    let mut answered = Answered::new(status, &headers, &body);
    answered.retry_after = retry_after(&headers);
    Failure::Answered(Box::new(answered))
}

/// An error that comes drop by drop is not waited for.
#[cfg(not(target_arch = "wasm32"))]
async fn in_time(
    reading: impl Future<Output = Result<Bytes, Failure>>,
    limit: Option<Duration>,
) -> Result<Bytes, Failure> {
    let Some(limit) = limit else { return reading.await };
    tokio::time::timeout(limit, reading).await.unwrap_or_else(|_| Err(Failure::idle(limit)))
}

#[cfg(target_arch = "wasm32")]
async fn in_time(reading: impl Future<Output = Result<Bytes, Failure>>, _: Option<Duration>) -> Result<Bytes, Failure> {
    reading.await
}

/// Reads a body of at most this many bytes.
async fn read_up_to(response: Response, limit: usize, idle: Option<Duration>) -> Result<Bytes, Failure> {
    // As long as it says, so that it does not move while it grows: it may hold a data key.
    let announced = response.content_length().and_then(|len| usize::try_from(len).ok()).unwrap_or_default();
    let mut all = Vec::with_capacity(announced.min(limit));
    let mut chunks = Box::pin(timed(response.bytes_stream(), idle));
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Failure::Unreachable(error.into()))?;
        if all.len().saturating_add(chunk.len()) > limit {
            return Err(Failure::Unreachable(format!("the answer is longer than {limit} bytes").into()));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all.into())
}

/// An object's answer, with the body as it comes. A cut connection is an error within it.
pub(crate) fn object_answer(response: Response, idle: Option<Duration>) -> Result<ObjectResponse, TransportError> {
    let attributes = headers::attributes(response.headers());
    check_range(response.status(), response.headers(), &attributes)?;
    let is_delimited = attributes.content_len.is_some() || response.headers().contains_key(TRANSFER_ENCODING);
    // S3 always says a length; decompression takes it away.
    if !is_delimited && ends_with_its_connection(&response) {
        return Err(TransportError::new(TransportErrorKind::Other).with_message(
            "the answer does not say how long it is; if the client decompresses answers, make it with cse_reqwest::client_builder()",
        ));
    }
    let body = Body::from_stream(timed(response.bytes_stream(), idle), attributes.content_len);
    Ok(ObjectResponse::new(attributes, body))
}

/// Without its range nobody knows which bytes a part holds. A browser hides the header unless the store's CORS rules expose it.
fn check_range(status: StatusCode, headers: &HeaderMap, attributes: &ObjectAttributes) -> Result<(), TransportError> {
    let is_told = attributes.content_range.is_some();
    if is_told || (status != StatusCode::PARTIAL_CONTENT && !headers.contains_key(CONTENT_RANGE)) {
        return Ok(());
    }
    Err(TransportError::new(TransportErrorKind::Other).with_message(
        "the answer is a part of the object and does not say which: in a browser, expose content-range in the CORS rules",
    ))
}

/// Whether the end of an answer without a length cannot be told from a cut.
#[cfg(not(target_arch = "wasm32"))]
fn ends_with_its_connection(response: &Response) -> bool {
    response.version() <= reqwest::Version::HTTP_11
}

/// A browser does not tell, and hides the length of what another origin answers.
#[cfg(target_arch = "wasm32")]
fn ends_with_its_connection(_: &Response) -> bool {
    false
}

/// Ends with an error when nothing comes for a while.
#[cfg(not(target_arch = "wasm32"))]
fn timed(
    chunks: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
    idle: Option<Duration>,
) -> impl Stream<Item = Result<Bytes, ReadError>> + Send + 'static {
    futures_util::stream::unfold(Some(Box::pin(chunks)), move |chunks| async move {
        let mut chunks = chunks?;
        let next = match idle {
            Some(idle) => match tokio::time::timeout(idle, chunks.next()).await {
                Ok(next) => next?,
                Err(_) => {
                    return Some((Err(ReadError { message: Failure::idle(idle).to_string(), source: None }), None));
                }
            },
            None => chunks.next().await?,
        };
        Some((next.map_err(ReadError::from), Some(chunks)))
    })
}

#[cfg(target_arch = "wasm32")]
fn timed(
    chunks: impl Stream<Item = reqwest::Result<Bytes>> + 'static,
    _: Option<Duration>,
) -> impl Stream<Item = Result<Bytes, ReadError>> + 'static {
    chunks.map(|chunk| chunk.map_err(ReadError::from))
}

/// Why an answer's body ended early.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct ReadError {
    message: String,
    source: Option<reqwest::Error>,
}

impl From<reqwest::Error> for ReadError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        Self { message: chain(&error), source: Some(error) }
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        let interrupted = TransportError::new(TransportErrorKind::Unavailable).with_message(error.message);
        Self::Transport(match error.source {
            Some(source) => interrupted.with_source(source),
            None => interrupted,
        })
    }
}
