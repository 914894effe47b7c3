//! The half of an envelope that protects the data key. It may live in an instruction file.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    context::{EncryptionContext, MaterialDescription},
    wrap::{AesWrap, KmsWrap, RsaWrap, WrapAlgorithm},
};

/// The wrapped data key, how it is wrapped, and what is stored with it.
#[derive(Clone, Eq, PartialEq)]
pub struct KeyPart {
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
    /// A data key wrapped by a caller's AES key.
    #[must_use]
    pub const fn aes(wrap: AesWrap, wrapped_data_key: Vec<u8>, description: MaterialDescription) -> Self {
        Self { wrap: WrapAlgorithm::Aes(wrap), wrapped_data_key, context: KeyContext::Description(description) }
    }

    /// A data key wrapped by a caller's RSA key.
    #[must_use]
    pub const fn rsa(wrap: RsaWrap, wrapped_data_key: Vec<u8>, description: MaterialDescription) -> Self {
        Self { wrap: WrapAlgorithm::Rsa(wrap), wrapped_data_key, context: KeyContext::Description(description) }
    }

    /// A data key wrapped by KMS, with the whole context KMS was given.
    #[must_use]
    pub const fn kms(wrap: KmsWrap, wrapped_data_key: Vec<u8>, context: EncryptionContext) -> Self {
        Self { wrap: WrapAlgorithm::Kms(wrap), wrapped_data_key, context: KeyContext::Encryption(context) }
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

/// Shows everything but the wrapped data key.
impl fmt::Debug for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPart").field("wrap", &self.wrap).field("context", &self.context).finish_non_exhaustive()
    }
}
