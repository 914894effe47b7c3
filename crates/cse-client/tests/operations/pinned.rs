//! Requests that belong together are about one object: replaced in between it is an error, never a mixture.

use cse_client::{
    Client, Error, MemoryTransport, ObjectLocation, ReadMode, danger,
    memory::{Effect, Fault, Operation},
    transport::{ObjectAttributes, TransportErrorKind},
};
use cse_envelope::KeyPlacement;

use crate::{
    altered::{Alter, Altered},
    support::{BUCKET, client, config, contents, count, keyring, read, store},
};

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

/// Puts a file of another object in place of the object's once the object is answered, and that object too, if `both`.
async fn store_with_another_file(both: bool) -> (MemoryTransport, Client) {
    let (store, client) = store_with(1000, KeyPlacement::InstructionFile).await;
    let (other, _) = store_with(1000, KeyPlacement::InstructionFile).await;
    let keys: &[&str] = if both { &["key", "key.instruction"] } else { &["key.instruction"] };
    for key in keys {
        let new = other.stored(BUCKET, key).unwrap();
        let effect = Effect::Replace { key: Some((*key).to_owned()), bytes: new.bytes, metadata: new.metadata };
        store.inject(Fault::new(effect).on(Operation::GetObject).key("key").nth(1));
    }
    store.clear_requests();
    (store, client)
}

#[tokio::test]
async fn an_instruction_file_of_another_object_opens_nothing() {
    let (store, client) = store_with_another_file(false).await;
    assert!(matches!(read(&client, "key").await, Err(Error::Decrypt(_))));
    assert_eq!(count(&store, Operation::HeadObject), 1);

    // Nobody looks for a cause where the caller named the file, or where there is none.
    let (store, client) = store_with_another_file(true).await;
    let named = client.get(BUCKET, "key").instruction_suffix(".instruction").send().await;
    assert!(matches!(named, Err(Error::Decrypt(_))));
    assert_eq!(count(&store, Operation::HeadObject), 0);
    let (store, client) = store_with(1000, KeyPlacement::ObjectMetadata).await;
    store.inject(Fault::new(Effect::FlipBit { at: 0 }));
    assert!(matches!(read(&client, "key").await, Err(Error::Decrypt(_))));
    assert_eq!(count(&store, Operation::HeadObject), 0);
}

#[tokio::test]
async fn object_and_file_that_are_replaced_together_are_read_again() {
    for removed in [false, true] {
        for way in 0..4 {
            let (store, client) = store_with_another_file(true).await;
            if removed {
                store.inject(Fault::new(Effect::Refuse(TransportErrorKind::NotFound)).on(Operation::HeadObject));
            }
            let get = client.get(BUCKET, "key");
            let error = match way {
                1 => danger::stream(get).send().await.map(drop),
                2 => danger::range(get, "bytes=5-10".parse().unwrap()).send().await.map(drop),
                #[cfg(feature = "fs")]
                3 => cse_client::transfer::download(&client, ObjectLocation::new(BUCKET, "key"))
                    .spooled(None)
                    .await
                    .map(drop),
                _ => get.send().await.map(drop),
            };
            let error = error.unwrap_err();
            assert!(matches!(error, Error::Replaced) && error.is_retryable(), "{way}: {error}");
            store.clear_faults();
            assert_eq!(read(&client, "key").await.unwrap(), contents(1000));
        }
    }
    // A look that fails tells nothing.
    let (store, client) = store_with_another_file(true).await;
    store.inject(Fault::new(Effect::Refuse(TransportErrorKind::Unavailable)).on(Operation::HeadObject));
    assert!(matches!(read(&client, "key").await, Err(Error::Decrypt(_))));
}

#[tokio::test]
async fn further_requests_name_no_version_that_the_caller_did_not_name() {
    let store = store().with_versioning();
    let client = client(&store).with_config(config().read_mode(ReadMode::VerifiedTwice));
    client.put(BUCKET, "key", contents(100)).send().await.unwrap();
    let old = store.stored(BUCKET, "key").unwrap();
    store.clear_requests();
    assert_eq!(read(&client, "key").await.unwrap(), contents(100));
    let requests = store.requests_of(Operation::GetObject);
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.location.version_id.is_none()));
    assert_eq!(requests[1].if_match, Some(old.etag));

    client.put(BUCKET, "key", contents(101)).send().await.unwrap();
    store.clear_requests();
    let location = ObjectLocation::new(BUCKET, "key").version(old.version_id.clone().unwrap());
    let object = client.get_at(location).send().await.unwrap();
    assert_eq!(object.content.collect().await.unwrap(), contents(100));
    assert!(store.requests().iter().all(|request| request.location.version_id == old.version_id));
}

#[tokio::test]
async fn without_an_etag_the_version_is_named_and_without_both_there_is_no_second_request() {
    let no_etag = |attributes: &mut ObjectAttributes| attributes.etag = None;
    let neither = |attributes: &mut ObjectAttributes| (attributes.etag, attributes.version_id) = (None, None);
    let answers: [(Alter, bool); 2] = [(no_etag, true), (neither, false)];
    for (answer, works) in answers {
        let store = store().with_versioning();
        client(&store).put(BUCKET, "key", contents(100)).send().await.unwrap();
        let version = store.stored(BUCKET, "key").unwrap().version_id;
        store.clear_requests();
        let twice = Client::new(Altered::answers(&store, answer), keyring());
        let twice = twice.with_config(config().read_mode(ReadMode::VerifiedTwice));
        let read = read(&twice, "key").await;
        let requests = store.requests_of(Operation::GetObject);
        if works {
            assert_eq!(read.unwrap(), contents(100));
            assert_eq!(requests[1].location.version_id, version);
        } else {
            let error = read.unwrap_err();
            assert!(matches!(error, Error::InvalidRequest(_)) && !error.is_retryable(), "{error}");
            assert_eq!(requests.len(), 1);
        }
    }
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
    let range = danger::range(danger::accept_cbc(client.get(BUCKET, "key")), "bytes=100-200".parse().unwrap());
    assert!(matches!(range.send().await, Err(Error::Replaced)));
}
