//! What can go wrong, by what a caller can do about it.

use std::{error::Error as StdError, io};

use cse_envelope::error::{AdmitError, DecryptError, LengthError, Malformed, RangeError, Refused, SealError};
use cse_keys::KeyringError;

use crate::location::INSTRUCTION_SUFFIX;
pub use crate::transport::{TransportError, TransportErrorKind};

/// An operation failed. [`kind`](Self::kind) is for programs, `Display` says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such object, bucket or version.
    #[error("there is no such object: {0}")]
    NotFound(#[source] TransportError),
    /// The object holds no envelope and has no instruction file.
    #[error(
        "the object is not encrypted by an S3 encryption client, or its instruction file is lost: read it without decryption, or restore <key>.instruction"
    )]
    NoEnvelope,
    /// A V3 object whose instruction file is not there.
    #[error("the object's data key is in its instruction file, which is not there: restore it, or name its suffix")]
    MissingInstructionFile,
    /// The metadata holds no envelope, and S3 denied the look for an instruction file.
    #[error(
        "the object's metadata holds no envelope, and its instruction file could not be looked for: allow s3:GetObject on it, and s3:ListBucket, with which S3 says that a file is not there instead of denying access ({0})"
    )]
    InstructionFileDenied(#[source] TransportError),
    /// The read policy does not allow the object.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The content is AES-CBC, which nothing authenticates, and the caller takes verified content only.
    #[error(
        "the content is AES-CBC, which nothing authenticates: read it through danger::accept_cbc, which marks it so"
    )]
    Unverifiable,
    /// The envelope is not well formed.
    #[error("the object's envelope is not well formed: {0}")]
    Malformed(#[from] Malformed),
    /// The keyring could not do it; the kind is [`ErrorKind::KeyService`].
    #[error(transparent)]
    Keyring(KeyringError),
    /// Wrong key, wrong context, or something was changed. Deliberately says no more.
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
    /// The range cannot be read.
    #[error(transparent)]
    Range(RangeError),
    /// The range lies outside the stored bytes; the counterpart of HTTP 416.
    #[error("the range lies outside the object")]
    RangeNotSatisfiable(#[source] TransportError),
    /// More than fits in memory under the limit that is set.
    #[error(
        "the content{} is more than the limit of {limit} bytes in memory: use ReadMode::VerifiedSpooled or VerifiedTwice, raise the limit, or download to a file with `transfer`",
        .len.map(|len| format!(" of {len} bytes")).unwrap_or_default()
    )]
    TooLarge {
        /// How much there is, in bytes, where that is known.
        len: Option<u64>,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A plaintext cannot be encrypted, or is not as long as was declared.
    #[error(transparent)]
    Length(#[from] LengthError),
    /// The request cannot be made as the caller described it; nothing was sent.
    #[error(transparent)]
    InvalidRequest(#[from] InvalidRequest),
    /// Another client replaced the object between two requests of this operation.
    #[error("the object was replaced while it was read: read it again")]
    Replaced,
    /// A condition of the caller (`if_match`, `if_none_match`) does not hold, or could not be looked at because of another write to the
    /// same key, which is retryable.
    #[error(
        "{}",
        if .0.is_retryable() {
            "another write to the same key is under way: try again"
        } else {
            "the condition of the request does not hold: the object is another one, or is there already"
        }
    )]
    Condition(#[source] TransportError),
    /// An instruction file is there already, which a put must not replace unasked.
    #[error(
        "an instruction file of that name is there already: replacing it makes the object it belongs to unreadable until the new object is complete; ask for overwrite_instruction_file if that is meant"
    )]
    InstructionFileExists,
    /// Object and instruction file may not belong together, because a failed put could not be undone.
    #[error(
        "the put failed and could not be undone, so object and instruction file may not belong together: put the object again; undoing failed with: {undo}"
    )]
    NotUndone {
        /// Why the put failed.
        #[source]
        cause: Box<Self>,
        /// Why undoing it failed.
        undo: Box<Self>,
        /// What is to be undone: [`undo`](crate::adapter::Placed::undo) tries again, and [`previous`](crate::adapter::Placed::previous) is the old
        /// instruction file, if there was one. `None` if it is the file's own put that nobody knows about.
        placed: Option<Box<crate::adapter::Placed>>,
    },
    /// A put that was too large for memory failed.
    #[error(
        "the content was sent as a stream, which nobody can send again ({0}): put it again from its beginning, or use `upload`, whose parts are sent again when they fail"
    )]
    StreamedOnce(#[source] Box<Self>),
    /// A stream ended early, or went on after its declared end.
    #[error(
        "the stream has not the {expected} bytes it declared (it came to {received}): the connection or the source was cut off"
    )]
    Interrupted {
        /// The declared length, in bytes.
        expected: u64,
        /// What came, in bytes.
        received: u64,
    },
    /// A file or a caller's stream could not be read or written.
    #[error("input or output failed: {0}")]
    Io(#[from] io::Error),
    /// S3, or the way to it, failed.
    #[error(transparent)]
    Transport(TransportError),
}

