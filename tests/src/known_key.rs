//! Objects whose data key the test knows, so that no keyring is needed to open them.

use cse_envelope::{
    AesWrap, ContentKey, DataKey, EncryptionContext, Encryptor, Envelope, FormatVersion, GeneratedDataKey, KeyPart,
    KeyPlacement, KmsWrap, MaterialDescription, ReadPolicy, WriteFormat, error::SealError, open, parse, seal,
};

use crate::{read::ReadError, rng};

/// Metadata as text: names and values.
pub type Entries = Vec<(String, String)>;

/// An object under [`KnownKey::DATA_KEY`].
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// Object metadata.
    pub metadata: Entries,
    /// The instruction file's body, if the key part is there.
    pub file: Option<String>,
    /// The object's body.
    pub ciphertext: Vec<u8>,
    /// What was encrypted.
    pub plaintext: Vec<u8>,
}

impl KnownKey {
    /// The data key of all these objects.
    pub const DATA_KEY: [u8; 32] = *b"the data key is known to the tes";
    /// The wrapped key of all these objects: of a length that AES/ECB gives, and no key at all.
    pub const WRAPPED: [u8; 48] = [0xd7; 48];

    /// Seals a plaintext with everything in the metadata.
    #[must_use]
    pub fn seal(format: WriteFormat, plaintext: &[u8]) -> Self {
        Self::seal_placed(format, plaintext, KeyPlacement::ObjectMetadata)
    }

    /// Seals a plaintext with the key part in this place.
    #[must_use]
    pub fn seal_placed(format: WriteFormat, plaintext: &[u8], placement: KeyPlacement) -> Self {
        let len = u64::try_from(plaintext.len()).ok();
        let (envelope, encryptor) = start(format, &Self::DATA_KEY, len).expect("the known key seals");
        let ciphertext = encryptor.encrypt(plaintext.to_vec()).expect("the declared length is right");
        let stored = envelope.stored_form(placement);
        let metadata = stored.metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { metadata, file: stored.instruction_file, ciphertext, plaintext: plaintext.to_vec() }
    }

    /// Reads it as far as the content key.
    ///
    /// # Errors
    ///
    /// Those of parsing, admission and opening.
    pub fn content_key(&self, policy: &ReadPolicy) -> Result<ContentKey, ReadError> {
        content_key(&self.metadata, self.file.as_deref(), &Self::DATA_KEY, policy)
    }

    /// Reads it as a whole.
    ///
    /// # Errors
    ///
    /// Those of each step.
    pub fn read(&self, policy: &ReadPolicy) -> Result<Vec<u8>, ReadError> {
        let key = self.content_key(policy)?;
        Ok(crate::read::decrypt_at_once(&key, &self.ciphertext)?.bytes)
    }

    /// With one entry set to another value, or added.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.metadata.retain(|(known, _)| known != name);
        self.metadata.push((name.into(), value.into()));
        self
    }

    /// Without one entry.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.metadata.retain(|(known, _)| known != name);
        self
    }
}

/// Begins an object under a data key that the test chose.
///
/// # Errors
///
/// [`SealError`] as the code under test gives it.
pub fn start(format: WriteFormat, data_key: &[u8], len: Option<u64>) -> Result<(Envelope, Encryptor), SealError> {
    let data_key = DataKey::from_slice(data_key).expect("a data key's length");
    let key_part = key_part(format);
    seal(GeneratedDataKey::new(format, data_key, key_part), len, &mut rng::fixed("seal"))
}

/// A key part that goes with the format. Its wrapped key is none.
fn key_part(format: WriteFormat) -> KeyPart {
    let description = MaterialDescription::new();
    let wrapped = KnownKey::WRAPPED.to_vec();
    match (format.version(), format.is_legacy()) {
        (FormatVersion::V1, _) => KeyPart::aes(format.suite(), AesWrap::Ecb, wrapped, description),
        (_, true) => KeyPart::kms(format.suite(), KmsWrap::Kms, wrapped, EncryptionContext::new()),
        _ => KeyPart::aes(format.suite(), AesWrap::Gcm, wrapped, description),
    }
}

/// The content key of an object with this metadata and this data key.
///
/// # Errors
///
/// Those of parsing, admission and opening.
pub fn content_key<V: AsRef<[u8]>>(
    metadata: &[(String, V)],
    file: Option<&str>,
    data_key: &[u8],
    policy: &ReadPolicy,
) -> Result<ContentKey, ReadError> {
    let mut stored = parse(metadata.iter().map(|(name, value)| (name, value)))?;
    if let Some(body) = file {
        stored = stored.with_instruction_file(body.as_bytes())?;
    }
    let admitted = stored.admit(policy)?;
    Ok(open(&admitted, DataKey::from_slice(data_key).expect("a data key's length"))?)
}
