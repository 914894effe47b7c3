//! The envelope: everything stored beside a ciphertext. Reading it is in `parse`, `instruction_file` and `admit`, writing in `store`.

mod admit;
mod fields;
mod header_text;
mod instruction_file;
mod json;
mod key_part;
mod metadata_key;
mod parse;
mod store;

pub use self::{
    admit::Admitted,
    key_part::{KeyContext, KeyPart},
    metadata_key::MetadataKey,
    parse::{Stored, parse},
    store::{KeyPlacement, StoredForm},
};
use crate::{
    error::KeyMismatch,
    format::{FormatVersion, WriteFormat},
    nonce::{CbcIv, Commitment, GcmIv, MessageId},
    suite::AlgorithmSuite,
    wrap::{AesWrap, RsaWrap, WrapAlgorithm},
};

/// Everything stored beside a ciphertext: how the content is encrypted, and how its data key is wrapped.
///
/// The S3EC specification calls this *content metadata*. [`seal`](crate::seal) makes one; [`parse`] reads one.
#[derive(Debug)]
pub struct Envelope {
    content: ContentPart,
    key: KeyPart,
    plaintext_len: Option<u64>,
}

/// The half that is bound to the ciphertext, by format version.
#[derive(Debug)]
pub(crate) enum ContentPart {
    V1 { iv: CbcIv },
    V2(V2Content),
    V3 { message_id: MessageId, commitment: Commitment },
}

#[derive(Debug)]
pub(crate) enum V2Content {
    Gcm { iv: GcmIv },
    Cbc { iv: CbcIv },
}

impl ContentPart {
    const fn version(&self) -> FormatVersion {
        match self {
            Self::V1 { .. } => FormatVersion::V1,
            Self::V2(_) => FormatVersion::V2,
            Self::V3 { .. } => FormatVersion::V3,
        }
    }

    pub(crate) const fn suite(&self) -> AlgorithmSuite {
        match self {
            Self::V1 { .. } | Self::V2(V2Content::Cbc { .. }) => AlgorithmSuite::Cbc,
            Self::V2(V2Content::Gcm { .. }) => AlgorithmSuite::Gcm,
            Self::V3 { .. } => AlgorithmSuite::GcmCommitKey,
        }
    }

    /// Whether an object with this content can be stored under this wrapped key.
    pub(crate) fn check_key_part(&self, key: &KeyPart) -> Result<(), KeyMismatch> {
        let wrap = key.wrap();
        let version_names_wrap = match self {
            Self::V1 { .. } => matches!(wrap, WrapAlgorithm::Aes(AesWrap::Ecb) | WrapAlgorithm::Rsa(RsaWrap::Pkcs1v15)),
            Self::V2(V2Content::Cbc { .. }) => wrap.is_legacy(),
            Self::V2(V2Content::Gcm { .. }) => true,
            Self::V3 { .. } => wrap.code().is_some(),
        };
        if version_names_wrap && key.is_readable() && key.suite() == self.suite() && key.context_names_suite() {
            Ok(())
        } else {
            Err(KeyMismatch)
        }
    }
}

impl Envelope {
    pub(crate) const fn new(content: ContentPart, key: KeyPart, plaintext_len: Option<u64>) -> Self {
        Self { content, key, plaintext_len }
    }

    /// The format's version.
    #[must_use]
    pub const fn version(&self) -> FormatVersion {
        self.content.version()
    }

    /// How the content is encrypted.
    #[must_use]
    pub const fn suite(&self) -> AlgorithmSuite {
        self.content.suite()
    }

    /// How the data key is wrapped.
    #[must_use]
    pub const fn key_part(&self) -> &KeyPart {
        &self.key
    }

    /// The stored `x-amz-unencrypted-content-length`, in bytes.
    ///
    /// # Security
    ///
    /// A hint that anybody may have changed: good for a progress bar, never to cut a plaintext.
    #[must_use]
    pub const fn plaintext_len_hint(&self) -> Option<u64> {
        self.plaintext_len
    }

    /// The format to ask a keyring for when this object's data key is wrapped anew; `None` for CBC, which only the functions in
    /// [`danger`](crate::danger) write.
    #[must_use]
    pub const fn write_format(&self) -> Option<WriteFormat> {
        match self.suite() {
            AlgorithmSuite::GcmCommitKey => Some(WriteFormat::V3),
            AlgorithmSuite::Gcm => Some(WriteFormat::V2),
            AlgorithmSuite::Cbc => None,
        }
    }

    /// The same content under a newly wrapped data key, for key rotation. Store it as an instruction file, or as the object's
    /// metadata.
    ///
    /// `key` must wrap this object's own data key: nothing here can tell. Read the object back before the old key is given up.
    ///
    /// # Errors
    ///
    /// [`KeyMismatch`] if the wrap is for another suite, is one that the object's version cannot name, or is stored with a longer
    /// context than can be read back.
    pub fn with_key_part(self, key: KeyPart) -> Result<Self, KeyMismatch> {
        self.content.check_key_part(&key)?;
        Ok(Self { key, ..self })
    }

    pub(crate) const fn content(&self) -> &ContentPart {
        &self.content
    }
}