/// What a program can do about an [`Error`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No such object, bucket or version.
    NotFound,
    /// A plain object, or one whose V1 or V2 instruction file is lost: nothing tells these apart.
    NoEnvelope,
    /// A V3 object without its instruction file.
    MissingInstructionFile,
    /// The policy, or the caller's choice of result, does not allow the object.
    Refused,
    /// The envelope is not well formed.
    Malformed,
    /// The keyring or its key service did not do it: access, throttling, an unknown key.
    KeyService,
    /// Wrong key, wrong context, or something was changed.
    Decrypt,
    /// The range lies outside the plaintext, or cannot be read.
    Range,
    /// More than a limit allows.
    TooLarge,
    /// The request cannot be made as described.
    InvalidRequest,
    /// Somebody else's change, or something that is there already, is in the way.
    Conflict,
    /// A file or a caller's stream.
    Io,
    /// S3, or the way to it.
    Transport,
}

impl Error {
    /// What a program can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::NoEnvelope => ErrorKind::NoEnvelope,
            Self::MissingInstructionFile => ErrorKind::MissingInstructionFile,
            Self::Refused(_) | Self::Unverifiable => ErrorKind::Refused,
            Self::Malformed(_) => ErrorKind::Malformed,
            Self::Keyring(_) => ErrorKind::KeyService,
            Self::Decrypt(_) => ErrorKind::Decrypt,
            Self::Range(_) | Self::RangeNotSatisfiable(_) => ErrorKind::Range,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Length(_) | Self::InvalidRequest(_) => ErrorKind::InvalidRequest,
            Self::Replaced | Self::Condition(_) | Self::InstructionFileExists => ErrorKind::Conflict,
            Self::NotUndone { cause, .. } | Self::StreamedOnce(cause) => cause.kind(),
            Self::Io(_) => ErrorKind::Io,
            Self::Interrupted { .. } | Self::Transport(_) | Self::InstructionFileDenied(_) => ErrorKind::Transport,
        }
    }

    /// Whether the same operation, made again from its beginning, may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keyring(KeyringError::KeyService(error)) => error.is_retryable(),
            Self::Transport(error) | Self::Condition(error) => error.is_retryable(),
            Self::Replaced | Self::Interrupted { .. } => true,
            Self::StreamedOnce(cause) => cause.is_retryable(),
            _ => false,
        }
    }

    /// The transport's error behind it, if there is one: with S3's code and request id.
    #[must_use]
    pub fn transport_error(&self) -> Option<&TransportError> {
        match self {
            Self::NotFound(error)
            | Self::Condition(error)
            | Self::RangeNotSatisfiable(error)
            | Self::InstructionFileDenied(error)
            | Self::Transport(error) => Some(error),
            Self::NotUndone { cause, .. } | Self::StreamedOnce(cause) => cause.transport_error(),
            _ => None,
        }
    }

    /// Wraps an error of a caller's own stream.
    pub fn from_stream(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Io(io::Error::other(error))
    }
}

/// A missing object and a condition that does not hold have kinds of their own. Pinned requests map the latter themselves. Where the body
/// that was sent failed, that is the error: the caller's stream, and not the way to S3.
impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        if let Some(of_body) = of_body(&error) {
            return of_body.into_error(error);
        }
        match error.kind() {
            TransportErrorKind::NotFound => Self::NotFound(error),
            TransportErrorKind::PreconditionFailed => Self::Condition(error),
            TransportErrorKind::RangeNotSatisfiable => Self::RangeNotSatisfiable(error),
            _ => Self::Transport(error),
        }
    }
}

/// What of an error of a body can be told again; the error itself belongs to the transport's.
enum OfBody {
    Io { kind: io::ErrorKind, text: String },
    Interrupted { expected: u64, received: u64 },
    Length(LengthError),
}

