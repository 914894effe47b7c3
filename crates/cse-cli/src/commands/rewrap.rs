//! `cse rewrap`: wraps the data keys of objects with instruction files anew.

use cse_client::{Client, Error, ObjectLocation, operations::Rewrap, transport::Written};
use cse_envelope::EncryptionContext;
use cse_keys::ExpectedContext;
use serde::Serialize;

use crate::{
    args,
    error::{Failure, Kind},
    hints::{self, World},
    keys::{self, Keys, Opens},
    output::Console,
    progress::Meter,
    runtime,
    s3::{
        S3,
        failure::failure,
        many::{Batch, Makes, Outcome},
        select::{Folders, Selected, Selection},
        settings,
    },
    setup, source,
};

#[derive(Serialize)]
struct Report {
    object: String,
    instruction_file: String,
    etag: Option<String>,
}

struct Rewrapping<'a> {
    rewrap: &'a args::Rewrap,
    client: Client,
    new_keys: Keys,
    context: EncryptionContext,
    new_context: EncryptionContext,
    s3: &'a S3,
}

pub(crate) fn run(rewrap: &args::Rewrap, console: &Console) -> Result<(), Failure> {
    let reading = &rewrap.reading;
    let names = rewrap.names.iter().map(String::as_str);
    let selection = Selection::new(names, rewrap.many, reading.version_id.as_deref())?;
    settings::check_versions(selection.is_many(), None, Some(&reading.file))?;
    if reading.version_id.is_some() || reading.file.instruction_version_id.is_some() {
        return Err(Failure::usage("rewrap changes the newest version only", "leave --version-id and the like out"));
    }
    source::check_stdin_once(keys::inputs(&reading.keys.0))?;
    let ExpectedContext::Exactly(context) = settings::expected_context(reading)? else {
        return Err(Failure::usage(
            "rewrap needs to know the encryption context, because the new wrap gets one as well",
            "name it with --context; `cse inspect` shows it",
        ));
    };
    let new_context = setup::context(&rewrap.new_key.new_context)?;
    let at_once =
        "interrupted at once; what was being wrapped has the old key or the new one: `cse inspect` shows which";
    runtime::run(console, at_once, async |stop| {
        let s3 = S3::connect(&reading.service).await?;
        let old_keys = Keys::to_read(&reading.keys.0, s3.kms())?;
        let new_keys = Keys::to_rewrap(&rewrap.new_key, s3.kms())?;
        let client = s3.client(&old_keys, settings::read_config(reading.policy));
        let rewrapping = Rewrapping { rewrap, client, new_keys, context, new_context, s3: &s3 };
        let meter = Meter::new(console, selection.is_many());
        let (jobs, is_many, makes) = (rewrap.many.jobs.count, selection.is_many(), Makes::Done("wrapped anew"));
        let batch = Batch { console, stop: &stop, jobs, is_many, meter: &meter, makes };
        let found = selection.find(&rewrapping.client, &s3.options, Folders::Skip);
        batch.run(found, |selected| rewrapping.one(selected)).await
    })
}

impl Rewrapping<'_> {
    /// What is begun is ended, also when the user wants it to stop.
    async fn one(&self, Selected { location, .. }: Selected) -> Result<Outcome<Report>, Failure> {
        let written = match self.send(&location).await {
            Ok(written) => written,
            Err(error) => return Err(self.explain(&location, error).await),
        };
        let read = self.rewrap.reading.file.instruction_suffix.as_deref();
        let suffix = self.rewrap.to_suffix.as_deref().or(read).unwrap_or(cse_client::INSTRUCTION_SUFFIX);
        let report = Report {
            object: location.to_string(),
            instruction_file: format!("{location}{suffix}"),
            etag: written.etag,
        };
        let summary = format!("wrapped the data key of {location} anew, in {}", report.instruction_file);
        Ok(Outcome::beside(report, summary))
    }

    async fn send(&self, location: &ObjectLocation) -> Result<Written, Error> {
        let rewrap = self.client.rewrap(&*location.bucket, &*location.key, self.new_keys.keyring());
        let mut rewrap: Rewrap = rewrap.options(self.s3.options.clone()).encryption_context(self.context.clone());
        if self.new_context.iter().next().is_some() {
            rewrap = rewrap.new_encryption_context(self.new_context.clone());
        }
        let from = self.rewrap.reading.file.instruction_suffix.as_ref();
        if let Some(suffix) = from {
            rewrap = rewrap.from_suffix(suffix);
        }
        if let Some(suffix) = self.rewrap.to_suffix.as_ref().or(from) {
            rewrap = rewrap.to_suffix(suffix);
        }
        if self.rewrap.overwrite {
            rewrap = rewrap.overwrite();
        }
        if self.rewrap.enforce_rotation {
            rewrap = rewrap.enforce_rotation();
        }
        rewrap.send().await
    }
}

