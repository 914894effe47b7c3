//! What the tests share.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use bytes::Bytes;
use cse_client::{Body, Client, Config, Error, MemoryTransport, memory::Operation};
use cse_keys::AesKeyring;
use futures_util::stream;

pub(crate) const BUCKET: &str = "bucket";

/// Contents up to this many bytes are one put.
pub(crate) const THRESHOLD: u64 = 100;

/// A store that takes parts of any length, and answers in small chunks.
pub(crate) fn store() -> MemoryTransport {
    MemoryTransport::new().with_min_part_len(0).with_chunk_len(7)
}

pub(crate) fn keyring() -> AesKeyring {
    AesKeyring::new(&[7; 32]).unwrap()
}

pub(crate) fn config() -> Config {
    Config::new().multipart_threshold(THRESHOLD)
}

pub(crate) fn client(store: &MemoryTransport) -> Client {
    Client::new(store.clone(), keyring()).with_config(config())
}

/// Bytes that differ from place to place: they repeat after a prime number of them, which is no length of a part.
pub(crate) fn contents(len: usize) -> Bytes {
    const PERIOD: usize = 64_007;
    let first = (0..len.min(PERIOD)).map(|position| u8::try_from((position * 31 + position / 251) % 256).unwrap());
    let first: Vec<u8> = first.collect();
    first.iter().copied().cycle().take(len).collect()
}

/// A stream of chunks, whose length is not known.
pub(crate) fn unknown(bytes: &Bytes, chunk_len: usize) -> Body {
    chunks(bytes, chunk_len, None)
}

/// A stream of chunks, whose length is known.
pub(crate) fn known(bytes: &Bytes, chunk_len: usize) -> Body {
    chunks(bytes, chunk_len, u64::try_from(bytes.len()).ok())
}

fn chunks(bytes: &Bytes, chunk_len: usize, len: Option<u64>) -> Body {
    let chunks: Vec<_> = bytes.chunks(chunk_len).map(|chunk| Ok::<_, Error>(Bytes::copy_from_slice(chunk))).collect();
    Body::from_stream(stream::iter(chunks), len)
}

/// What `client` reads under a key.
pub(crate) async fn read(client: &Client, key: &str) -> Result<Bytes, Error> {
    client.get(BUCKET, key).send().await?.content.collect().await
}

pub(crate) fn count(store: &MemoryTransport, operation: Operation) -> usize {
    store.requests_of(operation).len()
}

/// Polls a future so often, and drops it; whether it came to its end.
pub(crate) async fn polled<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..times {
        let poll = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = poll {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}
