//! Data keys from a key service that is asked over the network: every way to write, every way to read, and rotation.

use cse_client::{
    Client, Config, Error, ErrorKind, ObjectLocation,
    danger::{self, accept_unauthenticated},
    error::InvalidRequest,
    transfer,
};
use cse_envelope::{CommitmentPolicy, EncryptionContext, KeyPlacement, ReadPolicy};
use cse_keys::{ExpectedContext, KeyringError, KmsErrorKind, KmsKeyring};

use crate::service::{MIN_PART_LEN, Service, on_both};

on_both! {
    round_trips => objects_round_trip;
    uploads => uploads_in_parts_round_trip;
    any_key_id => a_key_answers_to_alias_and_arn;
    another_key => another_key_does_not_open;
    rotation => a_rotated_key_opens_and_the_old_one_does_not;
}

fn context(entries: &[(&str, &str)]) -> EncryptionContext {
    EncryptionContext::from_pairs(entries.iter().copied()).unwrap()
}

fn contexts() -> [EncryptionContext; 3] {
    [
        context(&[]),
        context(&[("purpose", "test"), ("formula", "a=b \"c\" \\d\t"), ("encoded word", "=?UTF-8?Q?=C3=A9?=")]),
        context(&[("città", "Zürich"), ("crab", "蟹 🦀")]),
    ]
}

/// Bytes of which no stretch is like another.
fn contents(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from(i * i % 251).unwrap()).collect()
}

fn policies() -> [CommitmentPolicy; 2] {
    [CommitmentPolicy::RequireEncryptRequireDecrypt, CommitmentPolicy::ForbidEncryptAllowDecrypt]
}

/// The key part in either place, every context, both formats.
async fn round_trips(service: &Service) {
    for (i, policy) in policies().into_iter().enumerate() {
        let client = service.client().with_config(Config::new().read_policy(ReadPolicy::new(policy)));
        for (j, placement) in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile].into_iter().enumerate() {
            for (k, context) in contexts().into_iter().enumerate() {
                let (key, plaintext) = (format!("kms/{i}/{j}/{k}"), contents(1000 + k));
                let put = client.put(&service.bucket, &key, plaintext.clone()).key_placement(placement);
                put.encryption_context(context.clone()).send().await.unwrap();
                reads(&client, service, &key, &context, &plaintext).await;
            }
        }
    }
}

async fn reads(client: &Client, service: &Service, key: &str, context: &EncryptionContext, plaintext: &[u8]) {
    let get = || client.get(&service.bucket, key).encryption_context(context.clone());
    let object = get().send().await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    assert_eq!(object.attributes.content_len, u64::try_from(plaintext.len()).ok(), "{key}");
    assert_eq!(object.content.collect().await.unwrap(), plaintext, "{key}");
    let range = danger::range(get(), "bytes=100-299".parse().unwrap()).send().await.unwrap();
    assert_eq!(accept_unauthenticated(range.content).collect().await.unwrap(), plaintext[100..300], "{key}");
    let stored = client.get(&service.bucket, key).expected_context(ExpectedContext::AcceptStored);
    assert_eq!(stored.send().await.unwrap().content.collect().await.unwrap(), plaintext, "{key}");
    let head = client.head(ObjectLocation::new(&service.bucket, key)).send().await.unwrap();
    assert_eq!(head.attributes.content_len, u64::try_from(plaintext.len()).ok(), "{key}");
}

async fn uploads(service: &Service) {
    let (client, context) = (service.client(), context(&[("purpose", "test")]));
    let plaintext = contents(5 * MIN_PART_LEN + 3);
    for (i, placement) in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile].into_iter().enumerate() {
        let key = format!("kms/upload/{i}");
        let start = client.upload(&service.bucket, &key).key_placement(placement);
        let mut upload = start.encryption_context(context.clone()).start().await.unwrap();
        for part in plaintext.chunks(MIN_PART_LEN) {
            upload.upload_part(part.to_vec()).await.unwrap();
        }
        let written = upload.complete().await.unwrap();
        assert!(written.etag.unwrap().contains('-'), "uploaded in parts");
        reads(&client, service, &key, &context, &plaintext).await;
    }
    let upload = transfer::upload(&client, &service.bucket, "kms/upload/transfer").encryption_context(context.clone());
    upload.send_body(plaintext.clone()).await.unwrap();
    reads(&client, service, "kms/upload/transfer", &context, &plaintext).await;
}

