//! `cse get`: reads objects, verifies and decrypts them.

use std::path::{Path, PathBuf};

use cse_client::{ObjectLocation, danger};
use cse_envelope::Unauthenticated;
use serde::Serialize;

use crate::{
    args,
    draft::Draft,
    error::Failure,
    files::{Target, check_spares_inputs},
    keys,
    output::Console,
    progress::Meter,
    runtime::{self, Stop},
    s3::{
        S3,
        many::{Batch, Makes, Outcome, Places, Shown},
        name,
        object::{Halted, Read, Reader},
        paths::{self, Place},
        select::{Folders, Selected, Selection},
        settings,
    },
    source,
};

#[derive(Serialize)]
pub(super) struct Report {
    object: String,
    out: Option<String>,
    verified: bool,
    version: Option<String>,
    content: Option<&'static str>,
    wrap: Option<&'static str>,
    plaintext_len: u64,
    /// Which bytes of the plaintext these are, for a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_range: Option<String>,
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

/// How each object is read.
pub(super) struct Getting<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) console: &'a Console,
    pub(super) stop: &'a Stop,
    pub(super) meter: &'a Meter,
    /// Let the plaintext out before it is verified.
    pub(super) streams: bool,
    pub(super) places: Places,
}

pub(crate) fn run(get: &args::Get, console: &Console) -> Result<(), Failure> {
    let (names, target) = names_and_target(&get.names)?;
    let (reading, unverified) = (&get.reading, &get.unverified);
    let selection = Selection::new(names, get.many, reading.version_id.as_deref())?;
    settings::check_versions(selection.is_many(), None, Some(&reading.file))?;
    source::check_stdin_once(keys::inputs(&reading.keys.0))?;
    let place = Place::new(target, selection.is_many())?;
    check_stream(unverified, &place)?;
    let at_once = "interrupted at once; a file .cse-….tmp may be left, which nothing verified: delete it";
    runtime::run(console, at_once, async |stop| {
        let s3 = S3::connect(&reading.service).await?;
        let meter = Meter::new(console, selection.is_many());
        let reader = Reader::new(&s3, reading, Some(unverified))?;
        let (streams, places) = (unverified.unverified_stream, Places::default());
        let getting = Getting { reader, console, stop: &stop, meter: &meter, streams, places };
        let makes = if place == Place::Stdout { Makes::Output } else { Makes::Files };
        let (jobs, is_many) = (get.many.jobs.count, selection.is_many());
        let batch = Batch { console, stop: &stop, jobs, is_many, meter: &meter, makes };
        let found = selection.find(&getting.reader.client, &s3.options, Folders::Skip);
        batch.run(found, |selected| getting.one(selected, &place, get.force)).await
    })
}

/// What is last and not a name in S3 is the target.
fn names_and_target(words: &[PathBuf]) -> Result<(Vec<&str>, &Path), Failure> {
    let (names, target) = match words.split_last() {
        Some((last, names)) if !name::is_name(last) => (names, last.as_path()),
        _ => (words, Path::new(".")),
    };
    let names: Vec<_> = names.iter().filter_map(|name| name.to_str()).collect();
    if names.is_empty() {
        return Err(Failure::usage(
            "no object is named",
            "name one, and then the target: cse get s3://BUCKET/KEY FILE",
        ));
    }
    Ok((names, target))
}

fn check_stream(unverified: &args::Unverified, place: &Place) -> Result<(), Failure> {
    if unverified.unverified_stream && *place != Place::Stdout {
        return Err(Failure::usage(
            "--unverified-stream is for standard output: a file appears only when it is verified",
            "leave it out, or name - as the target",
        ));
    }
    Ok(())
}

