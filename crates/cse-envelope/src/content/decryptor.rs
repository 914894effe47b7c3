//! Streaming decryption of a whole object. Which of the two ciphers it is decides whether the plaintext can be verified.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use zeroize::Zeroize;

use super::{
    ContentCipher, ContentKey, GcmKey, cbc_padding,
    engine::{BlockStream, GcmDecrypt},
    hold_back::HoldBack,
};
use crate::{error::DecryptError, unauthenticated::Unauthenticated};

/// A whole plaintext; the object decides which of the two it is. There is no third, so the enum is exhaustive.
#[derive(Debug)]
#[must_use]
pub enum Plaintext {
    /// Content of an authenticated suite whose tag matched.
    Verified(Vec<u8>),
    /// CBC content. Comes only under a policy with `legacy` on.
    Unauthenticated(Unauthenticated<Vec<u8>>),
}

/// Decrypts one object, chunk by chunk. Exhaustive, as [`Plaintext`] is.
#[derive(Debug)]
pub enum Decryptor {
    /// GCM: verified by [`Decryptor::finish`] or [`GcmDecryptor::finish_assuming_all`].
    Gcm(GcmDecryptor),
    /// CBC: never verified. Comes only under a policy with `legacy` on.
    Cbc(CbcDecryptor),
}

impl ContentKey {
    /// Starts decrypting the whole object. `ciphertext_len`, in bytes, is the content length where it is known; that is faster,
    /// and a length that cannot be is refused before any work.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] for a length that no object of this suite has.
    pub fn decryptor(&self, ciphertext_len: Option<u64>) -> Result<Decryptor, DecryptError> {
        if ciphertext_len.is_some_and(|len| !self.suite().is_ciphertext_len(len)) {
            return Err(DecryptError);
        }
        match &self.cipher {
            ContentCipher::Gcm { suite, gcm: GcmKey { key, iv, aad } } => {
                let cipher = self.engine.gcm_decrypt(key, iv, aad);
                let hold_back = match ciphertext_len.and_then(|len| suite.plaintext_len(len)) {
                    Some(len) => HoldBack::known(len),
                    None => HoldBack::unknown(suite.max_plaintext_len()),
                };
                Ok(Decryptor::Gcm(GcmDecryptor { cipher, hold_back, released: 0, failed: false }))
            }
            #[cfg(feature = "legacy")]
            ContentCipher::Cbc { key, iv } => {
                let blocks = self.engine.cbc_decrypt(key.expose_secret(), iv).ok_or(DecryptError)?;
                Ok(Decryptor::Cbc(CbcDecryptor {
                    blocks,
                    held: Vec::new(),
                    ciphertext_left: ciphertext_len,
                    failed: false,
                }))
            }
        }
    }

    /// Decrypts a whole small object at once, in place.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if anything was changed; the buffer is wiped then.
    pub fn decrypt(&self, ciphertext: Vec<u8>) -> Result<Plaintext, DecryptError> {
        let mut decryptor = self.decryptor(u64::try_from(ciphertext.len()).ok())?;
        let plaintext = decryptor.update(ciphertext)?;
        decryptor.finish(plaintext)
    }
}

impl Decryptor {
    /// Decrypts the next chunk in place and gives back what is surely plaintext. The tag, or CBC's last block, is held back.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if there are more bytes than the object can have.
    #[inline]
    pub fn update(&mut self, ciphertext: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, DecryptError> {
        match self {
            Self::Gcm(gcm) => gcm.update(ciphertext),
            Self::Cbc(cbc) => cbc.update(ciphertext),
        }
    }

    /// Ends the object: `collected`, everything that [`update`](Self::update) gave, becomes the plaintext.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if anything was changed, or what was collected is not as long as what was given; it is wiped then.
    pub fn finish(self, collected: Unauthenticated<Vec<u8>>) -> Result<Plaintext, DecryptError> {
        let mut plaintext = collected.into_inner();
        let end = match self {
            Self::Gcm(gcm) if u64::try_from(plaintext.len()).ok() != Some(gcm.released) => Err(DecryptError),
            Self::Gcm(gcm) => gcm.verify().map(|()| None),
            Self::Cbc(cbc) => cbc.finish().map(Some),
        };
        match end {
            Ok(None) => Ok(Plaintext::Verified(plaintext)),
            Ok(Some(tail)) => {
                plaintext.extend(tail.into_inner());
                Ok(Plaintext::Unauthenticated(Unauthenticated::new(plaintext)))
            }
            Err(error) => {
                plaintext.zeroize();
                Err(error)
            }
        }
    }
}

/// Decrypts AES-256-GCM content. Nothing it gives is verified before its end.
///
/// # Example
///
/// A large object goes to a file that nobody reads before the tag matched:
///
/// ```
/// use std::{fs::File, io::{Read, Write}, path::Path};
///
/// use cse_envelope::{ContentKey, Decryptor, Unauthenticated, danger};
///
/// fn save(key: &ContentKey, mut body: File, target: &Path) -> Result<(), Box<dyn std::error::Error>> {
///     let Decryptor::Gcm(mut decryptor) = key.decryptor(Some(body.metadata()?.len()))? else { return Err("CBC".into()) };
///     let unverified = target.with_extension("unverified");
///     let mut file = File::create_new(&unverified)?;
///     loop {
///         let mut chunk = vec![0; 64 * 1024];
///         let len = body.read(&mut chunk)?;
///         if len == 0 {
///             break;
///         }
///         chunk.truncate(len);
///         // Accepted into a file that has another name until it is verified.
///         file.write_all(&danger::accept_unauthenticated(decryptor.update(chunk)?))?;
///     }
///     let unverified = decryptor.finish_assuming_all(Unauthenticated::new(unverified))?;
///     Ok(std::fs::rename(unverified, target)?)
/// }
/// ```
pub struct GcmDecryptor {
    cipher: Box<dyn GcmDecrypt>,
    hold_back: HoldBack,
    released: u64,
    failed: bool,
}

impl GcmDecryptor {
    /// Decrypts the next chunk in place; see [`Decryptor::update`].
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if there are more bytes than the object can have; there is no success after it.
    #[inline]
    pub fn update(&mut self, mut ciphertext: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, DecryptError> {
        if let Err(error) = self.hold_back.release(&mut ciphertext) {
            self.failed = true;
            return Err(error);
        }
        self.cipher.update(&mut ciphertext);
        // Below the limit that was just checked.
        self.released = self.released.saturating_add(u64::try_from(ciphertext.len()).unwrap_or(u64::MAX));
        Ok(Unauthenticated::new(ciphertext))
    }

    /// Compares the tag, and gives out as verified whatever the plaintext was collected in: a file, or a place of another kind.
    ///
    /// For bytes, [`Decryptor::finish`] checks more.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if anything was changed or cut; what was collected is dropped then.
    ///
    /// # Security
    ///
    /// Assumes that `collected` holds everything that [`update`](Self::update) gave, in order, and nothing else.
    pub fn finish_assuming_all<T>(self, collected: Unauthenticated<T>) -> Result<T, DecryptError> {
        self.verify().map(|()| collected.into_inner())
    }

    fn verify(self) -> Result<(), DecryptError> {
        if self.failed {
            return Err(DecryptError);
        }
        self.cipher.verify(&self.hold_back.tag()?)
    }
}

impl fmt::Debug for GcmDecryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GcmDecryptor(..)")
    }
}

