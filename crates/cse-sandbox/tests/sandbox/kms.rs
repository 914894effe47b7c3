//! KMS, as its client sees it.

use aws_sdk_kms::{Client, primitives::Blob, types::DataKeySpec};
use cse_envelope::EncryptionContext;
use cse_keys::{DecryptRequest, KmsApi};
use cse_sandbox::Sandbox;

use crate::{
    clients::{BUCKET, fails, failure, kms, sandbox, start},
    raw::Request,
};

async fn started() -> (Sandbox, Client) {
    let (sandbox, _) = sandbox().await;
    let client = kms(&sandbox, sandbox.access_key_id(), sandbox.secret_access_key());
    (sandbox, client)
}

async fn encrypted(client: &Client, key_id: &str) -> Vec<u8> {
    let encrypt = client.encrypt().key_id(key_id).plaintext(Blob::new([9; 32])).encryption_context("a", "1");
    encrypt.send().await.unwrap().ciphertext_blob.unwrap().into_inner()
}

#[tokio::test]
async fn data_keys_come_back_by_every_name_of_the_key() {
    let (sandbox, client) = started().await;
    let arn = sandbox.kms_key_arn();
    let (prefix, id) = arn.split_once("key/").unwrap();
    for name in [arn.clone(), id.to_owned(), "alias/sandbox".to_owned(), format!("{prefix}alias/sandbox")] {
        let made = client.generate_data_key().key_id(&name).key_spec(DataKeySpec::Aes256);
        let made = made.encryption_context("name", "value ü").encryption_context("b", "").send().await.unwrap();
        assert_eq!((made.key_id(), made.plaintext().unwrap().as_ref().len()), (Some(arn.as_str()), 32));
        let decrypt = client.decrypt().set_ciphertext_blob(made.ciphertext_blob.clone()).key_id(&name);
        let back = decrypt.encryption_context("b", "").encryption_context("name", "value ü").send().await.unwrap();
        assert_eq!((back.plaintext(), back.key_id()), (made.plaintext(), Some(arn.as_str())));
    }
}

#[tokio::test]
async fn data_keys_of_other_lengths() {
    let (sandbox, client) = started().await;
    let make = || client.generate_data_key().key_id(sandbox.kms_alias());
    let short = make().key_spec(DataKeySpec::Aes128).send().await.unwrap();
    assert_eq!(short.plaintext().unwrap().as_ref().len(), 16);
    let back = client.decrypt().set_ciphertext_blob(short.ciphertext_blob.clone()).send().await.unwrap();
    assert_eq!(back.plaintext(), short.plaintext());
    for len in [16, 24, 32] {
        let made = make().number_of_bytes(len).send().await.unwrap();
        assert_eq!(made.plaintext().unwrap().as_ref().len(), usize::try_from(len).unwrap());
    }
    let invalid = fails(400, "ValidationException");
    assert_eq!(failure(make().number_of_bytes(33).send().await), invalid);
    assert_eq!(failure(make().send().await), invalid);
    assert_eq!(failure(make().number_of_bytes(32).key_spec(DataKeySpec::Aes256).send().await), invalid);
    let without =
        client.generate_data_key_without_plaintext().key_id(sandbox.kms_alias()).key_spec(DataKeySpec::Aes256);
    assert!(without.send().await.unwrap().ciphertext_blob().is_some());
}

