//! The half of an envelope that protects the data key. It may live in an instruction file.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    context::{EncryptionContext, MaterialDescription},
    suite::AlgorithmSuite,
    wrap::{AesWrap, KmsWrap, RsaWrap, WrapAlgorithm},
};

/// The wrapped data key, how it is wrapped, and what is stored with it.
#[derive(Clone, Eq, PartialEq)]
pub struct KeyPart {
    suite: AlgorithmSuite,
    wrap: WrapAlgorithm,
    wrapped_data_key: Vec<u8>,
    context: KeyContext,
}

/// The text map stored with a wrapped data key; which of the two it is follows from the wrap.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyContext {
    /// Of a KMS wrap: authenticated by KMS, reserved entries included.
    Encryption(EncryptionContext),
    /// Of a caller's own key: selects it.
    Description(MaterialDescription),
}

impl KeyPart {
    /// A data key for content of `suite`, wrapped by a caller's AES key.
    #[must_use]
    pub const fn aes(
        suite: AlgorithmSuite,
        wrap: AesWrap,
        wrapped_data_key: Vec<u8>,
        description: MaterialDescription,
    ) -> Self {
        Self { suite, wrap: WrapAlgorithm::Aes(wrap), wrapped_data_key, context: KeyContext::Description(description) }
    }

    /// A data key for content of `suite`, wrapped by a caller's RSA key.
    #[must_use]
    pub const fn rsa(
        suite: AlgorithmSuite,
        wrap: RsaWrap,
        wrapped_data_key: Vec<u8>,
        description: MaterialDescription,
    ) -> Self {
        Self { suite, wrap: WrapAlgorithm::Rsa(wrap), wrapped_data_key, context: KeyContext::Description(description) }
    }

    /// A data key for content of `suite`, wrapped by KMS, with the whole context KMS was given.
    #[must_use]
    pub const fn kms(
        suite: AlgorithmSuite,
        wrap: KmsWrap,
        wrapped_data_key: Vec<u8>,
        context: EncryptionContext,
    ) -> Self {
        Self { suite, wrap: WrapAlgorithm::Kms(wrap), wrapped_data_key, context: KeyContext::Encryption(context) }
    }

    /// The suite of the content the data key is for; most wraps are bound to it.
    #[must_use]
    pub const fn suite(&self) -> AlgorithmSuite {
        self.suite
    }

    /// How the data key is wrapped.
    #[must_use]
    pub const fn wrap(&self) -> WrapAlgorithm {
        self.wrap
    }

    /// The wrapped data key's bytes.
    #[must_use]
    pub fn wrapped_data_key(&self) -> &[u8] {
        &self.wrapped_data_key
    }

    /// What is stored with it.
    #[must_use]
    pub const fn context(&self) -> &KeyContext {
        &self.context
    }
}

impl KeyPart {
    /// `kms+context` must name the object's suite. So must `kms` where it names one: else a writer of objects could relabel GCM as
    /// CBC.
    pub(super) fn context_names_suite(&self) -> bool {
        let KeyContext::Encryption(context) = &self.context else { return true };
        match context.get(EncryptionContext::CEK_ALG) {
            Some(name) => AlgorithmSuite::from_name(name) == Some(self.suite),
            None => !matches!(self.wrap, WrapAlgorithm::Kms(KmsWrap::Context)),
        }
    }
}

/// Shows everything but the wrapped data key.
impl fmt::Debug for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPart")
            .field("suite", &self.suite)
            .field("wrap", &self.wrap)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
