//! A ciphertext that is made while it is sent for the first time, and repeated from memory afterwards.
//!
//! For contents that are not in memory and small enough to be: files, mostly. Nothing is encrypted twice, whatever becomes of the
//! source in the meantime.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use aws_sdk_s3::{
    error::BoxError,
    primitives::{ByteStream, SdkBody},
};
use bytes::Bytes;
use cse_client::Body;
use futures_util::StreamExt;
use http_body::{Frame, SizeHint};

/// A body that the SDK may send again. `len`, in bytes, is the ciphertext's.
pub(super) fn replayable(ciphertext: Body, len: u64) -> ByteStream {
    let recording = Recording { source: Some(ciphertext), chunks: Vec::new(), attempt: 0 };
    let recording = Arc::new(Mutex::new(recording));
    ByteStream::new(SdkBody::retryable(move || {
        let recording = Arc::clone(&recording);
        SdkBody::from_body_1_x(Replay { recording, attempt: None, next: 0, left: len })
    }))
}

struct Recording {
    /// `None` once it has ended or failed.
    source: Option<Body>,
    chunks: Vec<Bytes>,
    /// Which attempt reads now: those before it are given up.
    attempt: u64,
}

/// One attempt at sending it.
struct Replay {
    recording: Arc<Mutex<Recording>>,
    attempt: Option<u64>,
    next: usize,
    left: u64,
}

impl Recording {
    fn begin(&mut self) -> u64 {
        self.attempt = self.attempt.saturating_add(1);
        self.attempt
    }

    fn poll_chunk(&mut self, at: usize, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        if let Some(chunk) = self.chunks.get(at) {
            return Poll::Ready(Some(Ok(chunk.clone())));
        }
        let Some(source) = &mut self.source else { return Poll::Ready(None) };
        match ready!(source.poll_next_unpin(cx)) {
            Some(Ok(chunk)) => {
                self.chunks.push(chunk.clone());
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => {
                self.source = None;
                Poll::Ready(Some(Err(error.into())))
            }
            None => {
                self.source = None;
                Poll::Ready(None)
            }
        }
    }
}

impl http_body::Body for Replay {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let mut recording = this.recording.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = *this.attempt.get_or_insert_with(|| recording.begin());
        if attempt != recording.attempt {
            return Poll::Ready(Some(Err("a later attempt sends this body".into())));
        }
        match ready!(recording.poll_chunk(this.next, cx)) {
            Some(Ok(chunk)) => {
                this.next = this.next.saturating_add(1);
                this.left = this.left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            // The source failed on an attempt before this one.
            None if this.left > 0 => Poll::Ready(Some(Err("the content could not be read to its end".into()))),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use cse_client::Error;
    use futures_util::stream;

    use super::*;

    fn source(chunks: Vec<Result<&'static str, Error>>, len: u64) -> Body {
        let chunks = chunks.into_iter().map(|chunk| chunk.map(|text| Bytes::from_static(text.as_bytes())));
        Body::from_stream(stream::iter(chunks.collect::<Vec<_>>()), Some(len))
    }

    #[tokio::test]
    async fn attempts_get_the_same_bytes_wherever_the_last_one_stopped() {
        let body = replayable(source(vec![Ok("one"), Ok("two"), Ok("three")], 11), 11).into_inner();
        let (mut first, second, third) = (ByteStream::new(body.try_clone().unwrap()), body.try_clone().unwrap(), body);
        assert_eq!(first.next().await.unwrap().unwrap(), "one");
        for attempt in [second, third] {
            assert_eq!(attempt.content_length(), Some(11));
            assert_eq!(ByteStream::new(attempt).collect().await.unwrap().into_bytes(), "onetwothree");
        }
        // The first attempt was given up: it must not take chunks away from, or wake instead of, a later one.
        assert!(first.next().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn a_source_that_failed_fails_every_attempt() {
        let body = replayable(source(vec![Ok("one"), Err(Error::Replaced)], 6), 6).into_inner();
        let again = body.try_clone().unwrap();
        for attempt in [body, again] {
            assert!(ByteStream::new(attempt).collect().await.is_err());
        }
    }
}
