//! What no error may show: the data key, and the wrapped data key.

use core::error::Error;

use base64::{Engine, prelude::BASE64_STANDARD};
use cse_envelope::ReadPolicy;
use cse_keys::Keyring;
use cse_tests::read::Reading;

/// Every spelling in which a key could slip into a message.
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// The secrets of an object that opens.
    pub(crate) fn of(reading: &Reading, policy: &ReadPolicy, keyring: &dyn Keyring) -> Self {
        let admitted = reading.admit(policy).unwrap();
        let data_key = reading.unwrap(&admitted, keyring).unwrap();
        let wrapped = admitted.key_part().wrapped_data_key();
        Self(spellings(data_key.expose_secret()).chain(spellings(wrapped)).collect())
    }

    #[track_caller]
    pub(crate) fn assert_absent_from(&self, error: &impl Error, what: &str) {
        let mut shown = format!("{error} {error:?} {error:#?}");
        let mut source = error.source();
        while let Some(cause) = source {
            shown += &format!(" {cause} {cause:?}");
            source = cause.source();
        }
        for secret in &self.0 {
            assert!(!shown.contains(secret), "{what}: a key is in the error");
        }
    }
}

/// Pieces of a key as base64, as hexadecimal, and as `Debug` shows bytes; from its beginning, middle and end.
fn spellings(key: &[u8]) -> impl Iterator<Item = String> {
    let pieces = [0, key.len() / 6 * 3, key.len() / 3 * 3 - 9].map(|start| key[start..start + 9].to_vec());
    pieces.into_iter().flat_map(|piece| {
        let hex: String = piece.iter().map(|byte| format!("{byte:02x}")).collect();
        let list = format!("{piece:?}").trim_matches(['[', ']']).to_owned();
        [BASE64_STANDARD.encode(&piece), hex.to_uppercase(), hex, list]
    })
}

/// A check that cannot fail would prove nothing.
#[test]
fn a_key_in_an_error_is_found() {
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Leak(String);

    let key: Vec<u8> = (100..132).collect();
    let secrets = Secrets(spellings(&key).collect());
    let base64 = BASE64_STANDARD.encode(&key);
    for text in [base64, format!("{key:?}"), key.iter().map(|byte| format!("{byte:02X}")).collect()] {
        let found = std::panic::catch_unwind(|| secrets.assert_absent_from(&Leak(text.clone()), "test"));
        assert!(found.is_err(), "{text}");
    }
    secrets.assert_absent_from(&Leak("nothing".into()), "test");
}
