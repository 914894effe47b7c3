//! An AES key the caller holds.

mod gcm;
#[cfg(feature = "legacy")]
mod legacy;

use alloc::vec::Vec;
use core::fmt;

use cse_envelope::{
    Admitted, AesWrap, AlgorithmSuite, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, MaterialDescription, Rng,
    WrapAlgorithm, WriteFormat,
};
use zeroize::Zeroizing;

use crate::{
    error::{DecryptError, KeyError, KeyringError},
    future::{BoxFuture, ready},
    keyring::{ExpectedContext, Fit, Keyring},
    raw,
};

/// Wraps data keys by an AES key of 16, 24 or 32 bytes that the caller holds.
///
/// Writes `AES/GCM`; reads it and, under the policies that allow them, `AESWrap` and `AES`. Answers at the first poll, so
/// [`now`](crate::now) is enough.
///
/// # Security
///
/// `AES/GCM` draws a random 12-byte nonce for each data key: wrap at most 2^32 data keys under one key (SP 800-38D, section 8.3).
///
/// # Example
///
/// ```
/// use cse_keys::AesKeyring;
///
/// let key = [7; 32]; // from a key store
/// let keyring = AesKeyring::new(&key)?;
/// # Ok::<(), cse_keys::KeyError>(())
/// ```
pub struct AesKeyring {
    key: Zeroizing<Vec<u8>>,
    description: MaterialDescription,
}

impl AesKeyring {
    /// A keyring of this key; the caller wipes its own copy.
    ///
    /// # Errors
    ///
    /// [`KeyError::AesLength`], or [`KeyError::AesZero`] for a key that was never set.
    pub fn new(key: &[u8]) -> Result<Self, KeyError> {
        if !matches!(key.len(), 16 | 24 | 32) {
            return Err(KeyError::AesLength);
        }
        if key.iter().all(|byte| *byte == 0) {
            return Err(KeyError::AesZero);
        }
        Ok(Self { key: Zeroizing::new(key.to_vec()), description: MaterialDescription::new() })
    }

    /// Names the key: stored with each object, and what a [`KeyringSet`](crate::KeyringSet) finds it by.
    #[must_use]
    pub fn with_description(self, description: MaterialDescription) -> Self {
        Self { description, ..self }
    }

    fn wrap(&self, data_key: &DataKey, format: WriteFormat, rng: &mut Rng<'_>) -> Result<KeyPart, KeyringError> {
        let wrap = raw::wrap_of(format, AesWrap::Gcm, AesWrap::Ecb)?;
        let wrapped = match wrap {
            AesWrap::Gcm => gcm::wrap(&self.key, data_key, format.suite(), rng)?,
            #[cfg(feature = "legacy")]
            AesWrap::Ecb => legacy::wrap_ecb(&self.key, data_key).ok_or(KeyringError::OtherFormat)?,
            _ => return Err(KeyringError::LegacyFeature),
        };
        Ok(KeyPart::aes(format.suite(), wrap, wrapped, self.description.clone()))
    }

    fn unwrap(&self, wrap: AesWrap, wrapped: &[u8], suite: AlgorithmSuite) -> Result<DataKey, KeyringError> {
        let data_key = match wrap {
            AesWrap::Gcm => gcm::unwrap(&self.key, wrapped, suite),
            #[cfg(feature = "legacy")]
            AesWrap::KeyWrap => legacy::unwrap_key_wrap(&self.key, wrapped),
            #[cfg(feature = "legacy")]
            AesWrap::Ecb => legacy::unwrap_ecb(&self.key, wrapped),
            _ => return Err(KeyringError::LegacyFeature),
        };
        data_key.ok_or(KeyringError::Decrypt(DecryptError::default()))
    }
}

impl Keyring for AesKeyring {
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        ready(raw::generate(format, context, rng, |data_key, rng| self.wrap(data_key, format, rng)))
    }

    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        ready(raw::refuse_context(context).and_then(|()| self.wrap(data_key, format, rng)))
    }

    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        ready(raw::refuse_expectation(expected).and_then(|()| {
            let key_part = object.key_part();
            match key_part.wrap() {
                WrapAlgorithm::Aes(wrap) => self.unwrap(wrap, key_part.wrapped_data_key(), object.suite()),
                other => Err(KeyringError::OtherWrap(other)),
            }
        }))
    }

    fn fit(&self, key_part: &KeyPart) -> Fit {
        match key_part.wrap() {
            WrapAlgorithm::Aes(_) => raw::fit(key_part, &self.description),
            _ => Fit::None,
        }
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        Some(&self.description)
    }
}

impl fmt::Debug for AesKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AesKeyring").field("description", &self.description).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let keyring = AesKeyring::new(&[0xa5; 32]).unwrap();
        assert_eq!(alloc::format!("{keyring:?}"), "AesKeyring { description: MaterialDescription([]), .. }");
    }

    #[test]
    fn only_aes_keys_that_are_set() {
        for len in 0..40 {
            let key = alloc::vec![1; len];
            assert_eq!(AesKeyring::new(&key).is_ok(), matches!(len, 16 | 24 | 32), "{len}");
        }
        assert_eq!(AesKeyring::new(&[0; 32]).err(), Some(KeyError::AesZero));
    }
}
