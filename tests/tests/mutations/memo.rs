//! A keyring that remembers what it unwrapped: thousands of mutations leave the wrapped key as it is, and RSA is slow.

use std::sync::{Arc, Mutex};

use cse_envelope::{Admitted, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, Rng, WriteFormat};
use cse_keys::{BoxFuture, ExpectedContext, Fit, Keyring, KeyringError};

/// Asks the real keyring once per wrapped key, with its suite and context; what the caller expects and the policy allows is the
/// same for all mutations of an object. Failures are asked again, so that each gives its own error.
#[derive(Debug)]
pub(crate) struct Memo {
    keyring: Arc<dyn Keyring>,
    answers: Mutex<Vec<(KeyPart, Vec<u8>)>>,
}

impl Memo {
    pub(crate) fn new(keyring: Arc<dyn Keyring>) -> Self {
        Self { keyring, answers: Mutex::default() }
    }
}

impl Keyring for Memo {
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        self.keyring.generate_data_key(format, context, rng)
    }

    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        self.keyring.wrap_data_key(data_key, format, context, rng)
    }

    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        Box::pin(async move {
            let question = object.key_part().clone();
            let known =
                self.answers.lock().unwrap().iter().find(|(asked, _)| *asked == question).map(|(_, key)| key.clone());
            if let Some(key) = known {
                return Ok(DataKey::from_slice(&key).unwrap());
            }
            let key = self.keyring.unwrap_data_key(object, expected, rng).await?;
            self.answers.lock().unwrap().push((question, key.expose_secret().to_vec()));
            Ok(key)
        })
    }

    fn fit(&self, key_part: &KeyPart) -> Fit {
        self.keyring.fit(key_part)
    }
}
