//! [`ReadMode::VerifiedSpooled`](crate::ReadMode::VerifiedSpooled): the plaintext waits in a file without a name until it is verified.

use std::{
    fs::File,
    io::{Read, Seek, Write},
    path::PathBuf,
};

use bytes::Bytes;
use cse_envelope::{ContentKey, Decryptor, Unauthenticated, danger::accept_unauthenticated};
use futures_util::{TryStreamExt, stream};
use tokio::task::spawn_blocking;

use crate::{body::Body, error::Error};

/// What is read from the file at once.
const CHUNK_LEN: usize = 256 * 1024;

/// Decrypts a whole body into the file, verifies it, and gives it as a stream.
pub(super) async fn read(
    mut ciphertext: Body,
    key: &ContentKey,
    ciphertext_len: Option<u64>,
    dir: Option<PathBuf>,
) -> Result<Body, Error> {
    let Decryptor::Gcm(mut decryptor) = key.decryptor(ciphertext_len)? else { return Err(Error::Unverifiable) };
    let mut file = create(dir).await?;
    let mut len: u64 = 0;
    while let Some(chunk) = ciphertext.try_next().await? {
        // Accepted into a file that nobody else can open, and that is dropped unless the tag matches.
        let plaintext = accept_unauthenticated(decryptor.update(chunk.into())?);
        len = len.saturating_add(u64::try_from(plaintext.len()).unwrap_or(u64::MAX));
        file = blocking(move || file.write_all(&plaintext).map(|()| file)).await?;
    }
    release(decryptor.finish_assuming_all(Unauthenticated::new(file))?, len).await
}

/// A file without a name.
pub(crate) async fn create(dir: Option<PathBuf>) -> Result<File, Error> {
    blocking(move || match dir {
        Some(dir) => tempfile::tempfile_in(dir),
        None => tempfile::tempfile(),
    })
    .await
}

/// The file from its beginning: `len` bytes.
pub(crate) async fn release(mut file: File, len: u64) -> Result<Body, Error> {
    let file = blocking(move || file.rewind().map(|()| file)).await?;
    Ok(Body::from_stream(stream::try_unfold(file, next_chunk), Some(len)))
}

async fn next_chunk(mut file: File) -> Result<Option<(Bytes, File)>, Error> {
    let (chunk, file) = blocking(move || {
        let mut chunk = Vec::with_capacity(CHUNK_LEN);
        (&mut file).take(CHUNK_LEN.try_into().unwrap_or(u64::MAX)).read_to_end(&mut chunk)?;
        Ok((chunk, file))
    })
    .await?;
    Ok((!chunk.is_empty()).then(|| (chunk.into(), file)))
}

/// Does on another thread what would block this one.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    Ok(spawn_blocking(work).await.map_err(Error::from_stream)??)
}
