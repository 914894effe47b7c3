//! What the library and the services say, for a person: what happened to which object, and what to do next.

use core::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use cse_client::{
    Error,
    error::InvalidRequest,
    transport::{TransportError, TransportErrorKind},
};
use cse_envelope::WrapAlgorithm;
use cse_keys::{KeyringError, KmsError, KmsErrorKind};

use crate::error::{Failure, Kind};

impl Failure {
    /// The same, said of an object.
    pub(crate) fn of(self, object: impl core::fmt::Display) -> Self {
        Self { what: format!("{object}: {}", self.what), ..self }
    }
}

/// What went wrong with an object, or a bucket.
pub(crate) fn failure(object: impl core::fmt::Display, error: Error) -> Failure {
    Failure::from(error).of(object)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let what = error.to_string();
        match error {
            Error::Refused(refused) => refused.into(),
            Error::Malformed(malformed) => malformed.into(),
            Error::Decrypt(decrypt) => decrypt.into(),
            Error::Range(range) => range.into(),
            Error::RangeNotSatisfiable(_) => {
                Self::new(Kind::Range, what, "ask for bytes that exist: `cse head` shows the length")
            }
            Error::InstructionFileDenied(_) => Self::new(
                Kind::AccessDenied,
                what,
                "ask for s3:ListBucket, with which S3 tells what is not there from what is denied; or add --plain, if it is not encrypted",
            ),
            Error::Keyring(keyring) => self::keyring(keyring),
            Error::InvalidRequest(invalid) => self::invalid(&invalid),
            Error::NotFound(cause) => not_found(&cause),
            Error::Transport(cause) => transport(&cause),
            Error::NoEnvelope => Self::new(
                Kind::NoEnvelope,
                "not encrypted, or its instruction file is lost: nothing tells these apart",
                "if it is not meant to be encrypted, add --plain; if its instruction file has another name, add --instruction-suffix \
                 SUFFIX; if the file is lost, restore it",
            ),
            Error::MissingInstructionFile => Self::new(
                Kind::MissingInstructionFile,
                "its data key is in an instruction file, which is not there",
                "if the file has another name, add --instruction-suffix SUFFIX; if it is lost, restore it",
            ),
            Error::Unverifiable => Self::new(Kind::Refused, "AES-CBC content cannot be verified", "add --legacy"),
            Error::Length(length) => length.into(),
            Error::Replaced => Self::new(Kind::Conflict, "somebody replaced it while it was read", "try again"),
            Error::Condition(_) => Self::new(
                Kind::Conflict,
                "it is there already, or is not the one that was named",
                "leave out --if-absent to replace it; with --if-match, give the ETag that `cse head` shows",
            ),
            Error::InstructionFileExists => Self::new(
                Kind::Conflict,
                "an instruction file of that name is there already",
                "add --overwrite-instruction-file, if the object that it belongs to may be replaced",
            ),
            Error::NotUndone { .. } => Self::new(
                Kind::S3,
                what,
                "put it again with --overwrite-instruction-file: until then object and instruction file may not belong together",
            ),
            Error::Interrupted { .. } => Self::new(Kind::S3, "the connection broke off", "try again"),
            Error::Io(error) => input_output(&error),
            _ => Self::new(Kind::S3, what, "try again"),
        }
    }
}

/// Reading what is to be put, or writing what was read.
fn input_output(error: &std::io::Error) -> Failure {
    Failure::new(
        Kind::File,
        format!("input or output failed: {error}"),
        "see whether the files can be read and written",
    )
}

fn not_found(cause: &TransportError) -> Failure {
    match cause.code() {
        Some("NoSuchBucket") => Failure::new(
            Kind::NotFound,
            "there is no such bucket",
            "check its name, and --profile, --region and --endpoint-url; `aws s3 mb s3://BUCKET` makes one",
        ),
        Some("NoSuchUpload") => Failure::new(
            Kind::NotFound,
            "the upload is gone: somebody aborted it",
            "put it again; see what rules of the bucket or other runs abort uploads",
        ),
        Some("NoSuchVersion") => {
            Failure::new(Kind::NotFound, "there is no such version", "check --version-id with `cse head`")
        }
        _ => Failure::new(Kind::NotFound, "there is no such object", "check the name: `cse ls` shows what is there"),
    }
}

