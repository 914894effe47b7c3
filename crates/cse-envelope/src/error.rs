//! What can go wrong, by direction and by what a caller can do about it.

use alloc::{string::String, vec::Vec};
use core::fmt;

pub use crate::{context::DuplicateName, data_key::DataKeyLength, rng::RngError};
use crate::{envelope::MetadataKey, policy::Switch, suite::AlgorithmSuite, wrap::WrapAlgorithm};

/// Decryption failed: wrong key, wrong context, or something was changed. Deliberately says no more, and has no source.
///
/// Commitment, tag, padding and unwrapping failures are this one value, so that nobody can learn from the difference.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, thiserror::Error)]
#[error("decryption failed: the key or the context is not the object's, or the object was changed")]
#[non_exhaustive]
pub struct DecryptError;

/// Stored metadata, or an instruction file, is not a well-formed envelope. Never holds a key or a wrapped key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}: {problem}")]
#[non_exhaustive]
pub struct Malformed {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub problem: Problem,
}

/// The part of an envelope that is not well formed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Place {
    /// One metadata key, wherever it is stored.
    Key(MetadataKey),
    /// The instruction file as a whole.
    InstructionFile,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            Self::InstructionFile => f.write_str("instruction file"),
        }
    }
}

/// What is wrong with a part of an envelope.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The name occurs twice once letter case and prefix are ignored.
    #[error("occurs twice")]
    Repeated,
    /// Needed by the version that the other keys show, and not there.
    #[error("is missing")]
    Missing,
    /// Does not belong with the other keys, which show another version or another wrap.
    #[error("does not belong beside {other}")]
    NotBeside {
        /// The key that shows the version.
        other: MetadataKey,
    },
    /// Must be on the object itself: from an instruction file it would not be a commitment.
    #[error("must be on the object, never in an instruction file")]
    InInstructionFile,
    /// Metadata and instruction file name it with different values.
    #[error("differs between the object and its instruction file")]
    Contradicts,
    /// Not base64.
    #[error("is not base64 with padding")]
    Base64,
    /// The wrong number of bytes.
    #[error("has {found} bytes, must have {expected}")]
    Length {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// Not a number of bits this format has; only 128 is.
    #[error("must be 128 for AES/GCM")]
    TagLength,
    /// An algorithm nobody defined, or one that does not go with the others.
    #[error("unknown algorithm {name}")]
    UnknownAlgorithm {
        /// The stored name, escaped; a text too long for a name is not repeated.
        name: AlgorithmName,
    },
    /// The wrapping algorithm is never used with this content algorithm.
    #[error("{suite} does not go with the wrapping algorithm {wrap}", suite = suite.name(), wrap = wrap.name())]
    Combination {
        /// The content's suite.
        suite: AlgorithmSuite,
        /// The wrapping algorithm.
        wrap: WrapAlgorithm,
    },
    /// The context names another algorithm suite than the object does.
    #[error("names another content algorithm than the object does")]
    SuiteMismatch,
    /// Not one flat JSON object of text values.
    #[error("is not a JSON object of text values")]
    Json,
    /// A JSON object with a name that occurs twice.
    #[error("names an entry twice")]
    JsonRepeated,
    /// More bytes than any client writes.
    #[error("has more than {limit} bytes")]
    TooLong {
        /// The most that is read, in bytes.
        limit: usize,
    },
}

/// A stored algorithm name, made safe to print.
///
/// A text longer than any algorithm's name may be a wrapped key under the wrong name, so it is not kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AlgorithmName(Option<String>);

impl AlgorithmName {
    /// The shortest wrapped key has 44 characters of base64, the longest algorithm name 37.
    const MAX: usize = 40;

    pub(crate) fn new(name: &str) -> Self {
        Self((name.len() <= Self::MAX).then(|| name.escape_default().collect()))
    }
}

impl fmt::Display for AlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "\"{name}\""),
            None => f.write_str("(a text too long for an algorithm's name)"),
        }
    }
}

