//! `CopyObject`.

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, done, refused, same},
};
use crate::{
    metadata::Metadata,
    options::RequestOptions,
    transport::{CopyObject, PutObject, TransportErrorKind},
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(copy_takes_metadata_and_headers_over),
        check!(copy_with_new_metadata),
        check!(copy_onto_itself_with_new_metadata),
        check!(copy_replaces),
        check!(copy_etag_is_that_of_head),
        check!(copy_of_nothing),
        check!(copy_from_a_missing_bucket, MissingBucket),
    ]
}

/// An object with metadata `colour` and a content type.
async fn put_source(trial: &Trial) -> Result<CopyObject, Failure> {
    let (source, copy) = (trial.location("source"), trial.location("copy"));
    let options = RequestOptions::new().header("content-type", "application/pdf");
    let options = options.map_err(|error| Failure::of("the headers", &error))?;
    let metadata = Metadata::from_iter([("colour", "red"), ("x-amz-c", "115")]);
    let request = PutObject { metadata, ..PutObject::new(source.clone(), "contents".into()).with_options(options) };
    done("a put", trial.transport.put_object(request)).await?;
    Ok(CopyObject::new(source, copy))
}

async fn copy_takes_metadata_and_headers_over(trial: &Trial) -> Verdict {
    let request = put_source(trial).await?;
    done("a copy", trial.transport.copy_object(request.clone())).await?;
    trial.expect_bytes(&request.location, b"contents").await?;
    let head = trial.head(&request.location).await?;
    same("the metadata of a copy", &Some("red"), &head.metadata.text("colour"))?;
    same("the metadata of a copy", &Some("115"), &head.metadata.text("x-amz-c"))?;
    same("the content type of a copy", &Some("application/pdf"), &head.header("content-type"))
}

async fn copy_with_new_metadata(trial: &Trial) -> Verdict {
    let new = Some(Metadata::from_iter([("shape", "round")]));
    let request = CopyObject { metadata: new, ..put_source(trial).await? };
    done("a copy with new metadata", trial.transport.copy_object(request.clone())).await?;
    trial.expect_bytes(&request.location, b"contents").await?;
    let copied = trial.head(&request.location).await?.metadata;
    same("the new metadata of a copy", &Some("round"), &copied.text("shape"))?;
    same("the old metadata of a copy that has new", &None, &copied.text("colour"))?;
    let source = trial.head(&request.source).await?.metadata;
    same("the metadata of the source of a copy", &Some("red"), &source.text("colour"))
}

async fn copy_onto_itself_with_new_metadata(trial: &Trial) -> Verdict {
    let source = put_source(trial).await?.source;
    let new = Some(Metadata::from_iter([("shape", "round")]));
    let request = CopyObject { metadata: new, ..CopyObject::new(source.clone(), source.clone()) };
    done("a copy onto itself with new metadata", trial.transport.copy_object(request)).await?;
    trial.expect_bytes(&source, b"contents").await?;
    same("the new metadata", &Some("round"), &trial.head(&source).await?.metadata.text("shape"))
}

async fn copy_replaces(trial: &Trial) -> Verdict {
    let request = put_source(trial).await?;
    trial.put(&request.location, "an old object").await?;
    done("a copy onto another object", trial.transport.copy_object(request.clone())).await?;
    trial.expect_bytes(&request.location, b"contents").await
}

async fn copy_etag_is_that_of_head(trial: &Trial) -> Verdict {
    let request = put_source(trial).await?;
    let written = done("a copy", trial.transport.copy_object(request.clone())).await?;
    same("the entity tag of a head", &written.etag, &trial.head(&request.location).await?.etag)
}

async fn copy_of_nothing(trial: &Trial) -> Verdict {
    let request = CopyObject::new(trial.location("nothing"), trial.location("copy"));
    let answer = trial.transport.copy_object(request.clone());
    refused("a copy of nothing", &[TransportErrorKind::NotFound], answer).await?;
    trial.expect_missing(&request.location).await
}

async fn copy_from_a_missing_bucket(trial: &Trial) -> Verdict {
    let bucket = trial.settings.missing_bucket.as_deref().unwrap_or_default();
    let source = crate::ObjectLocation::new(bucket, "object");
    let answer = trial.transport.copy_object(CopyObject::new(source, trial.location("copy")));
    refused("a copy from a missing bucket", &[TransportErrorKind::NotFound], answer).await.map(drop)
}
