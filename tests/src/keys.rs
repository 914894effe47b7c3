//! Keyrings for the keys of a case.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use cse_keys::{AesKeyring, Keyring, KmsKeyring, RsaKeyring};

use crate::{case::Keys, replay_kms::ReplayKms};

/// A keyring, and the key service it asks, if any.
#[derive(Clone, Debug)]
pub struct Opener {
    /// The keyring.
    pub keyring: Arc<dyn Keyring>,
    /// The key service behind it.
    pub kms: Option<ReplayKms>,
}

impl Opener {
    /// The keyring that these keys make.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        if let Some(aes) = &keys.aes_key_b64 {
            let key = BASE64_STANDARD.decode(aes).expect("base64 in case.json");
            return Self::raw(AesKeyring::new(&key).expect("an AES key in case.json"));
        }
        if let Some(rsa) = &keys.rsa_private_pkcs8_pem_b64 {
            let pem = BASE64_STANDARD.decode(rsa).ok().and_then(|pem| String::from_utf8(pem).ok());
            return Self::raw(RsaKeyring::from_pem(&pem.expect("PEM in case.json")).expect("an RSA key in case.json"));
        }
        assert!(!keys.kms.is_empty(), "a case without keys");
        let kms = ReplayKms::new(&keys.kms);
        Self { keyring: Arc::new(KmsKeyring::discovery(kms.clone())), kms: Some(kms) }
    }

    fn raw(keyring: impl Keyring) -> Self {
        Self { keyring: Arc::new(keyring), kms: None }
    }

    /// How many calls the key service has had.
    #[must_use]
    pub fn kms_calls(&self) -> usize {
        self.kms.as_ref().map_or(0, ReplayKms::calls)
    }
}
