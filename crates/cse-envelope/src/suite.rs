//! Algorithm suites: how an object's content is encrypted, with ids, names, lengths and limits.
//!
//! Source: S3EC specification, *encryption* (algorithm suites).

use crate::error::LengthError;

/// How an object's content is encrypted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AlgorithmSuite {
    /// `0x0070`: AES-CBC with PKCS#7 padding. Legacy, unauthenticated; the data key has 16, 24 or 32 bytes.
    Cbc,
    /// `0x0072`: AES-256-GCM under the data key itself. Authenticated, but not key committing.
    Gcm,
    /// `0x0073`: AES-256-GCM under a key derived from the data key, with a key commitment. The default.
    GcmCommitKey,
}

/// Length of a GCM tag, in bytes.
pub(crate) const TAG_LEN: u64 = 16;
/// Length of an AES block, in bytes.
pub(crate) const BLOCK_LEN: u64 = 16;
/// SP 800-38D: at most 2^39 - 256 bits of plaintext under one key and IV.
const GCM_MAX_PLAINTEXT_LEN: u64 = (1 << 36) - 32;

impl AlgorithmSuite {
    /// The suite's number in the S3EC specification.
    pub const fn id(self) -> u16 {
        match self {
            Self::Cbc => 0x0070,
            Self::Gcm => 0x0072,
            Self::GcmCommitKey => 0x0073,
        }
    }

    /// The suite's name as stored: the value of `x-amz-cek-alg` (V2) or `x-amz-c` (V3), and the text that wraps are bound to.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cbc => "AES/CBC/PKCS5Padding",
            Self::Gcm => "AES/GCM/NoPadding",
            Self::GcmCommitKey => "115",
        }
    }

    /// The suite stored under `name`; `AES/CBC/PKCS7Padding` is a second name some writers use for CBC.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "AES/CBC/PKCS5Padding" | "AES/CBC/PKCS7Padding" => Some(Self::Cbc),
            "AES/GCM/NoPadding" => Some(Self::Gcm),
            "115" => Some(Self::GcmCommitKey),
            _ => None,
        }
    }

    /// Whether a changed ciphertext is noticed.
    pub const fn is_authenticated(self) -> bool {
        !matches!(self, Self::Cbc)
    }

    /// Whether the object names the one data key that opens it.
    pub const fn is_committing(self) -> bool {
        matches!(self, Self::GcmCommitKey)
    }

    /// Length of the stored IV, in bytes; a suite with key commitment stores a message id instead.
    pub const fn iv_len(self) -> usize {
        match self {
            Self::Cbc => 16,
            Self::Gcm => 12,
            Self::GcmCommitKey => 0,
        }
    }

    /// The longest plaintext, in bytes.
    pub const fn max_plaintext_len(self) -> u64 {
        match self {
            Self::Cbc => u64::MAX - BLOCK_LEN,
            Self::Gcm | Self::GcmCommitKey => GCM_MAX_PLAINTEXT_LEN,
        }
    }

    /// The ciphertext's length for a plaintext of `plaintext_len` bytes.
    ///
    /// # Errors
    ///
    /// [`LengthError::TooLong`] above [`Self::max_plaintext_len`].
    pub const fn ciphertext_len(self, plaintext_len: u64) -> Result<u64, LengthError> {
        if plaintext_len > self.max_plaintext_len() {
            return Err(LengthError::TooLong { suite: self });
        }
        Ok(match self {
            Self::Cbc => plaintext_len - plaintext_len % BLOCK_LEN + BLOCK_LEN,
            Self::Gcm | Self::GcmCommitKey => plaintext_len + TAG_LEN,
        })
    }

    /// The plaintext's length for a ciphertext of `ciphertext_len` bytes, where that is certain.
    ///
    /// `None` for CBC, whose last block must be decrypted to know, and for a length that no plaintext gives.
    pub const fn plaintext_len(self, ciphertext_len: u64) -> Option<u64> {
        match self {
            Self::Cbc => None,
            Self::Gcm | Self::GcmCommitKey => match ciphertext_len.checked_sub(TAG_LEN) {
                Some(len) if len <= GCM_MAX_PLAINTEXT_LEN => Some(len),
                _ => None,
            },
        }
    }

    /// Whether a complete ciphertext can have this length.
    pub const fn is_ciphertext_len(self, ciphertext_len: u64) -> bool {
        match self {
            Self::Cbc => ciphertext_len > 0 && ciphertext_len.is_multiple_of(BLOCK_LEN),
            Self::Gcm | Self::GcmCommitKey => self.plaintext_len(ciphertext_len).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gcm_takes_exactly_two_to_the_36_minus_32_bytes() {
        for suite in [AlgorithmSuite::Gcm, AlgorithmSuite::GcmCommitKey] {
            assert_eq!(suite.max_plaintext_len(), 68_719_476_704);
            assert_eq!(suite.ciphertext_len(68_719_476_704), Ok(68_719_476_720));
            assert_eq!(suite.ciphertext_len(68_719_476_705), Err(LengthError::TooLong { suite }));
            assert_eq!(suite.plaintext_len(68_719_476_720), Some(68_719_476_704));
            assert_eq!(suite.plaintext_len(68_719_476_721), None);
            assert_eq!(suite.plaintext_len(15), None);
        }
    }

    #[test]
    fn cbc_always_pads() {
        let suite = AlgorithmSuite::Cbc;
        assert_eq!(suite.ciphertext_len(0), Ok(16));
        assert_eq!(suite.ciphertext_len(15), Ok(16));
        assert_eq!(suite.ciphertext_len(16), Ok(32));
        assert!(suite.ciphertext_len(u64::MAX - 15).is_err());
        assert!(!suite.is_ciphertext_len(0) && !suite.is_ciphertext_len(17) && suite.is_ciphertext_len(16));
    }

    #[test]
    fn names_read_back() {
        for suite in [AlgorithmSuite::Cbc, AlgorithmSuite::Gcm, AlgorithmSuite::GcmCommitKey] {
            assert_eq!(AlgorithmSuite::from_name(suite.name()), Some(suite));
        }
        assert_eq!(AlgorithmSuite::from_name("aes/gcm/nopadding"), None);
        assert_eq!(AlgorithmSuite::from_name("AES/CTR/NoPadding"), None);
    }
}
