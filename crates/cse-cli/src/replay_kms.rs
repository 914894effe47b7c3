//! A key service that gives recorded answers, so that KMS objects open and seal offline.

use core::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{DataKey, EncryptionContext, Rng};
use cse_keys::{
    BoxFuture, DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsDataKey, KmsError, KmsErrorKind,
};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    error::{Failure, Kind, entries},
    metadata::{Pairs, UTF8_BOM},
};

/// Answers `Decrypt` for recorded ciphertext blobs, and `GenerateDataKey` with each recorded data key once.
pub(crate) struct ReplayKms(Vec<Answer>);

struct Answer {
    key_id: Option<String>,
    context: EncryptionContext,
    ciphertext_blob: Vec<u8>,
    data_key: Zeroizing<Vec<u8>>,
    /// `GenerateDataKey` gave it out already: two objects must not share a data key.
    is_used: AtomicBool,
}

/// An answer as recorded.
#[derive(Deserialize)]
struct Recorded {
    ciphertext_blob_b64: String,
    encryption_context: Pairs<String>,
    plaintext_b64: Zeroizing<String>,
    key_id: Option<String>,
}

/// A file that holds the list under `kms` or `keys.kms`.
#[derive(Deserialize)]
struct Holder {
    kms: Option<Vec<Recorded>>,
    keys: Option<Keys>,
}

#[derive(Deserialize)]
struct Keys {
    kms: Option<Vec<Recorded>>,
}

impl ReplayKms {
    /// Reads recorded answers: a JSON list, or an object with one under `kms` or `keys.kms`.
    ///
    /// # Errors
    ///
    /// [`Kind::KeyService`], without repeating anything of the file.
    pub(crate) fn read(json: &[u8]) -> Result<Self, Failure> {
        let json = json.strip_prefix(UTF8_BOM).unwrap_or(json);
        let is_list = json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
        let recorded = if is_list {
            serde_json::from_slice(json).ok()
        } else {
            let holder = serde_json::from_slice::<Holder>(json).ok();
            holder.and_then(|Holder { kms, keys }| kms.or_else(|| keys.and_then(|keys| keys.kms)))
        };
        let recorded: Vec<Recorded> = recorded.ok_or_else(|| unreadable("no list of recorded answers"))?;
        recorded.into_iter().map(Answer::new).collect::<Result<_, _>>().map(Self)
    }
}

fn unreadable(problem: &str) -> Failure {
    Failure::new(
        Kind::KeyService,
        format!("cannot use the file given with --kms-answers: {problem}"),
        "give a JSON list of {ciphertext_blob_b64, encryption_context, plaintext_b64, key_id}, alone or under `kms` or `keys.kms`",
    )
}

impl Answer {
    fn new(recorded: Recorded) -> Result<Self, Failure> {
        let not_base64 = |_| unreadable("a value is not base64");
        let data_key = Zeroizing::new(BASE64_STANDARD.decode(recorded.plaintext_b64.as_bytes()).map_err(not_base64)?);
        DataKey::from_slice(&data_key).map_err(|error| unreadable(&error.to_string()))?;
        Ok(Self {
            key_id: recorded.key_id,
            context: EncryptionContext::from_pairs(recorded.encryption_context.0)
                .map_err(|_| unreadable("an encryption context has a name twice"))?,
            ciphertext_blob: BASE64_STANDARD.decode(recorded.ciphertext_blob_b64).map_err(not_base64)?,
            data_key,
            is_used: AtomicBool::new(false),
        })
    }

    /// Whether `asked` may name this answer's key. An alias may name any.
    fn is_under(&self, asked: &str) -> bool {
        let is_alias = |id: &str| id.starts_with("alias/") || id.contains(":alias/");
        let id = |id: &str| id.rsplit_once('/').map_or(id, |(_, id)| id).to_owned();
        self.key_id.as_deref().is_none_or(|known| is_alias(asked) || is_alias(known) || id(known) == id(asked))
    }

