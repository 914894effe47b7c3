//! The examples that read what AWS services and others wrote, on objects built as those write them.

#[path = "../../examples/ses_mail.rs"]
mod ses_mail;
#[path = "../../examples/snowflake_stage.rs"]
mod snowflake_stage;

use crate::support::{kms, s3, sandbox};
use aes::Aes128;
use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead};
use base64::{Engine, prelude::BASE64_STANDARD};
use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use cse_client::{ErrorKind, Metadata, ObjectLocation, Transport, transport::PutObject};
use cse_envelope::EncryptionContext;
use cse_keys::{GenerateDataKeyRequest, KmsApi, system_rng};
use cse_sandbox::Sandbox;

/// Stores it as another writer would.
async fn store(sandbox: &Sandbox, key: &str, stored: Vec<u8>, metadata: &[(&str, String)]) {
    let mut request = PutObject::new(ObjectLocation::new("bucket", key), stored.into());
    request.metadata = metadata.iter().map(|(name, value)| (*name, value.clone())).collect::<Metadata>();
    s3(sandbox).put_object(request).await.unwrap();
}

const MAIL: &[u8] = b"Return-Path: <alice@example.com>\r\nSubject: hello\r\n\r\nHello Bob\r\n";

/// V2, wrap `kms`, AES-GCM; the context without `aws:x-amz-cek-alg`.
async fn store_mail(sandbox: &Sandbox, key: &str, damage: impl FnOnce(&mut Vec<u8>)) {
    let arn = sandbox.kms_key_arn();
    let context = [
        ("aws:ses:message-id", "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1"),
        ("aws:ses:rule-name", "store"),
        ("aws:ses:source-account", "111122223333"),
        ("kms_cmk_id", arn.as_str()),
    ];
    let context = EncryptionContext::from_pairs(context).unwrap();
    let request = GenerateDataKeyRequest::new(&arn, &context, &[]);
    let generated = sandbox.kms().generate_data_key(request, &mut system_rng()).await.unwrap();
    let cipher = Aes256Gcm::new_from_slice(generated.data_key.expose_secret()).unwrap();
    let iv = [7; 12];
    let mut stored = cipher.encrypt(&iv.into(), MAIL).unwrap();
    damage(&mut stored);
    let pairs: Vec<_> = context.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    let metadata = [
        ("x-amz-key-v2", BASE64_STANDARD.encode(generated.ciphertext_blob)),
        ("x-amz-iv", BASE64_STANDARD.encode(iv)),
        ("x-amz-cek-alg", "AES/GCM/NoPadding".to_owned()),
        ("x-amz-wrap-alg", "kms".to_owned()),
        ("x-amz-tag-len", "128".to_owned()),
        ("x-amz-matdesc", format!("{{{}}}", pairs.join(","))),
        ("x-amz-unencrypted-content-length", MAIL.len().to_string()),
    ];
    store(sandbox, key, stored, &metadata).await;
}

#[tokio::test]
async fn a_mail_of_ses_is_read() {
    let sandbox = sandbox().await;
    store_mail(&sandbox, "mail", |_| {}).await;
    let client = ses_mail::client(s3(&sandbox), kms(&sandbox));
    assert_eq!(ses_mail::mail(&client, "bucket", "mail").await.unwrap(), MAIL);
}

#[tokio::test]
async fn a_changed_mail_is_not() {
    let sandbox = sandbox().await;
    store_mail(&sandbox, "mail", |stored| stored[20] ^= 1).await;
    let client = ses_mail::client(s3(&sandbox), kms(&sandbox));
    assert_eq!(ses_mail::mail(&client, "bucket", "mail").await.unwrap_err().kind(), ErrorKind::Decrypt);
    assert_eq!(ses_mail::mail(&client, "bucket", "other").await.unwrap_err().kind(), ErrorKind::NotFound);
}

const MASTER_KEY: [u8; 16] = *b"sixteen byte key";
const FILE: &[u8] = b"1,alice\n2,bob\n";

/// V1, the data key as long as the master key, wrapped in AES-ECB with padding; content in AES-CBC.
async fn store_stage_file(sandbox: &Sandbox, key: &str) {
    let (data_key, iv) = ([3; 16], [5; 16]);
    let wrap = ecb::Encryptor::<Aes128>::new_from_slice(&MASTER_KEY).unwrap();
    let wrapped = wrap.encrypt_padded_vec::<Pkcs7>(&data_key);
    let content = cbc::Encryptor::<Aes128>::new_from_slices(&data_key, &iv).unwrap();
    let stored = content.encrypt_padded_vec::<Pkcs7>(FILE);
    let metadata = [
        ("x-amz-key", BASE64_STANDARD.encode(wrapped)),
        ("x-amz-iv", BASE64_STANDARD.encode(iv)),
        ("x-amz-matdesc", r#"{"queryId":"01a2b3c4-0000-1111","smkId":"8421","keySize":"128"}"#.to_owned()),
        ("sfc-digest", "c2hhMjU2".to_owned()),
    ];
    store(sandbox, key, stored, &metadata).await;
}

#[tokio::test]
async fn a_file_of_a_snowflake_stage_is_read() {
    let sandbox = sandbox().await;
    store_stage_file(&sandbox, "stage/data_0_0_0.csv").await;
    let client = snowflake_stage::client(s3(&sandbox), &BASE64_STANDARD.encode(MASTER_KEY)).unwrap();
    assert_eq!(snowflake_stage::file(&client, "bucket", "stage/data_0_0_0.csv").await.unwrap(), FILE);
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    let sandbox = sandbox().await;
    store_stage_file(&sandbox, "file").await;
    assert!(snowflake_stage::client(s3(&sandbox), "short").is_err());
    let other = snowflake_stage::client(s3(&sandbox), &BASE64_STANDARD.encode([1; 16])).unwrap();
    assert_eq!(snowflake_stage::file(&other, "bucket", "file").await.unwrap_err().kind(), ErrorKind::Decrypt);
}
