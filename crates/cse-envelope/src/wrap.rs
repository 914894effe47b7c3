//! Wrapping algorithms: how the data key is protected, by family of wrapping key.
//!
//! Source: S3EC specification, *key material* and *content metadata*.

/// How a data key is wrapped, by the kind of key that wraps it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum WrapAlgorithm {
    /// By an AES key the caller holds.
    Aes(AesWrap),
    /// By an RSA key pair the caller holds.
    Rsa(RsaWrap),
    /// By AWS KMS.
    Kms(KmsWrap),
}

/// Wraps by an AES key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AesWrap {
    /// `AES/GCM`: 12-byte nonce, ciphertext, 16-byte tag; bound to the algorithm suite.
    Gcm,
    /// `AESWrap`, RFC 3394. Legacy: not bound to the algorithm suite.
    KeyWrap,
    /// `AES`: ECB with PKCS#7 padding. Legacy: not authenticated.
    Ecb,
}

/// Wraps by an RSA key pair.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RsaWrap {
    /// `RSA-OAEP-SHA1`: RSAES-OAEP of length, key and suite name; bound to the algorithm suite.
    OaepSha1,
    /// `RSA/ECB/OAEPWithSHA-256AndMGF1Padding`: the bare key. Legacy: not bound to the algorithm suite.
    OaepSha256,
    /// `RSA`: PKCS#1 v1.5 of the bare key. Legacy: not bound to the algorithm suite.
    Pkcs1v15,
}

/// Wraps by AWS KMS.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KmsWrap {
    /// `kms+context`: the encryption context names the algorithm suite.
    Context,
    /// `kms`. Legacy: not bound to the algorithm suite.
    Kms,
}

impl WrapAlgorithm {
    /// Every wrapping algorithm there is.
    pub const ALL: &'static [Self] = &[
        Self::Aes(AesWrap::Gcm),
        Self::Aes(AesWrap::KeyWrap),
        Self::Aes(AesWrap::Ecb),
        Self::Rsa(RsaWrap::OaepSha1),
        Self::Rsa(RsaWrap::OaepSha256),
        Self::Rsa(RsaWrap::Pkcs1v15),
        Self::Kms(KmsWrap::Context),
        Self::Kms(KmsWrap::Kms),
    ];

    /// The name stored as `x-amz-wrap-alg` (V2).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes(AesWrap::Gcm) => "AES/GCM",
            Self::Aes(AesWrap::KeyWrap) => "AESWrap",
            Self::Aes(AesWrap::Ecb) => "AES",
            Self::Rsa(RsaWrap::OaepSha1) => "RSA-OAEP-SHA1",
            Self::Rsa(RsaWrap::OaepSha256) => "RSA/ECB/OAEPWithSHA-256AndMGF1Padding",
            Self::Rsa(RsaWrap::Pkcs1v15) => "RSA",
            Self::Kms(KmsWrap::Context) => "kms+context",
            Self::Kms(KmsWrap::Kms) => "kms",
        }
    }

    /// The two digits stored as `x-amz-w` (V3); legacy wraps have none.
    ///
    /// The tables of some clients also list `01`, `11` and `21`; nobody writes or reads them, and neither do we.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Aes(AesWrap::Gcm) => Some("02"),
            Self::Kms(KmsWrap::Context) => Some("12"),
            Self::Rsa(RsaWrap::OaepSha1) => Some("22"),
            _ => None,
        }
    }

    /// The algorithm stored under `name` in V2.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|wrap| wrap.name() == name)
    }

    /// The algorithm stored under `code` in V3.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|wrap| wrap.code() == Some(code))
    }

    /// Whether reading it takes the legacy switch: true for every wrap that is not bound to the algorithm suite.
    pub const fn is_legacy(self) -> bool {
        self.code().is_none()
    }

    /// Whether code for it is behind the feature `legacy`. The wrap `kms` is not: it is a call, not a cipher.
    pub const fn needs_legacy_feature(self) -> bool {
        self.is_legacy() && !matches!(self, Self::Kms(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_read_back() {
        for wrap in WrapAlgorithm::ALL.iter().copied() {
            assert_eq!(WrapAlgorithm::from_name(wrap.name()), Some(wrap));
            if let Some(code) = wrap.code() {
                assert_eq!(WrapAlgorithm::from_code(code), Some(wrap));
            }
        }
    }

    #[test]
    fn codes_that_nobody_writes_are_unknown() {
        for code in ["01", "11", "21", "2", "12 ", ""] {
            assert_eq!(WrapAlgorithm::from_code(code), None, "{code:?}");
        }
    }
}