/// What S3 did not do, or why it was not asked.
fn transport(cause: &TransportError) -> Failure {
    use TransportErrorKind as Is;
    if let Some(failure) = without_credentials(cause) {
        return failure;
    }
    let what = cause.to_string();
    match (cause.kind(), cause.code()) {
        (_, Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException")) => {
            Failure::new(Kind::Settings, what, "the bucket is in another region: name that with --region")
        }
        (_, Some("RequestTimeTooSkewed")) => Failure::new(Kind::Settings, what, "set this machine's clock"),
        (_, Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken")) => {
            Failure::new(Kind::AccessDenied, what, "check the credentials: `aws sts get-caller-identity` tries them")
        }
        (Is::AccessDenied, _) => Failure::new(
            Kind::AccessDenied,
            what,
            "check --profile and the bucket's policy; reading needs s3:GetObject also on the instruction file, if there is one",
        ),
        (Is::Throttled, _) => Failure::new(Kind::S3, what, "try again later, with a lower --jobs"),
        (Is::Unavailable, _) => {
            Failure::new(Kind::S3, what, "try again; if it stays, check --endpoint-url, --region and the network")
        }
        (Is::NotSent, _) => Failure::new(Kind::S3, what, "check the name and the options of the request"),
        (Is::PreconditionFailed, _) => Failure::new(Kind::Conflict, what, "try again: somebody else is writing"),
        _ => Failure::new(Kind::S3, what, "see what S3 says above; `cse head` shows the object's headers"),
    }
}

/// Whether it is the credentials that are missing, and for whom.
fn without_credentials(error: &(dyn StdError + 'static)) -> Option<Failure> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(credentials(error));
        }
        cause = error.source();
    }
    None
}

/// Why there are no credentials.
pub(super) fn credentials(error: &CredentialsError) -> Failure {
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        return Failure::new(
            Kind::Settings,
            format!("there are no AWS credentials{}", because(error)),
            "add --profile NAME, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws configure` makes a \
             profile",
        );
    }
    Failure::new(
        Kind::Settings,
        format!("the AWS credentials cannot be had: {error}{}", because(error)),
        "see the profile (--profile, AWS_PROFILE); for SSO, `aws sso login` begins a new session",
    )
}

/// The cause, unless it is the list of all that was tried.
fn because(error: &CredentialsError) -> String {
    let cause = error.source().map(chain).filter(|cause| !cause.contains('\n'));
    cause.map(|cause| format!(": {cause}")).unwrap_or_default()
}

/// As the offline verbs say it, but with KMS at hand.
pub(crate) fn keyring(error: KeyringError) -> Failure {
    match error {
        KeyringError::KeyService(error) => key_service(&error),
        KeyringError::OtherWrap(wrap) => Failure::new(
            Kind::Key,
            format!("the data key is wrapped by {}, and no key of that kind is given", wrap.name()),
            format!("give the key with {}", key_flag(wrap).join(" ")),
        ),
        other => other.into(),
    }
}

/// The option that takes the key of a wrap, with a stand-in for its value.
pub(crate) const fn key_flag(wrap: WrapAlgorithm) -> [&'static str; 2] {
    match wrap {
        WrapAlgorithm::Kms(_) => ["--kms-key", "KEYID"],
        other => crate::error::key_flag(other),
    }
}

fn key_service(error: &KmsError) -> Failure {
    if let Some(failure) = without_credentials(error) {
        return failure;
    }
    let cause = error.source().map(|cause| format!(": {}", chain(cause))).unwrap_or_default();
    let what = format!("{error}{cause}");
    let (kind, next) = match error.kind() {
        KmsErrorKind::AccessDenied => (
            Kind::AccessDenied,
            "check --profile and the KMS key's policy: reading needs kms:Decrypt, putting kms:GenerateDataKey, rewrapping kms:Encrypt",
        ),
        KmsErrorKind::NotFound => {
            (Kind::KeyService, "check --kms-key and --region; with --kms-answers, record an answer")
        }
        KmsErrorKind::Throttled => (Kind::KeyService, "try again later, with a lower --jobs"),
        KmsErrorKind::Unusable => (
            Kind::KeyService,
            "the KMS key is disabled, pending deletion or of another kind: enable it, or name another",
        ),
        KmsErrorKind::Unavailable => {
            (Kind::KeyService, "try again; if it stays, check --region and --kms-endpoint-url")
        }
        _ => (Kind::KeyService, "see what KMS says above; check --kms-key and --region"),
    };
    Failure::new(kind, what, next)
}

/// What stands behind a cause, each said once.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

