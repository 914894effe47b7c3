//! Uploads in parts.

use bytes::Bytes;

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, contents, done, refused, same},
};
use crate::{
    location::ObjectLocation,
    options::RequestOptions,
    transport::{
        AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CreateMultipartUpload, TransportError,
        TransportErrorKind, UploadPart, UploadedPart, Written,
    },
};

const GONE: &[TransportErrorKind] = &[TransportErrorKind::NotFound];

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(upload_of_one_part),
        check!(upload_of_one_empty_part, EmptyPart),
        check!(upload_in_order),
        check!(upload_out_of_order),
        check!(upload_with_gaps),
        check!(upload_of_a_part_twice),
        check!(upload_is_no_object_before_it_is_complete),
        check!(upload_etag_is_that_of_head),
        check!(upload_content_headers),
        check!(upload_with_a_wrong_etag),
        check!(upload_with_a_part_that_is_not_there),
        check!(upload_of_too_small_parts, MinPartLen),
        check!(upload_abort_is_idempotent),
        check!(upload_that_does_not_exist),
        check!(upload_that_is_dropped),
    ]
}

/// An upload under way.
pub(super) struct Upload<'a> {
    trial: &'a Trial,
    location: ObjectLocation,
    upload_id: String,
}

impl<'a> Upload<'a> {
    async fn begin(trial: &'a Trial) -> Result<Self, Failure> {
        let location = trial.location("object");
        let upload_id = trial.create_upload(CreateMultipartUpload::new(location.clone())).await?;
        Ok(Self { trial, location, upload_id })
    }

    async fn part(&self, part_number: u16, bytes: &Bytes) -> Result<CompletedPart, Failure> {
        let part = self.trial.upload_part(&self.location, &self.upload_id, part_number, bytes.clone()).await?;
        Ok(CompletedPart::new(part_number, part))
    }

    async fn complete(&self, parts: Vec<CompletedPart>) -> Result<Written, Failure> {
        let request = CompleteMultipartUpload::new(self.location.clone(), &*self.upload_id, parts);
        done("a completion", self.trial.transport.complete_multipart_upload(request)).await
    }

    async fn refuses(&self, what: &str, parts: Vec<CompletedPart>) -> Result<TransportError, Failure> {
        let request = CompleteMultipartUpload::new(self.location.clone(), &*self.upload_id, parts);
        let kinds = [TransportErrorKind::Other, TransportErrorKind::NotFound, TransportErrorKind::NotSent];
        let error = refused(what, &kinds, self.trial.transport.complete_multipart_upload(request)).await?;
        self.trial.expect_missing(&self.location).await?;
        Ok(error)
    }
}

/// Uploads one part and completes.
pub(super) async fn complete_one(
    trial: &Trial,
    location: &ObjectLocation,
    upload_id: &str,
    bytes: impl Into<Bytes>,
) -> Verdict {
    let part = trial.upload_part(location, upload_id, 1, bytes).await?;
    let request = CompleteMultipartUpload::new(location.clone(), upload_id, vec![CompletedPart::new(1, part)]);
    done("a completion of one part", trial.transport.complete_multipart_upload(request)).await.map(drop)
}

/// Bytes for parts: all as long as parts must be, but the last.
fn part_bytes(trial: &Trial, count: usize) -> (Bytes, Vec<Bytes>) {
    let part_len = trial.settings.min_part_len;
    let last_len = (part_len / 2).max(1);
    let all = contents(part_len.saturating_mul(count.saturating_sub(1)).saturating_add(last_len));
    let parts = all.chunks(part_len).map(|part| all.slice_ref(part)).collect();
    (all, parts)
}

/// Uploads parts with these numbers, in the order of `order`, and completes in theirs.
async fn upload_as(trial: &Trial, numbers: &[u16], order: &[usize]) -> Verdict {
    let (all, bytes) = part_bytes(trial, numbers.len());
    let upload = Upload::begin(trial).await?;
    let pairs: Vec<_> = numbers.iter().copied().zip(&bytes).collect();
    let mut parts = Vec::new();
    for (number, bytes) in order.iter().filter_map(|place| pairs.get(*place)) {
        parts.push(upload.part(*number, bytes).await?);
    }
    parts.sort_unstable_by_key(|part| part.part_number);
    upload.complete(parts).await?;
    trial.expect_bytes(&upload.location, &all).await
}

async fn upload_of_one_part(trial: &Trial) -> Verdict {
    upload_as(trial, &[1], &[0]).await
}

