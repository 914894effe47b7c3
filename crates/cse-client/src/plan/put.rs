//! Planning a write: from a data key to everything that is stored.

use bytes::Bytes;
use cse_envelope::{Encryptor, GeneratedDataKey, KeyPlacement, Rng, seal};

use super::metadata::check_len;
use crate::{body::Body, crypt, error::Error, metadata::Metadata};

/// An object about to be written: its metadata, its instruction file if it has one, and the encryptor of its content.
///
/// Made once for each object, and used up by encrypting: one data key, one IV, one plaintext. Intentionally not `Clone`.
#[derive(Debug)]
#[must_use]
pub struct PutPlan {
    metadata: Metadata,
    instruction_file: Option<InstructionFile>,
    encryptor: Encryptor,
}

/// The body of an instruction file. `Debug` does not show it: a wrapped data key is in it.
#[derive(Clone)]
pub(crate) struct InstructionFile(pub(crate) String);

impl std::fmt::Debug for InstructionFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstructionFile(..)")
    }
}

impl PutPlan {
    /// Plans the write of `plaintext_len` bytes (of any number, if `None`), with the user's metadata beside the envelope.
    pub(crate) fn new(
        generated: GeneratedDataKey,
        plaintext_len: Option<u64>,
        placement: KeyPlacement,
        user_metadata: Metadata,
        rng: &mut Rng<'_>,
    ) -> Result<Self, Error> {
        let (envelope, encryptor) = seal(generated, plaintext_len, rng)?;
        let stored = envelope.stored_form(placement);
        let mut metadata = user_metadata;
        metadata.extend(stored.metadata);
        check_len(&metadata)?;
        Ok(Self { metadata, instruction_file: stored.instruction_file.map(InstructionFile), encryptor })
    }

    /// All metadata to store with the object: the user's and the envelope's.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The body of the object's instruction file, which must be there before the object is, if the data key goes there.
    #[must_use]
    pub fn instruction_file(&self) -> Option<&str> {
        self.instruction_file.as_ref().map(|file| file.0.as_str())
    }

    /// How many bytes will be stored, if the plaintext's length was known.
    #[must_use]
    pub fn ciphertext_len(&self) -> Option<u64> {
        self.encryptor.ciphertext_len()
    }

    /// Encrypts the whole content in memory. What it gives may be sent any number of times.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if the plaintext is not as long as was planned.
    pub fn encrypt(self, plaintext: impl Into<Vec<u8>>) -> Result<Bytes, Error> {
        Ok(self.encryptor.encrypt(plaintext.into())?.into())
    }

    /// Encrypts the content as it is read, once: what it gives cannot be sent again.
    pub fn encrypt_stream(self, plaintext: Body) -> Body {
        crypt::encrypt_stream(plaintext, self.encryptor)
    }

    pub(crate) fn into_parts(self) -> (Metadata, Option<InstructionFile>, Encryptor) {
        (self.metadata, self.instruction_file, self.encryptor)
    }
}
