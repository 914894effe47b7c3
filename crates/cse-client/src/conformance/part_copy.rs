//! `UploadPartCopy`.

use cse_envelope::ByteRange;

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, contents, done, refused},
};
use crate::{
    location::ObjectLocation,
    transport::{CompleteMultipartUpload, CompletedPart, CreateMultipartUpload, TransportErrorKind, UploadPartCopy},
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(part_copy_of_ranges, UploadPartCopy),
        check!(part_copy_of_an_awkward_key, UploadPartCopy),
        check!(part_copy_if_source_matches, UploadPartCopy, CopySourceIfMatch),
        check!(part_copy_of_nothing, UploadPartCopy),
    ]
}

fn range(from: usize, to: usize) -> Result<ByteRange, Failure> {
    let bounds = u64::try_from(from).and_then(|from| u64::try_from(to).map(|to| from..to));
    let bounds = bounds.map_err(|error| Failure::of("a range", &error))?;
    ByteRange::from_bounds(bounds).map_err(|error| Failure::of("a range", &error))
}

async fn part_copy_of_ranges(trial: &Trial) -> Verdict {
    let part_len = trial.settings.min_part_len;
    let (source, bytes) = (trial.location("source"), contents(part_len.saturating_add(1000)));
    trial.put(&source, bytes.clone()).await?;
    let location = trial.location("copy");
    let upload_id = trial.create_upload(CreateMultipartUpload::new(location.clone())).await?;
    let mut parts = Vec::new();
    for (part_number, from, to) in [(1, 0, part_len), (2, part_len, bytes.len())] {
        let request = UploadPartCopy::new(source.clone(), location.clone(), &*upload_id, part_number, range(from, to)?);
        let part = done("a copied part", trial.transport.upload_part_copy(request)).await?;
        parts.push(CompletedPart::new(part_number, part));
    }
    let request = CompleteMultipartUpload::new(location.clone(), upload_id, parts);
    done("a completion of copied parts", trial.transport.complete_multipart_upload(request)).await?;
    trial.expect_bytes(&location, &bytes).await
}

async fn copied(trial: &Trial, source: &ObjectLocation) -> Result<UploadPartCopy, Failure> {
    let location = trial.location("copy");
    let upload_id = trial.create_upload(CreateMultipartUpload::new(location.clone())).await?;
    Ok(UploadPartCopy::new(source.clone(), location, upload_id, 1, range(0, 4)?))
}

async fn part_copy_of_an_awkward_key(trial: &Trial) -> Verdict {
    let source = trial.location("50% \u{e9} + a%2Fb?x=y&z");
    trial.put(&source, "contents").await?;
    let request = copied(trial, &source).await?;
    let (location, upload_id) = (request.location.clone(), request.upload_id.clone());
    let part = done("a copied part", trial.transport.upload_part_copy(request)).await?;
    let request = CompleteMultipartUpload::new(location.clone(), upload_id, vec![CompletedPart::new(1, part)]);
    done("a completion of copied parts", trial.transport.complete_multipart_upload(request)).await?;
    trial.expect_bytes(&location, b"cont").await
}

async fn part_copy_if_source_matches(trial: &Trial) -> Verdict {
    let source = trial.location("source");
    let first = trial.put(&source, "first").await?.etag;
    let request = UploadPartCopy { source_if_match: first, ..copied(trial, &source).await? };
    done("a copied part of the right entity tag", trial.transport.upload_part_copy(request.clone())).await?;
    trial.put(&source, "second").await?;
    let kinds = [TransportErrorKind::PreconditionFailed];
    let answer = trial.transport.upload_part_copy(request);
    refused("a copied part of an object that was replaced", &kinds, answer).await.map(drop)
}

async fn part_copy_of_nothing(trial: &Trial) -> Verdict {
    let request = copied(trial, &trial.location("nothing")).await?;
    let answer = trial.transport.upload_part_copy(request);
    refused("a copied part of nothing", &[TransportErrorKind::NotFound], answer).await.map(drop)
}
