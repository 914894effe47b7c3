//! `GetObject`: ranges, conditions, and what is not there.

use cse_envelope::{ByteRange, ContentRange};
use futures_util::future::try_join_all;

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, contents, done, ensure, refused, same, same_bytes},
};
use crate::{
    location::ObjectLocation,
    options::RequestOptions,
    transport::{GetObject, TransportErrorKind},
};

/// How long the object is that ranges are read from.
const LEN: usize = 10_000;
const WRONG_ETAG: &str = "\"0123456789abcdef0123456789abcdef\"";

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(get_missing_key),
        check!(get_missing_bucket, MissingBucket),
        check!(get_ranges),
        check!(get_range_outside),
        check!(get_range_of_an_empty_object),
        check!(get_if_match, ConditionalGet),
        check!(get_if_none_match, ConditionalGet),
        check!(get_range_if_match, ConditionalGet),
        check!(get_tells_when_it_was_written),
        check!(get_many_at_once),
        check!(get_dropped_before_its_end),
        check!(get_expects_the_owner, BucketOwner),
    ]
}

async fn get_missing_key(trial: &Trial) -> Verdict {
    let request = GetObject::new(trial.location("nothing"));
    let error =
        refused("a get of nothing", &[TransportErrorKind::NotFound], trial.transport.get_object(request)).await?;
    same("the code of a get of nothing", &Some("NoSuchKey"), &error.code())
}

async fn get_missing_bucket(trial: &Trial) -> Verdict {
    let bucket = trial.settings.missing_bucket.as_deref().unwrap_or_default();
    let request = GetObject::new(ObjectLocation::new(bucket, "object"));
    let answer = trial.transport.get_object(request);
    let error = refused("a get from a missing bucket", &[TransportErrorKind::NotFound], answer).await?;
    same("the code of a get from a missing bucket", &Some("NoSuchBucket"), &error.code())
}

fn range(text: &str) -> Result<ByteRange, Failure> {
    text.parse().map_err(|error| Failure::of(text, &error))
}

async fn get_ranges(trial: &Trial) -> Verdict {
    let (location, bytes) = (trial.location("object"), contents(LEN));
    trial.put(&location, bytes.clone()).await?;
    let cases = [
        ("bytes=0-0", 0..1),
        ("bytes=0-9999", 0..LEN),
        ("bytes=100-199", 100..200),
        ("bytes=9999-9999", LEN - 1..LEN),
        ("bytes=9000-20000", 9000..LEN),
        ("bytes=5000-", 5000..LEN),
        ("bytes=0-", 0..LEN),
        ("bytes=-1", LEN - 1..LEN),
        ("bytes=-500", LEN - 500..LEN),
        ("bytes=-20000", 0..LEN),
    ];
    for (text, positions) in cases {
        let request = GetObject { range: Some(range(text)?), ..GetObject::new(location.clone()) };
        let (attributes, got) = trial.get_as(request).await?;
        let expected = bytes.slice(positions.clone());
        same_bytes(text, &expected, &got)?;
        same(&format!("the length told with {text}"), &u64::try_from(expected.len()).ok(), &attributes.content_len)?;
        let served = range(text)?.resolve(10_000).map_err(|error| Failure::of(text, &error))?;
        let told = attributes.content_range.or_else(|| ContentRange::whole(10_000).filter(|_| expected.len() == LEN));
        same(&format!("the content range told with {text}"), &Some(served), &told)?;
    }
    Ok(())
}

async fn refuses_range(trial: &Trial, location: &ObjectLocation, text: &str) -> Verdict {
    let request = GetObject { range: Some(range(text)?), ..GetObject::new(location.clone()) };
    let kinds = [TransportErrorKind::RangeNotSatisfiable];
    let what = format!("a get of {text}, which lies outside,");
    refused(&what, &kinds, trial.transport.get_object(request)).await.map(drop)
}

