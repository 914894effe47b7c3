//! The names an envelope is stored under.
//!
//! Source: S3EC specification, *content metadata*.

use core::fmt;

/// A name under which a part of an envelope is stored, as object metadata or in an instruction file.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum MetadataKey {
    /// `x-amz-key`: the wrapped data key (V1).
    KeyV1,
    /// `x-amz-key-v2`: the wrapped data key (V2).
    KeyV2,
    /// `x-amz-iv`: the content's IV (V1, V2).
    Iv,
    /// `x-amz-matdesc`: encryption context or material description (V1, V2).
    MatDesc,
    /// `x-amz-wrap-alg`: the wrapping algorithm's name (V2).
    WrapAlg,
    /// `x-amz-cek-alg`: the content algorithm's name (V2).
    CekAlg,
    /// `x-amz-tag-len`: the tag's length in bits (V2, GCM).
    TagLen,
    /// `x-amz-unencrypted-content-length`: the plaintext's length in bytes, a hint.
    UnencryptedLen,
    /// `x-amz-3`: the wrapped data key (V3).
    KeyV3,
    /// `x-amz-w`: the wrapping algorithm's code (V3).
    WrapV3,
    /// `x-amz-c`: the content algorithm's id (V3).
    SuiteV3,
    /// `x-amz-d`: the key commitment (V3).
    Commitment,
    /// `x-amz-i`: the message id (V3).
    MessageId,
    /// `x-amz-t`: the encryption context (V3, KMS).
    ContextV3,
    /// `x-amz-m`: the material description (V3, AES and RSA).
    MatDescV3,
    /// `x-amz-crypto-instr-file`: marks an object as an instruction file.
    InstructionFile,
}

impl MetadataKey {
    /// Every key there is: the names that user metadata must not use.
    pub const ALL: &'static [Self] = &[
        Self::KeyV1,
        Self::KeyV2,
        Self::Iv,
        Self::MatDesc,
        Self::WrapAlg,
        Self::CekAlg,
        Self::TagLen,
        Self::UnencryptedLen,
        Self::KeyV3,
        Self::WrapV3,
        Self::SuiteV3,
        Self::Commitment,
        Self::MessageId,
        Self::ContextV3,
        Self::MatDescV3,
        Self::InstructionFile,
    ];

    /// The name, without the `x-amz-meta-` that HTTP puts before it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyV1 => "x-amz-key",
            Self::KeyV2 => "x-amz-key-v2",
            Self::Iv => "x-amz-iv",
            Self::MatDesc => "x-amz-matdesc",
            Self::WrapAlg => "x-amz-wrap-alg",
            Self::CekAlg => "x-amz-cek-alg",
            Self::TagLen => "x-amz-tag-len",
            Self::UnencryptedLen => "x-amz-unencrypted-content-length",
            Self::KeyV3 => "x-amz-3",
            Self::WrapV3 => "x-amz-w",
            Self::SuiteV3 => "x-amz-c",
            Self::Commitment => "x-amz-d",
            Self::MessageId => "x-amz-i",
            Self::ContextV3 => "x-amz-t",
            Self::MatDescV3 => "x-amz-m",
            Self::InstructionFile => "x-amz-crypto-instr-file",
        }
    }

    /// The key stored under `name`, in whatever letter case, with or without `x-amz-meta-`; `None` for a user's own name.
    ///
    /// ```
    /// use cse_envelope::MetadataKey;
    ///
    /// assert_eq!(MetadataKey::from_name("X-Amz-Meta-X-Amz-Iv"), Some(MetadataKey::Iv));
    /// assert_eq!(MetadataKey::from_name("colour"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = strip_prefix(name);
        Self::ALL.iter().copied().find(|key| key.name().eq_ignore_ascii_case(name))
    }
}

/// The name.
impl fmt::Display for MetadataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Removes what HTTP puts before a metadata name.
fn strip_prefix(name: &str) -> &str {
    const PREFIX: &str = "x-amz-meta-";
    match name.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_lower_case_and_reads_back() {
        for key in MetadataKey::ALL.iter().copied() {
            assert_eq!(key.name(), key.name().to_ascii_lowercase());
            assert_eq!(MetadataKey::from_name(key.name()), Some(key));
            assert_eq!(MetadataKey::from_name(&key.name().to_ascii_uppercase()), Some(key));
        }
    }

    #[test]
    fn a_short_or_non_ascii_name_is_the_users_own() {
        for name in ["", "x", "x-amz-meta-", "x-amz-metä-x-amz-iv", "x-amz-meta-x-amz-meta-x-amz-iv"] {
            assert_eq!(MetadataKey::from_name(name), None, "{name}");
        }
    }
}