#[tokio::test]
async fn wrong_contexts_and_changed_blobs_do_not_open() {
    let (sandbox, client) = started().await;
    let blob = encrypted(&client, sandbox.kms_alias()).await;
    let decrypt = |blob: &[u8]| client.decrypt().ciphertext_blob(Blob::new(blob));
    decrypt(&blob).encryption_context("a", "1").send().await.unwrap();
    let invalid = fails(400, "InvalidCiphertextException");
    assert_eq!(failure(decrypt(&blob).send().await), invalid);
    assert_eq!(failure(decrypt(&blob).encryption_context("a", "2").send().await), invalid);
    assert_eq!(failure(decrypt(&blob).encryption_context("a", "1").encryption_context("b", "").send().await), invalid);
    for at in [0, 1, 3, blob.len() / 2, blob.len() - 1] {
        let mut changed = blob.clone();
        changed[at] ^= 1;
        assert_eq!(failure(decrypt(&changed).encryption_context("a", "1").send().await), invalid, "{at}");
    }
    assert_eq!(failure(decrypt(b"nonsense").send().await), invalid);
    assert_eq!(failure(decrypt(&blob[..blob.len() - 1]).encryption_context("a", "1").send().await), invalid);
}

#[tokio::test]
async fn other_keys_do_not_open() {
    let (sandbox, client) = started().await;
    let other = client.create_key().description("other").send().await.unwrap().key_metadata.unwrap();
    let blob = encrypted(&client, sandbox.kms_alias()).await;
    let decrypt = |key_id: &str| {
        let decrypt = client.decrypt().ciphertext_blob(Blob::new(blob.as_slice())).key_id(key_id);
        decrypt.encryption_context("a", "1").send()
    };
    assert_eq!(failure(decrypt(other.key_id()).await), fails(400, "IncorrectKeyException"));
    assert_eq!(failure(decrypt("alias/none").await), fails(400, "NotFoundException"));
    decrypt(&sandbox.kms_key_arn()).await.unwrap();
    let encrypt = client.encrypt().key_id("unknown").plaintext(Blob::new([1; 32])).send().await;
    assert_eq!(failure(encrypt), fails(400, "NotFoundException"));
    let long = client.encrypt().key_id(other.key_id()).plaintext(Blob::new([1; 33])).send().await;
    assert_eq!(failure(long), fails(400, "ValidationException"));
}

#[tokio::test]
async fn keys_and_aliases_are_made_and_listed() {
    let (sandbox, client) = started().await;
    let made = client.create_key().description("mine").send().await.unwrap().key_metadata.unwrap();
    assert_eq!((made.description(), made.enabled()), (Some("mine"), true));
    let alias = |name: &str| client.create_alias().alias_name(name).target_key_id(made.key_id()).send();
    alias("alias/mine").await.unwrap();
    assert_eq!(failure(alias("alias/mine").await), fails(400, "AlreadyExistsException"));
    for name in ["mine", "alias/", "alias/aws/mine", "alias/ü"] {
        assert_eq!(failure(alias(name).await), fails(400, "ValidationException"), "{name}");
    }
    let nothing = client.create_alias().alias_name("alias/nothing").target_key_id("none").send().await;
    assert_eq!(failure(nothing), fails(400, "NotFoundException"));
    let described = client.describe_key().key_id("alias/mine").send().await.unwrap().key_metadata.unwrap();
    assert_eq!(described.arn(), made.arn());
    assert_eq!(failure(client.describe_key().key_id("none").send().await), fails(400, "NotFoundException"));
    assert_eq!(client.list_keys().send().await.unwrap().keys().len(), 2);
    let aliases = client.list_aliases().send().await.unwrap();
    let names: Vec<_> = aliases.aliases().iter().filter_map(|alias| alias.alias_name()).collect();
    assert_eq!(names, ["alias/mine", sandbox.kms_alias()]);
}

#[tokio::test]
async fn disabled_keys_do_nothing() {
    let (sandbox, client) = started().await;
    let arn = sandbox.kms_key_arn();
    let blob = encrypted(&client, &arn).await;
    let decrypt = || client.decrypt().ciphertext_blob(Blob::new(blob.as_slice())).encryption_context("a", "1").send();
    let generate = || client.generate_data_key().key_id(&arn).key_spec(DataKeySpec::Aes256).send();
    client.disable_key().key_id(&arn).send().await.unwrap();
    assert_eq!(failure(decrypt().await), fails(400, "DisabledException"));
    assert_eq!(failure(generate().await), fails(400, "DisabledException"));
    client.enable_key().key_id(&arn).send().await.unwrap();
    decrypt().await.unwrap();
    client.schedule_key_deletion().key_id(&arn).send().await.unwrap();
    assert_eq!(failure(decrypt().await), fails(400, "KMSInvalidStateException"));
    assert_eq!(failure(client.enable_key().key_id(&arn).send().await), fails(400, "KMSInvalidStateException"));
    client.cancel_key_deletion().key_id(&arn).send().await.unwrap();
    assert_eq!(failure(generate().await), fails(400, "DisabledException"));
    client.enable_key().key_id(&arn).send().await.unwrap();
    generate().await.unwrap();
}

