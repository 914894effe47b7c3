//! Reading an object step by step, the way a client does.

use cse_envelope::{
    Admitted, ContentKey, ContentRange, DataKey, EncryptionContext, Plaintext, ReadPolicy, danger,
    error::{AdmitError, DecryptError, Malformed, RangeError},
    open, parse,
};
use cse_keys::{ExpectedContext, Keyring, KeyringError, now};
use serde_json::{Map, Value};

use crate::{
    case::{Case, InstructionFile, Keys, ReencryptedFile, TextMap},
    chunking::Chunking,
    rng,
    store::{Wanted, serve},
};

/// The suffix of the instruction files that readers look for.
const DEFAULT_SUFFIX: &str = ".instruction";

/// One way to open an object: from its metadata, or with one of its instruction files.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Writer, case and instruction file, for messages.
    pub name: String,
    /// Object metadata: names and header bytes.
    pub metadata: Vec<(String, Vec<u8>)>,
    /// The instruction file's body.
    pub file: Option<String>,
    /// Its suffix, where a reader has to name it.
    pub suffix: Option<String>,
    /// `V1`, `V2` or `V3`.
    pub format: String,
    /// The wrapping algorithm; for V1 the Java transformation.
    pub wrap_alg: String,
    /// The content algorithm.
    pub cek_alg: String,
    /// What opens it.
    pub keys: Keys,
    /// What the caller says about the context.
    pub expected: ExpectedContext,
    /// The hash of MGF1 where OAEP-SHA-256 wraps the key.
    pub oaep_mgf1: Option<String>,
    /// Whether the stored context is not the true one.
    pub context_damaged: bool,
}

/// Why a read failed, whatever the step.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not a well-formed envelope.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Not admitted.
    #[error(transparent)]
    Admit(#[from] AdmitError),
    /// The data key could not be unwrapped.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The content could not be decrypted.
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
}

/// A whole plaintext.
#[derive(Debug, Eq, PartialEq)]
pub struct Body {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the type said that they are authenticated.
    pub verified: bool,
}

impl Case {
    /// Every way to open this object: as it was written, and with each instruction file made later.
    #[must_use]
    pub fn readings(&self) -> Vec<Reading> {
        let later = self.instruction_files.iter().map(|file| self.reading_with(file));
        // After a re-encryption in place the default file is among the later ones.
        let replaced = self.instruction_files.iter().any(|later| Some(&later.file.suffix) == self.default_suffix());
        let first = (!replaced).then(|| self.first_reading());
        first.into_iter().chain(later).collect()
    }

    /// The instruction files that lie beside the object in the end: suffixes and bodies.
    #[must_use]
    pub fn stored_files(&self) -> TextMap {
        let later = self.instruction_files.iter().map(|later| &later.file);
        let files = self.instruction_file.iter().chain(later);
        files.map(|file| (file.suffix.clone(), file.body.clone())).collect()
    }

    fn default_suffix(&self) -> Option<&String> {
        self.instruction_file.as_ref().map(|file| &file.suffix)
    }

    fn first_reading(&self) -> Reading {
        Reading {
            name: self.name(),
            metadata: self.header_bytes(),
            file: self.instruction_file.as_ref().map(|file| file.body.clone()),
            suffix: self.default_suffix().filter(|suffix| *suffix != DEFAULT_SUFFIX).cloned(),
            format: self.format.clone(),
            wrap_alg: self.wrap_alg.clone(),
            cek_alg: self.cek_alg.clone(),
            keys: self.keys.clone(),
            expected: expected_context(&self.keys, &self.user_encryption_context),
            oaep_mgf1: self.oaep_mgf1.clone(),
            context_damaged: self.stored_context_damaged,
        }
    }

    fn reading_with(&self, file: &ReencryptedFile) -> Reading {
        let InstructionFile { suffix, body } = &file.file;
        Reading {
            name: format!("{} with {suffix}", self.name()),
            file: Some(body.clone()),
            // An object whose metadata is whole has no file that is read unasked.
            suffix: (self.instruction_file.is_none() || suffix != DEFAULT_SUFFIX).then(|| suffix.clone()),
            format: file.format.clone(),
            wrap_alg: file.wrap_alg.clone(),
            cek_alg: file.cek_alg.clone(),
            keys: file.keys.clone(),
            expected: expected_context(&file.keys, &file.user_encryption_context),
            ..self.first_reading()
        }
    }
}

/// What a caller says who knows the context: its own entries, without those that clients add.
fn expected_context(keys: &Keys, entries: &TextMap) -> ExpectedContext {
    if keys.kms.is_empty() {
        return ExpectedContext::default();
    }
    let own =
        entries.iter().filter(|(name, _)| !EncryptionContext::is_reserved(name)).map(|(n, v)| (n.clone(), v.clone()));
    ExpectedContext::Exactly(EncryptionContext::from_pairs(own).expect("names of a map"))
}

