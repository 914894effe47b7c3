//! Bodies between the SDK's type and ours.

use std::{future::ready, pin::Pin};

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use cse_client::{
    Body,
    error::Error,
    transport::{TransportError, TransportErrorKind},
};
use futures_util::{TryStreamExt, stream};

/// Bytes in memory may be sent again; a stream is sent once.
pub(crate) fn into_sdk(body: Body) -> ByteStream {
    match body.as_bytes() {
        Some(bytes) => ByteStream::from(bytes.clone()),
        None => ByteStream::new(SdkBody::from_body_1_x(body)),
    }
}

/// An answer's body. A cut connection and a wrong checksum of the stored bytes are errors within it.
pub(crate) fn from_sdk(mut body: ByteStream, len: Option<u64>) -> Body {
    let chunks = stream::poll_fn(move |cx| Pin::new(&mut body).poll_next(cx).map_err(interrupted));
    Body::from_stream(chunks, len)
}

/// A content that a caller wants to have written.
pub(crate) fn from_caller(mut body: ByteStream, len: u64) -> Body {
    let chunks = stream::poll_fn(move |cx| Pin::new(&mut body).poll_next(cx).map_err(Error::from_stream));
    Body::from_stream(chunks, Some(len))
}

fn interrupted(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Transport(TransportError::new(TransportErrorKind::Unavailable).with_source(error))
}

/// The body of an answer that another HTTP client received.
pub(crate) fn from_http<B>(body: B, len: Option<u64>) -> Body
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut body = Box::pin(body);
    let frames = stream::poll_fn(move |cx| body.as_mut().poll_frame(cx).map_err(interrupted));
    // Trailers say nothing about an object.
    Body::from_stream(frames.try_filter_map(|frame| ready(Ok(frame.into_data().ok()))), len)
}
