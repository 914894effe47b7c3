//! `cse put`: encrypts files, or standard input, and stores them.

use core::{sync::atomic::Ordering, time::Duration};
use std::path::{Path, PathBuf};

use cse_client::{
    Client, Error, Metadata, RequestOptions, danger,
    transfer::{self, Upload},
    transport::Written,
};
use cse_envelope::{EncryptionContext, WriteFormat};
use futures_util::{Stream, stream};
use serde::Serialize;

use crate::{
    args,
    error::{Failure, Kind},
    keys::{self, Keys},
    output::{Console, content_name},
    progress::Meter,
    runtime::{self, INTERRUPTED, Stop},
    s3::{
        S3,
        failure::failure,
        feed::Feed,
        many::{Batch, Makes, Outcome, Places},
        name::Name,
        object::counting,
        paths::{self, Found},
        settings,
    },
    setup, source,
};

/// How long an upload that was told to stop may take to end by itself.
const GRACE: Duration = Duration::from_secs(2);

#[derive(Serialize)]
pub(super) struct Report {
    object: String,
    source: String,
    version: String,
    content: &'static str,
    plaintext_len: u64,
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

/// How each file is put.
struct Putting<'a> {
    put: &'a args::Put,
    client: Client,
    format: WriteFormat,
    context: EncryptionContext,
    metadata: Metadata,
    options: RequestOptions,
    stop: &'a Stop,
    meter: &'a Meter,
    places: Places,
}

pub(crate) fn run(put: &args::Put, console: &Console) -> Result<(), Failure> {
    let format = setup::write_format(put.format, put.legacy)?;
    let context = setup::context(&put.context)?;
    source::check_stdin_once(put.sources.iter().chain(keys::inputs(&put.keys.0)))?;
    let target = Target::new(put)?;
    let options = settings::request_options(&put.service, put.describing.headers())?;
    runtime::run(console, at_once(put, &target.name), async |stop| {
        let s3 = S3::connect(&put.service).await?;
        let keys = Keys::to_put(&put.keys.0, s3.kms())?;
        let meter = Meter::new(console, target.is_many);
        let putting = Putting {
            put,
            client: s3.client(&keys, settings::write_config(put)),
            format,
            context,
            metadata: settings::metadata(&put.describing),
            options,
            stop: &stop,
            meter: &meter,
            places: Places::default(),
        };
        let (jobs, is_many, makes) = (put.jobs.count, target.is_many, Makes::Done("stored"));
        let batch = Batch { console, stop: &stop, jobs, is_many, meter: &meter, makes };
        let done = batch.run(target.files(), |found| putting.one(found)).await;
        s3.tidy(console).await;
        done
    })
}

/// What a second Ctrl-C may leave behind.
fn at_once(put: &args::Put, name: &Name) -> String {
    let bucket = &name.bucket;
    let of_file =
        if put.instruction_file { ", and an instruction file may have lost its object: put it again" } else { "" };
    format!("interrupted at once; parts of an upload may be left: `cse uploads s3://{bucket}` shows them{of_file}")
}

/// Whether it is the feed's own end, which the user wanted, and nothing else.
fn is_of_feed(error: &Error) -> bool {
    match error {
        Error::Io(error) => error.kind() == std::io::ErrorKind::Interrupted,
        Error::StreamedOnce(cause) => is_of_feed(cause),
        _ => false,
    }
}

/// What is put where.
struct Target<'a> {
    put: &'a args::Put,
    name: Name,
    /// Whether the files keep their names below it.
    is_folder: bool,
    is_many: bool,
}

/// A file with the name of its object.
struct Planned {
    path: PathBuf,
    name: Name,
}

impl<'a> Target<'a> {
    fn new(put: &'a args::Put) -> Result<Self, Failure> {
        let name = Name::parse(&put.target)?;
        let is_stdin = put.sources.iter().any(|path| source::is_dash(path));
        let is_many = put.sources.len() > 1 || put.sources.iter().any(|path| path.is_dir());
        if let Some(folder) = put.sources.iter().find(|path| path.is_dir() && !put.recursive) {
            return Err(Failure::usage(
                format!("{} is a folder", folder.display()),
                "add --recursive for the files in it",
            ));
        }
        if put.sources.len() > 1 && !name.is_folder() && !put.recursive {
            return Err(Failure::usage(
                format!("several files are given, and {} is one object", put.target),
                "end the target with / to put the files below it",
            ));
        }
        if is_stdin && (is_many || name.is_folder()) {
            return Err(Failure::usage("standard input has no name for a key", "put it by itself, to s3://BUCKET/KEY"));
        }
        if is_many && put.if_match.is_some() {
            return Err(Failure::usage(
                "--if-match is for one object, and several are put",
                "leave it out, or put one",
            ));
        }
        let name = if is_many { name.folder() } else { name };
        Ok(Self { put, is_folder: name.is_folder(), name, is_many })
    }

