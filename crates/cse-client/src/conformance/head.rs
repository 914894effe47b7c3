//! `HeadObject`.

use super::{
    Check, check,
    trial::{Trial, Verdict, refused, same},
};
use crate::{
    location::ObjectLocation,
    transport::{HeadObject, TransportErrorKind},
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(head_says_what_get_says),
        check!(head_missing_key),
        check!(head_missing_bucket, MissingBucket),
        check!(head_if_match, ConditionalGet),
    ]
}

async fn head_says_what_get_says(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, "contents").await?;
    let (head, get) = (trial.head(&location).await?, trial.get(&location).await?.0);
    same("the length of a head", &get.content_len, &head.content_len)?;
    same("the content range of a head", &None, &head.content_range)?;
    same("the content type of a head", &get.header("content-type"), &head.header("content-type"))
}

async fn head_missing_key(trial: &Trial) -> Verdict {
    trial.expect_missing(&trial.location("nothing")).await
}

async fn head_missing_bucket(trial: &Trial) -> Verdict {
    let bucket = trial.settings.missing_bucket.as_deref().unwrap_or_default();
    trial.expect_missing(&ObjectLocation::new(bucket, "object")).await
}

async fn head_if_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, "first").await?;
    let first = trial.head(&location).await?.etag;
    trial.put(&location, "second").await?;
    let request = HeadObject { if_match: first, ..HeadObject::new(location) };
    let answer = trial.transport.head_object(request);
    let what = "a head of the entity tag of an object that was replaced";
    refused(what, &[TransportErrorKind::PreconditionFailed], answer).await.map(drop)
}