/// What was written by one name of the key is read by another, and by a keyring that leaves the key to KMS.
async fn any_key_id(service: &Service) {
    let administrator = &service.administrator;
    let id = service.kms_key_arn.rsplit_once('/').unwrap().1;
    let client = |keyring: KmsKeyring| Client::new(service.transport(administrator), keyring);
    for (i, written) in [&*service.kms_alias, &*service.kms_key_arn, id].into_iter().enumerate() {
        let key = format!("kms/names/{i}");
        let writer = client(service.keyring(administrator, written));
        writer.put(&service.bucket, &key, "secret").send().await.unwrap();
        let named = [&*service.kms_alias, &*service.kms_key_arn, id].map(|read| service.keyring(administrator, read));
        let discovery = KmsKeyring::discovery(service.key_service(administrator));
        for keyring in named.into_iter().chain([discovery]) {
            let object = client(keyring).get(&service.bucket, &key).send().await.unwrap();
            assert_eq!(object.content.collect().await.unwrap(), "secret");
        }
    }
    let discovery = client(KmsKeyring::discovery(service.key_service(administrator)));
    let error = discovery.put(&service.bucket, "kms/names/none", "secret").send().await.unwrap_err();
    assert!(matches!(error, Error::Keyring(KeyringError::DiscoveryOnly)), "{error:?}");
}

async fn new_key(service: &Service) -> String {
    let created = service.kms().create_key().send().await.unwrap();
    created.key_metadata.unwrap().arn.unwrap()
}

/// AWS and the sandbox say that the ciphertext is another key's, moto that access is denied.
fn is_another_keys(error: &Error) -> bool {
    match error {
        Error::Keyring(KeyringError::KeyService(error)) => error.kind() == KmsErrorKind::AccessDenied,
        error => error.kind() == ErrorKind::Decrypt,
    }
}

async fn another_key(service: &Service) {
    service.client().put(&service.bucket, "kms/another", "secret").send().await.unwrap();
    let keyring = service.keyring(&service.administrator, &new_key(service).await);
    let other = Client::new(service.transport(&service.administrator), keyring);
    let error = other.get(&service.bucket, "kms/another").send().await.unwrap_err();
    assert!(is_another_keys(&error), "{error:?}");
}

async fn rotation(service: &Service) {
    let (old, context) = (service.client(), context(&[("purpose", "test")]));
    let put = old.put(&service.bucket, "kms/rotated", "secret").key_placement(KeyPlacement::InstructionFile);
    put.encryption_context(context.clone()).send().await.unwrap();
    let new_id = new_key(service).await;
    let rewrap = |id| {
        let keyring = service.keyring(&service.administrator, id);
        let rewrap = old.rewrap(&service.bucket, "kms/rotated", keyring).enforce_rotation();
        rewrap.encryption_context(context.clone())
    };
    let unchanged = rewrap(&service.kms_alias).send().await.unwrap_err();
    assert!(matches!(unchanged, Error::InvalidRequest(InvalidRequest::NotRotated)), "{unchanged:?}");
    let unknown = rewrap("alias/no-such-key").send().await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::KeyService, "{unknown:?}");
    reads_secret(&old, service, &context).await;

    rewrap(&new_id).send().await.unwrap();
    let new_keyring = service.keyring(&service.administrator, &new_id);
    reads_secret(&Client::new(service.transport(&service.administrator), new_keyring), service, &context).await;
    let error = old.get(&service.bucket, "kms/rotated").encryption_context(context).send().await.unwrap_err();
    assert!(is_another_keys(&error), "{error:?}");
}

async fn reads_secret(client: &Client, service: &Service, context: &EncryptionContext) {
    let get = client.get(&service.bucket, "kms/rotated").encryption_context(context.clone());
    assert_eq!(get.send().await.unwrap().content.collect().await.unwrap(), "secret");
}
