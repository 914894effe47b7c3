//! KMS: of the sandbox, and of a script.

use cse_client::{Client, ErrorKind};
use cse_envelope::{DataKey, EncryptionContext};
use cse_keys::{
    DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsError, KmsErrorKind, KmsKeyring, system_rng,
};
use cse_reqwest::{Credentials, Kms, RetryPolicy};

use crate::support::{
    http, kms, s3, sandbox,
    scripted::{answer, s3_error},
    scripted_kms,
};

fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
    EncryptionContext::from_pairs(pairs.iter().copied()).unwrap()
}

async fn generate(kms: &Kms, key_id: &str) -> Result<(), KmsError> {
    let context = context(&[("a", "1")]);
    kms.generate_data_key(GenerateDataKeyRequest::new(key_id, &context, &[]), &mut system_rng()).await.map(drop)
}

#[tokio::test]
async fn objects_go_both_ways() {
    let sandbox = sandbox().await;
    let client = Client::new(s3(&sandbox), KmsKeyring::new(kms(&sandbox), sandbox.kms_alias()));
    let context = context(&[("department", "caf\u{e9} \"quoted\"")]);
    client.put("bucket", "key", "hello").encryption_context(context.clone()).send().await.unwrap();
    let object = client.get("bucket", "key").encryption_context(context).send().await.unwrap();
    assert_eq!(object.content.collect().await.unwrap(), "hello");
    let error = client.get("bucket", "key").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decrypt);
}

#[tokio::test]
async fn all_three_calls_agree() {
    let (sandbox, mut rng) = (sandbox().await, system_rng());
    let (kms, context, alias) = (kms(&sandbox), context(&[("a", "1")]), sandbox.kms_alias());
    let generated = kms.generate_data_key(GenerateDataKeyRequest::new(alias, &context, &[]), &mut rng).await.unwrap();
    let request = DecryptRequest::new(Some(alias), &generated.ciphertext_blob, &context, &[]);
    let decrypted = kms.decrypt(request).await.unwrap();
    assert_eq!(decrypted.expose_secret(), generated.data_key.expose_secret());
    let data_key = DataKey::from_slice(&[9; 32]).unwrap();
    let request = EncryptRequest::new(alias, &data_key, &context, &[]);
    let blob = kms.encrypt(request, &mut rng).await.unwrap();
    let decrypted = kms.decrypt(DecryptRequest::new(None, &blob, &context, &[])).await.unwrap();
    assert_eq!(decrypted.expose_secret(), [9; 32]);
}

#[tokio::test]
async fn the_sandbox_refuses() {
    use KmsErrorKind as Kind;
    let (sandbox, mut rng) = (sandbox().await, system_rng());
    let (kms, right) = (kms(&sandbox), context(&[("a", "1")]));
    let request = GenerateDataKeyRequest::new(sandbox.kms_alias(), &right, &[]);
    let blob = kms.generate_data_key(request, &mut rng).await.unwrap().ciphertext_blob;
    for wrong in [context(&[]), context(&[("a", "2")]), context(&[("a", "1"), ("b", "2")])] {
        let error = kms.decrypt(DecryptRequest::new(None, &blob, &wrong, &[])).await.unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidCiphertext, "{wrong:?}");
    }
    let error = kms.decrypt(DecryptRequest::new(None, b"garbage", &right, &[])).await.unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidCiphertext);
    assert_eq!(generate(&kms, "alias/nobody").await.unwrap_err().kind(), Kind::NotFound);
    for (id, secret) in [("AKS3ONLY", "SKS3ONLY"), ("AKS3ONLY", "wrong"), ("AKNOBODY", "SKNOBODY")] {
        let stranger = Kms::new(http(), sandbox.region(), Credentials::new(id, secret));
        let stranger = stranger.endpoint(&sandbox.endpoint()).unwrap().retry(RetryPolicy::never());
        assert_eq!(generate(&stranger, sandbox.kms_alias()).await.unwrap_err().kind(), Kind::AccessDenied, "{id}");
    }
}

