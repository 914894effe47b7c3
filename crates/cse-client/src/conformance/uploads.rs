//! `ListMultipartUploads`.

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, done, ensure, same},
};
use crate::transport::{AbortMultipartUpload, CreateMultipartUpload, ListMultipartUploads, ListedUpload};

pub(super) fn checks() -> Vec<Check> {
    vec![check!(uploads_are_listed_until_they_end, ListUploads), check!(uploads_of_an_awkward_key, ListUploads)]
}

/// All uploads of the check, page by page.
async fn listed(trial: &Trial) -> Result<Vec<ListedUpload>, Failure> {
    let mut uploads = Vec::new();
    let mut request = ListMultipartUploads::new(&*trial.bucket);
    request.prefix = Some(trial.prefix.clone());
    loop {
        let page = done("a list of uploads", trial.transport.list_multipart_uploads(request.clone())).await?;
        uploads.extend(page.uploads);
        let Some((key, upload_id)) = page.next else { return Ok(uploads) };
        let (key, upload_id) = (Some(key), Some(upload_id));
        ensure!(
            key != request.key_marker || upload_id != request.upload_id_marker,
            "a list of uploads names the same page again: {key:?}, {upload_id:?}"
        );
        (request.key_marker, request.upload_id_marker) = (key, upload_id);
    }
}

/// Keys and ids, in an order that does not depend on the store's ids.
fn names(uploads: Vec<ListedUpload>) -> Vec<(String, String)> {
    let mut names: Vec<_> = uploads.into_iter().map(|upload| (upload.key, upload.upload_id)).collect();
    names.sort_unstable();
    names
}

async fn uploads_are_listed_until_they_end(trial: &Trial) -> Verdict {
    let mut expected = Vec::new();
    for name in ["a", "b", "b", "c"] {
        let location = trial.location(name);
        let upload_id = trial.create_upload(CreateMultipartUpload::new(location.clone())).await?;
        expected.push((location, upload_id));
    }
    let pairs = |uploads: &[(crate::ObjectLocation, String)]| {
        let mut pairs: Vec<_> = uploads.iter().map(|(location, id)| (location.key.clone(), id.clone())).collect();
        pairs.sort_unstable();
        pairs
    };
    same("the listed uploads", &pairs(&expected), &names(listed(trial).await?))?;
    let (location, upload_id) = expected.remove(1);
    let request = AbortMultipartUpload::new(location, upload_id);
    done("an abort", trial.transport.abort_multipart_upload(request)).await?;
    same("the listed uploads after an abort", &pairs(&expected), &names(listed(trial).await?))
}

async fn uploads_of_an_awkward_key(trial: &Trial) -> Verdict {
    let location = trial.location("50% \u{e9} + <&>");
    let upload_id = trial.create_upload(CreateMultipartUpload::new(location.clone())).await?;
    same("the listed uploads", &vec![(location.key, upload_id)], &names(listed(trial).await?))
}
