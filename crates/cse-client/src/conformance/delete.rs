//! `DeleteObject` and `DeleteObjects`.

use super::{
    Check, check,
    trial::{Trial, Verdict, done, ensure, refused},
};
use crate::transport::{DeleteObjects, TransportErrorKind};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(delete_is_idempotent),
        check!(delete_many_answers_in_order),
        check!(delete_many_of_a_thousand),
        check!(delete_many_in_a_missing_bucket, MissingBucket),
    ]
}

async fn delete_is_idempotent(trial: &Trial) -> Verdict {
    let (location, other) = (trial.location("object"), trial.location("object2"));
    trial.put(&location, "contents").await?;
    trial.put(&other, "another object").await?;
    trial.delete(&location).await?;
    trial.expect_missing(&location).await?;
    trial.delete(&location).await?;
    trial.expect_bytes(&other, b"another object").await
}

/// Also of keys that are not there, which are deleted as well as any.
async fn delete_many_answers_in_order(trial: &Trial) -> Verdict {
    let names = ["d", "nothing", "a", "c", "nothing either"];
    let locations: Vec<_> = names.into_iter().map(|name| trial.location(name)).collect();
    for location in locations.iter().filter(|location| !location.key.contains("nothing")) {
        trial.put(location, "contents").await?;
    }
    let kept = trial.location("b");
    trial.put(&kept, "kept").await?;
    let objects = locations.iter().map(|location| (location.key.clone(), None)).collect();
    let request = DeleteObjects::new(&*trial.bucket, objects);
    let answers = done("a delete of many", trial.transport.delete_objects(request)).await?;
    ensure!(answers.len() == names.len(), "{} keys were deleted, and {} answers came", names.len(), answers.len());
    for (name, answer) in names.into_iter().zip(&answers) {
        ensure!(answer.is_ok(), "{name:?} could not be deleted: {answer:?}");
    }
    for location in &locations {
        trial.expect_missing(location).await?;
    }
    trial.expect_bytes(&kept, b"kept").await
}

async fn delete_many_of_a_thousand(trial: &Trial) -> Verdict {
    let location = trial.location("0500");
    trial.put(&location, "contents").await?;
    let objects = (0..1000).map(|number| (format!("{}{number:04}", trial.prefix), None)).collect();
    let request = DeleteObjects::new(&*trial.bucket, objects);
    let answers = done("a delete of 1000", trial.transport.delete_objects(request)).await?;
    ensure!(answers.len() == 1000, "1000 keys were deleted, and {} answers came", answers.len());
    trial.expect_missing(&location).await
}

async fn delete_many_in_a_missing_bucket(trial: &Trial) -> Verdict {
    let bucket = trial.settings.missing_bucket.as_deref().unwrap_or_default();
    let request = DeleteObjects::new(bucket, vec![("object".to_owned(), None)]);
    let answer = trial.transport.delete_objects(request);
    refused("a delete in a missing bucket", &[TransportErrorKind::NotFound], answer).await.map(drop)
}