async fn upload_of_one_empty_part(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    let part = upload.part(1, &Bytes::new()).await?;
    upload.complete(vec![part]).await?;
    trial.expect_bytes(&upload.location, b"").await
}

async fn upload_in_order(trial: &Trial) -> Verdict {
    upload_as(trial, &[1, 2, 3], &[0, 1, 2]).await
}

async fn upload_out_of_order(trial: &Trial) -> Verdict {
    upload_as(trial, &[1, 2, 3], &[2, 0, 1]).await
}

async fn upload_with_gaps(trial: &Trial) -> Verdict {
    upload_as(trial, &[2, 70, 10_000], &[0, 1, 2]).await
}

async fn upload_of_a_part_twice(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    upload.part(1, &contents(100)).await?;
    let part = upload.part(1, &Bytes::from_static(b"the second time")).await?;
    upload.complete(vec![part]).await?;
    trial.expect_bytes(&upload.location, b"the second time").await
}

async fn upload_is_no_object_before_it_is_complete(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, "the old object").await?;
    let upload = Upload::begin(trial).await?;
    let part = upload.part(1, &contents(100)).await?;
    trial.expect_bytes(&location, b"the old object").await?;
    upload.complete(vec![part]).await?;
    trial.expect_bytes(&location, &contents(100)).await
}

async fn upload_etag_is_that_of_head(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    let part = upload.part(1, &contents(100)).await?;
    let written = upload.complete(vec![part]).await?;
    same("the entity tag of a head", &written.etag, &trial.head(&upload.location).await?.etag)
}

async fn upload_content_headers(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let options = RequestOptions::new().header("content-type", "application/pdf");
    let options = options.map_err(|error| Failure::of("the headers", &error))?;
    let request = CreateMultipartUpload::new(location.clone()).with_options(options);
    let upload_id = trial.create_upload(request).await?;
    complete_one(trial, &location, &upload_id, "contents").await?;
    let head = trial.head(&location).await?;
    same("the content type of an upload", &Some("application/pdf"), &head.header("content-type"))
}

async fn upload_with_a_wrong_etag(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    upload.part(1, &contents(100)).await?;
    let wrong = UploadedPart::new("\"0123456789abcdef0123456789abcdef\"");
    upload.refuses("a completion with a wrong entity tag", vec![CompletedPart::new(1, wrong)]).await.map(drop)
}

async fn upload_with_a_part_that_is_not_there(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    let part = upload.part(1, &contents(100)).await?.part;
    let parts = vec![CompletedPart::new(2, part)];
    upload.refuses("a completion with a part that was not uploaded", parts).await.map(drop)
}

async fn upload_of_too_small_parts(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    let short = contents(trial.settings.min_part_len.saturating_sub(1));
    let parts = vec![upload.part(1, &short).await?, upload.part(2, &contents(10)).await?];
    let error = upload.refuses("a completion with a first part that is too small", parts).await?;
    same("the code of a part that is too small", &Some("EntityTooSmall"), &error.code())
}

async fn upload_abort_is_idempotent(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    upload.part(1, &contents(100)).await?;
    for what in ["an abort", "a second abort"] {
        let request = AbortMultipartUpload::new(upload.location.clone(), &*upload.upload_id);
        done(what, trial.transport.abort_multipart_upload(request)).await?;
    }
    let request = UploadPart::new(upload.location.clone(), &*upload.upload_id, 2, contents(100));
    refused("a part of an upload that was aborted", GONE, trial.transport.upload_part(request)).await?;
    trial.expect_missing(&upload.location).await
}

async fn upload_that_does_not_exist(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    let part = upload.part(1, &contents(100)).await?;
    upload.complete(vec![part.clone()]).await?;
    let location = trial.location("another object");
    let other = CompleteMultipartUpload::new(location.clone(), &*upload.upload_id, vec![part]);
    let what = "a completion of an upload that is there no more, and of another object,";
    refused(what, GONE, trial.transport.complete_multipart_upload(other)).await?;
    trial.expect_missing(&location).await
}

/// Whether anything is done about it is the adapter's matter; that an abort still works is not.
async fn upload_that_is_dropped(trial: &Trial) -> Verdict {
    let upload = Upload::begin(trial).await?;
    let request = AbortMultipartUpload::new(upload.location.clone(), &*upload.upload_id);
    trial.transport.abandoned(request.clone());
    done("an abort of an upload that was dropped", trial.transport.abort_multipart_upload(request)).await?;
    trial.expect_missing(&upload.location).await
}
