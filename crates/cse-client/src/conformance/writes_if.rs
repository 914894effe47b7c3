//! Conditions of writes and deletes: `If-Match` and `If-None-Match`.

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, done, refused},
};
use crate::{
    location::ObjectLocation,
    transport::{
        Answer, CompleteMultipartUpload, CompletedPart, CopyObject, CreateMultipartUpload, DeleteObject, DeletedObject,
        PutObject, TransportErrorKind, Written,
    },
};

/// What S3 and its likes answer where a condition names an object that is not there.
const MISSING: &[TransportErrorKind] = &[TransportErrorKind::NotFound, TransportErrorKind::PreconditionFailed];
const FAILED: &[TransportErrorKind] = &[TransportErrorKind::PreconditionFailed];
const WRONG_ETAG: &str = "\"0123456789abcdef0123456789abcdef\"";

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(put_if_none_match, PutIfNoneMatch),
        check!(put_if_match, PutIfMatch),
        check!(complete_if_none_match, ConditionalComplete),
        check!(complete_if_match, ConditionalComplete),
        check!(copy_if_match, CopyIfNoneMatch),
        check!(copy_if_none_match, CopyIfNoneMatch),
        check!(copy_if_source_matches, CopySourceIfMatch),
        check!(delete_if_match, DeleteIfMatch),
    ]
}

async fn put_if_none_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let put = |contents: &'static str| {
        let request =
            PutObject { if_none_match: Some("*".to_owned()), ..PutObject::new(location.clone(), contents.into()) };
        trial.transport.put_object(request)
    };
    done("a put that must find no object, where there is none,", put("first")).await?;
    refused("a put that must find no object, where there is one,", FAILED, put("second")).await?;
    trial.expect_bytes(&location, b"first").await
}

fn put_if<'a>(
    trial: &'a Trial,
    location: &ObjectLocation,
    contents: &'static str,
    if_match: Option<&str>,
) -> Answer<'a, Written> {
    let if_match = if_match.map(str::to_owned);
    trial.transport.put_object(PutObject { if_match, ..PutObject::new(location.clone(), contents.into()) })
}

async fn put_if_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let absent = put_if(trial, &location, "never", Some(WRONG_ETAG));
    refused("a put onto an entity tag, where there is no object,", MISSING, absent).await?;
    trial.expect_missing(&location).await?;
    let first = trial.put(&location, "first").await?.etag;
    refused("a put onto a wrong entity tag", FAILED, put_if(trial, &location, "never", Some(WRONG_ETAG))).await?;
    trial.expect_bytes(&location, b"first").await?;
    done("a put onto the right entity tag", put_if(trial, &location, "second", first.as_deref())).await?;
    refused("a put onto an entity tag of before", FAILED, put_if(trial, &location, "never", first.as_deref())).await?;
    trial.expect_bytes(&location, b"second").await
}

/// A completion of an upload of one part, without conditions so far.
async fn completion(
    trial: &Trial,
    location: &ObjectLocation,
    contents: &'static str,
) -> Result<CompleteMultipartUpload, Failure> {
    let upload_id = trial.create_upload(CreateMultipartUpload::new(location.clone())).await?;
    let part = trial.upload_part(location, &upload_id, 1, contents).await?;
    Ok(CompleteMultipartUpload::new(location.clone(), upload_id, vec![CompletedPart::new(1, part)]))
}

async fn complete_if_none_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let absent = || Some("*".to_owned());
    let first = CompleteMultipartUpload { if_none_match: absent(), ..completion(trial, &location, "first").await? };
    let what = "a completion that must find no object, where there is none,";
    done(what, trial.transport.complete_multipart_upload(first)).await?;
    let second = CompleteMultipartUpload { if_none_match: absent(), ..completion(trial, &location, "second").await? };
    let what = "a completion that must find no object, where there is one,";
    refused(what, FAILED, trial.transport.complete_multipart_upload(second)).await?;
    trial.expect_bytes(&location, b"first").await
}

async fn complete_if_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let etag = trial.put(&location, "first").await?.etag;
    let wrong = Some(WRONG_ETAG.to_owned());
    let wrong = CompleteMultipartUpload { if_match: wrong, ..completion(trial, &location, "never").await? };
    let answer = trial.transport.complete_multipart_upload(wrong);
    refused("a completion onto a wrong entity tag", FAILED, answer).await?;
    trial.expect_bytes(&location, b"first").await?;
    let right = CompleteMultipartUpload { if_match: etag, ..completion(trial, &location, "second").await? };
    let what = "a completion onto the right entity tag";
    done(what, trial.transport.complete_multipart_upload(right)).await?;
    trial.expect_bytes(&location, b"second").await
}

async fn copy_if_none_match(trial: &Trial) -> Verdict {
    let (source, copy) = (trial.location("source"), trial.location("copy"));
    trial.put(&source, "source").await?;
    let request = CopyObject { if_none_match: Some("*".to_owned()), ..CopyObject::new(source.clone(), copy.clone()) };
    done("a copy to where nothing is", trial.transport.copy_object(request.clone())).await?;
    trial.put(&copy, "somebody's").await?;
    let answer = trial.transport.copy_object(request);
    refused("a copy that must find no object, where there is one,", FAILED, answer).await?;
    trial.expect_bytes(&copy, b"somebody's").await
}

async fn copy_if_match(trial: &Trial) -> Verdict {
    let (source, copy) = (trial.location("source"), trial.location("copy"));
    trial.put(&source, "source").await?;
    let etag = trial.put(&copy, "before").await?.etag;
    let request = |if_match| CopyObject { if_match, ..CopyObject::new(source.clone(), copy.clone()) };
    let wrong = trial.transport.copy_object(request(Some(WRONG_ETAG.to_owned())));
    refused("a copy that must replace a wrong entity tag", FAILED, wrong).await?;
    trial.expect_bytes(&copy, b"before").await?;
    done("a copy that must replace the right entity tag", trial.transport.copy_object(request(etag))).await?;
    trial.expect_bytes(&copy, b"source").await
}

async fn copy_if_source_matches(trial: &Trial) -> Verdict {
    let (source, copy) = (trial.location("source"), trial.location("copy"));
    let etag = trial.put(&source, "source").await?.etag;
    let request = |source_if_match| CopyObject { source_if_match, ..CopyObject::new(source.clone(), copy.clone()) };
    let wrong = trial.transport.copy_object(request(Some(WRONG_ETAG.to_owned())));
    refused("a copy of a wrong entity tag", FAILED, wrong).await?;
    trial.expect_missing(&copy).await?;
    done("a copy of the right entity tag", trial.transport.copy_object(request(etag))).await?;
    trial.expect_bytes(&copy, b"source").await
}

fn delete_if<'a>(trial: &'a Trial, location: &ObjectLocation, if_match: Option<&str>) -> Answer<'a, DeletedObject> {
    let if_match = if_match.map(str::to_owned);
    trial.transport.delete_object(DeleteObject { if_match, ..DeleteObject::new(location.clone()) })
}

async fn delete_if_match(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let etag = trial.put(&location, "contents").await?.etag;
    refused("a delete of a wrong entity tag", FAILED, delete_if(trial, &location, Some(WRONG_ETAG))).await?;
    trial.expect_bytes(&location, b"contents").await?;
    done("a delete of the right entity tag", delete_if(trial, &location, etag.as_deref())).await?;
    trial.expect_missing(&location).await
}
