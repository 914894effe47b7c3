//! `PutObject`: contents, streams, content headers, entity tags.

use bytes::Bytes;
use futures_util::stream;

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, contents, done, ensure, refused, same, same_bytes, streamed},
};
use crate::{
    body::Body,
    error::Error,
    options::RequestOptions,
    transport::{ListObjects, PutObject, TransportErrorKind},
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(put_sizes),
        check!(put_5_mib_and_1),
        check!(put_streams),
        check!(put_replaces),
        check!(put_body_that_fails_leaves_no_object),
        check!(put_body_that_fails_keeps_the_old_object),
        check!(put_body_that_ends_early_leaves_no_object),
        check!(put_etag_is_that_of_head_get_and_list),
        check!(put_content_headers),
        check!(put_expects_the_owner, BucketOwner),
    ]
}

async fn put_sizes(trial: &Trial) -> Verdict {
    for len in [0, 1, 15, 16, 17, (64 << 10) - 1, 64 << 10, (64 << 10) + 1] {
        round_trip(trial, len).await?;
    }
    Ok(())
}

async fn put_5_mib_and_1(trial: &Trial) -> Verdict {
    round_trip(trial, (5 << 20) + 1).await
}

async fn round_trip(trial: &Trial, len: usize) -> Verdict {
    let (location, bytes) = (trial.location(&len.to_string()), contents(len));
    trial.put(&location, bytes.clone()).await?;
    let (attributes, got) = trial.get(&location).await?;
    same_bytes(&format!("an object of {len} bytes"), &bytes, &got)?;
    let expected = u64::try_from(len).ok();
    same("the length a get tells", &expected, &attributes.content_len)?;
    same("the content range of a whole object", &None, &attributes.content_range)?;
    same("the length a head tells", &expected, &trial.head(&location).await?.content_len)
}

async fn put_streams(trial: &Trial) -> Verdict {
    for (len, chunk_len) in [(1, 1), (100_000, 1000), (300_000, 100_001)] {
        let (location, bytes) = (trial.location(&len.to_string()), contents(len));
        let request = PutObject::new(location.clone(), streamed(&bytes, chunk_len));
        done(&format!("a put of a stream of {len} bytes"), trial.transport.put_object(request)).await?;
        trial.expect_bytes(&location, &bytes).await?;
    }
    Ok(())
}

async fn put_replaces(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let first = trial.put(&location, "the first, longer object").await?;
    let second = trial.put(&location, "the second").await?;
    trial.expect_bytes(&location, b"the second").await?;
    ensure!(first.etag != second.etag, "two objects have the same entity tag, {:?}", first.etag);
    Ok(())
}

/// A stream that fails half way through.
fn failing() -> Body {
    let pieces = [Ok(contents(1000)), Err(Error::from_stream("the source is gone"))];
    Body::from_stream(stream::iter(pieces), Some(2000))
}

/// A stream that ends half way through.
fn ending_early() -> Body {
    Body::from_stream(stream::iter([Ok::<_, Error>(contents(1000))]), Some(2000))
}

async fn refuses_body(trial: &Trial, name: &str, body: Body) -> Verdict {
    let request = PutObject::new(trial.location(name), body);
    let what = "a put whose body fails";
    refused(what, &[TransportErrorKind::NotSent], trial.transport.put_object(request)).await.map(drop)
}

async fn put_body_that_fails_leaves_no_object(trial: &Trial) -> Verdict {
    refuses_body(trial, "object", failing()).await?;
    trial.expect_missing(&trial.location("object")).await
}

async fn put_body_that_fails_keeps_the_old_object(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, "the old object").await?;
    refuses_body(trial, "object", failing()).await?;
    trial.expect_bytes(&location, b"the old object").await
}

async fn put_body_that_ends_early_leaves_no_object(trial: &Trial) -> Verdict {
    refuses_body(trial, "object", ending_early()).await?;
    trial.expect_missing(&trial.location("object")).await
}

async fn put_etag_is_that_of_head_get_and_list(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let put = trial.put(&location, "contents").await?.etag;
    ensure!(is_quoted(put.as_deref()), "the entity tag of a put has no quotes: {put:?}");
    same("the entity tag of a head", &put, &trial.head(&location).await?.etag)?;
    same("the entity tag of a get", &put, &trial.get(&location).await?.0.etag)?;
    let request = ListObjects { prefix: Some(trial.prefix.clone()), ..ListObjects::new(&*trial.bucket) };
    let list = done("a list", trial.transport.list_objects(request)).await?;
    let listed = list.objects.first().ok_or_else(|| Failure("the list is empty".to_owned()))?;
    same("the entity tag of a list", &put, &listed.etag)
}

fn is_quoted(etag: Option<&str>) -> bool {
    etag.is_some_and(|etag| etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'))
}

/// The content is no gzip: whoever undoes the encoding on the way fails, or answers other bytes than are stored.
async fn put_content_headers(trial: &Trial) -> Verdict {
    const HEADERS: [(&str, &str); 5] = [
        ("cache-control", "max-age=60"),
        ("content-disposition", "attachment; filename=\"may.pdf\""),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("content-type", "application/pdf"),
    ];
    let location = trial.location("object");
    let headers =
        HEADERS.into_iter().try_fold(RequestOptions::new(), |options, (name, value)| options.header(name, value));
    let options = headers.map_err(|error| Failure::of("the headers", &error))?;
    let bytes = Bytes::from_static(b"not compressed at all");
    let request = PutObject::new(location.clone(), bytes.clone().into()).with_options(options);
    done("a put with content headers", trial.transport.put_object(request)).await?;
    let (attributes, got) = trial.get(&location).await?;
    same_bytes("an object whose content-encoding is gzip", &bytes, &got)?;
    let head = trial.head(&location).await?;
    for (name, value) in HEADERS {
        same(&format!("the header {name} of a get"), &Some(value), &attributes.header(name))?;
        same(&format!("the header {name} of a head"), &Some(value), &head.header(name))?;
    }
    Ok(())
}

async fn put_expects_the_owner(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let put = |owner: &str| {
        let options = RequestOptions::new().expected_bucket_owner(owner);
        PutObject::new(location.clone(), "contents".into()).with_options(options)
    };
    let stranger = put("999999999999");
    let denied = trial.transport.put_object(stranger);
    refused("a put that expects another owner", &[TransportErrorKind::AccessDenied], denied).await?;
    let owner = trial.settings.owner.as_deref().unwrap_or_default();
    done("a put that expects the owner", trial.transport.put_object(put(owner))).await.map(drop)
}