impl Rewrapping<'_> {
    /// A key that does not open the wrap may be that of a rotation which was done before.
    async fn explain(&self, location: &ObjectLocation, error: Error) -> Failure {
        let is_of_key = matches!(error, Error::Decrypt(_) | Error::Keyring(_)) && !error.is_retryable();
        let failure = explain(location, error);
        if !is_of_key {
            return failure;
        }
        let read = self.rewrap.reading.file.instruction_suffix.as_deref();
        let suffix = Some(read.unwrap_or(cse_client::INSTRUCTION_SUFFIX).to_owned());
        let file = args::InstructionFile { instruction_suffix: suffix, instruction_version_id: None };
        let policy = setup::policy(self.rewrap.reading.policy);
        let stored = self.s3.look(location, &file).await.ok().and_then(|looked| looked.object.stored().ok());
        let Some(admitted) = stored.and_then(|stored| stored.admit(&policy).ok()) else { return failure };
        let kind = failure.kind;
        let expected = ExpectedContext::Exactly(self.context.clone());
        let failure = hints::explain(failure, admitted.key_part(), &policy, &expected, true, World::Online);
        match self.new_keys.opens(&admitted, &self.new_expected()).await {
            Opens::Yes => Failure::new(
                Kind::Conflict,
                format!("{location}: its data key is wrapped by the new key already, and the old key does not open it"),
                "nothing is left to do here; `cse verify` with the new key shows that the object opens",
            ),
            _ if kind != Kind::Decrypt => failure,
            Opens::No => Failure { next: format!("{}; the new key does not open it either", failure.next), ..failure },
            Opens::Unknown => Failure {
                next: format!("{}; whether the new key does already, only its private half can tell", failure.next),
                ..failure
            },
        }
    }

    /// The context of new wraps, as the library chooses it.
    fn new_expected(&self) -> ExpectedContext {
        let is_given = self.new_context.iter().next().is_some();
        ExpectedContext::Exactly(match (is_given, self.new_keys.takes_context()) {
            (true, _) => self.new_context.clone(),
            (false, true) => self.context.clone(),
            (false, false) => EncryptionContext::new(),
        })
    }
}

fn explain(location: &ObjectLocation, error: Error) -> Failure {
    match error {
        Error::MissingInstructionFile | Error::NoEnvelope => Failure::new(
            Kind::MissingInstructionFile,
            format!(
                "{location}: it has no instruction file: its data key is in its own metadata, or it is not encrypted"
            ),
            "a key in the metadata changes only with the object: `cse get` it, and `cse put` it with the new key (--instruction-file \
             makes the next time easier); if the file has another name, add --instruction-suffix",
        ),
        Error::InstructionFileExists => Failure::new(
            Kind::Conflict,
            format!("{location}: an instruction file of that suffix is there already"),
            "add --overwrite, or choose another --to-suffix",
        ),
        Error::Replaced => Failure::new(
            Kind::Conflict,
            format!("{location}: somebody else changed the instruction file meanwhile"),
            "see who rotates keys, then try again",
        ),
        error => failure(location, error),
    }
}
