//! Format versions, and which of them new objects are written in.

use crate::{policy::CommitmentPolicy, suite::AlgorithmSuite};

/// The version of a stored format.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum FormatVersion {
    /// `x-amz-key`: AES-CBC content; wraps by a caller's AES or RSA key, not named in the object. Legacy.
    V1,
    /// `x-amz-key-v2`: AES-GCM (or, legacy, AES-CBC) content, wrap named in the object.
    V2,
    /// `x-amz-3`: AES-GCM content with a key commitment. The default.
    V3,
}

/// The format of a new object. The two that are safe to choose are constants here; the old ones come from
/// [`danger`](crate::danger).
///
/// ```
/// use cse_envelope::{AlgorithmSuite, CommitmentPolicy, WriteFormat};
///
/// assert_eq!(CommitmentPolicy::default().write_format(), WriteFormat::V3);
/// assert_eq!(WriteFormat::V3.suite(), AlgorithmSuite::GcmCommitKey);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct WriteFormat(Kind);

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Kind {
    V3,
    V2,
    #[cfg(feature = "legacy")]
    V1,
    #[cfg(feature = "legacy")]
    V2Kms(AlgorithmSuite),
}

impl WriteFormat {
    /// Key-committing AES-GCM: what every client released since December 2025 reads.
    pub const V3: Self = Self(Kind::V3);
    /// AES-GCM without key commitment, for readers that know no V3.
    pub const V2: Self = Self(Kind::V2);
    #[cfg(feature = "legacy")]
    pub(crate) const V1: Self = Self(Kind::V1);
    #[cfg(feature = "legacy")]
    pub(crate) const V2_KMS_GCM: Self = Self(Kind::V2Kms(AlgorithmSuite::Gcm));
    #[cfg(feature = "legacy")]
    pub(crate) const V2_KMS_CBC: Self = Self(Kind::V2Kms(AlgorithmSuite::Cbc));

    /// The version the object will have.
    #[must_use]
    pub const fn version(self) -> FormatVersion {
        match self.0 {
            Kind::V3 => FormatVersion::V3,
            Kind::V2 => FormatVersion::V2,
            #[cfg(feature = "legacy")]
            Kind::V1 => FormatVersion::V1,
            #[cfg(feature = "legacy")]
            Kind::V2Kms(_) => FormatVersion::V2,
        }
    }

    /// How the content will be encrypted.
    #[must_use]
    pub const fn suite(self) -> AlgorithmSuite {
        match self.0 {
            Kind::V3 => AlgorithmSuite::GcmCommitKey,
            Kind::V2 => AlgorithmSuite::Gcm,
            #[cfg(feature = "legacy")]
            Kind::V1 => AlgorithmSuite::Cbc,
            #[cfg(feature = "legacy")]
            Kind::V2Kms(suite) => suite,
        }
    }

    /// Whether the format takes a legacy wrap: keyrings write `AES` and `RSA` in V1, and `kms` in the legacy V2.
    #[must_use]
    pub const fn is_legacy(self) -> bool {
        !matches!(self.0, Kind::V3 | Kind::V2)
    }
}

impl CommitmentPolicy {
    /// The format this policy writes new objects in.
    #[must_use]
    pub const fn write_format(self) -> WriteFormat {
        match self {
            Self::ForbidEncryptAllowDecrypt => WriteFormat::V2,
            Self::RequireEncryptAllowDecrypt | Self::RequireEncryptRequireDecrypt => WriteFormat::V3,
        }
    }
}
