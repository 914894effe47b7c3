//! From what the user typed to what the library takes: policy, format, context, range.

use cse_envelope::{ByteRange, CommitmentPolicy, EncryptionContext, ReadPolicy, WriteFormat, danger};
use cse_keys::ExpectedContext;

use crate::{
    args::{Format, Policy, PolicyOptions},
    error::Failure,
};

/// The read policy.
pub(crate) fn policy(options: PolicyOptions) -> ReadPolicy {
    let mut policy = ReadPolicy::new(match options.policy {
        Policy::ForbidAllow => CommitmentPolicy::ForbidEncryptAllowDecrypt,
        Policy::RequireAllow => CommitmentPolicy::RequireEncryptAllowDecrypt,
        Policy::RequireRequire => CommitmentPolicy::RequireEncryptRequireDecrypt,
    });
    if options.legacy {
        policy = danger::allow_legacy(policy);
    }
    if options.missing_wrap_algorithm {
        policy = danger::allow_missing_wrap_algorithm(policy);
    }
    if options.textbook_rsa {
        policy = danger::allow_textbook_rsa(policy);
    }
    if options.oaep_mgf1_sha256 {
        policy = danger::allow_oaep_mgf1_sha256(policy);
    }
    if options.caller_context {
        policy = danger::send_caller_context(policy);
    }
    policy
}

/// The format to write; old ones need `--legacy`.
pub(crate) fn write_format(format: Format, is_legacy_allowed: bool) -> Result<WriteFormat, Failure> {
    let (format, name) = match format {
        Format::V3 => return Ok(WriteFormat::V3),
        Format::V2 => return Ok(WriteFormat::V2),
        Format::V1 => (danger::write_v1(), "v1"),
        Format::V2KmsGcm => (danger::write_v2_kms_gcm(), "v2-kms-gcm"),
        Format::V2KmsCbc => (danger::write_v2_kms_cbc(), "v2-kms-cbc"),
    };
    if is_legacy_allowed {
        return Ok(format);
    }
    Err(Failure::usage(
        format!("the format {name} is legacy: whoever can write the object can change what readers of it see"),
        "use v3 (or v2 for older readers); if a reader knows nothing newer, add --legacy",
    ))
}

/// The encryption context of a new object.
pub(crate) fn context(entries: &[(String, String)]) -> Result<EncryptionContext, Failure> {
    EncryptionContext::from_pairs(entries.iter().cloned())
        .map_err(|_| Failure::usage("a name occurs twice among --context", "give each name once"))
}

/// What the user says about a stored context.
pub(crate) fn expected_context(
    entries: &[(String, String)],
    is_stored_accepted: bool,
) -> Result<ExpectedContext, Failure> {
    if is_stored_accepted {
        return Ok(ExpectedContext::AcceptStored);
    }
    context(entries).map(ExpectedContext::Exactly)
}

/// The range, in the syntax of the header, whose unit may be left out.
pub(crate) fn range(text: &str) -> Result<ByteRange, Failure> {
    let parsed = if text.contains('=') { text.parse() } else { format!("bytes={text}").parse::<ByteRange>() };
    parsed.map_err(Into::into)
}
