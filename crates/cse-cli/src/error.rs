//! What can go wrong, for a person: one line that says what, one that says what to do next.

use std::{io, path::Path, process::ExitCode};

pub(crate) use self::library::{entries, flags_for, key_flag};

mod library;

/// What a shell reports for a program that Ctrl-C ended.
pub(crate) const INTERRUPTED: u8 = 130;

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
    /// The user wanted it to end.
    Interrupted,
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
            Self::Interrupted => "interrupted",
            Self::BrokenPipe => "broken-pipe",
        }
    }

    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::BrokenPipe => ExitCode::SUCCESS,
            Self::Usage => ExitCode::from(2),
            Self::Interrupted => ExitCode::from(INTERRUPTED),
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

    /// The user wanted it to end. What is left behind, and how it is found, is a part of what happened.
    pub(crate) fn interrupted(what: impl Into<String>) -> Self {
        Self::new(Kind::Interrupted, what, "run it again")
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
            io::ErrorKind::IsADirectory => "choose another name: a folder has this one",
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
