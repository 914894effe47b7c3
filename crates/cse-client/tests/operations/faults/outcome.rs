//! What must be true whatever went wrong: the one place that says it.

use std::{collections::HashMap, fs};

use bytes::Bytes;
use cse_client::{
    Error, ErrorKind,
    memory::{Operation, RecordedRequest},
};

use super::{
    Case,
    world::{Op, Outcome, World, old},
};
use crate::support::BUCKET;

pub(crate) async fn check(case: &Case, world: &World, outcome: Outcome) {
    check_record(case, world);
    let is_harmless = case.struck.is_harmless && case.also.is_none();
    let ended_well = match &outcome {
        Outcome::Read(_, end) | Outcome::File(end) | Outcome::Written(end) | Outcome::Rewrapped(end) => end.is_ok(),
        Outcome::Deleted(end) => end.is_ok(),
    };
    assert!(ended_well || !is_harmless, "{case:?}: {:?}", error(&outcome));
    match outcome {
        Outcome::Read(bytes, end) => check_read(case, &bytes, &end),
        Outcome::File(end) => check_file(case, world, &end),
        Outcome::Written(end) => check_written(case, world, end).await,
        Outcome::Rewrapped(end) => check_rewrapped(case, world, &end).await,
        Outcome::Deleted(end) => check_deleted(case, world, &end).await,
    }
    if !matches!(case.op, Op::Download) {
        assert_eq!(fs::read(world.dir.path().join("file")).unwrap(), b"older", "{case:?}");
    }
    assert_eq!(fs::read_dir(world.dir.path()).unwrap().count(), 1, "{case:?}");
}

fn error(outcome: &Outcome) -> Option<&Error> {
    match outcome {
        Outcome::Read(_, end) | Outcome::File(end) | Outcome::Written(end) | Outcome::Rewrapped(end) => {
            end.as_ref().err()
        }
        Outcome::Deleted(end) => end.as_ref().err(),
    }
}

/// The right bytes, or an error; before an error only what is verified.
fn check_read(case: &Case, bytes: &Bytes, end: &Result<(), Error>) {
    let right = if case.op == Op::Range { old().slice(10..70) } else { old() };
    match (case.op, end) {
        // Nothing can see a wrong bit of a range, but its length is right.
        (Op::Range, Ok(())) if case.struck.is_silent => assert_eq!(bytes.len(), right.len(), "{case:?}"),
        (_, Ok(())) => assert_eq!(bytes, &right, "{case:?}"),
        (Op::Stream | Op::Range, Err(_)) => {}
        (Op::GetTwice, Err(_)) => assert!(right.starts_with(bytes), "{case:?}"),
        (_, Err(_)) => assert!(bytes.is_empty(), "{case:?}"),
    }
}

/// The right file, or the older one.
fn check_file(case: &Case, world: &World, end: &Result<(), Error>) {
    let expected = if end.is_ok() { old() } else { "older".into() };
    assert_eq!(fs::read(world.dir.path().join("file")).unwrap(), expected, "{case:?}: {end:?}");
}

/// The new object reads; or, after an error, the older one does, or there is neither object nor file.
async fn check_written(case: &Case, world: &World, end: Result<(), Error>) {
    let now = world.now().await;
    let is_undone = !matches!(end, Err(Error::NotUndone { .. }));
    match (&now, &end) {
        (Ok(now), Ok(())) if !case.struck.is_foreign => assert_eq!(now, &world.new, "{case:?}"),
        (Ok(now), _) => assert!(*now == world.new || (case.has_old && *now == old()), "{case:?}: {end:?}: {now:?}"),
        (Err(_), _) if case.struck.is_foreign || !is_undone => {}
        // A wrong bit in a file that is copied is seen by who reads it.
        (Err(error), Ok(())) if case.struck.is_silent && matches!(case.op, Op::Copy | Op::CopyParts) => {
            assert!(matches!(error.kind(), ErrorKind::Decrypt | ErrorKind::Malformed), "{case:?}: {error}");
        }
        (Err(error), Err(_)) if !case.has_old && error.kind() == ErrorKind::NotFound => {
            assert!(
                world.store.stored(BUCKET, "key.instruction").is_none(),
                "{case:?}: a file without an object: {end:?}"
            );
        }
        (Err(error), _) => panic!("{case:?}: {end:?}: nothing can be read: {error}"),
    }
    check_uploads(case, world);
}

