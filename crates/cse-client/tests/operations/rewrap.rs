//! Rewrap: another key opens the object, which itself stays as it is.

use cse_client::{
    Client, Error, ErrorKind, MemoryTransport, Metadata,
    error::InvalidRequest,
    memory::{Effect, Fault, Operation},
};
use cse_envelope::{CommitmentPolicy, EncryptionContext, KeyPlacement, ReadPolicy};
use cse_keys::{AesKeyring, KmsKeyring, LocalKms, system_rng};

use crate::support::{BUCKET, client, config, contents, count, keyring, read, store};

fn new_keyring() -> AesKeyring {
    AesKeyring::new(&[8; 32]).unwrap()
}

fn new_client(store: &MemoryTransport) -> Client {
    Client::new(store.clone(), new_keyring()).with_config(config())
}

async fn with_file(store: &MemoryTransport) -> Client {
    let client = client(store);
    client.put(BUCKET, "key", contents(500)).key_placement(KeyPlacement::InstructionFile).send().await.unwrap();
    client
}

#[tokio::test]
async fn the_new_key_opens_it_and_the_old_one_no_more() {
    for commitment in [CommitmentPolicy::RequireEncryptRequireDecrypt, CommitmentPolicy::ForbidEncryptAllowDecrypt] {
        let store = store();
        let config = config().read_policy(ReadPolicy::new(commitment));
        let old = client(&store).with_config(config.clone());
        let new = new_client(&store).with_config(config);
        old.put(BUCKET, "key", contents(500)).key_placement(KeyPlacement::InstructionFile).send().await.unwrap();
        let before = store.stored(BUCKET, "key").unwrap();
        assert!(read(&new, "key").await.is_err());

        old.rewrap(BUCKET, "key", new_keyring()).enforce_rotation().send().await.unwrap();
        assert_eq!(read(&new, "key").await.unwrap(), contents(500));
        assert!(matches!(read(&old, "key").await, Err(Error::Decrypt(_))));
        let after = store.stored(BUCKET, "key").unwrap();
        assert_eq!((before.bytes, before.metadata, before.etag), (after.bytes, after.metadata, after.etag));
    }
}

#[tokio::test]
async fn a_rotation_that_is_enforced_changes_the_key() {
    let store = store();
    let client = with_file(&store).await;
    let before = store.stored(BUCKET, "key.instruction").unwrap();
    let error = client.rewrap(BUCKET, "key", keyring()).enforce_rotation().send().await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(InvalidRequest::NotRotated)), "{error}");
    assert_eq!(store.stored(BUCKET, "key.instruction").unwrap().etag, before.etag);
    // Unless it is enforced, the same key makes a new wrap.
    client.rewrap(BUCKET, "key", keyring()).send().await.unwrap();
    assert_ne!(store.stored(BUCKET, "key.instruction").unwrap().bytes, before.bytes);
    assert_eq!(read(&client, "key").await.unwrap(), contents(500));
}

#[tokio::test]
async fn another_suffix_adds_a_wrap() {
    let store = store();
    let (old, new) = (with_file(&store).await, new_client(&store));
    let rewrap = || old.rewrap(BUCKET, "key", new_keyring()).to_suffix(".partner");
    rewrap().send().await.unwrap();
    assert_eq!(read(&old, "key").await.unwrap(), contents(500));
    let get = new.get(BUCKET, "key").instruction_suffix(".partner").send().await.unwrap();
    assert_eq!(get.content.collect().await.unwrap(), contents(500));
    assert!(matches!(read(&new, "key").await, Err(Error::Decrypt(_))));

    let error = rewrap().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    rewrap().overwrite().send().await.unwrap();

    // And from there to the usual one.
    let back = new.rewrap(BUCKET, "key", new_keyring()).from_suffix(".partner").to_suffix(".instruction");
    back.overwrite().send().await.unwrap();
    assert_eq!(read(&new, "key").await.unwrap(), contents(500));
}

