//! Writing, first step: a generated data key becomes an envelope and the encryptor of one object.

use zeroize::Zeroizing;

use super::{Encryptor, GcmKey, PORTABLE, derive, encryptor::Cipher, engine::Engine};
#[cfg(feature = "legacy")]
use crate::nonce::CbcIv;
use crate::{
    data_key::DataKey,
    envelope::{ContentPart, Envelope, KeyPart, V2Content},
    error::{KeyMismatch, SealError},
    format::{FormatVersion, WriteFormat},
    nonce::{GcmIv, MessageId},
    rng::Rng,
    suite::AlgorithmSuite,
};

/// A new data key with its wrapped form, made by a keyring for one object in one format.
#[derive(Debug)]
pub struct GeneratedDataKey {
    format: WriteFormat,
    data_key: DataKey,
    key_part: KeyPart,
}

impl GeneratedDataKey {
    /// Joins what a keyring generated. The format is the one the keyring was asked for: wraps are bound to its suite.
    #[must_use]
    pub const fn new(format: WriteFormat, data_key: DataKey, key_part: KeyPart) -> Self {
        Self { format, data_key, key_part }
    }
}

/// Begins one object: draws IV or message id, derives content key and commitment, and gives the whole envelope at once.
///
/// `plaintext_len`, in bytes, is checked before any work and held against what is really encrypted; V1 and V2 store it. With
/// `None` the encryptor only counts up to the suite's limit.
///
/// # Errors
///
/// [`SealError`]: a plaintext too long, a generator that failed or drew only zeros, or a key that does not go with the format.
///
/// # Example
///
/// ```
/// use cse_envelope::{Envelope, Encryptor, GeneratedDataKey, KeyPlacement, Rng, error::SealError, seal};
///
/// /// `generated` comes from a keyring of the crate cse-keys, or your own.
/// fn write(generated: GeneratedDataKey, plaintext: Vec<u8>, rng: &mut Rng<'_>) -> Result<(Envelope, Vec<u8>), SealError> {
///     let (envelope, encryptor) = seal(generated, Some(plaintext.len() as u64), rng)?;
///     Ok((envelope, encryptor.encrypt(plaintext)?)) // or update, update, …, finish
/// }
/// ```
pub fn seal(
    generated: GeneratedDataKey,
    plaintext_len: Option<u64>,
    rng: &mut Rng<'_>,
) -> Result<(Envelope, Encryptor), SealError> {
    seal_with_engine(generated, plaintext_len, rng, PORTABLE)
}

/// [`seal`] on another engine.
#[doc(hidden)]
pub fn seal_with_engine(
    generated: GeneratedDataKey,
    plaintext_len: Option<u64>,
    rng: &mut Rng<'_>,
    engine: &'static dyn Engine,
) -> Result<(Envelope, Encryptor), SealError> {
    let GeneratedDataKey { format, data_key, key_part } = generated;
    if let Some(len) = plaintext_len {
        format.suite().ciphertext_len(len)?;
    }
    if data_key.expose_secret().len() != 32 {
        return Err(KeyMismatch.into());
    }
    let (content, cipher) = match format.suite() {
        AlgorithmSuite::GcmCommitKey => start_committing(&data_key, rng, engine)?,
        AlgorithmSuite::Gcm => start_gcm(&data_key, rng, engine)?,
        AlgorithmSuite::Cbc => start_cbc(&data_key, format.version(), rng, engine)?,
    };
    content.check_wrap(key_part.wrap())?;
    let encryptor = Encryptor::new(cipher, format.suite(), plaintext_len);
    Ok((Envelope::new(content, key_part, plaintext_len), encryptor))
}

type Started = Result<(ContentPart, Cipher), SealError>;

fn start_committing(data_key: &DataKey, rng: &mut Rng<'_>, engine: &'static dyn Engine) -> Started {
    let message_id = MessageId::generate(rng)?;
    let (commitment, key) = derive::commitment_and_key(data_key, &message_id).ok_or(KeyMismatch)?;
    let gcm = GcmKey { key, iv: derive::IV_V3, aad: &derive::AAD_V3 };
    Ok((ContentPart::V3 { message_id, commitment }, Cipher::gcm(engine, &gcm)))
}

fn start_gcm(data_key: &DataKey, rng: &mut Rng<'_>, engine: &'static dyn Engine) -> Started {
    let iv = GcmIv::generate(rng)?;
    let key = data_key.expose_secret().try_into().map(Zeroizing::new).map_err(|_| KeyMismatch)?;
    let gcm = GcmKey { key, iv: iv.0, aad: &[] };
    Ok((ContentPart::V2(V2Content::Gcm { iv }), Cipher::gcm(engine, &gcm)))
}

#[cfg(feature = "legacy")]
fn start_cbc(data_key: &DataKey, version: FormatVersion, rng: &mut Rng<'_>, engine: &'static dyn Engine) -> Started {
    let iv = CbcIv::generate(rng)?;
    let cipher = Cipher::cbc(engine, data_key.expose_secret(), &iv.0).ok_or(KeyMismatch)?;
    let content = match version {
        FormatVersion::V1 => ContentPart::V1 { iv },
        _ => ContentPart::V2(V2Content::Cbc { iv }),
    };
    Ok((content, cipher))
}

/// Not reached: without the feature no format asks for CBC.
#[cfg(not(feature = "legacy"))]
fn start_cbc(_: &DataKey, _: FormatVersion, _: &mut Rng<'_>, _: &'static dyn Engine) -> Started {
    Err(KeyMismatch.into())
}
