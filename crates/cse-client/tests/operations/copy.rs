//! Copy: what is copied can be read, and what could not be read is not copied.

use cse_client::{
    Client, Error, ErrorKind, Metadata, ObjectLocation, RequestOptions,
    error::InvalidRequest,
    memory::{Effect, Fault, Operation},
};
use cse_envelope::KeyPlacement;

use crate::{
    altered::Altered,
    support::{BUCKET, client, config, contents, count, keyring, read, store},
};

fn source() -> ObjectLocation {
    ObjectLocation::new(BUCKET, "key")
}

fn colour(value: &str) -> Metadata {
    Metadata::from_iter([("colour", value)])
}

async fn put(client: &Client, placement: KeyPlacement) {
    let options = RequestOptions::new().header("content-type", "text/plain").unwrap();
    let put = client.put(BUCKET, "key", contents(500)).key_placement(placement).metadata(colour("blue"));
    put.options(options).send().await.unwrap();
}

#[tokio::test]
async fn copies_carry_all_that_reading_needs() {
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        let store = store();
        let client = client(&store);
        put(&client, placement).await;
        client.copy(source(), "other bucket", "copy").send().await.unwrap();
        client.copy(source(), BUCKET, "red").metadata(colour("red")).send().await.unwrap();
        client.delete(source()).send().await.unwrap();
        for (bucket, key, value) in [("other bucket", "copy", "blue"), (BUCKET, "red", "red")] {
            let object = client.get(bucket, key).send().await.unwrap();
            assert_eq!(object.attributes.metadata.text("colour"), Some(value));
            assert_eq!(object.attributes.header("content-type"), Some("text/plain"));
            assert_eq!(object.content.collect().await.unwrap(), contents(500));
        }
    }
}

#[tokio::test]
async fn a_copy_onto_itself_changes_the_metadata() {
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        let store = store();
        let client = client(&store);
        put(&client, placement).await;
        client.copy(source(), BUCKET, "key").metadata(colour("red")).send().await.unwrap();
        let object = client.get(BUCKET, "key").send().await.unwrap();
        assert_eq!(object.attributes.metadata, colour("red"));
        assert_eq!(object.content.collect().await.unwrap(), contents(500));
    }
}

#[tokio::test]
async fn what_could_not_be_read_is_not_copied() {
    let store = store();
    let client = client(&store);
    store.put_raw(BUCKET, "key", "plain", Metadata::new());
    assert!(matches!(client.copy(source(), BUCKET, "copy").send().await, Err(Error::NoEnvelope)));
    put(&client, KeyPlacement::InstructionFile).await;
    client.delete(ObjectLocation::new(BUCKET, "key.instruction")).send().await.unwrap();
    let error = client.copy(source(), BUCKET, "copy").send().await.unwrap_err();
    assert!(matches!(error, Error::MissingInstructionFile), "{error}");
    let missing = ObjectLocation::new(BUCKET, "missing");
    assert_eq!(client.copy(missing, BUCKET, "copy").send().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(store.stored(BUCKET, "copy").is_none() && store.stored(BUCKET, "copy.instruction").is_none());
}

#[tokio::test]
async fn a_target_that_is_there_is_not_replaced_unasked() {
    let store = store();
    let client = client(&store);
    put(&client, KeyPlacement::InstructionFile).await;
    let older = client.put(BUCKET, "copy", "older").key_placement(KeyPlacement::InstructionFile);
    older.send().await.unwrap();
    let copy = || client.copy(source(), BUCKET, "copy");
    assert!(matches!(copy().send().await, Err(Error::InstructionFileExists)));
    let error = copy().overwrite_instruction_file().if_absent().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(read(&client, "copy").await.unwrap(), "older");
    copy().overwrite_instruction_file().send().await.unwrap();
    assert_eq!(read(&client, "copy").await.unwrap(), contents(500));
}

#[tokio::test]
async fn metadata_that_is_refused_is_refused_before_anything_is_written() {
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        let store = store();
        let client = client(&store);
        put(&client, placement).await;
        store.clear_requests();
        let copy = |metadata| client.copy(source(), BUCKET, "copy").metadata(metadata).send();
        let error = copy(Metadata::from_iter([("x-amz-key", "1")])).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(InvalidRequest::ReservedMetadata { .. })), "{error}");
        // With the envelope in an instruction file there is more room.
        let long = copy(Metadata::from_iter([("a", "x".repeat(1850))])).await;
        match placement {
            KeyPlacement::InstructionFile => drop(long.unwrap()),
            _ => {
                let error = long.unwrap_err();
                assert!(matches!(error, Error::InvalidRequest(InvalidRequest::MetadataTooLong { .. })), "{error}");
                assert_eq!(count(&store, Operation::CopyObject) + count(&store, Operation::PutObject), 0);
            }
        }
    }
}

#[tokio::test]
async fn more_than_a_request_takes_is_copied_in_parts() {
    for (placement, metadata) in [
        (KeyPlacement::ObjectMetadata, None),
        (KeyPlacement::ObjectMetadata, Some(colour("red"))),
        (KeyPlacement::InstructionFile, None),
        (KeyPlacement::InstructionFile, Some(colour("red"))),
    ] {
        let store = store();
        put(&client(&store), placement).await;
        let gigantic = Client::new(Altered::gigantic(&store), keyring()).with_config(config());
        let mut copy = gigantic.copy(source(), BUCKET, "copy");
        if let Some(metadata) = metadata.clone() {
            copy = copy.metadata(metadata);
        }
        copy.send().await.unwrap();
        assert_eq!((count(&store, Operation::UploadPartCopy), count(&store, Operation::CopyObject)), (516, 0));
        let object = client(&store).get(BUCKET, "copy").send().await.unwrap();
        assert_eq!(object.attributes.metadata, metadata.unwrap_or_else(|| colour("blue")));
        assert_eq!(object.attributes.header("content-type"), Some("text/plain"));
        assert_eq!(object.content.collect().await.unwrap(), contents(500));
    }
}

#[tokio::test]
async fn parts_of_a_copy_are_of_the_object_that_was_looked_at() {
    let store = store();
    put(&client(&store), KeyPlacement::InstructionFile).await;
    let other = Effect::Replace { key: Some("key".to_owned()), bytes: contents(516), metadata: Metadata::new() };
    store.inject(Fault::new(other).on(Operation::UploadPartCopy).part(100));
    let gigantic = Client::new(Altered::gigantic(&store), keyring()).with_config(config());
    let error = gigantic.copy(source(), BUCKET, "copy").send().await.unwrap_err();
    assert!(matches!(error, Error::Replaced), "{error}");
    assert!(store.uploads().is_empty());
    assert!(store.stored(BUCKET, "copy").is_none() && store.stored(BUCKET, "copy.instruction").is_none());
}
