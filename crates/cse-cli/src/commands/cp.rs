//! `cse cp`: copies objects with their envelopes and instruction files, without decrypting anything.

use cse_client::{
    Client, Error, ErrorKind, ObjectLocation, RequestOptions,
    transport::{TransportErrorKind, Written},
};
use serde::Serialize;

use crate::{
    args,
    error::{Failure, Kind},
    output::Console,
    progress::Meter,
    runtime,
    s3::{
        S3,
        failure::failure,
        many::{Batch, Makes, Outcome, Places},
        name::Name,
        select::{Folders, Selected, Selection},
        settings,
    },
};

#[derive(Serialize)]
struct Report {
    source: String,
    object: String,
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

struct Copying<'a> {
    cp: &'a args::Cp,
    client: &'a Client,
    target: Name,
    options: RequestOptions,
    places: Places,
}

pub(crate) fn run(cp: &args::Cp, console: &Console) -> Result<(), Failure> {
    let selection = Selection::new(cp.sources.iter().map(String::as_str), cp.many, cp.version_id.as_deref())?;
    settings::check_versions(selection.is_many(), None, Some(&cp.file))?;
    let target = target(cp, selection.is_many())?;
    let options = settings::request_options(&cp.service, cp.describing.headers())?;
    let bucket = &target.bucket;
    let at_once = format!(
        "interrupted at once; what was being copied may be there or not, and parts of an upload may be left: `cse uploads s3://{bucket}` \
         shows them"
    );
    runtime::run(console, at_once, async |stop| {
        let s3 = S3::connect(&cp.service).await?;
        let client = s3.keyless();
        let meter = Meter::new(console, selection.is_many());
        let copying = Copying { cp, client: &client, target, options, places: Places::default() };
        let (jobs, is_many, makes) = (cp.many.jobs.count, selection.is_many(), Makes::Done("copied"));
        let batch = Batch { console, stop: &stop, jobs, is_many, meter: &meter, makes };
        let found = selection.find(&client, &s3.options, Folders::Skip);
        let done = batch.run(found, |selected| copying.one(selected)).await;
        s3.tidy(console).await;
        done
    })
}

fn target(cp: &args::Cp, is_many: bool) -> Result<Name, Failure> {
    let name = Name::parse(&cp.target)?;
    if is_many && !name.is_folder() && !cp.many.recursive {
        return Err(Failure::usage(
            format!("several objects may be meant, and {} is one", cp.target),
            "end the target with / to copy them below it",
        ));
    }
    Ok(if is_many { name.folder() } else { name })
}

impl Copying<'_> {
    /// What is begun is ended, also when the user wants it to stop: the copy never has an instruction file that is not its own.
    async fn one(&self, Selected { location, below, .. }: Selected) -> Result<Outcome<Report>, Failure> {
        let mut target = self.target.clone();
        if target.is_folder() {
            target.key.push_str(&below);
        }
        self.places.take(target.to_string(), &location)?;
        if self.cp.if_absent && self.is_there(&target).await? {
            return Err(there_already(&target));
        }
        let written = match self.copy(&location, &target).await {
            Ok(written) => written,
            Err(error) => return Err(self.explain(&location, &target, error).await),
        };
        let report = Report {
            source: location.to_string(),
            object: target.to_string(),
            etag: written.etag,
            version_id: written.version_id,
        };
        Ok(Outcome::beside(report, format!("copied {location} to {target}")))
    }

    /// Some stores do not know the condition on copies, and would replace the object.
    async fn is_there(&self, target: &Name) -> Result<bool, Failure> {
        let head = self.client.head(target.location()).options(self.options.companion()).send().await;
        match head.map_err(|error| (error.kind(), error)) {
            Ok(_) | Err((ErrorKind::MissingInstructionFile | ErrorKind::Malformed, _)) => Ok(true),
            Err((ErrorKind::NotFound, _)) => Ok(false),
            Err((_, error)) => Err(failure(target, error)),
        }
    }

    async fn copy(&self, source: &ObjectLocation, target: &Name) -> Result<Written, Error> {
        let copy = self.client.copy(source.clone(), &*target.bucket, &*target.key).options(self.options.clone());
        let mut copy = settings::choosing!(copy, &self.cp.file);
        if self.cp.if_absent {
            copy = copy.if_absent();
        }
        if self.cp.overwrite_instruction_file {
            copy = copy.overwrite_instruction_file();
        }
        if !self.cp.describing.metadata.is_empty() {
            copy = copy.metadata(settings::metadata(&self.cp.describing));
        } else if self.cp.describing.headers().any(|(name, _)| name != "x-amz-storage-class") {
            // S3 takes new headers only with the metadata anew.
            let head = self.client.head(source.clone()).options(self.options.companion()).send().await?;
            copy = copy.metadata(head.attributes.metadata);
        }
        copy.send().await
    }
}

impl Copying<'_> {
    /// S3 does not say which of the two is at fault.
    async fn explain(&self, source: &ObjectLocation, target: &Name, error: Error) -> Failure {
        let is_there = |options: RequestOptions| self.client.head(source.clone()).options(options).send();
        match error {
            Error::Condition(_) if self.cp.if_absent => there_already(target),
            Error::InstructionFileExists | Error::NotUndone { .. } => failure(target, error),
            Error::Replaced => Failure::new(
                Kind::Conflict,
                format!("{source}: it, or {target}, was replaced while it was copied"),
                "try again: somebody else is writing",
            ),
            Error::NotFound(_) | Error::Transport(_) if is_there(self.options.companion()).await.is_ok() => {
                let is_denied = error.transport_error().is_some_and(|it| it.kind() == TransportErrorKind::AccessDenied);
                let failure = failure(target, error);
                if !is_denied {
                    return failure;
                }
                let next = "check --profile and the policies of both buckets: copying needs s3:PutObject on the target, and s3:GetObject on \
                            the source";
                Failure { next: next.to_owned(), ..failure }
            }
            error => failure(source, error),
        }
    }
}

fn there_already(target: &Name) -> Failure {
    Failure::new(Kind::Conflict, format!("{target}: it is there already"), "leave out --if-absent to replace it")
}
