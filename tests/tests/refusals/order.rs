//! Refusals come before any key is touched, and before any key service is asked. S2.

use core::sync::atomic::{AtomicUsize, Ordering};

use base64::{Engine, prelude::BASE64_STANDARD};
use cse_envelope::{
    Admitted, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, ReadPolicy, Rng, WriteFormat, parse,
};
use cse_keys::{AesKeyring, BoxFuture, ExpectedContext, Fit, Keyring, KeyringError, KmsKeyring, now};
use cse_tests::{case::KmsAnswer, known_key::KnownKey, policy, replay_kms::ReplayKms, rng};

use crate::{PLAINTEXT, v1, v2, v2_kms_cbc, v3};

/// A keyring that counts how often it is asked, and never answers.
#[derive(Debug, Default)]
struct Untouched(AtomicUsize);

impl Keyring for Untouched {
    fn generate_data_key<'a>(
        &'a self,
        _: WriteFormat,
        _: &'a EncryptionContext,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        unreachable!("nothing is written here")
    }

    fn wrap_data_key<'a>(
        &'a self,
        _: &'a DataKey,
        _: WriteFormat,
        _: &'a EncryptionContext,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        unreachable!("nothing is written here")
    }

    fn unwrap_data_key<'a>(
        &'a self,
        _: &'a Admitted,
        _: &'a ExpectedContext,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(core::future::ready(Err(KeyringError::NotReady)))
    }

    fn fit(&self, _: &KeyPart) -> Fit {
        Fit::Kind
    }
}

fn admit(object: &KnownKey, policy: &ReadPolicy) -> Option<Admitted> {
    parse(object.metadata.iter().map(|(name, value)| (name, value))).ok()?.admit(policy).ok()
}

/// A read up to the data key; whether the keyring was asked.
fn asks(object: &KnownKey, policy: &ReadPolicy) -> bool {
    let keyring = Untouched::default();
    if let Some(admitted) = admit(object, policy) {
        let answer = now(keyring.unwrap_data_key(&admitted, &ExpectedContext::default(), &mut rng::fixed("order")));
        assert!(answer.is_err());
    }
    keyring.0.load(Ordering::SeqCst) > 0
}

#[test]
fn what_the_policy_refuses_reaches_no_keyring() {
    for object in [v1(), v2(), v2_kms_cbc(), v2().without("x-amz-wrap-alg")] {
        assert!(!asks(&object, &ReadPolicy::default()));
        assert!(asks(&object, &policy::widest()));
    }
    assert!(asks(&v3(), &ReadPolicy::default()));
}

#[test]
fn what_is_not_well_formed_reaches_no_keyring() {
    let relabelled = v2_kms_cbc().with("x-amz-matdesc", r#"{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}"#);
    for object in [v3().without("x-amz-d"), v2().with("x-amz-tag-len", "96"), v1().with("x-amz-iv", "AAAA"), relabelled]
    {
        assert!(!asks(&object, &policy::widest()));
    }
}

const CONTEXT: &str = r#"{"team":"a","aws:x-amz-cek-alg":"115"}"#;

fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
    EncryptionContext::from_pairs(pairs.iter().copied()).unwrap()
}

/// A V3 object under KMS with one entry of the caller, and the service that opens it.
fn kms_object() -> (KnownKey, ReplayKms) {
    let object = v3().with("x-amz-w", "12").with("x-amz-t", CONTEXT);
    let answer = KmsAnswer {
        ciphertext_blob_b64: BASE64_STANDARD.encode(KnownKey::WRAPPED),
        encryption_context: serde_json::from_str(CONTEXT).unwrap(),
        plaintext_b64: BASE64_STANDARD.encode(KnownKey::DATA_KEY),
        key_id: "key".into(),
    };
    (object, ReplayKms::new(&[answer]))
}

fn unwrap(object: &KnownKey, keyring: &dyn Keyring, expected: &ExpectedContext) -> Result<DataKey, KeyringError> {
    let admitted = admit(object, &policy::widest()).unwrap();
    now(keyring.unwrap_data_key(&admitted, expected, &mut rng::fixed("order")))
}

/// W23: the context is compared on our side first, as Java does; the wrong one costs no call.
#[test]
fn a_wrong_context_asks_no_key_service() {
    let (object, kms) = kms_object();
    let keyring = KmsKeyring::new(kms.clone(), "key");
    let wrong = [
        ExpectedContext::default(),
        ExpectedContext::Exactly(context(&[("team", "b")])),
        ExpectedContext::Exactly(context(&[("team", "a"), ("more", "1")])),
        ExpectedContext::Exactly(context(&[("Team", "a")])),
        ExpectedContext::Exactly(context(&[("aws:x-amz-cek-alg", "115")])),
    ];
    for expected in wrong {
        assert!(unwrap(&object, &keyring, &expected).is_err(), "{expected:?}");
        assert_eq!(kms.calls(), 0, "{expected:?}");
    }
    // Entries that clients add themselves do not count; the key service gets the stored ones whatever the caller says of them.
    let right = [
        ExpectedContext::Exactly(context(&[("team", "a")])),
        ExpectedContext::Exactly(context(&[("team", "a"), ("aws:x-amz-cek-alg", "AES/GCM/NoPadding")])),
        ExpectedContext::AcceptStored,
    ];
    for (calls, expected) in (1..).zip(right) {
        assert_eq!(unwrap(&object, &keyring, &expected).unwrap().expose_secret(), KnownKey::DATA_KEY);
        assert_eq!(kms.calls(), calls);
    }
}

/// An object under another kind of key costs no call either.
#[test]
fn another_kind_of_wrap_asks_no_key_service() {
    let (_, kms) = kms_object();
    let keyring = KmsKeyring::discovery(kms.clone());
    for object in [v1(), v2(), v3(), v2().with("x-amz-wrap-alg", "RSA-OAEP-SHA1")] {
        let refused = unwrap(&object, &keyring, &ExpectedContext::AcceptStored).unwrap_err();
        assert!(matches!(refused, KeyringError::OtherWrap(_)), "{refused:?}");
    }
    assert_eq!(kms.calls(), 0);
}

/// Keyrings of a caller's own key have no context: one that is asked for cannot be honoured.
#[test]
fn a_raw_keyring_refuses_a_context() {
    let keyring = AesKeyring::new(&[7; 32]).unwrap();
    let asked = ExpectedContext::Exactly(context(&[("team", "a")]));
    let refused = unwrap(&v3(), &keyring, &asked).unwrap_err();
    assert!(matches!(refused, KeyringError::ContextWithoutKms), "{refused:?}");
}

/// The stored key service blob and the plaintext of the data key are in no error.
#[test]
fn errors_of_a_read_show_no_key() {
    let (object, kms) = kms_object();
    let other = object.with("x-amz-3", &BASE64_STANDARD.encode([0xd8; 48]));
    let refused = unwrap(&other, &KmsKeyring::discovery(kms), &ExpectedContext::AcceptStored).unwrap_err();
    assert!(matches!(refused, KeyringError::Decrypt(_)), "{refused:?}");
    let shown = format!("{refused} {refused:?}");
    assert!(!shown.contains("2Nj") && !shown.contains("216"), "{shown}");
    assert!(!shown.contains(core::str::from_utf8(PLAINTEXT).unwrap()));
}