#[tokio::test]
async fn signatures_are_checked() {
    let builder = Sandbox::builder().s3_only_credentials("S3ONLY", "s3-secret").bucket(BUCKET);
    let (sandbox, _) = start(builder).await;
    let list = |id: &str, secret: &str| kms(&sandbox, id, secret).list_keys().send();
    assert_eq!(failure(list("AKEXAMPLE", "wrong").await), fails(400, "InvalidSignatureException"));
    assert_eq!(failure(list("UNKNOWN", "SKEXAMPLE").await), fails(400, "UnrecognizedClientException"));
    assert_eq!(failure(list("S3ONLY", "wrong").await), fails(400, "InvalidSignatureException"));
    assert_eq!(failure(list("S3ONLY", "s3-secret").await), fails(400, "AccessDeniedException"));
    let s3 = crate::clients::s3(&sandbox, "S3ONLY", "s3-secret");
    s3.put_object().bucket(BUCKET).key("key").send().await.unwrap();
    let request = || {
        let request = Request { service: "kms", ..Request::new("POST", "/", b"{}") };
        request.header("x-amz-target", "TrentService.ListKeys")
    };
    assert_eq!(request().send(&sandbox).await.status, 200);
    let changed = Request { body: b"{\"a\":1}", content_sha256: Some("UNSIGNED-PAYLOAD"), ..request() };
    let wrong_service = Request { service: "s3", ..request() };
    for refused in [changed, wrong_service] {
        let answer = refused.send(&sandbox).await;
        assert_eq!(answer.status, 400);
        assert!(String::from_utf8_lossy(&answer.body).contains("InvalidSignatureException"));
    }
    let host = ("host", sandbox.address().to_string().into_bytes());
    let unsigned = [host, ("x-amz-target", b"TrentService.ListKeys".to_vec())];
    let unsigned = crate::raw::exchange(&sandbox, "POST", "/", &unsigned, b"{}").await;
    assert_eq!(unsigned.header("content-type"), Some("application/x-amz-json-1.1"));
    assert!(String::from_utf8_lossy(&unsigned.body).contains("MissingAuthenticationTokenException"));
}

#[tokio::test]
async fn what_it_does_not_know_it_says() {
    let (sandbox, client) = started().await;
    let unknown =
        client.re_encrypt().destination_key_id(sandbox.kms_alias()).ciphertext_blob(Blob::new("x")).send().await;
    assert_eq!(failure(unknown), fails(400, "UnknownOperationException"));
    let malformed = Request { service: "kms", ..Request::new("POST", "/", b"{") };
    let malformed = malformed.header("x-amz-target", "TrentService.Decrypt").send(&sandbox).await;
    assert_eq!(malformed.status, 400);
    assert!(String::from_utf8_lossy(&malformed.body).contains("ValidationException"));
}

#[tokio::test]
async fn keyrings_in_the_same_process_have_the_same_keys() {
    let (sandbox, client) = started().await;
    let blob = encrypted(&client, sandbox.kms_alias()).await;
    let context = EncryptionContext::from_pairs([("a", "1")]).unwrap();
    let local = sandbox.kms();
    let request = DecryptRequest::new(Some(sandbox.kms_alias()), &blob, &context, &[]);
    assert_eq!(local.decrypt(request).await.unwrap().expose_secret(), [9; 32]);
}
