//! What can go wrong with keys.

use alloc::{boxed::Box, vec::Vec};
use core::{error::Error, fmt};

pub(crate) use cse_envelope::error::{DecryptError, RngError};
use cse_envelope::{MaterialDescription, WrapAlgorithm, error::KeyMismatch};

/// A keyring could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// Wrong key, wrong context, or something was changed: one value for all of them, without a source.
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
    /// The key service did not do it; [`KmsError::kind`] tells what to do.
    #[error(transparent)]
    KeyService(#[from] KmsError),
    /// The object is wrapped by another kind of key than this keyring holds.
    #[error("the data key is wrapped by {}, which this keyring does not unwrap: use a keyring of that kind", .0.name())]
    OtherWrap(WrapAlgorithm),
    /// This keyring does not write the format that was asked for.
    #[error("this keyring does not write that format: kms formats need a KMS keyring, V1 needs an AES or RSA one")]
    OtherFormat,
    /// New objects need a larger RSA key.
    #[error("the RSA key is too small for new objects: use one of at least 2048 bits")]
    RsaKeyTooSmall,
    /// Only the public half of the key pair is there.
    #[error("this RSA keyring has the public half only: it writes, but reading needs the private half")]
    PublicHalfOnly,
    /// A KMS keyring without a key id reads only.
    #[error("this KMS keyring discovers keys and has none of its own: writing needs a key id")]
    DiscoveryOnly,
    /// Keyrings of a caller's own key have a material description, not a context.
    #[error("an encryption context is for KMS: give an AES or RSA keyring a material description instead")]
    ContextWithoutKms,
    /// The context uses a name that clients write themselves.
    #[error("the encryption context must not use the reserved name {0}")]
    ReservedName(&'static str),
    /// The caller's context cannot replace the stored one if the caller has none.
    #[error("caller-context needs the caller's context: ExpectedContext::Exactly")]
    CallerContextMissing,
    /// Several keyrings of a set fit the object equally well.
    #[error("several keyrings of the set may be the object's, and nothing tells them apart; {}", Descriptions(.descriptions))]
    SeveralFit {
        /// The material descriptions of those that fit.
        descriptions: Vec<MaterialDescription>,
    },
    /// The data key does not go with the format.
    #[error(transparent)]
    Mismatch(#[from] KeyMismatch),
    /// See [`RngError`].
    #[error(transparent)]
    Rng(#[from] RngError),
    /// This build has no code for the wrap.
    #[error("this build lacks the feature `legacy`")]
    LegacyFeature,
    /// The keyring waits for something, and [`now`](crate::now) does not.
    #[error("the keyring has to wait for its key service: await it in a runtime")]
    NotReady,
}

struct Descriptions<'a>(&'a [MaterialDescription]);

impl fmt::Display for Descriptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("KMS keyrings have no material description, so a set takes one of them");
        }
        f.write_str("their material descriptions:")?;
        for description in self.0 {
            f.write_str(" {")?;
            for (i, (name, value)) in description.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{name:?}: {value:?}")?;
            }
            f.write_str("}")?;
        }
        Ok(())
    }
}

/// A wrapping key cannot be made from what was given. Says what is expected, never what was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not 16, 24 or 32 bytes.
    #[error("an AES key has 16, 24 or 32 bytes")]
    AesLength,
    /// All bytes are zero: an unset variable, not a key.
    #[error("the AES key is all zeros")]
    AesZero,
    /// Not an RSA key in a known form.
    #[error("not an RSA key: PEM or DER of PKCS#1, PKCS#8 or SubjectPublicKeyInfo is expected")]
    RsaEncoding,
    /// An encrypted PKCS#8 key and no password, or the wrong one.
    #[error("the RSA key is encrypted: its password is missing or wrong")]
    RsaPassword,
    /// Fewer than 1024 bits; or, to generate one, not 2048 to 8192.
    #[error("the RSA key must have 2048 to 8192 bits (1024 are enough to read old objects)")]
    RsaSize,
    /// A KMS key with this id is there already, or an alias points nowhere.
    #[error("the key id or alias is taken, or its target does not exist")]
    KeyId,
    /// See [`RngError`].
    #[error(transparent)]
    Rng(#[from] RngError),
}

