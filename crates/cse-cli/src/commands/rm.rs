//! `cse rm`: deletes objects, and then their instruction files.

use cse_client::Client;
use futures_util::{StreamExt as _, stream};
use serde::Serialize;

use crate::{
    args,
    error::Failure,
    output::Console,
    progress::Meter,
    runtime,
    s3::{
        S3,
        failure::failure,
        many::{Batch, Makes, Outcome},
        select::{Folders, Selected, Selection},
    },
};

/// How many objects are deleted by one request.
const BATCH: usize = 1000;

#[derive(Serialize)]
struct Report {
    object: String,
    deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

struct Removing<'a> {
    client: &'a Client,
    s3: &'a S3,
    dry_run: bool,
}

pub(crate) fn run(rm: &args::Rm, console: &Console) -> Result<(), Failure> {
    let selection = Selection::new(rm.names.iter().map(String::as_str), rm.many, rm.version_id.as_deref())?;
    let at_once = "interrupted at once; what was being deleted may be there or not: `cse ls` shows it";
    runtime::run(console, at_once, async |stop| {
        let s3 = S3::connect(&rm.service).await?;
        let client = s3.keyless();
        let meter = Meter::new(console, selection.is_many());
        let removing = Removing { client: &client, s3: &s3, dry_run: rm.dry_run };
        let (jobs, is_many, makes) = (rm.many.jobs.count, selection.is_many(), Makes::Done("deleted"));
        let batch = Batch { console, stop: &stop, jobs, is_many, meter: &meter, makes };
        let found = selection.find(&client, &s3.options, Folders::Take);
        if !selection.is_many() || rm.dry_run {
            return batch.run(found, |selected| removing.one(selected)).await;
        }
        // What is begun is ended: an object is never left with its instruction file gone, nor the other way round.
        let found = found.take_until(stop.wanted()).ready_chunks(BATCH);
        let removed = found.then(|chunk| removing.many(chunk)).flat_map(stream::iter);
        batch.run_all(removed, |outcome| core::future::ready(Ok(outcome))).await
    })
}

impl Removing<'_> {
    async fn one(&self, Selected { location, .. }: Selected) -> Result<Outcome<Report>, Failure> {
        if self.dry_run {
            let report = Report { object: location.to_string(), deleted: false, version_id: None };
            return Ok(Outcome::beside(report, format!("would delete {location}")));
        }
        let deleted = self.client.delete(location.clone()).options(self.s3.options.clone()).send().await;
        let deleted = deleted.map_err(|error| failure(&location, error))?;
        let report = Report { object: location.to_string(), deleted: true, version_id: deleted.version_id };
        Ok(Outcome::beside(report, format!("deleted {location}")))
    }

    /// By buckets, which are few.
    async fn many(&self, chunk: Vec<Result<Selected, Failure>>) -> Vec<Result<Outcome<Report>, Failure>> {
        let mut outcomes = Vec::new();
        let mut by_bucket: Vec<(String, Vec<String>)> = Vec::new();
        for selected in chunk {
            match selected {
                Ok(Selected { location, .. }) => {
                    match by_bucket.iter_mut().find(|(bucket, _)| *bucket == location.bucket) {
                        Some((_, keys)) => keys.push(location.key),
                        None => by_bucket.push((location.bucket, vec![location.key])),
                    }
                }
                Err(failure) => outcomes.push(Err(failure)),
            }
        }
        for (bucket, keys) in by_bucket {
            outcomes.extend(self.in_bucket(bucket, keys).await);
        }
        outcomes
    }

    async fn in_bucket(&self, bucket: String, keys: Vec<String>) -> Vec<Result<Outcome<Report>, Failure>> {
        let deleted = match self.client.delete_many(&*bucket, keys).options(self.s3.options.clone()).send().await {
            Ok(deleted) => deleted,
            Err(error) => return vec![Err(failure(format_args!("s3://{bucket}"), error))],
        };
        let outcome = |one: cse_client::operations::DeletedMany| {
            let object = format!("s3://{bucket}/{}", one.key);
            match (one.object, one.instruction_file) {
                (Err(error), _) => Err(failure(&object, error.into())),
                (Ok(_), Some(error)) => Err(failure(format_args!("{object}.instruction"), error.into())),
                (Ok(deleted), None) => {
                    let summary = format!("deleted {object}");
                    Ok(Outcome::beside(Report { object, deleted: true, version_id: deleted.version_id }, summary))
                }
            }
        };
        deleted.into_iter().map(outcome).collect()
    }
}
