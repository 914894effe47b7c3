//! What services refuse, and how a caller is told.

use cse_client::{Client, Error, ErrorKind, ObjectLocation, error::TransportErrorKind};
use cse_envelope::{EncryptionContext, KeyPlacement};
use cse_keys::{ExpectedContext, KeyringError, KmsErrorKind};
use cse_tests::moto::{User, moto};

use crate::service::{Service, on_both};

on_both! {
    kms_denied => without_permission_for_the_key_nothing_is_read_or_written;
    wrong_context => another_context_does_not_open;
    changed_context => a_changed_stored_context_does_not_open;
    unknown_key => an_unknown_key_is_told;
    wrong_secret => a_wrong_secret_is_told;
    not_there => what_is_not_there_is_told;
}

mod a_denied_instruction_file_is_told {
    mod on_moto {
        crate::service::by_both!(crate::service::Service::moto, super::super::denied_instruction_file);
    }
}

fn context(entries: &[(&str, &str)]) -> EncryptionContext {
    EncryptionContext::from_pairs(entries.iter().copied()).unwrap()
}

fn key_service_error(error: &Error) -> KmsErrorKind {
    match error {
        Error::Keyring(KeyringError::KeyService(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

fn transport_error(error: &Error) -> TransportErrorKind {
    error.transport_error().unwrap_or_else(|| panic!("{error:?}")).kind()
}

async fn is_there(service: &Service, bucket: &str, key: &str) -> bool {
    match service.s3().head_object().bucket(bucket).key(key).send().await {
        Ok(_) => true,
        Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => false,
        Err(error) => panic!("{key}: {error:?}"),
    }
}

async fn plaintext(client: &Client, bucket: &str, key: &str) -> Vec<u8> {
    client.get(bucket, key).send().await.unwrap().content.collect().await.unwrap().into()
}

async fn kms_denied(service: &Service) {
    let (owner, s3_only) = (service.client(), service.client_of(&service.s3_only));
    owner.put(&service.bucket, "denied/object", "secret").send().await.unwrap();

    let error = s3_only.get(&service.bucket, "denied/object").send().await.unwrap_err();
    assert_eq!((error.kind(), key_service_error(&error)), (ErrorKind::KeyService, KmsErrorKind::AccessDenied));
    assert_eq!(
        error.to_string(),
        "the key service denied access: check the credentials, and their permission to use the key"
    );
    assert!(!error.is_retryable());

    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        let put = s3_only.put(&service.bucket, "denied/new", "secret").key_placement(placement);
        let error = put.send().await.unwrap_err();
        assert_eq!(key_service_error(&error), KmsErrorKind::AccessDenied);
    }
    assert!(!is_there(service, &service.bucket, "denied/new").await);
    assert!(!is_there(service, &service.bucket, "denied/new.instruction").await);
    assert_eq!(plaintext(&owner, &service.bucket, "denied/object").await, b"secret");
}

/// The caller's context is compared first, so the key service is not even asked.
async fn wrong_context(service: &Service) {
    let client = service.client();
    let put = client.put(&service.bucket, "context/object", "secret");
    put.encryption_context(context(&[("department", "finance")])).send().await.unwrap();
    let get = || client.get(&service.bucket, "context/object");
    let right = get().encryption_context(context(&[("department", "finance")])).send().await.unwrap();
    assert_eq!(right.content.collect().await.unwrap(), "secret");
    let wrong = [
        get(),
        get().encryption_context(context(&[("department", "sales")])),
        get().encryption_context(context(&[("Department", "finance")])),
        get().encryption_context(context(&[("department", "finance"), ("purpose", "test")])),
    ];
    for get in wrong {
        let error = get.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decrypt, "{error:?}");
    }
}

/// Who changes the stored context meets the key service, which bound the data key to the old one.
async fn changed_context(service: &Service) {
    let (client, s3) = (service.client(), service.s3());
    let put = client.put(&service.bucket, "changed/object", "secret");
    put.encryption_context(context(&[("department", "finance")])).send().await.unwrap();
    let stored = s3.get_object().bucket(&service.bucket).key("changed/object").send().await.unwrap();
    let mut metadata = stored.metadata().unwrap().clone();
    let entry = metadata.get_mut("x-amz-t").unwrap();
    assert!(entry.contains("finance"), "{entry}");
    *entry = entry.replace("finance", "sales");
    let body = stored.body.collect().await.unwrap().into_bytes();
    let put = s3.put_object().bucket(&service.bucket).key("changed/object").body(body.into());
    put.set_metadata(Some(metadata)).send().await.unwrap();

    for expected in [ExpectedContext::AcceptStored, ExpectedContext::Exactly(context(&[("department", "sales")]))] {
        let get = client.get(&service.bucket, "changed/object").expected_context(expected);
        let error = get.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decrypt, "{error:?}");
        assert!(core::error::Error::source(&error).is_none(), "{error:?}");
    }
}

async fn unknown_key(service: &Service) {
    let arn = service.kms_key_arn.rsplit_once('/').unwrap().0;
    for id in ["alias/no-such-key".to_owned(), format!("{arn}/00000000-0000-0000-0000-000000000000")] {
        let transport = service.transport(&service.administrator);
        let client = Client::new(transport, service.keyring(&service.administrator, &id));
        let error = client.put(&service.bucket, "unknown/object", "secret").send().await.unwrap_err();
        assert_eq!((error.kind(), key_service_error(&error)), (ErrorKind::KeyService, KmsErrorKind::NotFound));
        assert_eq!(error.to_string(), "the key service does not know the key or alias, in this account and region");
    }
    assert!(!is_there(service, &service.bucket, "unknown/object").await);
}

async fn wrong_secret(service: &Service) {
    let forged = User { secret_key: "a wrong secret".to_owned(), ..service.administrator.clone() };
    let owner = service.client();
    owner.put(&service.bucket, "secret/object", "secret").send().await.unwrap();

    // For S3.
    let keyring = service.keyring(&service.administrator, &service.kms_alias);
    let client = Client::new(service.transport(&forged), keyring);
    let read = client.get(&service.bucket, "secret/object").send().await.unwrap_err();
    let write = client.put(&service.bucket, "secret/new", "secret").send().await.unwrap_err();
    for error in [read, write] {
        assert_eq!((error.kind(), transport_error(&error)), (ErrorKind::Transport, TransportErrorKind::AccessDenied));
        assert_eq!(error.transport_error().unwrap().code(), Some("SignatureDoesNotMatch"));
        let text = error.to_string();
        assert!(text.starts_with("S3 denied access: check credentials and policies (SignatureDoesNotMatch)"), "{text}");
        assert!(!format!("{error:?}").contains("a wrong secret"));
    }
    // For KMS.
    let keyring = service.keyring(&forged, &service.kms_alias);
    let client = Client::new(service.transport(&service.administrator), keyring);
    let read = client.get(&service.bucket, "secret/object").send().await.unwrap_err();
    let write = client.put(&service.bucket, "secret/new", "secret").send().await.unwrap_err();
    for error in [read, write] {
        assert_eq!(key_service_error(&error), KmsErrorKind::AccessDenied, "{error:?}");
    }
    assert!(!is_there(service, &service.bucket, "secret/new").await);
    assert_eq!(plaintext(&owner, &service.bucket, "secret/object").await, b"secret");
}

async fn not_there(service: &Service) {
    let client = service.client();
    let no_key = client.get(&service.bucket, "not/there").send().await.unwrap_err();
    let no_bucket = client.get("no-such-bucket", "not/there").send().await.unwrap_err();
    let no_head = client.head(ObjectLocation::new(&service.bucket, "not/there")).send().await.unwrap_err();
    let no_write = client.put("no-such-bucket", "not/there", "secret").send().await.unwrap_err();
    for error in [&no_key, &no_bucket, &no_head, &no_write] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    }
    assert_eq!(no_key.transport_error().unwrap().code(), Some("NoSuchKey"));
    assert_eq!(no_bucket.transport_error().unwrap().code(), Some("NoSuchBucket"));
}