/// The error of ours that a transport met in the body that it was sending.
fn of_body(error: &TransportError) -> Option<OfBody> {
    let mut next = StdError::source(error);
    while let Some(error) = next {
        match error.downcast_ref() {
            Some(Error::Io(error)) => return Some(OfBody::Io { kind: error.kind(), text: error.to_string() }),
            Some(&Error::Interrupted { expected, received }) => {
                return Some(OfBody::Interrupted { expected, received });
            }
            Some(Error::Length(error)) => return Some(OfBody::Length(*error)),
            _ => {}
        }
        // What an `io::Error` wraps is no source of it.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|error| error as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
}

impl OfBody {
    fn into_error(self, request: TransportError) -> Error {
        match self {
            Self::Io { kind, text } => Error::Io(io::Error::new(kind, SourceFailed { text, request })),
            Self::Interrupted { expected, received } => Error::Interrupted { expected, received },
            Self::Length(error) => Error::Length(error),
        }
    }
}

/// A caller's stream failed while a request was sent.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct SourceFailed {
    text: String,
    #[source]
    request: TransportError,
}

impl From<KeyringError> for Error {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Decrypt(error) => Self::Decrypt(error),
            other => Self::Keyring(other),
        }
    }
}

impl From<RangeError> for Error {
    fn from(error: RangeError) -> Self {
        match error {
            RangeError::Decrypt(error) => Self::Decrypt(error),
            other => Self::Range(other),
        }
    }
}

impl From<AdmitError> for Error {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::MissingInstructionFile => Self::MissingInstructionFile,
            AdmitError::Refused(refused) => Self::Refused(refused),
            AdmitError::Malformed(malformed) => Self::Malformed(malformed),
            // The enum grows only with more reasons why there is no envelope to read.
            _ => Self::NoEnvelope,
        }
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Length(error) => Self::Length(error),
            SealError::Rng(error) => Self::Keyring(error.into()),
            SealError::Key(error) => Self::Keyring(error.into()),
            _ => Self::InvalidRequest(InvalidRequest::ContextTooLong),
        }
    }
}

/// A request cannot be made as the caller described it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// A header that a caller may not set.
    #[error("the header {name} cannot be set here: {reason}")]
    Header {
        /// The header.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A field of an SDK's request that a caller may not set.
    #[error("{field} cannot be set here: {reason}")]
    Field {
        /// The field, as the SDK calls it.
        field: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// User metadata with a name of the encryption's own.
    #[error("user metadata must not use the name {name}, which the encryption writes: choose another name")]
    ReservedMetadata {
        /// The name.
        name: String,
    },
    /// User metadata with a name that occurs twice; letter case makes no difference.
    #[error(
        "the user metadata {name:?} occurs twice, and S3 stores one value for a name in any letter case: leave one out"
    )]
    RepeatedMetadata {
        /// The name.
        name: String,
    },
    /// User metadata that is no header.
    #[error(
        "the user metadata {name:?} cannot be sent: names are letters, digits and !#$%&'*+-.^_`|~, values printable text"
    )]
    MetadataSyntax {
        /// The name.
        name: String,
    },
    /// A key that belongs to an instruction file.
    #[error(
        "the key {key:?} ends in {INSTRUCTION_SUFFIX}, as those of instruction files do, and would be taken for one: choose another key"
    )]
    InstructionKey {
        /// The key.
        key: String,
    },
    /// More metadata than S3 stores.
    #[error(
        "metadata takes {len} bytes and S3 stores at most {limit} of them: put the data key in an instruction file (KeyPlacement::InstructionFile), or use less user metadata"
    )]
    MetadataTooLong {
        /// What it takes, in bytes.
        len: usize,
        /// What S3 takes, in bytes.
        limit: usize,
    },
    /// A put needs to know how long its content is.
    #[error("a put needs the length of its content: use `upload` for a stream of unknown length")]
    UnknownLength,
    /// More than S3 takes in one request.
    #[error("a put has at most 5 GiB, and this one {len} bytes: use `upload`")]
    TooLargeForPut {
        /// The stored length, in bytes.
        len: u64,
    },
    /// The context is longer than could be read back.
    #[error("the encryption context or material description is too long to be read back")]
    ContextTooLong,
    /// More parts than S3 takes.
    #[error("an upload has at most 10,000 parts: use larger ones")]
    TooManyParts,
    /// The upload failed before; there is nothing to add to.
    #[error("the upload failed before and was aborted: start it again")]
    UploadFailed,
    /// A rotation that must change the key did not.
    #[error("the old keyring opens the new wrap as well, so the key would not be rotated: give another key")]
    NotRotated,
    /// The operation cannot do that.
    #[error("the operation cannot do that: {0}")]
    Unsupported(&'static str),
}
