//! Bodies that encrypt and decrypt on their way.

use bytes::Bytes;
use cse_envelope::{
    Decryptor, Encryptor, GcmDecryptor, Plaintext, RangeDecryptor, Unauthenticated, danger::accept_unauthenticated,
};
use futures_util::{TryStreamExt, stream};

use crate::{body::Body, error::Error};

/// The ciphertext of a body, in memory.
pub(crate) async fn encrypt_in_memory(plaintext: Body, encryptor: Encryptor) -> Result<Bytes, Error> {
    let plaintext = plaintext.collect().await?;
    Ok(encryptor.encrypt(plaintext.into())?.into())
}

/// The ciphertext of a body, chunk by chunk.
pub(crate) fn encrypt_stream(plaintext: Body, encryptor: Encryptor) -> Body {
    let len = encryptor.ciphertext_len();
    let chunks = stream::try_unfold(Some((plaintext, encryptor)), |state| async move {
        let Some((mut plaintext, mut encryptor)) = state else { return Ok(None) };
        match plaintext.try_next().await? {
            Some(chunk) => {
                let ciphertext = encryptor.update(chunk.into())?;
                Ok::<_, Error>(Some((Bytes::from(ciphertext), Some((plaintext, encryptor)))))
            }
            None => Ok(Some((encryptor.finish()?.into(), None))),
        }
    });
    Body::from_stream(chunks, len)
}

/// A whole plaintext, verified if its suite allows that. The buffer is wiped if it turns out to be false.
pub(crate) async fn decrypt_in_memory(
    mut ciphertext: Body,
    mut decryptor: Decryptor,
    limit: u64,
) -> Result<Plaintext, Error> {
    // Reserved at once where the length is known, so that no copies are left behind by growing.
    let len = ciphertext.content_len();
    let expected = len.unwrap_or_default().min(limit);
    let mut buffer = Vec::new();
    // A length that does not fit is an error and no abort.
    if !usize::try_from(expected).is_ok_and(|expected| buffer.try_reserve_exact(expected).is_ok()) {
        return Err(Error::TooLarge { len, limit });
    }
    let mut plaintext = Unauthenticated::new(buffer);
    while let Some(chunk) = ciphertext.try_next().await? {
        let next = decryptor.update(chunk.into())?;
        if u64::try_from(plaintext.len().saturating_add(next.len())).unwrap_or(u64::MAX) > limit {
            return Err(Error::TooLarge { len: None, limit });
        }
        plaintext.append(next);
    }
    Ok(decryptor.finish(plaintext)?)
}

/// The plaintext, chunk by chunk and before anything is verified. For GCM the last chunk comes only after the tag matched: many readers
/// stop at the length they know, and never ask for the end.
pub(crate) async fn decrypt_stream(
    ciphertext: Body,
    decryptor: Decryptor,
    plaintext_len: Option<u64>,
) -> Result<Unauthenticated<Body>, Error> {
    let state = Streaming { ciphertext, decryptor, held: Vec::new() };
    let chunks = stream::try_unfold(Some(state), |state| async move {
        match state {
            Some(state) => state.next().await,
            None => Ok(None),
        }
    });
    let body = Body::from_stream(chunks, plaintext_len);
    // Nobody asks for the chunks of an empty body, so it is verified now.
    let body = if plaintext_len == Some(0) { body.collect().await?.into() } else { body };
    // Every chunk is marked by the type around the body.
    Ok(Unauthenticated::new(body))
}

struct Streaming {
    ciphertext: Body,
    decryptor: Decryptor,
    /// The latest plaintext, which may be the last.
    held: Vec<u8>,
}

impl Streaming {
    /// What was held, once there is more; all that is left, once the end is as it must be.
    async fn next(mut self) -> Result<Option<(Bytes, Option<Self>)>, Error> {
        while let Some(chunk) = self.ciphertext.try_next().await? {
            let plaintext = accept_unauthenticated(self.decryptor.update(chunk.into())?);
            if plaintext.is_empty() {
                continue;
            }
            let before = std::mem::replace(&mut self.held, plaintext);
            if !before.is_empty() {
                return Ok(Some((before.into(), Some(self))));
            }
        }
        let mut last = self.held;
        match self.decryptor {
            Decryptor::Gcm(gcm) => gcm.finish_assuming_all(Unauthenticated::new(()))?,
            Decryptor::Cbc(cbc) => last.append(&mut accept_unauthenticated(cbc.finish()?)),
        }
        Ok((!last.is_empty()).then(|| (last.into(), None)))
    }
}

/// The plaintext of a range, chunk by chunk.
pub(crate) fn decrypt_range(
    ciphertext: Body,
    decryptor: RangeDecryptor,
    plaintext_len: Option<u64>,
) -> Unauthenticated<Body> {
    let chunks = stream::try_unfold(Some((ciphertext, decryptor)), |state| async move {
        let Some((mut ciphertext, mut decryptor)) = state else { return Ok(None) };
        match ciphertext.try_next().await? {
            Some(chunk) => {
                let plaintext = accept_unauthenticated(decryptor.update(chunk.into())?);
                Ok::<_, Error>(Some((Bytes::from(plaintext), Some((ciphertext, decryptor)))))
            }
            None => Ok(Some((accept_unauthenticated(decryptor.finish()?.tail).into(), None))),
        }
    });
    Unauthenticated::new(Body::from_stream(chunks, plaintext_len))
}

/// Reads a GCM body to its end for its tag alone; `each` sees every chunk of the ciphertext first.
pub(crate) async fn verify(
    mut ciphertext: Body,
    mut decryptor: GcmDecryptor,
    mut each: impl FnMut(&[u8]),
) -> Result<(), Error> {
    while let Some(chunk) = ciphertext.try_next().await? {
        each(&chunk);
        let _unseen = decryptor.update(chunk.into())?;
    }
    Ok(decryptor.finish_assuming_all(Unauthenticated::new(()))?)
}
