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
    let expected = ciphertext.content_len().unwrap_or_default().min(limit);
    let mut plaintext = Unauthenticated::new(Vec::with_capacity(usize::try_from(expected).unwrap_or_default()));
    while let Some(chunk) = ciphertext.try_next().await? {
        let next = decryptor.update(chunk.into())?;
        if u64::try_from(plaintext.len().saturating_add(next.len())).unwrap_or(u64::MAX) > limit {
            return Err(Error::TooLarge { len: None, limit });
        }
        plaintext.append(next);
    }
    Ok(decryptor.finish(plaintext)?)
}

/// The plaintext, chunk by chunk and before anything is verified. For GCM the end of the stream means that the tag matched.
pub(crate) fn decrypt_stream(
    ciphertext: Body,
    decryptor: Decryptor,
    plaintext_len: Option<u64>,
) -> Unauthenticated<Body> {
    let chunks = stream::try_unfold(Some((ciphertext, decryptor)), |state| async move {
        let Some((mut ciphertext, mut decryptor)) = state else { return Ok(None) };
        match ciphertext.try_next().await? {
            Some(chunk) => {
                let plaintext = accept_unauthenticated(decryptor.update(chunk.into())?);
                Ok::<_, Error>(Some((Bytes::from(plaintext), Some((ciphertext, decryptor)))))
            }
            None => Ok(finish_stream(decryptor)?.map(|tail| (tail, None))),
        }
    });
    // Every chunk is marked by the type around the body.
    Unauthenticated::new(Body::from_stream(chunks, plaintext_len))
}

fn finish_stream(decryptor: Decryptor) -> Result<Option<Bytes>, Error> {
    match decryptor {
        Decryptor::Gcm(gcm) => {
            gcm.finish_assuming_all(Unauthenticated::new(()))?;
            Ok(None)
        }
        Decryptor::Cbc(cbc) => Ok(Some(accept_unauthenticated(cbc.finish()?).into())),
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