/// Why stored metadata may not be read further.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AdmitError {
    /// The metadata holds no envelope.
    #[error(
        "no envelope in the metadata: the object is not encrypted by an S3 encryption client, or its instruction file is needed or lost"
    )]
    NoEnvelope,
    /// A V3 object whose key part is in an instruction file that was not given.
    #[error("the object's data key is in its instruction file (<key>.instruction): read that as well")]
    MissingInstructionFile,
    /// Well formed, but the policy does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Not a well-formed envelope.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// The policy does not allow the object; lists everything that would have to be allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Refused {
    /// What the object needs and the policy does not allow, in the order of the checks; never empty.
    pub needs: Vec<Requirement>,
}

impl core::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused by the read policy: ")?;
        for (i, need) in self.needs.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{need}")?;
        }
        Ok(())
    }
}

/// One thing an object needs from a read policy (or from the build).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Requirement {
    /// The content is AES-CBC.
    #[error("the content is AES-CBC, which nothing authenticates (allow `legacy`)")]
    LegacyContent,
    /// The wrap is not bound to the algorithm suite.
    #[error("the wrapping algorithm {} is legacy (allow `legacy`)", .0.name())]
    LegacyWrap(WrapAlgorithm),
    /// The object does not name its wrap.
    #[error("the object names no wrapping algorithm (allow `missing-wrap-algorithm`)")]
    MissingWrapAlgorithm,
    /// The object has no key commitment.
    #[error(
        "the object has no key commitment (use a policy that allows reading without: require-encrypt-allow-decrypt)"
    )]
    NoCommitment,
    /// This build has no code for it.
    #[error("this build lacks the feature `legacy`")]
    LegacyFeature,
}

impl Requirement {
    /// The switch that allows it, where one does.
    #[must_use]
    pub const fn switch(self) -> Option<Switch> {
        match self {
            Self::LegacyContent | Self::LegacyWrap(_) => Some(Switch::Legacy),
            Self::MissingWrapAlgorithm => Some(Switch::MissingWrapAlgorithm),
            Self::NoCommitment | Self::LegacyFeature => None,
        }
    }
}

/// A plaintext's length is not one that can be encrypted, or not the one declared.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LengthError {
    /// More than the suite takes under one key.
    #[error("the plaintext is too long: at most {} bytes fit one object", .suite.max_plaintext_len())]
    TooLong {
        /// The suite whose limit it is.
        suite: AlgorithmSuite,
    },
    /// Fewer or more bytes than were declared.
    #[error("the plaintext does not have the {declared} bytes that were declared")]
    NotAsDeclared {
        /// What was declared, in bytes.
        declared: u64,
    },
}

/// A key does not go with a format: a data key that is not 32 bytes long, or a wrap that the version cannot name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the key does not go with the object's format")]
#[non_exhaustive]
pub struct KeyMismatch;

/// Sealing could not begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// See [`LengthError`].
    #[error(transparent)]
    Length(#[from] LengthError),
    /// See [`RngError`].
    #[error(transparent)]
    Rng(#[from] RngError),
    /// Encryption context or material description are longer than can be read back: more than 128 KiB of JSON, in which a character that
    /// is not ASCII takes 6 or 12 bytes.
    #[error("the encryption context or material description is too long to be read back")]
    ContextTooLong,
    /// The keyring gave a key that the format does not take: not 32 bytes long, or wrapped by an algorithm of another version.
    #[error("the keyring gave a key that does not go with the format")]
    Key(#[from] KeyMismatch),
}

/// A byte range cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// Not `bytes=a-b`, `bytes=a-` or `bytes=-n`, or its end lies before its start.
    #[error("not a byte range: write bytes=FIRST-LAST, bytes=FIRST- or bytes=-LENGTH")]
    Syntax,
    /// Not a `Content-Range` of bytes.
    #[error("not a content range: bytes FIRST-LAST/LENGTH was expected")]
    ContentRangeSyntax,
    /// No byte of the range is in the plaintext; the counterpart of HTTP 416.
    #[error("the range lies outside the plaintext of {plaintext_len} bytes")]
    Unsatisfiable {
        /// The plaintext's length, in bytes.
        plaintext_len: u64,
    },
    /// The store answered with other bytes than the covering range.
    #[error("the store answered another range than was asked for")]
    NotServed,
    /// Bytes are missing, or there are more than the content range says.
    #[error("the body does not have the length of its content range")]
    Incomplete,
    /// The bytes cannot be decrypted: see [`DecryptError`].
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
}
