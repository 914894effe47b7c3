//! What can go wrong, for a person: one line that says what, one that says what to do next.

use core::error::Error as _;
use std::{io, path::Path, process::ExitCode};

use cse_envelope::{
    MaterialDescription, WrapAlgorithm,
    error::{AdmitError, DecryptError, LengthError, Malformed, RangeError, Refused, Requirement, SealError},
};
use cse_keys::{KeyError, KeyringError};

/// Why a verb did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// What happened.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) next: String,
}

/// What a script can match on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// The command line asks for something that cannot be.
    Usage,
    /// The metadata holds no envelope.
    NoEnvelope,
    /// The wrapped key is in an instruction file that was not given.
    MissingInstructionFile,
    /// The read policy does not allow the object.
    Refused,
    /// The stored envelope is not well formed.
    Malformed,
    /// A key cannot be read, or is of the wrong kind.
    Key,
    /// The key service did not answer, or has no answer.
    KeyService,
    /// Wrong key, wrong context, or something was changed.
    Decrypt,
    /// The range is outside the plaintext.
    Range,
    /// A file cannot be read or written, or exists.
    File,
    /// No such object, bucket, version or upload.
    NotFound,
    /// S3 or KMS does not let the caller do it.
    AccessDenied,
    /// Something is in the way: somebody else's change, or what is there already.
    Conflict,
    /// Region, credentials or endpoint are missing or wrong.
    Settings,
    /// S3, or the way to it, failed.
    S3,
    /// Some of several objects failed; each was reported.
    SomeFailed,
    /// Whoever read the output has stopped reading. Not a failure.
    BrokenPipe,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::NoEnvelope => "no-envelope",
            Self::MissingInstructionFile => "missing-instruction-file",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Key => "key",
            Self::KeyService => "key-service",
            Self::Decrypt => "decrypt",
            Self::Range => "range",
            Self::File => "file",
            Self::NotFound => "not-found",
            Self::AccessDenied => "access-denied",
            Self::Conflict => "conflict",
            Self::Settings => "settings",
            Self::S3 => "s3",
            Self::SomeFailed => "some-failed",
            Self::BrokenPipe => "broken-pipe",
        }
    }

    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::BrokenPipe => ExitCode::SUCCESS,
            Self::Usage => ExitCode::from(2),
            _ => ExitCode::from(1),
        }
    }
}

impl Failure {
    pub(crate) fn new(kind: Kind, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { kind, what: what.into(), next: next.into() }
    }

    pub(crate) fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what, next)
    }

    /// Reading a named place failed.
    pub(crate) fn reading(place: impl core::fmt::Display, error: &io::Error) -> Self {
        let next = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "check the file's permissions",
            io::ErrorKind::IsADirectory => "name a file, not a folder",
            _ => "see whether the file can be read at all, then try again",
        };
        Self::new(Kind::File, format!("cannot read {place}: {}", system_words(error)), next)
    }

    /// Writing to a named place failed.
    pub(crate) fn writing(place: impl core::fmt::Display, error: &io::Error) -> Self {
        let next = match error.kind() {
            io::ErrorKind::BrokenPipe => return Self::new(Kind::BrokenPipe, "the output was closed", ""),
            io::ErrorKind::NotFound => "make the folder first",
            io::ErrorKind::PermissionDenied => "choose a folder you may write to",
            io::ErrorKind::StorageFull => "make room, or choose another folder",
            _ => "see whether the folder can be written to, then try again",
        };
        Self::new(Kind::File, format!("cannot write {place}: {}", system_words(error)), next)
    }

    /// Nothing can be written where the system has its temporary files.
    pub(crate) fn temporary(error: &io::Error) -> Self {
        let next = match error.kind() {
            io::ErrorKind::NotFound => "make that folder, or set TMPDIR to one that exists",
            io::ErrorKind::PermissionDenied => "set TMPDIR to a folder you may write to",
            io::ErrorKind::StorageFull => "make room there, or set TMPDIR to another folder",
            _ => "set TMPDIR to a folder that can be written to",
        };
        let folder = std::env::temp_dir();
        let what = format!(
            "cannot write a temporary file in {} (the folder TMPDIR names): {}",
            folder.display(),
            system_words(error)
        );
        Self::new(Kind::File, what, next)
    }

    /// A link whose target cannot be found.
    pub(crate) fn dangling(path: &Path, error: &io::Error) -> Self {
        Self::new(
            Kind::File,
            format!("{} is a link, and what it points to cannot be used: {}", path.display(), system_words(error)),
            "remove the link, or choose another name",
        )
    }

    pub(crate) fn exists(path: &Path) -> Self {
        Self::new(
            Kind::File,
            format!("{} exists already", path.display()),
            "choose another name, or add --force to replace it",
        )
    }
}