    fn data_key(&self) -> Result<DataKey, KmsError> {
        DataKey::from_slice(&self.data_key).map_err(|error| KmsError::with_source(KmsErrorKind::Other, error))
    }
}

impl KmsApi for ReplayKms {
    fn generate_data_key<'a>(
        &'a self,
        request: GenerateDataKeyRequest<'a>,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KmsDataKey, KmsError>> {
        let fits = |answer: &&Answer| {
            answer.data_key.len() == 32
                && answer.is_under(request.key_id)
                && answer.context == *request.context
                && !answer.is_used.swap(true, Ordering::Relaxed)
        };
        let answer = self
            .0
            .iter()
            .find(fits)
            .ok_or_else(|| none_left(request.key_id, request.context))
            .and_then(|answer| Ok(KmsDataKey::new(answer.data_key()?, answer.ciphertext_blob.clone())));
        Box::pin(core::future::ready(answer))
    }

    /// Recorded answers wrap no new key.
    fn encrypt<'a>(
        &'a self,
        request: EncryptRequest<'a>,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        Box::pin(core::future::ready(Err(none_left(request.key_id, request.context))))
    }

    fn decrypt<'a>(&'a self, request: DecryptRequest<'a>) -> BoxFuture<'a, Result<DataKey, KmsError>> {
        let fits = |answer: &&Answer| {
            answer.ciphertext_blob == request.ciphertext_blob
                && answer.context == *request.context
                && request.key_id.is_none_or(|asked| answer.is_under(asked))
        };
        let answer = self.0.iter().find(fits).ok_or(KmsError::new(KmsErrorKind::InvalidCiphertext));
        Box::pin(core::future::ready(answer.and_then(Answer::data_key)))
    }
}

/// Names what was looked for: key id and context are public.
fn none_left(key_id: &str, context: &EncryptionContext) -> KmsError {
    let cause =
        format!("no recorded answer is left for the key {key_id:?} and the context {}", entries(context.iter()));
    KmsError::with_source(KmsErrorKind::Other, cause)
}

impl fmt::Debug for ReplayKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayKms({} answers)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use cse_keys::{KeyringError, now, system_rng};

    use super::*;

    const ANSWERS: &str = r#"{"keys": {"kms": [{"ciphertext_blob_b64": "AQID", "encryption_context": {"a": "1"},
        "plaintext_b64": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "key_id": "arn:aws:kms:x:1:key/k"}]}}"#;

    fn generate(kms: &ReplayKms, key_id: &str, context: &EncryptionContext) -> Result<KmsDataKey, KmsErrorKind> {
        let request = GenerateDataKeyRequest::new(key_id, context, &[]);
        let mut rng = system_rng();
        let future = kms.generate_data_key(request, &mut rng);
        now(Box::pin(async { future.await.map_err(KeyringError::from) })).map_err(|error| match error {
            KeyringError::KeyService(error) => error.kind(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn a_data_key_is_given_out_once_and_for_its_context_only() {
        let kms = ReplayKms::read(ANSWERS.as_bytes()).unwrap();
        let context = EncryptionContext::from_pairs([("a", "1")]).unwrap();
        assert_eq!(generate(&kms, "k", &EncryptionContext::new()).err(), Some(KmsErrorKind::Other));
        assert_eq!(generate(&kms, "other", &context).err(), Some(KmsErrorKind::Other));
        assert_eq!(generate(&kms, "k", &context).unwrap().ciphertext_blob, [1, 2, 3]);
        assert_eq!(generate(&kms, "k", &context).err(), Some(KmsErrorKind::Other));
    }

    #[test]
    fn debug_shows_no_key() {
        let kms = ReplayKms::read(ANSWERS.as_bytes()).unwrap();
        assert_eq!(format!("{kms:?}"), "ReplayKms(1 answers)");
    }
}
