//! Sending: the body on its way, and how long it may stand still.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use cse_client::{Body, Error};
use futures_util::Stream;
use http_body::{Frame, SizeHint};
use reqwest::{Client, Response};

use super::{Failure, Payload, Request, failure::chain};

/// The length of a piece, in bytes: what goes out without being noticed.
const PIECE_LEN: usize = 64 * 1024;

const NO_TLS: &str = "this program has no TLS: turn on `rustls` or another TLS feature of cse-reqwest, or of reqwest";

/// How far a body came, and why it ended.
#[derive(Debug, Default)]
struct Progress {
    pieces: AtomicU64,
    failed: Mutex<Option<Error>>,
}

impl Progress {
    fn take_failure(&self) -> Option<Error> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A body of exactly known length that tells how far it came.
#[derive(Debug)]
pub(crate) struct Sending {
    body: Body,
    /// What the body gave and was not passed on.
    rest: Bytes,
    /// What was not passed on of the whole, in bytes.
    left: u64,
    /// The body gave its last.
    ended: bool,
    progress: Arc<Progress>,
}

/// Says to HTTP that the body failed; the reason itself is kept beside it.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request failed: {0}")]
pub(crate) struct BodyFailed(String);

impl Sending {
    pub(crate) fn new(body: Body) -> Self {
        let left = body.content_len().unwrap_or_default();
        Self { body, rest: Bytes::new(), left, ended: false, progress: Arc::default() }
    }

    /// Gets something to pass on, and before the last of it what comes after: what goes on, or fails, at its end must not arrive as if
    /// it were whole.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while !self.ended && (self.rest.is_empty() || len_of(&self.rest) >= self.left) {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(chunk)) if self.rest.is_empty() => self.rest = chunk,
                Some(Ok(chunk)) if chunk.is_empty() => {}
                Some(Ok(chunk)) => {
                    let (expected, rest) = (self.left, len_of(&self.rest));
                    let received = rest.saturating_add(len_of(&chunk));
                    return Poll::Ready(Err(Error::Interrupted { expected, received }));
                }
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => self.ended = true,
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn len_of(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = BodyFailed;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFailed>>> {
        if let Err(error) = ready!(self.poll_rest(cx)) {
            let failed = BodyFailed(error.to_string());
            *self.progress.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            return Poll::Ready(Some(Err(failed)));
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let len = self.rest.len().min(PIECE_LEN);
        let piece = self.rest.split_to(len);
        self.left = self.left.saturating_sub(len_of(&piece));
        self.progress.pieces.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Sends it once, and waits for the beginning of the answer.
pub(super) async fn send(client: &Client, request: Request, idle: Option<Duration>) -> Result<Response, Failure> {
    let mut outgoing = reqwest::Request::new(request.method, request.target.url);
    *outgoing.headers_mut() = request.headers;
    let progress = Arc::<Progress>::default();
    *outgoing.body_mut() = body(request.payload, &progress);
    let sent = waiting(client.execute(outgoing), idle, &progress).await?;
    sent.map_err(|error| match progress.take_failure() {
        Some(cause) => Failure::NotSent(cause.into()),
        // The connector's words where it has no TLS.
        None if chain(&error).ends_with("scheme is not http") => Failure::not_sent(NO_TLS),
        None if error.is_builder() => Failure::NotSent(error.without_url().into()),
        None => Failure::Unreachable(error.without_url().into()),
    })
}

fn body(payload: Payload, progress: &Arc<Progress>) -> Option<reqwest::Body> {
    let body = match payload {
        Payload::Empty => return None,
        Payload::Bytes(bytes) => bytes.into(),
        Payload::Stream(body) => body,
    };
    let sending = Sending { progress: Arc::clone(progress), ..Sending::new(body) };
    Some(reqwest::Body::wrap(sending))
}

/// Waits, as long as the body of the request moves.
async fn waiting<T>(
    future: impl Future<Output = T>,
    idle: Option<Duration>,
    progress: &Progress,
) -> Result<T, Failure> {
    let Some(idle) = idle else { return Ok(future.await) };
    let mut future = pin!(future);
    loop {
        let before = progress.pieces.load(Ordering::Relaxed);
        if let Ok(done) = tokio::time::timeout(idle, future.as_mut()).await {
            return Ok(done);
        }
        if progress.pieces.load(Ordering::Relaxed) == before {
            return Err(Failure::idle(idle));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn what_moves_may_take_its_time() {
        let progress = Progress::default();
        let moving = async {
            for _ in 0..10 {
                tokio::time::sleep(MINUTE * 2 / 3).await;
                progress.pieces.fetch_add(1, Ordering::Relaxed);
            }
        };
        waiting(moving, Some(MINUTE), &progress).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_stands_still_is_left() {
        let progress = Progress::default();
        let error = waiting(core::future::pending::<()>(), Some(MINUTE), &progress).await.unwrap_err();
        assert!(error.to_string().contains("60s"), "{error}");
        let late = tokio::time::sleep(MINUTE * 10);
        waiting(late, None, &progress).await.unwrap();
    }
}
