//! Streaming encryption of one object.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use zeroize::Zeroize;
#[cfg(feature = "legacy")]
use zeroize::Zeroizing;

use super::{
    GcmKey,
    engine::{Engine, GcmEncrypt},
};
#[cfg(feature = "legacy")]
use super::{cbc_padding, engine::BlockStream};
use crate::{error::LengthError, suite::AlgorithmSuite};

/// Encrypts one object, chunk by chunk. Made by [`seal`](crate::seal); ends with [`finish`](Self::finish).
///
/// Any chunking gives the same ciphertext. Bytes are counted; intentionally not `Clone`, because no two plaintexts may share a key
/// and IV.
pub struct Encryptor {
    cipher: Cipher,
    suite: AlgorithmSuite,
    declared: Option<u64>,
    encrypted: u64,
    failed: Option<LengthError>,
}

impl Encryptor {
    pub(super) fn new(cipher: Cipher, suite: AlgorithmSuite, declared: Option<u64>) -> Self {
        Self { cipher, suite, declared, encrypted: 0, failed: None }
    }

    /// The whole ciphertext's length in bytes, if the plaintext's was declared.
    #[must_use]
    pub fn ciphertext_len(&self) -> Option<u64> {
        self.declared.and_then(|len| self.suite.ciphertext_len(len).ok())
    }

    /// Encrypts the next chunk in place and gives it back. CBC may keep up to 15 bytes for later.
    ///
    /// # Errors
    ///
    /// [`LengthError`] if the plaintext grows beyond what was declared or what the suite takes; the chunk is wiped, and
    /// there is no success after it.
    #[inline]
    pub fn update(&mut self, mut plaintext: Vec<u8>) -> Result<Vec<u8>, LengthError> {
        match self.count(plaintext.len()) {
            Ok(()) => Ok(self.cipher.update(plaintext)),
            Err(error) => {
                plaintext.zeroize();
                self.failed = Some(error);
                Err(error)
            }
        }
    }

    /// Ends the ciphertext: its last bytes are the tag, or CBC's last block.
    ///
    /// # Errors
    ///
    /// [`LengthError::NotAsDeclared`] if there was less plaintext than declared; the error of an update that failed.
    pub fn finish(self) -> Result<Vec<u8>, LengthError> {
        match (self.failed, self.declared) {
            (Some(error), _) => Err(error),
            (None, Some(declared)) if declared != self.encrypted => Err(LengthError::NotAsDeclared { declared }),
            _ => Ok(self.cipher.finish()),
        }
    }

    /// Encrypts a whole small plaintext at once, in place.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update) and [`finish`](Self::finish).
    pub fn encrypt(mut self, plaintext: Vec<u8>) -> Result<Vec<u8>, LengthError> {
        let mut ciphertext = self.update(plaintext)?;
        ciphertext.extend(self.finish()?);
        Ok(ciphertext)
    }

    #[inline]
    fn count(&mut self, len: usize) -> Result<(), LengthError> {
        let too_long = LengthError::TooLong { suite: self.suite };
        let total = u64::try_from(len).ok().and_then(|len| self.encrypted.checked_add(len)).ok_or(too_long)?;
        if total > self.suite.max_plaintext_len() {
            return Err(too_long);
        }
        match self.declared {
            Some(declared) if total > declared => Err(LengthError::NotAsDeclared { declared }),
            _ => {
                self.encrypted = total;
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryptor")
            .field("suite", &self.suite)
            .field("declared", &self.declared)
            .field("encrypted", &self.encrypted)
            .finish_non_exhaustive()
    }
}

pub(super) enum Cipher {
    Gcm(Box<dyn GcmEncrypt>),
    #[cfg(feature = "legacy")]
    Cbc {
        blocks: Box<dyn BlockStream>,
        /// Plaintext that does not fill a block yet.
        partial: Zeroizing<Vec<u8>>,
    },
}

impl Cipher {
    pub(super) fn gcm(engine: &dyn Engine, key: &GcmKey) -> Self {
        Self::Gcm(engine.gcm_encrypt(&key.key, &key.iv, key.aad))
    }

    #[cfg(feature = "legacy")]
    pub(super) fn cbc(engine: &dyn Engine, key: &[u8], iv: &[u8; 16]) -> Option<Self> {
        engine.cbc_encrypt(key, iv).map(|blocks| Self::Cbc { blocks, partial: Zeroizing::default() })
    }

    #[inline]
    fn update(&mut self, mut data: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Gcm(gcm) => gcm.update(&mut data),
            #[cfg(feature = "legacy")]
            Self::Cbc { blocks, partial } => {
                data.splice(..0, partial.drain(..));
                partial.extend(data.drain(data.len() - data.len() % 16..));
                blocks.update(&mut data);
            }
        }
        data
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Gcm(gcm) => gcm.finish().to_vec(),
            #[cfg(feature = "legacy")]
            Self::Cbc { mut blocks, mut partial } => {
                let mut block = cbc_padding::pad(core::mem::take(&mut *partial));
                blocks.update(&mut block);
                block
            }
        }
    }
}
