//! Versions, in a bucket that keeps them.

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, done, ensure, refused, same},
};
use crate::{
    location::ObjectLocation,
    transport::{CopyObject, DeleteObject, DeleteObjects, DeletedObject, GetObject, TransportErrorKind},
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(version_of_each_put, Versions),
        check!(version_of_a_copy_source, Versions),
        check!(version_that_does_not_exist, Versions),
        check!(version_hidden_by_a_delete_marker, Versions),
        check!(version_that_is_deleted, Versions),
        check!(version_deleted_among_many, Versions),
    ]
}

/// Two versions of an object: the first and the second.
async fn put_two(trial: &Trial, location: &ObjectLocation) -> Result<[ObjectLocation; 2], Failure> {
    let mut versions = Vec::new();
    for contents in ["first", "second"] {
        let version = trial.put(location, contents).await?.version_id;
        let version = version.ok_or_else(|| Failure("a put tells no version".to_owned()))?;
        versions.push(location.clone().version(version));
    }
    versions.try_into().map_err(|_| Failure("two puts make two versions".to_owned()))
}

async fn version_of_each_put(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let [first, second] = put_two(trial, &location).await?;
    ensure!(first.version_id != second.version_id, "two puts have the same version, {:?}", first.version_id);
    trial.expect_bytes(&first, b"first").await?;
    trial.expect_bytes(&second, b"second").await?;
    trial.expect_bytes(&location, b"second").await?;
    same("the version a get tells", &second.version_id, &trial.get(&location).await?.0.version_id)?;
    same("the version a head tells", &first.version_id, &trial.head(&first).await?.version_id)
}

async fn version_of_a_copy_source(trial: &Trial) -> Verdict {
    let (location, copy) = (trial.location("object +%"), trial.location("copy"));
    let [first, _] = put_two(trial, &location).await?;
    done("a copy of a version", trial.transport.copy_object(CopyObject::new(first, copy.clone()))).await?;
    trial.expect_bytes(&copy, b"first").await
}

async fn version_that_does_not_exist(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let [first, _] = put_two(trial, &location).await?;
    delete(trial, &first).await?;
    let answer = trial.transport.get_object(GetObject::new(first));
    refused("a get of a version that is gone", &[TransportErrorKind::NotFound], answer).await.map(drop)
}

async fn delete(trial: &Trial, location: &ObjectLocation) -> Result<DeletedObject, Failure> {
    done("a delete", trial.transport.delete_object(DeleteObject::new(location.clone()))).await
}

async fn version_hidden_by_a_delete_marker(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let [first, _] = put_two(trial, &location).await?;
    let deleted = delete(trial, &location).await?;
    ensure!(deleted.delete_marker, "a delete does not tell that it wrote a delete marker: {deleted:?}");
    trial.expect_missing(&location).await?;
    trial.expect_bytes(&first, b"first").await?;
    let marker = deleted.version_id.ok_or_else(|| Failure("a delete marker has no version".to_owned()))?;
    let undone = delete(trial, &location.clone().version(marker)).await?;
    ensure!(undone.delete_marker, "a delete does not tell that it deleted a delete marker: {undone:?}");
    trial.expect_bytes(&location, b"second").await
}

async fn version_that_is_deleted(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let [first, second] = put_two(trial, &location).await?;
    let deleted = delete(trial, &second).await?;
    same("the version a delete tells", &second.version_id, &deleted.version_id)?;
    ensure!(!deleted.delete_marker, "a delete of a version tells of a delete marker");
    trial.expect_bytes(&location, b"first").await?;
    trial.expect_bytes(&first, b"first").await
}

async fn version_deleted_among_many(trial: &Trial) -> Verdict {
    let (location, other) = (trial.location("object"), trial.location("another"));
    let [first, second] = put_two(trial, &location).await?;
    trial.put(&other, "another").await?;
    let objects = vec![(location.key.clone(), first.version_id.clone()), (other.key.clone(), None)];
    let request = DeleteObjects::new(&*trial.bucket, objects);
    let answers = done("a delete of many", trial.transport.delete_objects(request)).await?;
    let told: Vec<_> = answers.iter().map(|answer| answer.as_ref().ok().map(|deleted| deleted.delete_marker)).collect();
    same("whether delete markers were written", &vec![Some(false), Some(true)], &told)?;
    trial.expect_bytes(&second, b"second").await?;
    let answer = trial.transport.get_object(GetObject::new(first));
    refused("a get of a version that is gone", &[TransportErrorKind::NotFound], answer).await?;
    trial.expect_missing(&other).await
}
