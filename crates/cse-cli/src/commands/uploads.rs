//! `cse uploads`: shows, and aborts, uploads that were begun and not ended.

use std::time::SystemTime;

use cse_client::{operations, transport::ListedUpload};
use futures_util::stream;
use serde::Serialize;

use crate::{
    args,
    error::{Failure, Kind},
    output::Console,
    progress::Meter,
    runtime::{self, INTERRUPTED},
    s3::{
        S3,
        failure::failure,
        many::{Batch, Makes, Outcome},
        name::Name,
    },
};

/// How many are aborted at once.
const JOBS: u8 = 4;

#[derive(Serialize)]
struct Report {
    object: String,
    upload_id: String,
    initiated: Option<String>,
    aborted: bool,
}

pub(crate) fn run(uploads: &args::Uploads, console: &Console) -> Result<(), Failure> {
    let name = Name::parse(&uploads.name)?;
    if uploads.abort && !uploads.all && uploads.older_than.is_none() && uploads.id.is_empty() {
        return Err(Failure::usage(
            "--abort would also end uploads that are under way",
            "choose them with --older-than AGE or --id ID; if really all are meant, add --all",
        ));
    }
    runtime::run(console, INTERRUPTED, async |stop| {
        let s3 = S3::connect(&uploads.service).await?;
        let begun = s3.keyless().uploads(&*name.bucket).prefix(&*name.key).options(s3.options.clone());
        let failed = |error| failure(format_args!("s3://{}", name.bucket), error);
        let all = stop.or(async { begun.send().await.map_err(failed) }).await?;
        let chosen: Vec<_> = all.into_iter().filter(|upload| is_chosen(upload, uploads)).collect();
        check_ids(uploads, &chosen, &name)?;
        let meter = Meter::new(console, true);
        let makes = Makes::Done(if uploads.abort { "aborted" } else { "shown" });
        let batch = Batch { console, stop: &stop, jobs: JOBS, is_many: true, meter: &meter, makes };
        let chosen = stream::iter(chosen.into_iter().map(Ok));
        batch.run(chosen, |upload| one(upload, &begun, &name.bucket, uploads.abort)).await
    })
}

fn is_chosen(upload: &ListedUpload, options: &args::Uploads) -> bool {
    let is_old = match (options.older_than, upload.initiated) {
        (None, _) => true,
        // Without its time nobody knows.
        (Some(_), None) => false,
        (Some(age), Some(initiated)) => SystemTime::now().duration_since(initiated).is_ok_and(|elapsed| elapsed >= age),
    };
    is_old && (options.id.is_empty() || options.id.contains(&upload.upload_id))
}

/// An id that is not there is worth an error: it may have been mistyped.
fn check_ids(options: &args::Uploads, chosen: &[ListedUpload], name: &Name) -> Result<(), Failure> {
    match options.id.iter().find(|id| !chosen.iter().any(|upload| upload.upload_id == **id)) {
        Some(id) => Err(Failure::new(
            Kind::NotFound,
            format!("there is no unfinished upload {id} below {name}"),
            "see which there are, without --id; it may have ended meanwhile",
        )),
        None => Ok(()),
    }
}

async fn one(
    upload: ListedUpload,
    begun: &operations::Uploads,
    bucket: &str,
    abort: bool,
) -> Result<Outcome<Report>, Failure> {
    let object = format!("s3://{bucket}/{}", upload.key);
    if abort {
        begun.abort(&upload).await.map_err(|error| failure(&object, error))?;
    }
    let initiated = upload.initiated.map(|time| humantime::format_rfc3339_seconds(time).to_string());
    let shown = initiated.as_deref().unwrap_or("at an unknown time");
    let verb = if abort { "aborted  " } else { "" };
    let text = format!("{verb}{shown}  {}  {object}", upload.upload_id);
    Ok(Outcome::answer(Report { object, upload_id: upload.upload_id, initiated, aborted: abort }, text))
}
