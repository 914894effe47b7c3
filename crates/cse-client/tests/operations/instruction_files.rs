//! Instruction files between two writers, beside objects of other kinds, and of old versions.

use bytes::Bytes;
use cse_client::{
    Client, Error, ErrorKind, MemoryTransport, Metadata, ObjectLocation, Transport,
    error::InvalidRequest,
    memory::{Effect, Fault, Operation},
    transport::{PutObject, TransportErrorKind},
};
use cse_envelope::KeyPlacement;

use crate::support::{client, config, keyring, polled, read, store};

fn at(key: &str) -> ObjectLocation {
    ObjectLocation::new("bucket", key)
}

/// Writes with an instruction file, which may be there already.
async fn overwrite(client: &Client, content: &'static str) -> Result<(), Error> {
    let put = client.put("bucket", "key", content).key_placement(KeyPlacement::InstructionFile);
    put.overwrite_instruction_file().send().await.map(drop)
}

#[tokio::test]
async fn of_two_writers_at_once_one_is_told_and_the_object_is_read() {
    for first_step in 0..12 {
        let store = store();
        let client = client(&store);
        overwrite(&client, "before").await.unwrap();
        // The first writer stops at each of its requests, and the second one comes in between.
        store.inject(Fault::new(Effect::Slow { pending: 1 }));
        let mut first = Box::pin(overwrite(&client, "first"));
        let mut ended = None;
        for _ in 0..first_step {
            if ended.is_none() {
                ended = polled(&mut first, 1).await;
            }
        }
        let second = overwrite(&client, "second").await;
        let first = match ended {
            Some(ended) => ended,
            None => first.await,
        };
        let content = read(&client, "key").await;
        let content = content.unwrap_or_else(|error| panic!("{first_step}: {first:?}, {second:?}: {error}"));
        let expected: &[&str] = match (&first, &second) {
            (Ok(()), Ok(())) => &["first", "second"],
            (Ok(()), Err(_)) => &["first"],
            (Err(_), Ok(())) => &["second"],
            (Err(_), Err(_)) => &["before"],
        };
        assert!(expected.iter().any(|text| content == *text), "{first_step}: {first:?}, {second:?}: {content:?}");
        for result in [first, second] {
            assert!(matches!(result, Ok(()) | Err(Error::Replaced)), "{first_step}: {result:?}");
        }
    }
}

#[tokio::test]
async fn the_old_file_is_in_the_error_of_a_write_that_could_not_be_undone() {
    let store = store();
    let client = client(&store);
    overwrite(&client, "before").await.unwrap();
    let old_file = store.stored("bucket", "key.instruction").unwrap().bytes;
    // From the object's put on, S3 is gone.
    let outage = store.inject(
        Fault::new(Effect::Refuse(TransportErrorKind::Unavailable))
            .on(Operation::PutObject)
            .key("key")
            .nth(1)
            .times(u64::MAX),
    );
    let no_undo = store.inject(
        Fault::new(Effect::Refuse(TransportErrorKind::Unavailable))
            .on(Operation::PutObject)
            .key("key.instruction")
            .nth(2),
    );
    let Err(Error::NotUndone { cause, placed: Some(placed), .. }) = overwrite(&client, "after").await else {
        panic!("it could not be undone")
    };
    assert_eq!(placed.previous(), Some(&old_file));
    assert!(!format!("{placed:?}").contains("x-amz"));
    assert!(store.strikes(outage) > 0 && store.strikes(no_undo) > 0);
    assert!(matches!(read(&client, "key").await, Err(Error::Decrypt(_))), "the old object has lost its key for now");

    assert!(matches!(placed.undo(*cause).await, Error::Transport(_)));
    assert_eq!(read(&client, "key").await.unwrap(), "before");
}

#[tokio::test]
async fn keys_of_instruction_files_are_not_written_as_objects() {
    let store = store();
    let client = client(&store);
    let is_refused =
        |result: Result<(), Error>| matches!(result, Err(Error::InvalidRequest(InvalidRequest::InstructionKey { .. })));
    client.put("bucket", "key", "content").send().await.unwrap();
    let before = store.requests().len();
    assert!(is_refused(client.put("bucket", "key.instruction", "x").send().await.map(drop)));
    assert!(is_refused(client.upload("bucket", "key.instruction").start().await.map(drop)));
    assert!(is_refused(client.copy(at("key"), "bucket", "other.instruction").send().await.map(drop)));
    assert_eq!(store.requests().len(), before);
}

async fn put_plain(store: &MemoryTransport, key: &str, content: impl Into<Bytes>) {
    let body: Bytes = content.into();
    store.put_object(PutObject::new(at(key), body.into())).await.unwrap();
}

