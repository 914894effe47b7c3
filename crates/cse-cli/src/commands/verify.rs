//! `cse verify`: reads objects and verifies them, without keeping the plaintext.

use core::cell::Cell;

use serde::Serialize;

use crate::{
    args,
    error::{Failure, Kind},
    keys,
    output::{Console, ErrorReport},
    progress::Meter,
    runtime::{self, INTERRUPTED, Stop},
    s3::{
        S3,
        many::{Batch, Makes, Outcome},
        object::{Halted, Reader, Trust},
        select::{Folders, Selected, Selection},
        settings,
    },
    source,
};

#[derive(Serialize)]
struct Report {
    object: String,
    /// `verified`, `unauthenticated`, `plain` or `failed`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrap: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plaintext_len: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<serde_json::Value>,
}

struct Verifying<'a> {
    reader: Reader<'a>,
    stop: &'a Stop,
    meter: &'a Meter,
    done: Cell<u64>,
    failed: Cell<u64>,
    /// Objects that are not encrypted, where that is not accepted: somebody may have put them in place of encrypted ones.
    plain: Cell<u64>,
    accept_plain: bool,
}

pub(crate) fn run(verify: &args::Verify, console: &Console) -> Result<(), Failure> {
    let reading = &verify.reading;
    let names = verify.names.iter().map(String::as_str);
    let selection = Selection::new(names, verify.many, reading.version_id.as_deref())?;
    settings::check_versions(selection.is_many(), None, Some(&reading.file))?;
    source::check_stdin_once(keys::inputs(&reading.keys.0))?;
    runtime::run(console, INTERRUPTED, async |stop| {
        let s3 = S3::connect(&reading.service).await?;
        let meter = Meter::new(console, selection.is_many());
        let reader = Reader::new(&s3, reading, None)?;
        let (done, failed, plain) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let accept_plain = verify.plain;
        let verifying = Verifying { reader, stop: &stop, meter: &meter, done, failed, plain, accept_plain };
        let (jobs, is_many, makes) = (verify.many.jobs.count, selection.is_many(), Makes::Done("read to the end"));
        let batch = Batch { console, stop: &stop, jobs, is_many, meter: &meter, makes };
        let found = selection.find(&verifying.reader.client, &s3.options, Folders::Skip);
        batch.run(found, |selected| verifying.one(selected)).await?;
        verifying.verdict()
    })
}

impl Verifying<'_> {
    async fn one(&self, Selected { location, .. }: Selected) -> Result<Outcome<Report>, Failure> {
        let read = self.stop.or(async { Ok(self.reader.to_draft(location.clone(), None, self.meter).await) });
        let object = location.to_string();
        self.done.set(self.done.get().saturating_add(1));
        let error = match read.await? {
            Ok(read) => {
                let status = match read.trust {
                    Trust::Verified => "verified",
                    Trust::Unauthenticated => "unauthenticated",
                    Trust::Plain => {
                        self.plain.set(self.plain.get().saturating_add(u64::from(!self.accept_plain)));
                        "plain"
                    }
                };
                let text = format!("{status:<16} {object}  {}", read.description());
                let (version, content, wrap) = (read.version(), read.suite_name(), read.wrap_name());
                let plaintext_len = Some(read.len);
                return Ok(Outcome::answer(
                    Report { object, status, version, content, wrap, plaintext_len, error: None },
                    text,
                ));
            }
            Err(Halted::Output(failure)) => return Err(failure),
            Err(Halted::Object(error)) => error,
        };
        let failure = self.reader.explain(&location, error).await;
        self.failed.set(self.failed.get().saturating_add(1));
        let text = format!("{:<16} {}\n{:<16} next: {}", "failed", failure.what, "", failure.next);
        let error = serde_json::to_value(ErrorReport::from(&failure)).ok();
        let (version, content, wrap, plaintext_len) = (None, None, None, None);
        Ok(Outcome::answer(Report { object, status: "failed", version, content, wrap, plaintext_len, error }, text))
    }

    fn verdict(&self) -> Result<(), Failure> {
        let (what, next) = match (self.failed.get(), self.plain.get(), self.done.get()) {
            (0, 0, _) => return Ok(()),
            (0, plain, done) => {
                (format!("{plain} of {done} not encrypted"), "if plain objects are meant to be there, add --plain")
            }
            (failed, 0, done) => {
                (format!("{failed} of {done} failed"), "see what is said of each of them on standard output")
            }
            (failed, plain, done) => (
                format!("{failed} of {done} failed, {plain} not encrypted"),
                "see what is said of each of them on standard output",
            ),
        };
        Err(Failure::new(Kind::SomeFailed, what, next))
    }
}
