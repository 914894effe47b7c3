//! A key service that repeats what the real one answered, and counts how often it was asked.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use cse_envelope::{DataKey, EncryptionContext, Rng};
use cse_keys::{
    BoxFuture, DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsDataKey, KmsError, KmsErrorKind,
};

use crate::case::KmsAnswer;

/// Answers `Decrypt` for the recorded ciphertext blob with an equal context, and refuses everything else.
#[derive(Clone, Debug)]
pub struct ReplayKms {
    answers: Arc<[KmsAnswer]>,
    calls: Arc<AtomicUsize>,
}

impl ReplayKms {
    /// With these answers.
    #[must_use]
    pub fn new(answers: &[KmsAnswer]) -> Self {
        Self { answers: answers.into(), calls: Arc::default() }
    }

    /// How many calls of any kind there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn count(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
    }

    fn answer(&self, request: DecryptRequest<'_>) -> Result<DataKey, KmsError> {
        let blob = BASE64_STANDARD.encode(request.ciphertext_blob);
        let known = self.answers.iter().find(|answer| {
            let recorded = EncryptionContext::from_pairs(answer.encryption_context.clone());
            answer.ciphertext_blob_b64 == blob && recorded.as_ref() == Ok(request.context)
        });
        let answer = known.ok_or_else(|| KmsError::new(KmsErrorKind::InvalidCiphertext))?;
        if request.key_id.is_some_and(|id| id != answer.key_id) {
            return Err(KmsError::new(KmsErrorKind::InvalidCiphertext));
        }
        let key = BASE64_STANDARD.decode(&answer.plaintext_b64).expect("base64 in case.json");
        Ok(DataKey::from_slice(&key).expect("a data key in case.json"))
    }
}

impl KmsApi for ReplayKms {
    fn generate_data_key<'a>(
        &'a self,
        _: GenerateDataKeyRequest<'a>,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KmsDataKey, KmsError>> {
        self.count();
        Box::pin(core::future::ready(Err(KmsError::new(KmsErrorKind::AccessDenied))))
    }

    fn encrypt<'a>(&'a self, _: EncryptRequest<'a>, _: &'a mut Rng<'_>) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        self.count();
        Box::pin(core::future::ready(Err(KmsError::new(KmsErrorKind::AccessDenied))))
    }

    fn decrypt<'a>(&'a self, request: DecryptRequest<'a>) -> BoxFuture<'a, Result<DataKey, KmsError>> {
        self.count();
        Box::pin(core::future::ready(self.answer(request)))
    }
}