impl Getting<'_> {
    async fn one(&self, selected: Selected, place: &Place, force: bool) -> Result<Outcome<Report>, Failure> {
        let location = selected.location;
        let path = match place {
            Place::Stdout => None,
            Place::File(path) => Some(path.clone()),
            Place::Folder(root) => {
                Some(paths::confined(root, &selected.below).map_err(|failure| failure.of(&location))?)
            }
        };
        if let Some(path) = &path {
            self.places.take_file(path, &location)?;
        }
        if let (Place::Folder(root), Some(path)) = (place, &path) {
            paths::make_way(root, path).map_err(|failure| failure.of(&location))?;
        }
        check_spares_inputs(&path, keys::inputs(&self.reader.reading.keys.0))?;
        let target = Target::new(path.as_deref(), force)?;
        let read = match &target {
            Target::File { path, replace, .. } if self.reader.range.is_none() => {
                let read = self.stop.or(async {
                    let read = self.reader.to_file(location.clone(), path, *replace, self.meter).await;
                    Ok(read)
                });
                match read.await? {
                    Ok(read) => {
                        self.label(&read, &location);
                        read
                    }
                    Err(cse_client::Error::Io(error)) => return Err(to_file_failed(&target, &error)),
                    Err(error) => return Err(self.reader.explain(&location, error).await),
                }
            }
            _ => self.to_target(&location, &target).await?,
        };
        Ok(self.outcome(&location, read, &target))
    }

    /// What `cat` does with each.
    pub(super) async fn to_outcome(
        &self,
        location: ObjectLocation,
        target: Target,
    ) -> Result<Outcome<Report>, Failure> {
        let read = self.to_target(&location, &target).await?;
        Ok(self.outcome(&location, read, &target))
    }

    /// One request, into an output that is held back until it is verified; unless the user wants it at once.
    async fn to_target(&self, location: &ObjectLocation, target: &Target) -> Result<Read, Failure> {
        let mut draft = if self.streams { target.pass_through()? } else { target.draft()? };
        if self.streams {
            self.meter.aside(|| {
                self.console.warn("the plaintext comes out before it is verified: if this fails, discard it")
            });
        }
        let read =
            self.stop.or(async { Ok(self.reader.to_draft(location.clone(), Some(&mut draft), self.meter).await) });
        let read = match read.await? {
            Ok(read) => read,
            Err(Halted::Output(failure)) => return Err(failure),
            Err(Halted::Object(error)) => return Err(self.discard(self.reader.explain(location, error).await)),
        };
        let draft = if read.trust.is_verified() {
            draft
        } else {
            self.label(&read, location);
            danger::accept_unauthenticated(Unauthenticated::new(draft))
        };
        self.publish(draft).await?;
        Ok(read)
    }

    /// Somebody may be slow to read it.
    async fn publish(&self, draft: Draft) -> Result<(), Failure> {
        let published = tokio::task::spawn_blocking(move || draft.publish());
        self.stop.or(async { published.await.unwrap_or_else(|error| Err(Failure::temporary(&error.into()))) }).await
    }

    fn discard(&self, failure: Failure) -> Failure {
        if !self.streams {
            return failure;
        }
        Failure { next: format!("discard what came out: it may be anything; then {}", failure.next), ..failure }
    }

    /// Labels what nothing verified.
    fn label(&self, read: &Read, location: &ObjectLocation) {
        if let Some(why) = read.label() {
            self.meter.aside(|| self.console.label_unauthenticated(&format!("{location}: {why}")));
        }
    }

    fn outcome(&self, location: &ObjectLocation, read: Read, target: &Target) -> Outcome<Report> {
        let verified = if read.trust.is_verified() { "got and verified" } else { "got, not verified:" };
        let out = target.path();
        let to = out.as_ref().map(|path| format!(" as {path}")).unwrap_or_default();
        let summary = format!("{verified} {location}{to}: {}", read.description());
        let report = Report {
            object: location.to_string(),
            out,
            verified: read.trust.is_verified(),
            version: read.version(),
            content: read.suite_name(),
            wrap: read.wrap_name(),
            plaintext_len: read.len,
            content_range: read.content_range,
            etag: read.attributes.etag,
            version_id: read.attributes.version_id,
        };
        Outcome { report, summary, shown: Shown::Beside(target.data_on()) }
    }
}

/// Of the library's words only what the system says counts here: the file is known.
fn to_file_failed(target: &Target, error: &std::io::Error) -> Failure {
    let path = target.path().unwrap_or_default();
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::exists(Path::new(&path)),
        kind => Failure::writing(path, &std::io::Error::new(kind, error.to_string())),
    }
}
