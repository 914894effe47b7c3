//! Bodies between the SDK's type and ours.

use std::pin::Pin;

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use cse_client::{
    Body,
    error::Error,
    transport::{TransportError, TransportErrorKind},
};
use futures_util::stream;

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

fn interrupted(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Transport(TransportError::new(TransportErrorKind::Unavailable).with_source(error))
}