    fn files(&self) -> impl Stream<Item = Result<Planned, Failure>> {
        let sources = &self.put.sources;
        let found = sources.iter().flat_map(|source| paths::files(source, sources.len() == 1));
        stream::iter(found.map(|found| found.map(|found| self.planned(found))))
    }

    fn planned(&self, Found { path, below }: Found) -> Planned {
        let mut name = self.name.clone();
        if self.is_folder {
            name.key.push_str(&below);
        }
        Planned { path, name }
    }
}

impl Putting<'_> {
    async fn one(&self, Planned { path, name }: Planned) -> Result<Outcome<Report>, Failure> {
        self.places.take(name.to_string(), path.display())?;
        let feed = Feed::open(&path, self.stop)?;
        if let Some(len) = feed.len() {
            self.format.suite().ciphertext_len(len).map_err(|error| Failure::from(error).of(path.display()))?;
        }
        let read = feed.counter();
        let written = match self.patient(self.send(&name, feed)).await {
            Some(sent) => sent.map_err(|error| self.explain(&path, &name, error))?,
            // What was under way may still arrive.
            None => {
                return Err(Failure::interrupted(format!(
                    "whether {name} was stored is not known: `cse head` shows it"
                )));
            }
        };
        let plaintext_len = read.load(Ordering::Relaxed);
        let source = path.display().to_string();
        let summary = format!(
            "put {source} to {name}: {plaintext_len} bytes, {:?}, {}",
            self.format.version(),
            content_name(self.format.suite())
        );
        let report = Report {
            object: name.to_string(),
            source,
            version: format!("{:?}", self.format.version()),
            content: self.format.suite().name(),
            plaintext_len,
            etag: written.etag,
            version_id: written.version_id,
        };
        Ok(Outcome::beside(report, summary))
    }

    async fn send(&self, name: &Name, feed: Feed) -> Result<Written, Error> {
        let upload = self.upload(name);
        if self.format.is_legacy() {
            return Ok(danger::transfer_legacy(upload, self.format).send_body(feed.into_body()).await?.accept());
        }
        upload.send_body(feed.into_body()).await
    }

    fn upload(&self, name: &Name) -> Upload {
        let upload = transfer::upload(&self.client, &*name.bucket, &*name.key).encryption_context(self.context.clone());
        let mut upload =
            upload.metadata(self.metadata.clone()).options(self.options.clone()).progress(counting(self.meter));
        if self.put.overwrite_instruction_file {
            upload = upload.overwrite_instruction_file();
        }
        if self.put.if_absent {
            upload = upload.if_absent();
        }
        match &self.put.if_match {
            // A shell takes the quotes away.
            Some(etag) if !etag.contains('"') => upload.if_match(format!("\"{etag}\"")),
            Some(etag) => upload.if_match(etag),
            None => upload,
        }
    }

    /// Once the user wants it to stop, the feed ends with an error, and the upload with it. Where the network keeps that waiting, the
    /// upload is dropped, and aborted afterwards; not where an instruction file may be there and its object not yet.
    async fn patient<T>(&self, sending: impl Future<Output = T>) -> Option<T> {
        let impatience = async {
            self.stop.wanted().await;
            if self.put.instruction_file {
                core::future::pending::<()>().await;
            }
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            sent = sending => Some(sent),
            () = impatience => None,
        }
    }

    fn explain(&self, path: &Path, name: &Name, error: Error) -> Failure {
        match error {
            error if self.stop.is_wanted() && is_of_feed(&error) => Failure::interrupted(INTERRUPTED),
            Error::Io(error) => Failure::reading(path.display(), &error),
            Error::Length(error) => Failure::from(error).of(path.display()),
            Error::Condition(_) if self.put.if_absent => Failure::new(
                Kind::Conflict,
                format!("{name}: it is there already"),
                "leave out --if-absent to replace it",
            ),
            Error::Condition(_) if self.put.if_match.is_some() => Failure::new(
                Kind::Conflict,
                format!("{name}: it is not the object that --if-match names"),
                "see with `cse head` what it is now",
            ),
            error => failure(name, error),
        }
    }
}
