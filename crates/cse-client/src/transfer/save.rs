//! Decrypting a body into a file, in order.

use std::io::Write;

use bytes::Bytes;
use cse_envelope::{CbcDecryptor, Decryptor, GcmDecryptor, Unauthenticated, danger::accept_unauthenticated};
use futures_util::{TryStreamExt, future::join};

use super::progress::Meter;
use crate::{body::Body, error::Error, operations::spooled::blocking};

/// What a file holds, where the object decides it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Saved {
    /// Verified: the content is what was encrypted.
    Verified,
    /// AES-CBC: decrypted, and nothing authenticates it.
    Unauthenticated,
    /// Not encrypted at all: anybody who can write to the bucket could have written it.
    Plain,
}

/// How the stored bytes become the content.
#[derive(Debug)]
pub(super) enum Cipher {
    Gcm(GcmDecryptor),
    Cbc(CbcDecryptor),
    Plain,
}

impl From<Decryptor> for Cipher {
    fn from(decryptor: Decryptor) -> Self {
        match decryptor {
            Decryptor::Gcm(gcm) => Self::Gcm(gcm),
            Decryptor::Cbc(cbc) => Self::Cbc(cbc),
        }
    }
}

impl Cipher {
    /// What comes of it is accepted into a file that nobody gets unless the end is as it must be.
    fn update(&mut self, chunk: Bytes) -> Result<Bytes, Error> {
        Ok(match self {
            Self::Gcm(gcm) => accept_unauthenticated(gcm.update(chunk.into())?).into(),
            Self::Cbc(cbc) => accept_unauthenticated(cbc.update(chunk.into())?).into(),
            Self::Plain => chunk,
        })
    }
}

/// Writes all of the content, and gives the file back only if it is what was encrypted, as far as its suite can tell.
pub(super) async fn save<F: Write + Send + 'static>(
    mut body: Body,
    mut cipher: Cipher,
    mut file: F,
    meter: &mut Meter,
) -> Result<(F, Saved), Error> {
    let mut next = body.try_next().await?;
    while let Some(chunk) = next {
        let plaintext = cipher.update(chunk)?;
        // Requests go on while the disk is busy.
        let (written, coming) = join(write(file, plaintext, meter), body.try_next()).await;
        (file, next) = (written?, coming?);
    }
    match cipher {
        Cipher::Gcm(gcm) => Ok((gcm.finish_assuming_all(Unauthenticated::new(file))?, Saved::Verified)),
        Cipher::Cbc(cbc) => {
            let tail = accept_unauthenticated(cbc.finish()?).into();
            Ok((write(file, tail, meter).await?, Saved::Unauthenticated))
        }
        Cipher::Plain => Ok((file, Saved::Plain)),
    }
}

async fn write<F: Write + Send + 'static>(mut file: F, plaintext: Bytes, meter: &mut Meter) -> Result<F, Error> {
    let len = plaintext.len();
    if len > 0 {
        file = blocking(move || file.write_all(&plaintext).map(|()| file)).await?;
        meter.add(len);
    }
    Ok(file)
}
