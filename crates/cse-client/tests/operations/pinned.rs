//! Requests that belong together are about one object: replaced in between it is an error, never a mixture.

use cse_client::{
    Client, Error, MemoryTransport, ObjectLocation, ReadMode, danger,
    memory::{Effect, Fault, Operation},
};
use cse_envelope::KeyPlacement;

use crate::support::{BUCKET, client, config, contents, read, store};

/// Puts the object of `other` in place of `key` once a request is answered.
fn replaced(other: &MemoryTransport) -> Effect {
    let other = other.stored(BUCKET, "key").unwrap();
    Effect::Replace { key: Some("key".to_owned()), bytes: other.bytes, metadata: other.metadata }
}

async fn store_with(len: usize, placement: KeyPlacement) -> (MemoryTransport, Client) {
    let store = store();
    let client = client(&store);
    client.put(BUCKET, "key", contents(len)).key_placement(placement).send().await.unwrap();
    (store, client)
}

#[tokio::test]
async fn a_second_pass_is_of_the_same_object() {
    let (other, _) = store_with(1000, KeyPlacement::ObjectMetadata).await;
    for ignored in [false, true] {
        let (store, client) = store_with(1000, KeyPlacement::ObjectMetadata).await;
        let twice = client.with_config(config().read_mode(ReadMode::VerifiedTwice));
        store.inject(Fault::new(replaced(&other)).on(Operation::GetObject).nth(1));
        if ignored {
            // A store without conditions: its answer has another ETag.
            store.inject(Fault::new(Effect::IgnoreConditions));
        }
        let error = twice.get(BUCKET, "key").send().await.unwrap_err();
        assert!(matches!(error, Error::Replaced) && error.is_retryable(), "{error}");
        store.clear_faults();
        assert_eq!(read(&twice, "key").await.unwrap(), contents(1000));
    }
}

#[tokio::test]
async fn a_removed_object_is_no_second_pass() {
    let (store, client) = store_with(1000, KeyPlacement::ObjectMetadata).await;
    let twice = client.with_config(config().read_mode(ReadMode::VerifiedTwice));
    store.inject(Fault::new(Effect::Remove { key: None }).on(Operation::GetObject).nth(1));
    assert!(matches!(read(&twice, "key").await, Err(Error::Replaced)));
}

#[tokio::test]
async fn an_instruction_file_of_another_object_opens_nothing() {
    // Both were replaced between the object's answer and the file's.
    let (store, client) = store_with(1000, KeyPlacement::InstructionFile).await;
    let (other, _) = store_with(1000, KeyPlacement::InstructionFile).await;
    let file = other.stored(BUCKET, "key.instruction").unwrap();
    let effect =
        Effect::Replace { key: Some("key.instruction".to_owned()), bytes: file.bytes, metadata: file.metadata };
    store.inject(Fault::new(effect).on(Operation::GetObject).key("key").nth(1));
    assert!(matches!(read(&client, "key").await, Err(Error::Decrypt(_))));
}

#[tokio::test]
async fn a_copy_is_of_the_object_that_was_looked_at() {
    let (other, _) = store_with(1000, KeyPlacement::ObjectMetadata).await;
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        let (store, client) = store_with(1000, placement).await;
        store.inject(Fault::new(replaced(&other)).on(Operation::HeadObject).key("key").nth(1));
        let copy = client.copy(ObjectLocation::new(BUCKET, "key"), BUCKET, "copy");
        let error = copy.send().await.unwrap_err();
        assert!(matches!(error, Error::Replaced), "{error}");
        assert!(store.stored(BUCKET, "copy").is_none() && store.stored(BUCKET, "copy.instruction").is_none());
    }
}

#[tokio::test]
async fn a_condition_of_the_caller_holds_for_the_first_request() {
    let (store, client) = store_with(100, KeyPlacement::ObjectMetadata).await;
    let etag = store.stored(BUCKET, "key").unwrap().etag;
    let get = client.get(BUCKET, "key").if_match(etag.clone()).send().await.unwrap();
    assert_eq!(get.content.collect().await.unwrap(), contents(100));
    let wrong = || client.get(BUCKET, "key").if_match("\"other\"");
    assert!(matches!(wrong().send().await, Err(Error::Condition(_))));
    assert!(matches!(danger::stream(wrong()).send().await, Err(Error::Condition(_))));
    let head = client.head(ObjectLocation::new(BUCKET, "key")).if_match("\"other\"").send().await;
    // The answer to a HEAD has no body, but its status says it.
    assert!(matches!(head, Err(Error::Condition(_))));
    let put = client.put(BUCKET, "key", "new").if_match("\"other\"").send().await;
    assert!(matches!(put, Err(Error::Condition(_))));
    client.put(BUCKET, "key", "new").if_match(etag).send().await.unwrap();
    assert_eq!(read(&client, "key").await.unwrap(), "new");
}

#[cfg(feature = "legacy")]
#[tokio::test]
async fn a_range_that_is_asked_for_again_is_of_the_same_object() {
    use cse_envelope::{CommitmentPolicy, ReadPolicy};

    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let config = config().read_policy(cse_envelope::danger::allow_legacy(policy));
    let (other, _) = store_with(1000, KeyPlacement::ObjectMetadata).await;
    let store = store();
    let client = client(&store).with_config(config);
    let put = client.put(BUCKET, "key", contents(1000));
    let _ = danger::write_legacy(put, cse_envelope::danger::write_v1()).send().await.unwrap();
    store.inject(Fault::new(replaced(&other)).on(Operation::GetObject).nth(1));
    let range = danger::range(client.get(BUCKET, "key"), "bytes=100-200".parse().unwrap());
    assert!(matches!(range.send().await, Err(Error::Replaced)));
}