#[tokio::test]
async fn a_suffix_that_is_named_must_be_there() {
    let store = store();
    let client = with_file(&store).await;
    let error = client.get(BUCKET, "key").instruction_suffix(".missing").send().await.unwrap_err();
    assert!(matches!(error, Error::MissingInstructionFile), "{error}");
    let error = client.rewrap(BUCKET, "key", new_keyring()).from_suffix(".missing").send().await.unwrap_err();
    assert!(matches!(error, Error::MissingInstructionFile), "{error}");
}

#[tokio::test]
async fn what_cannot_be_rewrapped_stays_as_it_is() {
    let store = store();
    let client = client(&store);
    client.put(BUCKET, "key", contents(500)).send().await.unwrap();
    let error = client.rewrap(BUCKET, "key", new_keyring()).send().await.unwrap_err();
    assert!(matches!(error, Error::MissingInstructionFile), "{error}");
    let error = client.rewrap(BUCKET, "nothing", new_keyring()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    store.put_raw(BUCKET, "plain", "plain", Metadata::new());
    let error = client.rewrap(BUCKET, "plain", new_keyring()).send().await.unwrap_err();
    assert!(matches!(error, Error::MissingInstructionFile), "{error}");
    // The wrong old key.
    let other = crate::support::store();
    with_file(&other).await;
    let error = new_client(&other).rewrap(BUCKET, "key", keyring()).send().await.unwrap_err();
    assert!(matches!(error, Error::Decrypt(_)), "{error}");
    assert_eq!(count(&store, Operation::PutObject) + count(&other, Operation::PutObject), 3);
}

#[tokio::test]
async fn a_file_that_somebody_else_changed_is_not_replaced() {
    let store = store();
    let client = with_file(&store).await;
    let other = Effect::Replace { key: None, bytes: "theirs".into(), metadata: Metadata::new() };
    store.inject(Fault::new(other).on(Operation::GetObject).key("key.instruction").nth(1));
    let error = client.rewrap(BUCKET, "key", new_keyring()).send().await.unwrap_err();
    assert!(matches!(error, Error::Replaced), "{error}");
    assert_eq!(store.stored(BUCKET, "key.instruction").unwrap().bytes, "theirs");
}

#[tokio::test]
async fn contexts_stay_unless_new_ones_are_named() {
    let store = store();
    let mut kms = LocalKms::new();
    for key in ["one", "two"] {
        kms.create_key(key, &mut system_rng()).unwrap();
    }
    let kms = std::sync::Arc::new(kms);
    let keyring = |key: &str| KmsKeyring::new(std::sync::Arc::clone(&kms), key);
    let context = |value: &str| EncryptionContext::from_pairs([("department", value)]).unwrap();
    let one = Client::new(store.clone(), keyring("one"));
    let two = Client::new(store.clone(), keyring("two"));
    let put = one.put(BUCKET, "key", "hello").encryption_context(context("a"));
    put.key_placement(KeyPlacement::InstructionFile).send().await.unwrap();

    assert!(matches!(one.rewrap(BUCKET, "key", keyring("two")).send().await, Err(Error::Decrypt(_))));
    one.rewrap(BUCKET, "key", keyring("two")).encryption_context(context("a")).send().await.unwrap();
    let get = two.get(BUCKET, "key").encryption_context(context("a")).send().await.unwrap();
    assert_eq!(get.content.collect().await.unwrap(), "hello");

    let rewrap = two.rewrap(BUCKET, "key", keyring("one")).encryption_context(context("a"));
    rewrap.new_encryption_context(context("b")).send().await.unwrap();
    let get = one.get(BUCKET, "key").encryption_context(context("b")).send().await.unwrap();
    assert_eq!(get.content.collect().await.unwrap(), "hello");
    assert!(one.get(BUCKET, "key").encryption_context(context("a")).send().await.is_err());
}
