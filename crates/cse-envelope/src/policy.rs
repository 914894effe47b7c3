//! What a reader accepts: the commitment policy and every switch live here and nowhere else.
//!
//! Source: S3EC specification, *key commitment* (policies) and *decryption* (legacy modes).

/// When key commitment is demanded. Names are those of the S3EC specification.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CommitmentPolicy {
    /// Write without commitment, read objects with or without.
    ForbidEncryptAllowDecrypt,
    /// Write with commitment, read objects with or without.
    RequireEncryptAllowDecrypt,
    /// Write with commitment, read only objects that have it. The default.
    #[default]
    RequireEncryptRequireDecrypt,
}

impl CommitmentPolicy {
    /// Whether objects without a key commitment may be read.
    #[must_use]
    pub const fn allows_reading_without_commitment(self) -> bool {
        !matches!(self, Self::RequireEncryptRequireDecrypt)
    }
}

/// One thing a reader can switch on; all are off by default and set only by [`danger`](crate::danger).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Switch {
    /// CBC content and the wraps `kms`, `AES`, `AESWrap`, `RSA` and RSA-OAEP-SHA-256 (with MGF1-SHA-1).
    Legacy,
    /// V2 objects that name no wrapping algorithm: it is inferred from the wrapped key's length.
    MissingWrapAlgorithm,
    /// `RSA` without any padding, as Bouncy Castle (Android) wrote it.
    TextbookRsa,
    /// RSA-OAEP-SHA-256 with MGF1-SHA-256, as Bouncy Castle wrote it.
    OaepMgf1Sha256,
    /// The caller's encryption context is sent to KMS in place of the stored one, which transport may have damaged.
    CallerContext,
}

impl Switch {
    /// Every switch, in the order checks are made.
    pub const ALL: &'static [Self] =
        &[Self::Legacy, Self::MissingWrapAlgorithm, Self::TextbookRsa, Self::OaepMgf1Sha256, Self::CallerContext];

    /// The switch's name in messages and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::MissingWrapAlgorithm => "missing-wrap-algorithm",
            Self::TextbookRsa => "textbook-rsa",
            Self::OaepMgf1Sha256 => "oaep-mgf1-sha256",
            Self::CallerContext => "caller-context",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Legacy => 1,
            Self::MissingWrapAlgorithm => 2,
            Self::TextbookRsa => 4,
            Self::OaepMgf1Sha256 => 8,
            Self::CallerContext => 16,
        }
    }
}

/// What a reader accepts. By default: objects with a key commitment, nothing legacy.
///
/// ```
/// use cse_envelope::{CommitmentPolicy, ReadPolicy, Switch, danger};
///
/// let strict = ReadPolicy::default();
/// assert!(!strict.allows(Switch::Legacy));
///
/// let wide = danger::allow_legacy(ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt));
/// assert!(wide.allows(Switch::Legacy));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ReadPolicy {
    commitment: CommitmentPolicy,
    switches: u8,
}

impl ReadPolicy {
    /// A policy with every switch off.
    #[must_use]
    pub const fn new(commitment: CommitmentPolicy) -> Self {
        Self { commitment, switches: 0 }
    }

    /// The commitment policy.
    #[must_use]
    pub const fn commitment(&self) -> CommitmentPolicy {
        self.commitment
    }

    /// Whether a switch is on.
    #[must_use]
    pub const fn allows(&self, switch: Switch) -> bool {
        self.switches & switch.bit() != 0
    }

    pub(crate) const fn with(mut self, switch: Switch) -> Self {
        self.switches |= switch.bit();
        self
    }
}