/// A key service call failed.
#[derive(Debug)]
pub struct KmsError {
    kind: KmsErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a caller can do about a failed key service call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KmsErrorKind {
    /// The caller may not use the key: ask for the permission.
    AccessDenied,
    /// Key or alias does not exist, in this account and region.
    NotFound,
    /// The key is disabled, pending deletion or of another kind.
    Unusable,
    /// Wrong context, wrong key or a changed blob. Keyrings turn it into [`DecryptError`].
    InvalidCiphertext,
    /// Too many requests: try again later.
    Throttled,
    /// The service could not be reached, or failed: try again.
    Unavailable,
    /// Something else; see the source.
    Other,
}

/// What AWS says where there are too many requests; some services without and some with `Exception` at its end.
const THROTTLED: &[&str] = &[
    "LimitExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// What AWS says to a caller whom it does not know, with the status 400 as well as 403.
const UNKNOWN_CALLER: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

impl KmsErrorKind {
    /// The kind that goes with the HTTP status and the error code of an answer: for everybody who writes a [`KmsApi`](crate::KmsApi).
    ///
    /// The code is the plain one, such as `NotFoundException`, without name space or URL. The codes are those that AWS's KMS API
    /// Reference lists for `GenerateDataKey`, `Encrypt` and `Decrypt` and under "Common Errors", and those of services that stand in
    /// for KMS. An unknown code, or none, leaves it to the status.
    ///
    /// ```
    /// use cse_keys::KmsErrorKind;
    ///
    /// assert_eq!(KmsErrorKind::from_answer(400, Some("DisabledException")), KmsErrorKind::Unusable);
    /// assert_eq!(KmsErrorKind::from_answer(503, None), KmsErrorKind::Unavailable);
    /// ```
    #[must_use]
    pub fn from_answer(status: u16, code: Option<&str>) -> Self {
        match (code, status) {
            (Some("NotFoundException"), _) => Self::NotFound,
            (Some("InvalidCiphertextException" | "IncorrectKeyException"), _) => Self::InvalidCiphertext,
            (Some("DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException"), _) => Self::Unusable,
            (Some(code), _) if THROTTLED.contains(&code) => Self::Throttled,
            (_, 429) => Self::Throttled,
            (Some("AccessDenied" | "AccessDeniedException"), _) => Self::AccessDenied,
            (Some(code), _) if UNKNOWN_CALLER.contains(&code) => Self::AccessDenied,
            (Some("DependencyTimeoutException" | "KeyUnavailableException" | "KMSInternalException"), _)
            | (Some("RequestTimeoutException"), _)
            | (_, 408 | 500..=599) => Self::Unavailable,
            (_, 401 | 403) => Self::AccessDenied,
            _ => Self::Other,
        }
    }
}

impl KmsError {
    /// An error of this kind.
    #[must_use]
    pub const fn new(kind: KmsErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// An error of this kind, with its cause. The cause must not hold key material.
    pub fn with_source(kind: KmsErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// What a caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> KmsErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self.kind, KmsErrorKind::Throttled | KmsErrorKind::Unavailable)
    }
}

impl fmt::Display for KmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            KmsErrorKind::AccessDenied => {
                "the key service denied access: check the credentials, and their permission to use the key"
            }
            KmsErrorKind::NotFound => "the key service does not know the key or alias, in this account and region",
            KmsErrorKind::Unusable => "the key cannot be used: it is disabled, pending deletion or of another kind",
            KmsErrorKind::InvalidCiphertext => {
                "the key service could not decrypt: wrong key, wrong context, or changed"
            }
            KmsErrorKind::Throttled => "the key service answered that there are too many requests: try again later",
            KmsErrorKind::Unavailable => "the key service could not be reached or failed: try again",
            KmsErrorKind::Other => "the key service failed",
        })
    }
}

impl Error for KmsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::KmsErrorKind as Kind;

    #[test]
    fn answers_have_kinds() {
        for (status, code, kind) in [
            // of the three operations
            (400, "DependencyTimeoutException", Kind::Unavailable),
            (503, "DependencyTimeoutException", Kind::Unavailable),
            (400, "DisabledException", Kind::Unusable),
            (400, "IncorrectKeyException", Kind::InvalidCiphertext),
            (400, "InvalidCiphertextException", Kind::InvalidCiphertext),
            (400, "InvalidGrantTokenException", Kind::Other),
            (400, "InvalidKeyUsageException", Kind::Unusable),
            (500, "KeyUnavailableException", Kind::Unavailable),
            (500, "KMSInternalException", Kind::Unavailable),
            (409, "KMSInvalidStateException", Kind::Unusable),
            (400, "NotFoundException", Kind::NotFound),
            // common to all
            (400, "AccessDeniedException", Kind::AccessDenied),
            (403, "ExpiredTokenException", Kind::AccessDenied),
            (400, "ExpiredTokenException", Kind::AccessDenied),
            (403, "IncompleteSignature", Kind::AccessDenied),
            (400, "IncompleteSignatureException", Kind::AccessDenied),
            (500, "InternalFailure", Kind::Unavailable),
            (400, "InvalidSignatureException", Kind::AccessDenied),
            (400, "MissingAuthenticationTokenException", Kind::AccessDenied),
            (401, "NotAuthorized", Kind::AccessDenied),
            (403, "OptInRequired", Kind::AccessDenied),
            (400, "RequestExpired", Kind::AccessDenied),
            (408, "RequestTimeoutException", Kind::Unavailable),
            (503, "ServiceUnavailable", Kind::Unavailable),
            (400, "SignatureDoesNotMatch", Kind::AccessDenied),
            (400, "ThrottlingException", Kind::Throttled),
            (404, "UnknownOperationException", Kind::Other),
            (400, "UnrecognizedClientException", Kind::AccessDenied),
            (400, "ValidationException", Kind::Other),
            // a code that is known counts more than the status
            (500, "NotFoundException", Kind::NotFound),
            (503, "AccessDenied", Kind::AccessDenied),
            (503, "Throttling", Kind::Throttled),
            // letter case counts, and what surrounds a code is not part of it
            (400, "notfoundexception", Kind::Other),
            (400, "com.amazonaws.kms#NotFoundException", Kind::Other),
        ] {
            assert_eq!(Kind::from_answer(status, Some(code)), kind, "{status} {code}");
        }
    }

    #[test]
    fn without_a_code_the_status_has_a_kind() {
        for (status, kind) in [
            (400, Kind::Other),
            (401, Kind::AccessDenied),
            (403, Kind::AccessDenied),
            (404, Kind::Other),
            (408, Kind::Unavailable),
            (429, Kind::Throttled),
            (500, Kind::Unavailable),
            (503, Kind::Unavailable),
            (599, Kind::Unavailable),
            (600, Kind::Other),
        ] {
            assert_eq!(Kind::from_answer(status, None), kind, "{status}");
            assert_eq!(Kind::from_answer(status, Some("Unheard")), kind, "{status}");
        }
    }
}