async fn get_range_outside(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, contents(LEN)).await?;
    refuses_range(trial, &location, "bytes=10000-").await?;
    refuses_range(trial, &location, "bytes=10000-10000").await?;
    refuses_range(trial, &location, "bytes=20000-30000").await
}

async fn get_range_of_an_empty_object(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, "").await?;
    refuses_range(trial, &location, "bytes=0-0").await
}

async fn get_if_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let first = trial.put(&location, "first").await?.etag;
    let get = |if_match: Option<String>| GetObject { if_match, ..GetObject::new(location.clone()) };
    let (_, bytes) = trial.get_as(get(first.clone())).await?;
    same_bytes("a get of the right entity tag", b"first", &bytes)?;
    trial.put(&location, "second").await?;
    let kinds = [TransportErrorKind::PreconditionFailed];
    let answer = trial.transport.get_object(get(first));
    refused("a get of the entity tag of an object that was replaced", &kinds, answer).await?;
    trial.delete(&location).await?;
    let answer = trial.transport.get_object(get(Some(WRONG_ETAG.to_owned())));
    refused("a get of an entity tag where nothing is", &[TransportErrorKind::NotFound], answer).await.map(drop)
}

async fn get_if_none_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let etag = trial.put(&location, "contents").await?.etag;
    let get = |if_none_match| GetObject { if_none_match, ..GetObject::new(location.clone()) };
    let kinds = [TransportErrorKind::PreconditionFailed];
    let answer = trial.transport.get_object(get(etag));
    refused("a get of another entity tag than there is", &kinds, answer).await?;
    let (_, bytes) = trial.get_as(get(Some(WRONG_ETAG.to_owned()))).await?;
    same_bytes("a get of another entity tag than one that there is not", b"contents", &bytes)
}

async fn get_range_if_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let etag = trial.put(&location, "contents").await?.etag;
    let range = Some(range("bytes=3-5")?);
    let get = |if_match| GetObject { range, if_match, ..GetObject::new(location.clone()) };
    let (_, bytes) = trial.get_as(get(etag)).await?;
    same_bytes("a range of the right entity tag", b"ten", &bytes)?;
    let kinds = [TransportErrorKind::PreconditionFailed];
    let answer = trial.transport.get_object(get(Some(WRONG_ETAG.to_owned())));
    refused("a range of a wrong entity tag", &kinds, answer).await.map(drop)
}

async fn get_tells_when_it_was_written(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, "contents").await?;
    let (get, head) = (trial.get(&location).await?.0.last_modified, trial.head(&location).await?.last_modified);
    ensure!(get.is_some(), "a get does not tell when the object was written");
    same("when the object was written, by a head", &get, &head)
}

async fn get_many_at_once(trial: &Trial) -> Verdict {
    let lens = [1000_usize, 20_000, 300_000, 0, 50_000];
    let pairs: Vec<_> = lens.into_iter().map(|len| (trial.location(&len.to_string()), contents(len))).collect();
    try_join_all(pairs.iter().map(|(location, bytes)| trial.put(location, bytes.clone()))).await?;
    try_join_all(pairs.iter().map(|(location, bytes)| trial.expect_bytes(location, bytes))).await.map(drop)
}

async fn get_dropped_before_its_end(trial: &Trial) -> Verdict {
    let (location, bytes) = (trial.location("object"), contents(1 << 20));
    trial.put(&location, bytes.clone()).await?;
    for _ in 0..3 {
        drop(done("a get", trial.transport.get_object(GetObject::new(location.clone()))).await?);
    }
    trial.expect_bytes(&location, &bytes).await
}

async fn get_expects_the_owner(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, "contents").await?;
    let options = RequestOptions::new().expected_bucket_owner("999999999999");
    let request = GetObject::new(location).with_options(options);
    let answer = trial.transport.get_object(request);
    refused("a get that expects another owner", &[TransportErrorKind::AccessDenied], answer).await.map(drop)
}
