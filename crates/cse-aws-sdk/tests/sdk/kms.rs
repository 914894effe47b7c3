//! `Kms` on the sandbox's KMS.

use crate::support::{
    kms_as,
    sandbox::Place,
    scripted::{Scripted, answer},
};
use cse_aws_sdk::Kms;
use cse_envelope::{DataKey, EncryptionContext};
use cse_keys::{DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsError, KmsErrorKind, system_rng};

fn context() -> EncryptionContext {
    EncryptionContext::from_pairs([("purpose", "test")]).unwrap()
}

/// Asks a KMS that answers this.
async fn asked_of(status: &str, body: &[u8]) -> KmsError {
    let server = Scripted::start(vec![answer(status, &[("content-type", b"application/x-amz-json-1.1")], body)]);
    let kms = Kms::new(&kms_as(&server.url, "access", "secret"));
    kms.decrypt(DecryptRequest::new(None, b"blob", &context(), &[])).await.unwrap_err()
}

#[tokio::test]
async fn a_data_key_comes_back() {
    let place = Place::start().await;
    let (kms, key_id, context) = (Kms::new(&place.kms()), place.sandbox.kms_alias(), context());
    let request = GenerateDataKeyRequest::new(key_id, &context, &[]);
    let generated = kms.generate_data_key(request, &mut system_rng()).await.unwrap();
    assert_eq!(generated.data_key.expose_secret().len(), 32);
    for key in [Some(key_id), None] {
        let request = DecryptRequest::new(key, &generated.ciphertext_blob, &context, &[]);
        assert_eq!(kms.decrypt(request).await.unwrap().expose_secret(), generated.data_key.expose_secret());
    }
}

#[tokio::test]
async fn a_key_of_the_callers_is_wrapped() {
    let place = Place::start().await;
    let (kms, context) = (Kms::new(&place.kms()), EncryptionContext::new());
    let data_key = DataKey::from_slice(&[9; 16]).unwrap();
    let request = EncryptRequest::new(place.sandbox.kms_alias(), &data_key, &context, &[]);
    let blob = kms.encrypt(request, &mut system_rng()).await.unwrap();
    let unwrapped = kms.decrypt(DecryptRequest::new(None, &blob, &context, &[])).await.unwrap();
    assert_eq!(unwrapped.expose_secret(), [9; 16]);
}

#[tokio::test]
async fn wrong_contexts_blobs_and_keys_have_kinds() {
    let place = Place::start().await;
    let (kms, context) = (Kms::new(&place.kms()), context());
    let request = GenerateDataKeyRequest::new(place.sandbox.kms_alias(), &context, &[]);
    let blob = kms.generate_data_key(request, &mut system_rng()).await.unwrap().ciphertext_blob;

    let other = EncryptionContext::from_pairs([("purpose", "other")]).unwrap();
    let wrong_context = kms.decrypt(DecryptRequest::new(None, &blob, &other, &[])).await.unwrap_err();
    assert_eq!(wrong_context.kind(), KmsErrorKind::InvalidCiphertext);
    let changed: Vec<_> = blob.iter().map(|byte| byte ^ 1).collect();
    let changed = kms.decrypt(DecryptRequest::new(None, &changed, &context, &[])).await.unwrap_err();
    assert_eq!(changed.kind(), KmsErrorKind::InvalidCiphertext);
    let request = GenerateDataKeyRequest::new("alias/missing", &context, &[]);
    let missing = kms.generate_data_key(request, &mut system_rng()).await.err().unwrap();
    assert_eq!(missing.kind(), KmsErrorKind::NotFound);
}

#[tokio::test]
async fn who_may_not_is_denied() {
    let place = Place::start().await;
    let (kms, context) = (Kms::new(&place.denied_kms()), EncryptionContext::new());
    let request = GenerateDataKeyRequest::new(place.sandbox.kms_alias(), &context, &[]);
    let denied = kms.generate_data_key(request, &mut system_rng()).await.err().unwrap();
    assert_eq!((denied.kind(), denied.is_retryable()), (KmsErrorKind::AccessDenied, false));
}

#[tokio::test]
async fn answers_that_are_not_kmss_have_kinds_too() {
    let denied = asked_of("403 Forbidden", b"<Error><Code>AccessDenied</Code></Error>").await;
    assert_eq!(denied.kind(), KmsErrorKind::AccessDenied);
    let throttled = asked_of("400 Bad Request", br#"{"__type":"ThrottlingException"}"#).await;
    assert_eq!(throttled.kind(), KmsErrorKind::Throttled);
    let failed = asked_of("500 Internal Server Error", br#"{"__type":"KMSInternalException"}"#).await;
    assert_eq!(failed.kind(), KmsErrorKind::Unavailable);
    // 17 bytes are no data key.
    let odd = asked_of("200 OK", br#"{"Plaintext":"AAAAAAAAAAAAAAAAAAAAAAA="}"#).await;
    assert_eq!(odd.kind(), KmsErrorKind::InvalidCiphertext);
    let empty = asked_of("200 OK", b"{}").await;
    assert_eq!(empty.kind(), KmsErrorKind::Other);
}

#[tokio::test]
async fn a_kms_that_is_not_there_is_unavailable() {
    let server = Scripted::start(vec![]);
    let kms = Kms::new(&kms_as(&server.url, "access", "secret"));
    let error = kms.decrypt(DecryptRequest::new(None, b"blob", &context(), &[])).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (KmsErrorKind::Unavailable, true));
}

#[tokio::test]
async fn the_user_agent_names_this_crate_and_no_key_is_in_errors() {
    let answer = answer("400 Bad Request", &[], br#"{"__type":"ValidationException","message":"no"}"#);
    let server = Scripted::start(vec![answer]);
    let kms = Kms::new(&kms_as(&server.url, "access", "secret"));
    let data_key = DataKey::from_slice(b"sixteen bytes 16").unwrap();
    let context = EncryptionContext::new();
    let error = kms.encrypt(EncryptRequest::new("key", &data_key, &context, &[]), &mut system_rng()).await.unwrap_err();
    let shown = format!("{error:?}");
    assert!(!shown.contains("sixteen") && !shown.contains("c2l4dGVlbi"), "{shown}");
    let agent = server.requests()[0].header("user-agent").unwrap().to_owned();
    assert!(agent.contains(concat!("lib/cse-aws-sdk/", env!("CARGO_PKG_VERSION"))), "{agent}");
}