impl Reading {
    /// Whether an entry is stored, in the metadata or the instruction file.
    #[must_use]
    pub fn stores(&self, name: &str) -> bool {
        let in_file = self.file_fields().is_some_and(|fields| fields.contains_key(name));
        in_file || self.metadata.iter().any(|(known, _)| known == name)
    }

    /// The instruction file as JSON.
    #[must_use]
    pub fn file_fields(&self) -> Option<Map<String, Value>> {
        self.file.as_deref().map(|body| serde_json::from_str(body).expect("an instruction file is a JSON object"))
    }

    /// Parses, and checks against a policy.
    ///
    /// # Errors
    ///
    /// [`ReadError::Malformed`] and [`ReadError::Admit`].
    pub fn admit(&self, policy: &ReadPolicy) -> Result<Admitted, ReadError> {
        let mut stored = parse(self.metadata.iter().map(|(name, value)| (name, value)))?;
        if let Some(body) = &self.file {
            stored = stored.with_instruction_file(body.as_bytes())?;
        }
        Ok(stored.admit(policy)?)
    }

    /// Unwraps the data key.
    ///
    /// # Errors
    ///
    /// The keyring's.
    pub fn unwrap(&self, admitted: &Admitted, keyring: &dyn Keyring) -> Result<DataKey, KeyringError> {
        now(keyring.unwrap_data_key(admitted, &self.expected, &mut rng::fixed("unwrap")))
    }

    /// All steps up to the content key.
    ///
    /// # Errors
    ///
    /// Those of each step.
    pub fn content_key(&self, policy: &ReadPolicy, keyring: &dyn Keyring) -> Result<ContentKey, ReadError> {
        let admitted = self.admit(policy)?;
        let data_key = self.unwrap(&admitted, keyring)?;
        Ok(open(&admitted, data_key)?)
    }
}

/// Decrypts a whole object in chunks, its length announced or not.
///
/// # Errors
///
/// [`DecryptError`] as the code under test gives it.
pub fn decrypt(
    key: &ContentKey,
    ciphertext: &[u8],
    announced: Option<u64>,
    chunking: &Chunking,
) -> Result<Body, DecryptError> {
    let mut decryptor = key.decryptor(announced)?;
    let mut collected = decryptor.update(Vec::new())?;
    for chunk in chunking.split(ciphertext) {
        collected.append(decryptor.update(chunk)?);
    }
    decryptor.finish(collected).map(body)
}

/// Decrypts a whole object at once.
///
/// # Errors
///
/// [`DecryptError`] as the code under test gives it.
pub fn decrypt_at_once(key: &ContentKey, ciphertext: &[u8]) -> Result<Body, DecryptError> {
    key.decrypt(ciphertext.to_vec()).map(body)
}

fn body(plaintext: Plaintext) -> Body {
    match plaintext {
        Plaintext::Verified(bytes) => Body { bytes, verified: true },
        Plaintext::Unauthenticated(bytes) => Body { bytes: danger::accept_unauthenticated(bytes), verified: false },
    }
}

/// A range read: the plaintext's bytes and what was reported about them. `Ok(None)` is the store's status 416.
///
/// # Errors
///
/// [`RangeError`] as the code under test gives it.
pub fn read_range(
    key: &ContentKey,
    wanted: Wanted,
    object: &[u8],
    chunking: &Chunking,
) -> Result<Option<(Vec<u8>, ContentRange)>, RangeError> {
    let range = wanted.header().parse::<cse_envelope::ByteRange>()?;
    match serve(object, &range.covering(key.suite()).to_string()) {
        Some((served, body)) => decrypt_range(key, wanted, served, body, chunking).map(Some),
        None => Ok(None),
    }
}

/// Decrypts a range from an answer that covers it.
///
/// # Errors
///
/// [`RangeError`] as the code under test gives it.
pub fn decrypt_range(
    key: &ContentKey,
    wanted: Wanted,
    served: ContentRange,
    body: &[u8],
    chunking: &Chunking,
) -> Result<(Vec<u8>, ContentRange), RangeError> {
    let mut decryptor = key.range_decryptor(wanted.header().parse()?, served)?;
    let mut collected = decryptor.update(Vec::new())?;
    for chunk in chunking.split(body) {
        collected.append(decryptor.update(chunk)?);
    }
    let end = decryptor.finish()?;
    collected.append(end.tail);
    Ok((danger::accept_unauthenticated(collected), end.content_range))
}
