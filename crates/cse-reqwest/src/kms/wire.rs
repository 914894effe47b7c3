//! KMS's JSON: requests, answers, errors.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use cse_envelope::{DataKey, EncryptionContext};
use cse_keys::{KmsError, KmsErrorKind};
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::http::{Answered, Failure};

/// What every call says.
pub(super) fn request(
    key_id: Option<&str>,
    context: &EncryptionContext,
    grant_tokens: &[String],
) -> Map<String, Value> {
    let mut fields = Map::new();
    if let Some(key_id) = key_id {
        fields.insert("KeyId".to_owned(), key_id.into());
    }
    let entries: Map<_, _> = context.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    if !entries.is_empty() {
        fields.insert("EncryptionContext".to_owned(), entries.into());
    }
    if !grant_tokens.is_empty() {
        fields.insert("GrantTokens".to_owned(), grant_tokens.into());
    }
    fields
}

pub(super) fn insert_bytes(fields: &mut Map<String, Value>, name: &str, bytes: &[u8]) {
    fields.insert(name.to_owned(), BASE64_STANDARD.encode(bytes).into());
}

/// The body of a request. A plaintext in it is wiped when it was sent.
pub(super) fn body_of(fields: Map<String, Value>) -> Result<Bytes, KmsError> {
    let fields = Fields(fields);
    let body = serde_json::to_vec(&fields.0).map_err(|error| KmsError::with_source(KmsErrorKind::Other, error))?;
    Ok(Bytes::from_owner(Zeroizing::new(body)))
}

/// Wiped where a plaintext may be.
struct Fields(Map<String, Value>);

impl Drop for Fields {
    fn drop(&mut self) {
        if let Some(Value::String(plaintext)) = self.0.get_mut("Plaintext") {
            plaintext.zeroize();
        }
    }
}

/// An answer of success.
pub(super) struct Answer(Fields);

impl Answer {
    pub(super) fn parse(body: Bytes) -> Result<Self, KmsError> {
        let parsed = serde_json::from_slice(&body);
        // What was not shared is wiped.
        if let Ok(body) = body.try_into_mut() {
            drop(Zeroizing::new(Vec::from(body)));
        }
        match parsed {
            Ok(Value::Object(fields)) => Ok(Self(Fields(fields))),
            // Not the parser's own words, which may repeat what it read.
            _ => Err(incomplete()),
        }
    }

    pub(super) fn data_key(&self) -> Result<DataKey, KmsError> {
        let plaintext = Zeroizing::new(self.bytes("Plaintext")?);
        // A plaintext of another length is no data key, whoever encrypted it.
        DataKey::from_slice(&plaintext).map_err(|_| KmsError::new(KmsErrorKind::InvalidCiphertext))
    }

    pub(super) fn ciphertext_blob(&self) -> Result<Vec<u8>, KmsError> {
        let blob = self.bytes("CiphertextBlob")?;
        if blob.is_empty() { Err(incomplete()) } else { Ok(blob) }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, KmsError> {
        let text = self.0.0.get(name).and_then(Value::as_str).ok_or_else(incomplete)?;
        BASE64_STANDARD.decode(text).map_err(|_| incomplete())
    }
}

fn incomplete() -> KmsError {
    KmsError::with_source(KmsErrorKind::Other, "the key service's answer is not complete")
}

/// Why a call failed: KMS's words, not what was asked.
pub(super) fn kms_error(failure: Failure) -> KmsError {
    let message = failure.to_string();
    match failure {
        Failure::NotSent(source) => KmsError::with_source(KmsErrorKind::Other, source),
        Failure::Unreachable(source) => KmsError::with_source(KmsErrorKind::Unavailable, source),
        Failure::Redirected(_) => KmsError::with_source(KmsErrorKind::Other, message),
        Failure::Answered(answered) => {
            let kind = KmsErrorKind::from_answer(answered.status, answered.code.as_deref());
            KmsError::with_source(kind, said(&answered, message))
        }
    }
}

fn said(answered: &Answered, message: String) -> String {
    let code = answered.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
    let id = answered.request_id.as_deref().map(|id| format!(" [request id {id}]")).unwrap_or_default();
    format!("{code}{message}{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_lack_something_are_errors() {
        let parse = |body: &'static str| Answer::parse(Bytes::from_static(body.as_bytes()));
        for body in ["", "[]", "{", "null"] {
            assert!(parse(body).is_err(), "{body}");
        }
        let answer = parse(r#"{"Plaintext":"AAAA","CiphertextBlob":""}"#).unwrap();
        assert_eq!(answer.data_key().unwrap_err().kind(), KmsErrorKind::InvalidCiphertext);
        assert!(answer.ciphertext_blob().is_err());
        for body in ["{}", r#"{"Plaintext":7,"CiphertextBlob":null}"#, r#"{"Plaintext":"?","CiphertextBlob":"?"}"#] {
            let answer = parse(body).unwrap();
            assert!(answer.data_key().is_err() && answer.ciphertext_blob().is_err(), "{body}");
        }
    }
}
