//! What the library says of formats and keys, for a person.

use core::error::Error as _;

use cse_envelope::{
    MaterialDescription, WrapAlgorithm,
    error::{AdmitError, DecryptError, LengthError, Malformed, RangeError, Refused, Requirement, SealError},
};
use cse_keys::{KeyError, KeyringError};

use super::{Failure, Kind};

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
        "give the object's key, with its --description after it",
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
