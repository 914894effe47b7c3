//! Key files: PEM and DER of PKCS#1, PKCS#8 (also encrypted) and SubjectPublicKeyInfo.

use alloc::string::String;

use rsa::{
    PrivateKey, PublicKey,
    pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey},
    pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding},
};
use zeroize::Zeroizing;

use super::{Pair, RsaKeyring};
use crate::error::KeyError;

impl RsaKeyring {
    /// Reads a PEM file: `PRIVATE KEY`, `RSA PRIVATE KEY`, `PUBLIC KEY` or `RSA PUBLIC KEY`.
    ///
    /// # Errors
    ///
    /// [`KeyError::RsaPassword`] for an encrypted key (traditional ones must be converted to PKCS#8 first), [`KeyError::RsaSize`] and
    /// [`KeyError::RsaEncoding`] for what is no key to use.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let pem = pem.trim();
        if pem.contains("ENCRYPTED") {
            return Err(KeyError::RsaPassword);
        }
        let private = PrivateKey::from_pkcs8_pem(pem).or_else(|_| PrivateKey::from_pkcs1_pem(pem));
        if let Ok(key) = private {
            return Self::from_private(key);
        }
        let public = PublicKey::from_public_key_pem(pem).or_else(|_| PublicKey::from_pkcs1_pem(pem));
        public.map_err(|_| KeyError::RsaEncoding).and_then(Self::from_public)
    }

    /// Reads the same in DER.
    ///
    /// # Errors
    ///
    /// [`KeyError::RsaSize`], and [`KeyError::RsaEncoding`] for everything else, encrypted keys included.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let private = PrivateKey::from_pkcs8_der(der).or_else(|_| PrivateKey::from_pkcs1_der(der));
        if let Ok(key) = private {
            return Self::from_private(key);
        }
        let public = PublicKey::from_public_key_der(der).or_else(|_| PublicKey::from_pkcs1_der(der));
        public.map_err(|_| KeyError::RsaEncoding).and_then(Self::from_public)
    }

    /// Reads an encrypted private key, `ENCRYPTED PRIVATE KEY` (PKCS#8 with PBES2).
    ///
    /// # Errors
    ///
    /// [`KeyError::RsaPassword`] if the password is wrong or the file is none, [`KeyError::RsaSize`] for a small key.
    pub fn from_encrypted_pem(pem: &str, password: &[u8]) -> Result<Self, KeyError> {
        let key = PrivateKey::from_pkcs8_encrypted_pem(pem.trim(), password);
        key.map_err(|_| KeyError::RsaPassword).and_then(Self::from_private)
    }

    /// Reads the same in DER.
    ///
    /// # Errors
    ///
    /// As [`from_encrypted_pem`](Self::from_encrypted_pem).
    pub fn from_encrypted_der(der: &[u8], password: &[u8]) -> Result<Self, KeyError> {
        let key = PrivateKey::from_pkcs8_encrypted_der(der, password);
        key.map_err(|_| KeyError::RsaPassword).and_then(Self::from_private)
    }

    /// The private half as a PEM file of PKCS#8, if it is there.
    ///
    /// # Security
    ///
    /// The key in the clear; the text wipes itself.
    #[must_use]
    pub fn private_pem(&self) -> Option<Zeroizing<String>> {
        match &self.pair {
            Pair::Private(half) => half.key.to_pkcs8_pem(LineEnding::LF).ok(),
            Pair::Public(_) => None,
        }
    }

    /// The public half as a PEM file of SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// [`KeyError::RsaEncoding`] if the key has no such form; no key that was read or generated here is one.
    pub fn public_pem(&self) -> Result<String, KeyError> {
        self.public().to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::RsaEncoding)
    }
}