#[tokio::test]
async fn deleting_takes_no_object_for_an_instruction_file() {
    let store = store();
    let client = client(&store);
    for somebodys in [
        Bytes::from_static(b"how to use it"),
        Bytes::from_static(b"{\"steps\":\"1\"}"),
        Bytes::from(vec![b'x'; 600_000]),
    ] {
        client.put("bucket", "manual", "content").send().await.unwrap();
        put_plain(&store, "manual.instruction", somebodys.clone()).await;
        client.delete(at("manual")).send().await.unwrap();
        assert!(store.stored("bucket", "manual").is_none());
        assert_eq!(store.stored("bucket", "manual.instruction").unwrap().bytes, somebodys);
    }
    // Files of other clients have no marker, and are known by what is in them.
    put_plain(&store, "ruby.instruction", r#"{"x-amz-key-v2":"AAAA","x-amz-iv":"AAAA"}"#).await;
    put_plain(&store, "v3.instruction", r#"{"x-amz-3":"AAAA","x-amz-w":"12"}"#).await;
    for key in ["ruby", "v3"] {
        client.delete(at(key)).send().await.unwrap();
        assert!(store.stored("bucket", &format!("{key}.instruction")).is_none(), "{key}");
    }
}

#[tokio::test]
async fn keys_too_long_for_a_file_are_deleted_alone() {
    let store = store();
    let client = client(&store);
    let key = "k".repeat(1024);
    client.put("bucket", &*key, "content").send().await.unwrap();
    client.delete(at(&key)).send().await.unwrap();
    client.put("bucket", &*key, "content").send().await.unwrap();
    let deleted = client.delete_many("bucket", [key.clone()]).send().await.unwrap();
    assert!(deleted.iter().all(|deleted| deleted.object.is_ok() && deleted.instruction_file.is_none()));
    assert!(store.stored("bucket", &key).is_none());
}

#[tokio::test]
async fn a_copy_takes_along_what_fits_and_nothing_else() {
    let store = store();
    let client = client(&store);
    client.put("bucket", "manual", "content").metadata(Metadata::new()).send().await.unwrap();
    for somebodys in [Bytes::from_static(b"how to use it"), Bytes::from(vec![b'x'; 600_000])] {
        put_plain(&store, "manual.instruction", somebodys).await;
        client.copy(at("manual"), "bucket", "copy").send().await.unwrap();
        assert_eq!(read(&client, "copy").await.unwrap(), "content");
        assert!(store.stored("bucket", "copy.instruction").is_none());
    }
}

#[tokio::test]
async fn an_old_version_is_copied_with_its_own_file() {
    let store = MemoryTransport::new().with_versioning();
    let client = Client::new(store.clone(), keyring()).with_config(config());
    overwrite(&client, "old").await.unwrap();
    let version = |key: &str| store.stored("bucket", key).unwrap().version_id.unwrap();
    let (object, file) = (version("key"), version("key.instruction"));
    overwrite(&client, "new").await.unwrap();

    let source = at("key").version(object);
    for target in ["copy", "key"] {
        let error = client.copy(source.clone(), "bucket", target).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    assert_eq!(read(&client, "key").await.unwrap(), "new");
    let restore = client.copy(source, "bucket", "key").instruction_version_id(file).overwrite_instruction_file();
    restore.send().await.unwrap();
    assert_eq!(read(&client, "key").await.unwrap(), "old");
}

#[tokio::test]
async fn a_denied_second_attempt_does_not_lose_the_file_of_the_first() {
    let store = store();
    let client = client(&store);
    store.inject(Fault::new(Effect::LoseAnswer(TransportErrorKind::AccessDenied)).on(Operation::PutObject).key("key"));
    let put = client.put("bucket", "key", "content").key_placement(KeyPlacement::InstructionFile);
    assert!(matches!(put.send().await, Err(Error::Transport(_))));
    assert_eq!(read(&client, "key").await.unwrap(), "content");
}

#[tokio::test]
async fn an_upload_is_aborted_before_its_file_is_undone() {
    let store = store();
    let client = client(&store);
    overwrite(&client, "before").await.unwrap();
    store.inject(Fault::new(Effect::Refuse(TransportErrorKind::Unavailable)).on(Operation::CompleteMultipartUpload));
    let start = client.upload("bucket", "key").key_placement(KeyPlacement::InstructionFile);
    let mut upload = start.overwrite_instruction_file().start().await.unwrap();
    upload.upload_part("after").await.unwrap();
    assert!(matches!(upload.complete().await, Err(Error::Transport(_))));
    let operations: Vec<_> = store.requests().iter().map(|request| request.operation).collect();
    let completed = operations.iter().position(|op| *op == Operation::CompleteMultipartUpload).unwrap();
    assert_eq!(
        operations[completed + 1..],
        [Operation::AbortMultipartUpload, Operation::HeadObject, Operation::PutObject]
    );
    assert_eq!(read(&client, "key").await.unwrap(), "before");
}
