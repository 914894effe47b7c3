//! `cse cat`: prints objects that are verified and decrypted.

use crate::{
    args,
    commands::get::Getting,
    error::Failure,
    files::Target,
    keys,
    output::Console,
    progress::Meter,
    runtime::{self, INTERRUPTED},
    s3::{
        S3,
        many::{Batch, Makes, Places},
        object::Reader,
        select::{Folders, Selection},
        settings,
    },
    source,
};

pub(crate) fn run(cat: &args::Cat, console: &Console) -> Result<(), Failure> {
    let (reading, unverified) = (&cat.reading, &cat.unverified);
    // One after the other, as they are named.
    let many = args::Many { recursive: false, no_glob: cat.no_glob, jobs: args::Jobs { count: 1 } };
    let selection = Selection::new(cat.names.iter().map(String::as_str), many, reading.version_id.as_deref())?;
    settings::check_versions(selection.is_many(), None, Some(&reading.file))?;
    source::check_stdin_once(keys::inputs(&reading.keys.0))?;
    runtime::run(console, INTERRUPTED, async |stop| {
        let s3 = S3::connect(&reading.service).await?;
        let meter = Meter::new(console, selection.is_many());
        let reader = Reader::new(&s3, reading, Some(unverified))?;
        let (streams, places) = (unverified.unverified_stream, Places::default());
        let getting = Getting { reader, console, stop: &stop, meter: &meter, streams, places };
        let (jobs, is_many, makes) = (many.jobs.count, selection.is_many(), Makes::Output);
        let batch = Batch { console, stop: &stop, jobs, is_many, meter: &meter, makes };
        let found = selection.find(&getting.reader.client, &s3.options, Folders::Skip);
        batch.run(found, |selected| getting.to_outcome(selected.location, Target::Stdout)).await
    })
}