/// Parts are left only where S3 was asked to remove them and did not, or where nobody knows of them.
fn check_uploads(case: &Case, world: &World) {
    let failed = |operation| {
        let answers = world.store.requests_of(operation);
        answers.iter().any(|request| matches!(request.answer, Some(Err(_))))
    };
    let is_excused = failed(Operation::CreateMultipartUpload) || failed(Operation::AbortMultipartUpload);
    assert!(is_excused || world.store.uploads().is_empty(), "{case:?}: {:?}", world.store.uploads());
}

/// One of the two keys opens the object.
async fn check_rewrapped(case: &Case, world: &World, end: &Result<(), Error>) {
    let (with_old, with_new) = (world.now().await, world.now_with_the_new_key().await);
    for now in [&with_old, &with_new] {
        assert!(now.as_ref().is_ok_and(|now| *now == old()) || now.is_err(), "{case:?}");
    }
    if !case.struck.is_foreign {
        assert!(with_old.is_ok() != with_new.is_ok(), "{case:?}: {end:?}");
        // A lost answer is asked for, so an error means that nothing was done; unless nothing can be asked any more.
        assert!(end.is_ok() == with_new.is_ok() || case.lasting, "{case:?}: {end:?}");
    }
}

/// What is there can be read; what was said to have gone has.
async fn check_deleted(case: &Case, world: &World, end: &Result<bool, Error>) {
    let now = world.now().await;
    let is_there = world.store.stored(BUCKET, "key").is_some();
    if case.struck.is_foreign {
        return;
    }
    assert_eq!(now.as_ref().is_ok_and(|now| *now == old()), is_there, "{case:?}: {now:?}");
    match end {
        Ok(gone) => assert_ne!(*gone, is_there, "{case:?}"),
        Err(_) => assert!(is_there || !case.struck.is_harmless, "{case:?}"),
    }
}

/// No key and IV was used for two contents: whatever was sent for a place is the same, and every object has a key of its own.
fn check_record(case: &Case, world: &World) {
    let requests = world.store.requests();
    let mut parts: HashMap<(String, Vec<u16>), Bytes> = HashMap::new();
    let mut contents: HashMap<Vec<u8>, Bytes> = HashMap::new();
    let mut creations = Vec::new();
    for request in &requests {
        match request.operation {
            Operation::UploadPart => {
                let body = request.body.clone().unwrap();
                let place = (request.upload_id.clone().unwrap(), request.part_numbers.clone());
                assert_eq!(*parts.entry(place).or_insert_with(|| body.clone()), body, "{case:?}");
            }
            Operation::PutObject if request.location.key == "key" => {
                let body = request.body.clone().unwrap_or_default();
                assert!(contents.insert(message_id(request), body).is_none(), "{case:?}: sent twice");
            }
            Operation::CreateMultipartUpload if case.op != Op::CopyParts => creations.push(message_id(request)),
            _ => {}
        }
    }
    let count = creations.len();
    creations.sort_unstable();
    creations.dedup();
    assert_eq!(creations.len(), count, "{case:?}");
    assert!(creations.iter().all(|id| !contents.contains_key(id)), "{case:?}");
}

/// What the content's key and IV are derived from, beside the data key.
fn message_id(request: &RecordedRequest) -> Vec<u8> {
    let metadata = request.metadata.as_ref().unwrap();
    let (_, value) = metadata.iter().find(|(name, _)| *name == "x-amz-i").expect("a V3 object has a message id");
    value.to_vec()
}