/// Decrypts AES-CBC content, which nothing authenticates.
pub struct CbcDecryptor {
    blocks: Box<dyn BlockStream>,
    /// Ciphertext that is not a whole block yet, or may be the last one: at most 16 bytes.
    held: Vec<u8>,
    ciphertext_left: Option<u64>,
    failed: bool,
}

impl CbcDecryptor {
    /// Decrypts the next chunk; see [`Decryptor::update`]. What comes back may be up to 15 bytes longer than the chunk.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if there are more bytes than the object can have; there is no success after it.
    pub fn update(&mut self, mut ciphertext: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, DecryptError> {
        if let Some(left) = &mut self.ciphertext_left {
            let after = u64::try_from(ciphertext.len()).ok().and_then(|len| left.checked_sub(len));
            let Some(after) = after else {
                self.failed = true;
                return Err(DecryptError);
            };
            *left = after;
        }
        ciphertext.splice(..0, self.held.drain(..));
        let ready = ciphertext.len().saturating_sub(1) / 16 * 16;
        self.held.extend(ciphertext.drain(ready..));
        self.blocks.update(&mut ciphertext);
        Ok(Unauthenticated::new(ciphertext))
    }

    /// Decrypts the last block and takes its padding off.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if the ciphertext is cut or the padding is wrong.
    pub fn finish(mut self) -> Result<Unauthenticated<Vec<u8>>, DecryptError> {
        if self.failed || self.ciphertext_left.is_some_and(|left| left > 0) {
            return Err(DecryptError);
        }
        self.blocks.update(&mut self.held);
        let block = self.held.as_slice().try_into().map_err(|_| DecryptError)?;
        let plaintext_len = cbc_padding::unpad(block)?;
        self.held.truncate(plaintext_len);
        Ok(Unauthenticated::new(self.held))
    }
}

impl fmt::Debug for CbcDecryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CbcDecryptor(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::content::{PORTABLE, derive};

    /// A content key, and a ciphertext of 30 bytes under it.
    fn object() -> (ContentKey, Vec<u8>) {
        let key = |byte| GcmKey { key: zeroize::Zeroizing::new([byte; 32]), iv: derive::IV_V3, aad: &derive::AAD_V3 };
        let gcm = key(7);
        let mut cipher = PORTABLE.gcm_encrypt(&gcm.key, &gcm.iv, gcm.aad);
        let mut ciphertext = vec![1; 30];
        cipher.update(&mut ciphertext);
        ciphertext.extend(cipher.finish());
        let cipher = ContentCipher::Gcm { suite: crate::AlgorithmSuite::GcmCommitKey, gcm };
        (ContentKey { cipher, engine: PORTABLE }, ciphertext)
    }

    #[test]
    fn a_part_of_the_plaintext_is_not_given_out_as_verified() {
        let (key, ciphertext) = object();
        for len in [Some(46), None] {
            let mut decryptor = key.decryptor(len).unwrap();
            let first = decryptor.update(ciphertext[..20].to_vec()).unwrap();
            let last = decryptor.update(ciphertext[20..].to_vec()).unwrap();
            assert!(first.len() + last.len() == 30 && !first.is_empty());
            assert!(matches!(decryptor.finish(last), Err(DecryptError)), "{len:?}");
        }
    }

    #[test]
    fn there_is_no_success_after_too_many_bytes() {
        let (key, ciphertext) = object();
        let mut decryptor = key.decryptor(Some(46)).unwrap();
        let plaintext = decryptor.update(ciphertext).unwrap();
        assert!(decryptor.update(vec![0]).is_err());
        assert!(matches!(decryptor.finish(plaintext), Err(DecryptError)));
    }
}
