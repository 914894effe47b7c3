//! `cse sandbox`: an S3 and a KMS on this machine, until Ctrl-C.

use std::path::Path;

use cse_sandbox::{Sandbox, SandboxError};
use serde::Serialize;
use tempfile::TempDir;

use crate::{
    args,
    error::{Failure, Kind},
    output::Console,
    runtime::{self, INTERRUPTED},
};

/// The bucket that is there if none is named.
const BUCKET: &str = "sandbox";

#[derive(Serialize)]
struct Report {
    endpoint_url: String,
    region: String,
    access_key_id: String,
    secret_access_key: String,
    kms_key_arn: String,
    kms_key_alias: String,
    buckets: Vec<String>,
    folder: String,
}

pub(crate) fn run(options: args::Sandbox, console: &Console) -> Result<(), Failure> {
    let buckets = if options.bucket.is_empty() { vec![BUCKET.to_owned()] } else { options.bucket };
    runtime::run(console, INTERRUPTED, async |stop| {
        let temporary = if options.folder.is_none() { Some(temporary_folder()?) } else { None };
        let folder = options.folder.as_deref().or(temporary.as_ref().map(TempDir::path)).unwrap_or(Path::new("."));
        let builder = Sandbox::builder().port(options.port).region(options.region).folder(folder);
        let builder = buckets.iter().fold(builder, |builder, bucket| builder.bucket(bucket));
        let sandbox = builder.start().await?;
        let report = Report::new(&sandbox, buckets);
        console.answer(&report, &text(&report))?;
        stop.wanted().await;
        sandbox.stop().await;
        Ok(())
    })
}

/// Where everything is until it ends.
pub(super) fn temporary_folder() -> Result<TempDir, Failure> {
    tempfile::Builder::new().prefix("cse-sandbox-").tempdir().map_err(|error| Failure::temporary(&error))
}

impl Report {
    fn new(sandbox: &Sandbox, buckets: Vec<String>) -> Self {
        Self {
            endpoint_url: sandbox.endpoint(),
            region: sandbox.region().to_owned(),
            access_key_id: sandbox.access_key_id().to_owned(),
            secret_access_key: sandbox.secret_access_key().to_owned(),
            kms_key_arn: sandbox.kms_key_arn(),
            kms_key_alias: sandbox.kms_alias().to_owned(),
            buckets,
            folder: sandbox.folder().display().to_string(),
        }
    }
}

fn text(report: &Report) -> String {
    let Report { endpoint_url, region, access_key_id, secret_access_key, kms_key_alias, kms_key_arn, folder, .. } =
        report;
    let bucket = report.buckets.first().map_or(BUCKET, String::as_str);
    format!(
        "\
# An S3 and a KMS at {endpoint_url}, in {folder}. For trying and testing only; Ctrl-C stops it.
# Point another shell at it: cse, the aws CLI and every AWS SDK take these.
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_ENDPOINT_URL={endpoint_url}
export AWS_ACCESS_KEY_ID={access_key_id}
export AWS_SECRET_ACCESS_KEY={secret_access_key}
export AWS_REGION={region}
export AWS_DEFAULT_REGION={region}
export AWS_EC2_METADATA_DISABLED=true

# The KMS key is {kms_key_alias} ({kms_key_arn}).
# Then, for example:
#   cse put README.md s3://{bucket}/ --kms-key {kms_key_alias}
#   cse ls s3://{bucket}
#   cse cat s3://{bucket}/README.md
#   cse inspect s3://{bucket}/README.md
#   aws s3 cp s3://{bucket}/README.md -          # what is stored: ciphertext
#   aws s3 mb s3://another"
    )
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        let text = error.to_string();
        let (what, next) = match &error {
            SandboxError::InUse { .. } | SandboxError::BucketName { .. } => {
                text.split_once(": ").unwrap_or((&text, "try again"))
            }
            _ => text.rsplit_once("; ").unwrap_or((&text, "try again")),
        };
        Self::new(Kind::Settings, what, next)
    }
}