#[tokio::test]
async fn codes_have_kinds() {
    use KmsErrorKind as Kind;
    for (status, code, kind) in [
        ("400 Bad Request", "AccessDeniedException", Kind::AccessDenied),
        ("400 Bad Request", "com.amazonaws.kms#NotFoundException", Kind::NotFound),
        ("400 Bad Request", "DisabledException", Kind::Unusable),
        ("400 Bad Request", "KMSInvalidStateException", Kind::Unusable),
        ("400 Bad Request", "InvalidCiphertextException", Kind::InvalidCiphertext),
        ("400 Bad Request", "IncorrectKeyException", Kind::InvalidCiphertext),
        ("400 Bad Request", "ValidationException", Kind::Other),
        ("501 Not Implemented", "UnknownOperationException", Kind::Unavailable),
    ] {
        let body = format!("{{\"__type\":\"{code}\",\"message\":\"says the script\"}}");
        let (server, kms) = scripted_kms(vec![answer(status, &[("x-amzn-requestid", b"R1")], body.as_bytes())]);
        let error = generate(&kms, "key").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("says the script") && source.contains("R1"), "{source}");
        assert_eq!(server.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn denials_in_other_words_are_denials() {
    let header: (&str, &[u8]) = ("x-amzn-errortype", b"AccessDeniedException:http://internal.amazon.com/");
    let nested = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
    let answers = [
        s3_error("403 Forbidden", "AccessDenied"),
        s3_error("403 Forbidden", "SignatureDoesNotMatch"),
        answer("403 Forbidden", &[], b"<html>no</html>"),
        answer("400 Bad Request", &[header], b"{}"),
        answer("403 Forbidden", &[], nested),
    ];
    for answer in answers {
        let (_, kms) = scripted_kms(vec![answer]);
        assert_eq!(generate(&kms, "key").await.unwrap_err().kind(), KmsErrorKind::AccessDenied);
    }
}

#[tokio::test]
async fn throttled_calls_are_made_again() {
    let throttled = || answer("400 Bad Request", &[], b"{\"__type\":\"ThrottlingException\"}");
    let broken = || answer("500 Internal Server Error", &[], b"");
    let (server, kms) = scripted_kms(vec![throttled(), throttled(), throttled(), throttled()]);
    assert_eq!(generate(&kms, "key").await.unwrap_err().kind(), KmsErrorKind::Throttled);
    let bodies: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, vec![bodies[0].clone(); 3]);

    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let done = format!("{{\"KeyId\":\"k\",\"Plaintext\":\"{key}\",\"CiphertextBlob\":\"AAAA\"}}");
    let (server, kms) = scripted_kms(vec![throttled(), broken(), answer("200 OK", &[], done.as_bytes())]);
    generate(&kms, "key").await.unwrap();
    assert_eq!(server.requests().len(), 3);
    let request = &server.requests()[0];
    assert_eq!(request.line, "POST /");
    assert_eq!(request.header("x-amz-target"), Some("TrentService.GenerateDataKey"));
    assert_eq!(request.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(request.header("x-amz-content-sha256").map(str::len), Some(64));
    let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let expected = serde_json::json!({"KeyId": "key", "KeySpec": "AES_256", "EncryptionContext": {"a": "1"}});
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn answers_that_are_none_are_errors() {
    for body in ["", "{}", "<Error/>", "{\"Plaintext\":\"AAAA\",\"CiphertextBlob\":\"AAAA\"}"] {
        let (_, kms) = scripted_kms(vec![answer("200 OK", &[], body.as_bytes())]);
        generate(&kms, "key").await.unwrap_err();
    }
    let (_, kms) = scripted_kms(vec![]);
    let error = generate(&kms.retry(RetryPolicy::never()), "key").await.unwrap_err();
    assert_eq!(error.kind(), KmsErrorKind::Unavailable);
}