/// What the command line asks for and no request can be made of.
fn invalid(error: &InvalidRequest) -> Failure {
    let what = error.to_string();
    let next = match error {
        InvalidRequest::Header { .. } => "leave the header out, or use the option that is for it (see --help)",
        InvalidRequest::ReservedMetadata { .. } | InvalidRequest::MetadataSyntax { .. } => "change --metadata",
        InvalidRequest::MetadataTooLong { len, limit } => {
            return Failure::usage(
                format!("metadata takes {len} bytes, and S3 stores at most {limit}"),
                "add --instruction-file, or give less --metadata",
            );
        }
        InvalidRequest::ContextTooLong => "give fewer or shorter entries with --context or --description",
        InvalidRequest::InstructionKey { .. } => "give it another name",
        InvalidRequest::RepeatedMetadata { .. } => "give each name of --metadata once",
        InvalidRequest::NotRotated => "give another new key",
        InvalidRequest::Unsupported(_) => "get the object and put it again",
        _ => "see --help",
    };
    Failure::usage(what, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each says what it is for a script, and something for a person to do.
    #[track_caller]
    fn check(error: impl Into<Error>, kind: Kind, next: &str) {
        let failure = failure("s3://bucket/key", error.into());
        assert!(failure.what.starts_with("s3://bucket/key: "), "{}", failure.what);
        assert_eq!(failure.kind, kind, "{}", failure.what);
        assert!(failure.next.contains(next), "{}", failure.next);
    }

    #[test]
    fn what_s3_says() {
        let answer = TransportError::from_answer;
        check(answer(404, Some("NoSuchBucket")), Kind::NotFound, "aws s3 mb");
        check(answer(404, Some("NoSuchKey")), Kind::NotFound, "cse ls");
        check(answer(404, Some("NoSuchVersion")), Kind::NotFound, "--version-id");
        check(answer(404, Some("NoSuchUpload")), Kind::NotFound, "abort uploads");
        check(answer(403, Some("AccessDenied")), Kind::AccessDenied, "s3:GetObject");
        check(answer(403, Some("InvalidAccessKeyId")), Kind::AccessDenied, "aws sts");
        check(answer(400, Some("ExpiredToken")), Kind::AccessDenied, "aws sts");
        check(answer(403, Some("RequestTimeTooSkewed")), Kind::Settings, "clock");
        check(answer(301, Some("PermanentRedirect")), Kind::Settings, "--region");
        check(answer(400, Some("AuthorizationHeaderMalformed")), Kind::Settings, "--region");
        check(answer(503, Some("SlowDown")), Kind::S3, "--jobs");
        check(answer(500, None), Kind::S3, "try again");
        check(answer(400, Some("Unheard")), Kind::S3, "see what S3 says");
        check(TransportError::new(TransportErrorKind::NotSent), Kind::S3, "check the name");
    }

    #[test]
    fn missing_credentials_are_found_wherever_they_are_said() {
        let missing = CredentialsError::not_loaded("none");
        let error = TransportError::new(TransportErrorKind::NotSent).with_source(missing);
        check(error, Kind::Settings, "AWS_ACCESS_KEY_ID");
        let expired = CredentialsError::provider_error("the session is over");
        check(TransportError::new(TransportErrorKind::NotSent).with_source(expired), Kind::Settings, "aws sso login");
    }

    #[test]
    fn what_kms_says() {
        for (of_kms, kind, next) in [
            (KmsErrorKind::AccessDenied, Kind::AccessDenied, "kms:Decrypt"),
            (KmsErrorKind::NotFound, Kind::KeyService, "--kms-key"),
            (KmsErrorKind::Unusable, Kind::KeyService, "enable it"),
            (KmsErrorKind::Throttled, Kind::KeyService, "--jobs"),
            (KmsErrorKind::Unavailable, Kind::KeyService, "--kms-endpoint-url"),
            (KmsErrorKind::Other, Kind::KeyService, "see what KMS says"),
        ] {
            check(KeyringError::KeyService(KmsError::new(of_kms)), kind, next);
        }
    }

    #[test]
    fn what_the_library_says() {
        check(Error::Replaced, Kind::Conflict, "try again");
        check(Error::InstructionFileExists, Kind::Conflict, "--overwrite-instruction-file");
        check(Error::Interrupted { expected: 2, received: 1 }, Kind::S3, "try again");
        check(Error::Unverifiable, Kind::Refused, "--legacy");
        check(Error::MissingInstructionFile, Kind::MissingInstructionFile, "--instruction-suffix");
        check(Error::NoEnvelope, Kind::NoEnvelope, "--plain");
        let undone =
            Error::NotUndone { cause: Box::new(Error::Replaced), undo: Box::new(Error::Replaced), placed: None };
        check(undone, Kind::S3, "put it again with --overwrite-instruction-file");
        check(InvalidRequest::InstructionKey { key: "a.instruction".to_owned() }, Kind::Usage, "another name");
        check(
            Error::RangeNotSatisfiable(TransportError::from_answer(416, Some("InvalidRange"))),
            Kind::Range,
            "cse head",
        );
        check(
            Error::InstructionFileDenied(TransportError::from_answer(403, Some("AccessDenied"))),
            Kind::AccessDenied,
            "s3:ListBucket",
        );
        check(InvalidRequest::NotRotated, Kind::Usage, "another new key");
        check(InvalidRequest::MetadataTooLong { len: 3000, limit: 2048 }, Kind::Usage, "--instruction-file");
    }
}
