//! Contents on their way: bytes that are there, or a stream of them.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt};
use http_body::{Frame, SizeHint};
use sync_wrapper::SyncWrapper;

use crate::error::Error;

#[cfg(not(target_arch = "wasm32"))]
type BoxStream = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;
#[cfg(target_arch = "wasm32")]
type BoxStream = Pin<Box<dyn Stream<Item = Result<Bytes, Error>>>>;

/// The bytes of an object: in memory, or a stream with or without a known length.
///
/// A [`Stream`] of chunks and an [`http_body::Body`] with an exact size hint where the length is known. A stream that ends before, or
/// goes on after, the length it declared ends with [`Error::Interrupted`], so a cut connection never looks like the end.
///
/// ```
/// use cse_client::Body;
///
/// assert_eq!(Body::from("hello").content_len(), Some(5));
/// ```
pub struct Body(Inner);

enum Inner {
    Bytes(Bytes),
    Stream { stream: SyncWrapper<BoxStream>, declared: Option<u64>, received: u64 },
}

impl Body {
    /// A stream of chunks. `len`, in bytes, is its length where that is known.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn from_stream<E: Into<Error> + 'static>(
        stream: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        len: Option<u64>,
    ) -> Self {
        Self::boxed(Box::pin(stream.map_err(Into::into)), len)
    }

    /// A stream of chunks. `len`, in bytes, is its length where that is known.
    #[cfg(target_arch = "wasm32")]
    pub fn from_stream<E: Into<Error> + 'static>(
        stream: impl Stream<Item = Result<Bytes, E>> + 'static,
        len: Option<u64>,
    ) -> Self {
        Self::boxed(Box::pin(stream.map_err(Into::into)), len)
    }

    fn boxed(stream: BoxStream, declared: Option<u64>) -> Self {
        Self(Inner::Stream { stream: SyncWrapper::new(stream), declared, received: 0 })
    }

    /// How many bytes it has in all, where that is known.
    #[must_use]
    pub fn content_len(&self) -> Option<u64> {
        match &self.0 {
            Inner::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
            Inner::Stream { declared, .. } => *declared,
        }
    }

    /// The bytes, if they are in memory already; such a body can be sent again.
    #[must_use]
    pub const fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Inner::Bytes(bytes) => Some(bytes),
            Inner::Stream { .. } => None,
        }
    }

    /// All of it in memory. For contents from outside use [`collect_up_to`](Self::collect_up_to).
    ///
    /// # Errors
    ///
    /// The stream's own; [`Error::Interrupted`] if it does not have the length it declared.
    pub async fn collect(self) -> Result<Bytes, Error> {
        self.collect_up_to(u64::MAX).await
    }

    /// All of it in memory, if that is at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// As [`collect`](Self::collect), and [`Error::TooLarge`].
    pub async fn collect_up_to(mut self, limit: u64) -> Result<Bytes, Error> {
        if let Some(len) = self.content_len().filter(|len| *len > limit) {
            return Err(Error::TooLarge { len: Some(len), limit });
        }
        if let Inner::Bytes(bytes) = self.0 {
            return Ok(bytes);
        }
        let mut all = Vec::new();
        if let Some(len) = self.content_len() {
            // A length that was declared falsely, or does not fit, is an error and no abort.
            if !usize::try_from(len).is_ok_and(|len| all.try_reserve_exact(len).is_ok()) {
                return Err(Error::TooLarge { len: Some(len), limit });
            }
        }
        while let Some(chunk) = self.try_next().await? {
            if u64::try_from(all.len().saturating_add(chunk.len())).unwrap_or(u64::MAX) > limit {
                return Err(Error::TooLarge { len: None, limit });
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.into())
    }
}

impl Stream for Body {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = match &mut self.0 {
            Inner::Bytes(bytes) if bytes.is_empty() => None,
            Inner::Bytes(bytes) => Some(Ok(std::mem::take(bytes))),
            Inner::Stream { stream, declared, received } => {
                let next = std::task::ready!(stream.get_mut().poll_next_unpin(cx));
                check_len(next, *declared, received)
            }
        };
        if !matches!(next, Some(Ok(_))) {
            // Nothing comes after an error or the end, and not every stream can be asked again.
            self.0 = Inner::Bytes(Bytes::new());
        }
        Poll::Ready(next)
    }
}

/// Counts what came, and turns an end at another length than the declared one into an error.
fn check_len(
    next: Option<Result<Bytes, Error>>,
    declared: Option<u64>,
    received: &mut u64,
) -> Option<Result<Bytes, Error>> {
    if let Some(Ok(chunk)) = &next {
        *received = received.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
    }
    let Some(expected) = declared else { return next };
    let wrong = match &next {
        Some(Ok(_)) => *received > expected,
        Some(Err(_)) => false,
        None => *received != expected,
    };
    if wrong { Some(Err(Error::Interrupted { expected, received: *received })) } else { next }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.poll_next(cx).map(|next| next.map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        let left = match &self.0 {
            Inner::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
            Inner::Stream { declared, received, .. } => declared.map(|declared| declared.saturating_sub(*received)),
        };
        left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Inner::Bytes(bytes) if bytes.is_empty())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("content_len", &self.content_len()).finish_non_exhaustive()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Inner::Bytes(bytes))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl Default for Body {
    /// An empty body.
    fn default() -> Self {
        Bytes::new().into()
    }
}
