//! Streaming decryption of a whole object. Which of the two ciphers it is decides whether the plaintext can be verified.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use zeroize::Zeroize;

use super::{ContentCipher, ContentKey, GcmKey, engine::GcmDecrypt, hold_back::HoldBack};
#[cfg(feature = "legacy")]
use super::{cbc_padding, engine::BlockStream};
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
    /// GCM: verified by [`GcmDecryptor::finish`].
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
                Ok(Decryptor::Gcm(GcmDecryptor { cipher, hold_back }))
            }
            #[cfg(feature = "legacy")]
            ContentCipher::Cbc { key, iv } => {
                let blocks = self.engine.cbc_decrypt(key.expose_secret(), iv).ok_or(DecryptError)?;
                Ok(Decryptor::Cbc(CbcDecryptor { blocks, held: Vec::new(), ciphertext_left: ciphertext_len }))
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
    /// [`DecryptError`] if anything was changed; what was collected is wiped then.
    pub fn finish(self, collected: Unauthenticated<Vec<u8>>) -> Result<Plaintext, DecryptError> {
        match self {
            Self::Gcm(gcm) => match gcm.verify() {
                Ok(()) => Ok(Plaintext::Verified(collected.into_inner())),
                Err(error) => {
                    collected.into_inner().zeroize();
                    Err(error)
                }
            },
            Self::Cbc(cbc) => {
                let mut plaintext = collected.into_inner();
                match cbc.finish() {
                    Ok(tail) => {
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
    }
}

/// Decrypts AES-256-GCM content. Nothing it gives is verified before [`finish`](Self::finish).
pub struct GcmDecryptor {
    cipher: Box<dyn GcmDecrypt>,
    hold_back: HoldBack,
}

impl GcmDecryptor {
    /// Decrypts the next chunk in place; see [`Decryptor::update`].
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if there are more bytes than the object can have.
    pub fn update(&mut self, mut ciphertext: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, DecryptError> {
        self.hold_back.release(&mut ciphertext)?;
        self.cipher.update(&mut ciphertext);
        Ok(Unauthenticated::new(ciphertext))
    }

    /// Compares the tag, and gives out what was collected (bytes, or a file they were written to) as verified.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if anything was changed or cut; what was collected is dropped then.
    ///
    /// # Security
    ///
    /// `collected` must be made of everything that [`update`](Self::update) gave, in order, and of nothing else.
    pub fn finish<T>(self, collected: Unauthenticated<T>) -> Result<T, DecryptError> {
        self.verify().map(|()| collected.into_inner())
    }

    fn verify(self) -> Result<(), DecryptError> {
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
    #[cfg(feature = "legacy")]
    blocks: Box<dyn BlockStream>,
    /// Ciphertext that is not a whole block yet, or may be the last one: at most 16 bytes.
    #[cfg(feature = "legacy")]
    held: Vec<u8>,
    #[cfg(feature = "legacy")]
    ciphertext_left: Option<u64>,
    /// Without the feature there are no values of this type.
    #[cfg(not(feature = "legacy"))]
    never: core::convert::Infallible,
}

#[cfg(feature = "legacy")]
impl CbcDecryptor {
    /// Decrypts the next chunk; see [`Decryptor::update`]. What comes back may be up to 15 bytes longer than the chunk.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if there are more bytes than the object can have.
    pub fn update(&mut self, mut ciphertext: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, DecryptError> {
        if let Some(left) = &mut self.ciphertext_left {
            let len = u64::try_from(ciphertext.len()).map_err(|_| DecryptError)?;
            *left = left.checked_sub(len).ok_or(DecryptError)?;
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
        if self.ciphertext_left.is_some_and(|left| left > 0) {
            return Err(DecryptError);
        }
        self.blocks.update(&mut self.held);
        let block = self.held.as_slice().try_into().map_err(|_| DecryptError)?;
        let plaintext_len = cbc_padding::unpad(block)?;
        self.held.truncate(plaintext_len);
        Ok(Unauthenticated::new(self.held))
    }
}

#[cfg(not(feature = "legacy"))]
impl CbcDecryptor {
    fn update(&mut self, _: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, DecryptError> {
        match self.never {}
    }

    fn finish(self) -> Result<Unauthenticated<Vec<u8>>, DecryptError> {
        match self.never {}
    }
}

impl fmt::Debug for CbcDecryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CbcDecryptor(..)")
    }
}