/// The operating system's own words, without its number.
fn system_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "No such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "Permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "Is a directory".to_owned(),
        io::ErrorKind::StorageFull => "No space left on device".to_owned(),
        _ => {
            let text = error.to_string();
            text.split_once(" (os error").map(|(words, _)| words.to_owned()).unwrap_or(text)
        }
    }
}

/// What an object needs, without the library's words for allowing it: the flags come after.
fn need(need: &Requirement) -> String {
    match need {
        Requirement::LegacyContent => "the content is AES-CBC, which nothing authenticates".to_owned(),
        Requirement::LegacyWrap(wrap) => format!("the wrapping algorithm {} is legacy", wrap.name()),
        Requirement::MissingWrapAlgorithm => "the object names no wrapping algorithm".to_owned(),
        Requirement::NoCommitment => "the object has no key commitment".to_owned(),
        other => other.to_string(),
    }
}

/// The words to add to `open` so that it allows all of this. What no switch allows, a new build must.
pub(crate) fn flags_for(needs: &[Requirement]) -> Vec<String> {
    let mut switches: Vec<_> = needs.iter().filter_map(|need| need.switch()).collect();
    switches.dedup();
    let mut words: Vec<_> = switches.iter().map(|switch| format!("--{}", switch.name())).collect();
    if needs.contains(&Requirement::NoCommitment) {
        words.extend(["--policy", "require-encrypt-allow-decrypt"].map(str::to_owned));
    }
    words
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let next = format!("if you trust where the object comes from, add {}", flags_for(&refused.needs).join(" "));
        let needs: Vec<_> = refused.needs.iter().map(need).collect();
        Self::new(Kind::Refused, format!("refused by the read policy: {}", needs.join("; ")), next)
    }
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        let next =
            "see that the metadata is complete, unchanged and of this object; `cse inspect` reads it without a key";
        Self::new(Kind::Malformed, format!("not a well-formed envelope: {malformed}"), next)
    }
}

impl From<AdmitError> for Failure {
    fn from(error: AdmitError) -> Self {
        let what = error.to_string();
        match error {
            AdmitError::Refused(refused) => refused.into(),
            AdmitError::Malformed(malformed) => malformed.into(),
            AdmitError::MissingInstructionFile => Self::new(
                Kind::MissingInstructionFile,
                what,
                "fetch the object KEY.instruction and add --instruction FILE",
            ),
            AdmitError::NoEnvelope => Self::new(
                Kind::NoEnvelope,
                what,
                "if there is an object KEY.instruction, fetch it and add --instruction FILE; else the object is not encrypted",
            ),
            _ => Self::new(Kind::Malformed, what, "look at the metadata with `cse inspect`"),
        }
    }
}

impl From<DecryptError> for Failure {
    fn from(error: DecryptError) -> Self {
        Self::new(Kind::Decrypt, error.to_string(), "check that key, metadata and body belong together")
    }
}

impl From<RangeError> for Failure {
    fn from(error: RangeError) -> Self {
        let what = error.to_string();
        match error {
            RangeError::Decrypt(error) => error.into(),
            RangeError::Syntax => Self::usage(what, "for example --range bytes=0-99, --range 100- or --range=-50"),
            RangeError::Unsatisfiable { .. } => {
                Self::new(Kind::Range, what, "ask for bytes that exist; a plaintext of 0 bytes has no ranges")
            }
            _ => Self::new(
                Kind::Range,
                what,
                "see that the body is complete: a range is read from the whole object's body",
            ),
        }
    }
}

