//! From options to what the library takes.

use cse_client::{Config, Metadata, ObjectLocation, ReadMode, RequestOptions};
use cse_envelope::{CommitmentPolicy, KeyPlacement, ReadPolicy};
use cse_keys::ExpectedContext;

use super::name::Name;
use crate::{
    args::{Describing, Format, InstructionFile, PolicyOptions, Put, Reading, Service},
    error::Failure,
    setup, source,
};

/// The header whose value is a key.
const SSE_C_KEYS: [&str; 2] =
    ["x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key"];

/// Headers of every request, and those of `own` for the verb's own one.
pub(crate) fn request_options<'a>(
    service: &Service,
    own: impl IntoIterator<Item = (&'static str, &'a str)>,
) -> Result<RequestOptions, Failure> {
    let mut options = RequestOptions::new();
    let refused = |error| Failure::from(cse_client::Error::InvalidRequest(error));
    for (name, value) in own {
        options = options.header(name, value).map_err(refused)?;
    }
    for (name, value) in &service.header {
        let value = header_value(name, value)?;
        options = options.header(name, value).map_err(refused)?;
    }
    if let Some(account) = &service.expected_bucket_owner {
        options = options.expected_bucket_owner(account);
    }
    Ok(if service.request_payer { options.request_payer() } else { options })
}

/// Keys never come from the command line itself.
fn header_value(name: &str, value: &str) -> Result<String, Failure> {
    if !SSE_C_KEYS.iter().any(|key| name.eq_ignore_ascii_case(key)) {
        return Ok(value.to_owned());
    }
    let secret = source::read_secret("--header", value.as_ref())?;
    let text = core::str::from_utf8(secret.trim_ascii());
    text.map(str::to_owned).map_err(|_| Failure::usage("the SSE-C key is not base64", "give base64 of 32 bytes"))
}

/// The user's metadata.
pub(crate) fn metadata(describing: &Describing) -> Metadata {
    describing.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// How objects are read: whatever their length, and nothing before it is verified.
pub(crate) fn read_config(policy: PolicyOptions) -> Config {
    Config::new().read_policy(setup::policy(policy)).read_mode(ReadMode::VerifiedSpooled { dir: None })
}

/// How objects are written. Formats of old clients are chosen with each object.
pub(crate) fn write_config(put: &Put) -> Config {
    let placement = if put.instruction_file { KeyPlacement::InstructionFile } else { KeyPlacement::ObjectMetadata };
    let policy = match put.format {
        Format::V2 => CommitmentPolicy::ForbidEncryptAllowDecrypt,
        _ => CommitmentPolicy::default(),
    };
    Config::new().key_placement(placement).read_policy(ReadPolicy::new(policy))
}

/// What the user says about stored contexts.
pub(crate) fn expected_context(reading: &Reading) -> Result<ExpectedContext, Failure> {
    setup::expected_context(&reading.context, reading.accept_stored_context)
}

/// The object, in the version that is named.
pub(crate) fn located(name: &Name, version_id: Option<&str>) -> ObjectLocation {
    match version_id {
        Some(version_id) => name.location().version(version_id),
        None => name.location(),
    }
}

/// Applies the choice of an instruction file to an operation.
macro_rules! choosing {
    ($operation:expr, $file:expr) => {{
        let file: &crate::args::InstructionFile = $file;
        let mut operation = $operation;
        if let Some(suffix) = &file.instruction_suffix {
            operation = operation.instruction_suffix(suffix);
        }
        if let Some(version_id) = &file.instruction_version_id {
            operation = operation.instruction_version_id(version_id);
        }
        operation
    }};
}
pub(crate) use choosing;

/// Refuses what names one version, where several objects are meant.
pub(crate) fn check_versions(
    is_many: bool,
    version_id: Option<&str>,
    file: Option<&InstructionFile>,
) -> Result<(), Failure> {
    let of_file = file.and_then(|file| file.instruction_version_id.as_deref());
    match (is_many, version_id, of_file) {
        (true, Some(_), _) => Err(one_only("--version-id")),
        (true, _, Some(_)) => Err(one_only("--instruction-version-id")),
        _ => Ok(()),
    }
}

fn one_only(option: &str) -> Failure {
    Failure::usage(format!("{option} is for one object, and several are named"), "name one object, without a pattern")
}