/// The object may be read, its instruction file may not: that is no missing file, and nothing is decrypted.
async fn denied_instruction_file(service: &Service) {
    // The policy is about this bucket.
    let (bucket, key) = (&*moto().bucket, format!("policy/{}", service.adapter.name()));
    let (owner, other) = (service.client(), service.client_of(&moto().no_instruction_files));
    let put = owner.put(bucket, &key, "secret").key_placement(KeyPlacement::InstructionFile);
    put.send().await.unwrap();

    let read = other.get(bucket, &key).send().await.unwrap_err();
    let head = other.head(ObjectLocation::new(bucket, &key)).send().await.unwrap_err();
    let rewrap = other.rewrap(bucket, &key, service.keyring(&service.administrator, "alias/none"));
    let rewrap = rewrap.send().await.unwrap_err();
    let new = format!("{key}/new");
    let write = other.put(bucket, &new, "secret").key_placement(KeyPlacement::InstructionFile);
    let write = write.send().await.unwrap_err();
    for error in [read, head, rewrap, write] {
        assert_eq!((error.kind(), transport_error(&error)), (ErrorKind::Transport, TransportErrorKind::AccessDenied));
        let text = error.to_string();
        assert!(text.starts_with("S3 denied access: check credentials and policies (AccessDenied)"), "{text}");
    }
    for key in [&*new, &format!("{new}.instruction")] {
        assert!(!is_there(service, bucket, key).await);
    }

    // The policy is about instruction files alone.
    let beside = format!("{key}/other");
    other.put(bucket, &beside, "secret").send().await.unwrap();
    assert_eq!(plaintext(&other, bucket, &beside).await, b"secret");
    assert_eq!(plaintext(&owner, bucket, &key).await, b"secret");
}