impl From<LengthError> for Failure {
    fn from(error: LengthError) -> Self {
        let next = match error {
            LengthError::NotAsDeclared { .. } => {
                "the input changed while it was read: try again when nothing writes to it, or give it as standard input (-)"
            }
            _ => "split the input into several objects",
        };
        Self::new(Kind::File, error.to_string(), next)
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Length(error) => error.into(),
            SealError::ContextTooLong => {
                Self::usage(error.to_string(), "give fewer or shorter entries with --context or --description")
            }
            other => {
                Self::new(Kind::Key, other.to_string(), "try again; if it stays, the key does not go with the format")
            }
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let next = match error {
            KeyError::AesLength | KeyError::AesZero => {
                "give base64 of 16, 24 or 32 random bytes; `cse keygen aes` makes them"
            }
            KeyError::RsaPassword => "add --rsa-password SRC after the key, or correct it",
            KeyError::RsaEncoding => "give a PEM or DER file; `cse keygen rsa` makes a key pair",
            KeyError::RsaSize => "`cse keygen rsa` makes a key pair",
            _ => "try again",
        };
        Self::new(Kind::Key, error.to_string(), next)
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        let what = error.to_string();
        match error {
            KeyringError::Decrypt(error) => error.into(),
            KeyringError::KeyService(error) => {
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                Self::new(
                    Kind::KeyService,
                    format!("{what}{cause}"),
                    "record an answer for this key and context, or correct --kms-key and --context",
                )
            }
            KeyringError::RsaKeyTooSmall => Self::new(Kind::Key, what, "`cse keygen rsa` makes a key pair"),
            KeyringError::OtherWrap(wrap) => Self::new(
                Kind::Key,
                format!("the data key is wrapped by {}, and no key of that kind is given", wrap.name()),
                format!("give the key with {}", key_flag(wrap).join(" ")),
            ),
            KeyringError::OtherFormat => Self::usage(
                "the key does not go with the format: v2-kms-gcm and v2-kms-cbc need KMS, v1 needs an AES or RSA key",
                "choose a --format that goes with the key: v3 and v2 go with every key",
            ),
            KeyringError::PublicHalfOnly => Self::new(
                Kind::Key,
                "the RSA key is the public half only: it seals, but opening needs the private half",
                "give the private key with --rsa-key",
            ),
            KeyringError::DiscoveryOnly => Self::usage("sealing with KMS needs to know the key", "add --kms-key KEYID"),
            KeyringError::ContextWithoutKms => Self::usage(
                "--context is for KMS, and an AES or RSA key is given",
                "use --description in place of --context",
            ),
            KeyringError::ReservedName(_) => {
                Self::usage(what, "choose another name: clients write this one themselves")
            }
            KeyringError::CallerContextMissing => {
                Self::usage("--caller-context needs the true context", "add --context K=V for every entry")
            }
            KeyringError::SeveralFit { descriptions } => several_fit(&descriptions),
            _ => Self::new(Kind::Key, what, "try again; if it stays, the key does not go with the object"),
        }
    }
}

fn several_fit(descriptions: &[MaterialDescription]) -> Failure {
    let shown: Vec<_> = descriptions.iter().map(|description| entries(description.iter())).collect();
    Failure::new(
        Kind::Key,
        format!(
            "several of the keys may be the object's, and none has its description; theirs are {}",
            shown.join(" ")
        ),
        "give the object's key, with its --description after it; `cse inspect` shows the stored description",
    )
}

/// Entries of a context or a description, for a person: public, escaped, in the shape of JSON.
pub(crate) fn entries<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let entries: Vec<_> = entries.map(|(name, value)| format!("{name:?}: {value:?}")).collect();
    format!("{{{}}}", entries.join(", "))
}

/// The option that takes the key of a wrap, with a stand-in for its value.
pub(crate) const fn key_flag(wrap: WrapAlgorithm) -> [&'static str; 2] {
    match wrap {
        WrapAlgorithm::Aes(_) => ["--aes-key", "SRC"],
        WrapAlgorithm::Rsa(_) => ["--rsa-key", "SRC"],
        _ => ["--kms-answers", "FILE"],
    }
}
