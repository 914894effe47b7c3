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
    if !key_part.is_readable() {
        return Err(SealError::ContextTooLong);
    }
    content.check_key_part(&key_part)?;
    if key_part.wrap().is_legacy() != format.is_legacy() {
        return Err(KeyMismatch.into());
    }
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

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use alloc::{format, vec};

    use rand_core::{TryCryptoRng, TryRng};

    use super::*;
    use crate::{
        AesWrap, AnyRng, KeyPlacement, MaterialDescription, ReadPolicy, RngError, WrapAlgorithm, error::LengthError,
        open, parse,
    };

    /// A generator that always draws the same byte.
    struct Constant(u8);

    impl TryRng for Constant {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(u32::from_be_bytes([self.0; 4]))
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(u64::from_be_bytes([self.0; 8]))
        }

        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
            out.fill(self.0);
            Ok(())
        }
    }

    impl TryCryptoRng for Constant {}

    fn generated(format: WriteFormat, wrap: AesWrap, data_key_len: usize) -> GeneratedDataKey {
        let data_key = DataKey::from_slice(&vec![7; data_key_len]).unwrap();
        GeneratedDataKey::new(
            format,
            data_key,
            KeyPart::aes(format.suite(), wrap, vec![0xab; 60], MaterialDescription::new()),
        )
    }

    fn failure(generated: GeneratedDataKey, len: Option<u64>, drawn: u8) -> Option<SealError> {
        seal(generated, len, &mut AnyRng(Constant(drawn))).err()
    }

    #[test]
    fn a_generator_of_zeros_is_refused() {
        for format in [WriteFormat::V3, WriteFormat::V2] {
            assert_eq!(failure(generated(format, AesWrap::Gcm, 32), None, 0), Some(RngError.into()));
            assert_eq!(failure(generated(format, AesWrap::Gcm, 32), None, 1), None);
        }
        assert_eq!(DataKey::generate(&mut AnyRng(Constant(0))).err(), Some(RngError));
    }

    #[test]
    fn a_length_beyond_the_suite_is_refused_before_anything_is_drawn() {
        let too_long = LengthError::TooLong { suite: AlgorithmSuite::GcmCommitKey };
        let len = Some(AlgorithmSuite::GcmCommitKey.max_plaintext_len() + 1);
        assert_eq!(failure(generated(WriteFormat::V3, AesWrap::Gcm, 32), len, 0), Some(too_long.into()));
    }

    #[test]
    fn keys_that_do_not_go_with_the_format_are_refused() {
        for len in [16, 24] {
            assert_eq!(failure(generated(WriteFormat::V3, AesWrap::Gcm, len), None, 1), Some(KeyMismatch.into()));
        }
        for wrap in [AesWrap::KeyWrap, AesWrap::Ecb] {
            for format in [WriteFormat::V3, WriteFormat::V2] {
                assert_eq!(failure(generated(format, wrap, 32), None, 1), Some(KeyMismatch.into()), "{wrap:?}");
            }
        }
        let for_v2 = KeyPart::aes(AlgorithmSuite::Gcm, AesWrap::Gcm, vec![0xab; 60], MaterialDescription::new());
        let data_key = DataKey::from_slice(&[7; 32]).unwrap();
        let mixed = GeneratedDataKey::new(WriteFormat::V3, data_key, for_v2);
        assert_eq!(failure(mixed, None, 1), Some(KeyMismatch.into()));
    }

    #[test]
    fn what_was_declared_is_what_must_be_encrypted() {
        let encryptor =
            || seal(generated(WriteFormat::V3, AesWrap::Gcm, 32), Some(3), &mut AnyRng(Constant(1))).unwrap().1;
        let not_as_declared = Some(LengthError::NotAsDeclared { declared: 3 });
        assert_eq!(encryptor().encrypt(vec![0; 2]).err(), not_as_declared);
        assert_eq!(encryptor().encrypt(vec![0; 4]).err(), not_as_declared);
        assert_eq!(encryptor().encrypt(vec![0; 3]).map(|ciphertext| ciphertext.len()), Ok(19));
        assert_eq!(encryptor().ciphertext_len(), Some(19));
        let mut failed = encryptor();
        assert!(failed.update(vec![0; 3]).is_ok() && failed.update(vec![0]).is_err());
        assert_eq!(failed.finish().err(), not_as_declared, "no success after a failure");
    }

    #[test]
    fn debug_shows_no_key_and_no_wrapped_key() {
        let generated = generated(WriteFormat::V3, AesWrap::Gcm, 32);
        let shown = format!("{generated:?}");
        let (envelope, encryptor) = seal(generated, None, &mut AnyRng(Constant(1))).unwrap();
        let stored = envelope.stored_form(KeyPlacement::InstructionFile);
        let wrap = envelope.key_part().wrap();
        let shown = [shown, format!("{envelope:?} {encryptor:?} {stored:?}")].concat();
        let stored = parse(stored.metadata).unwrap().with_instruction_file(stored.instruction_file.unwrap().as_bytes());
        let shown = [shown, format!("{stored:?}")].concat();
        let admitted = stored.unwrap().admit(&ReadPolicy::default()).unwrap();
        let key = open(&admitted, DataKey::from_slice(&[7; 32]).unwrap()).unwrap();
        let shown = [shown, format!("{admitted:?} {key:?} {:?}", key.decryptor(None).unwrap())].concat();
        assert_eq!(wrap, WrapAlgorithm::Aes(AesWrap::Gcm));
        for secret in ["7, 7", "171, 171", "abab", "q6ur"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
