//! A generator that fails, or draws only zeros, makes no object: nothing is encrypted under a key or an IV that anybody can guess.

use cse_envelope::{
    AesWrap, AlgorithmSuite, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, KmsWrap, MaterialDescription,
    RngError, WriteFormat, danger, error::SealError, seal,
};
use cse_keys::{Keyring, KeyringError, KmsError, now};
use cse_tests::known_key::KnownKey;
use rand_core::{TryCryptoRng, TryRng};

use crate::round_trip::{KINDS, Kind};

/// Draws ones `left` times, then zeros, or fails.
#[derive(Debug)]
struct Broken {
    left: usize,
    then_fails: bool,
}

impl TryRng for Broken {
    type Error = RngError;

    fn try_next_u32(&mut self) -> Result<u32, RngError> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, RngError> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), RngError> {
        if self.left == 0 && self.then_fails {
            return Err(RngError::default());
        }
        out.fill(u8::from(self.left > 0));
        self.left = self.left.saturating_sub(1);
        Ok(())
    }
}

impl TryCryptoRng for Broken {}

/// Whether an error says that the generator failed, in itself or as its cause.
fn is_rng(error: &KeyringError) -> bool {
    let source = |error: &KmsError| core::error::Error::source(error).is_some_and(|source| source.is::<RngError>());
    matches!(error, KeyringError::Rng(_)) || matches!(error, KeyringError::KeyService(kms) if source(kms))
}

#[test]
fn no_keyring_generates_a_key_from_a_broken_generator() {
    for kind in KINDS {
        for format in kind.formats() {
            for then_fails in [true, false] {
                let mut rng = Broken { left: 0, then_fails };
                let error =
                    now(kind.keyring().generate_data_key(format, &EncryptionContext::new(), &mut rng)).unwrap_err();
                assert!(is_rng(&error), "{kind:?} {format:?}: {error:?}");
            }
        }
    }
}

/// The second draw: the nonce of AES/GCM, the seed of OAEP, the nonce of the software KMS.
#[test]
fn no_keyring_wraps_with_a_generator_that_fails_later() {
    for kind in KINDS {
        for format in [WriteFormat::V3, WriteFormat::V2] {
            let mut rng = Broken { left: 1, then_fails: true };
            let error = now(kind.keyring().generate_data_key(format, &EncryptionContext::new(), &mut rng)).unwrap_err();
            assert!(is_rng(&error), "{kind:?} {format:?}: {error:?}");
        }
    }
}

/// A nonce of zeros is refused as well as none. OAEP's seed is drawn inside `rsa`.
#[test]
fn no_nonce_is_all_zeros() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Rsa) {
        for format in [WriteFormat::V3, WriteFormat::V2] {
            let mut rng = Broken { left: 1, then_fails: false };
            let error = now(kind.keyring().generate_data_key(format, &EncryptionContext::new(), &mut rng)).unwrap_err();
            assert!(is_rng(&error), "{kind:?} {format:?}: {error:?}");
        }
    }
}

#[test]
fn nothing_is_sealed_with_a_broken_generator() {
    let wrapped = || KnownKey::WRAPPED.to_vec();
    let aes = |suite, wrap| KeyPart::aes(suite, wrap, wrapped(), MaterialDescription::new());
    let kms = |suite| KeyPart::kms(suite, KmsWrap::Kms, wrapped(), EncryptionContext::new());
    use AlgorithmSuite::{Cbc, Gcm, GcmCommitKey};
    for then_fails in [true, false] {
        for (format, key_part) in [
            (WriteFormat::V3, aes(GcmCommitKey, AesWrap::Gcm)),
            (WriteFormat::V2, aes(Gcm, AesWrap::Gcm)),
            (danger::write_v1(), aes(Cbc, AesWrap::Ecb)),
            (danger::write_v2_kms_gcm(), kms(Gcm)),
            (danger::write_v2_kms_cbc(), kms(Cbc)),
        ] {
            let data_key = DataKey::from_slice(&KnownKey::DATA_KEY).unwrap();
            let generated = GeneratedDataKey::new(format, data_key, key_part);
            let error = seal(generated, Some(1), &mut Broken { left: 0, then_fails }).unwrap_err();
            assert!(matches!(error, SealError::Rng(_)), "{format:?}: {error:?}");
        }
    }
}
