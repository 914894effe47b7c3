//! Lengths that are declared or announced, and not kept.

use cse_envelope::{
    AlgorithmSuite, Unauthenticated, WriteFormat, danger,
    error::{LengthError, SealError},
};
use cse_tests::{
    chunking::Chunking,
    known_key::{KnownKey, start},
    policy,
    read::decrypt,
};
use proptest::prelude::*;

use crate::strategies::{chunking, config, plaintext, sealed};

fn formats() -> impl Strategy<Value = WriteFormat> {
    prop::sample::select(vec![WriteFormat::V3, WriteFormat::V2, danger::write_v1(), danger::write_v2_kms_cbc()])
}

/// Encrypts with a declared length.
fn encrypt(format: WriteFormat, declared: u64, plaintext: &[u8], chunking: &Chunking) -> Result<usize, LengthError> {
    let (_, mut encryptor) = start(format, &KnownKey::DATA_KEY, Some(declared)).unwrap();
    let mut len = 0;
    for chunk in chunking.split(plaintext) {
        len += encryptor.update(chunk)?.len();
    }
    Ok(len + encryptor.finish()?.len())
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a_plaintext_of_another_length_than_declared_is_refused(
        format in formats(), len in 0..3000_usize, declared in 0..3000_u64, chunking in chunking()
    ) {
        let result = encrypt(format, declared, &plaintext(len), &chunking);
        if u64::try_from(len).unwrap() == declared {
            prop_assert_eq!(result.map(|len| u64::try_from(len).unwrap()), format.suite().ciphertext_len(declared));
        } else {
            prop_assert_eq!(result, Err(LengthError::NotAsDeclared { declared }));
        }
    }

    #[test]
    fn a_ciphertext_of_another_length_than_announced_is_refused(
        format in formats(), len in 0..3000_usize, other in 0..3100_u64, chunking in chunking()
    ) {
        let object = sealed(format, len);
        let key = object.content_key(&policy::widest()).unwrap();
        let body = decrypt(&key, &object.ciphertext, Some(other), &chunking);
        let right = u64::try_from(object.ciphertext.len()).unwrap() == other;
        prop_assert_eq!(body.is_ok(), right);
    }

    /// Lengths of ciphertexts and plaintexts fit each other, up to the ends of their ranges.
    #[test]
    fn ciphertext_and_plaintext_lengths_agree(len: u64) {
        for suite in [AlgorithmSuite::Gcm, AlgorithmSuite::GcmCommitKey] {
            match suite.ciphertext_len(len) {
                Ok(longer) => {
                    prop_assert_eq!(suite.plaintext_len(longer), Some(len));
                    prop_assert_eq!(u128::from(longer), u128::from(len) + 16);
                }
                Err(_) => prop_assert!(len > (1 << 36) - 32),
            }
        }
        if let Ok(longer) = AlgorithmSuite::Cbc.ciphertext_len(len) {
            prop_assert_eq!(u128::from(longer), (u128::from(len) / 16 + 1) * 16);
        }
    }
}

/// After an update that failed there is no success, even where the lengths fit again.
#[test]
fn a_failed_update_is_never_made_good() {
    for format in [WriteFormat::V3, WriteFormat::V2, danger::write_v1(), danger::write_v2_kms_cbc()] {
        let (_, mut encryptor) = start(format, &KnownKey::DATA_KEY, Some(5)).unwrap();
        assert_eq!(encryptor.update(vec![1; 6]), Err(LengthError::NotAsDeclared { declared: 5 }), "{format:?}");
        assert!(encryptor.update(vec![1; 5]).is_ok());
        assert_eq!(encryptor.finish(), Err(LengthError::NotAsDeclared { declared: 5 }), "{format:?}");

        let object = sealed(format, 40);
        let key = object.content_key(&policy::widest()).unwrap();
        let mut decryptor = key.decryptor(u64::try_from(object.ciphertext.len()).ok()).unwrap();
        assert!(decryptor.update(vec![1; object.ciphertext.len() + 1]).is_err(), "{format:?}");
        if let Ok(plaintext) = decryptor.update(object.ciphertext.clone()) {
            assert!(decryptor.finish(plaintext).is_err(), "{format:?}");
        }
    }
}

/// Plaintext is verified as a whole: what was collected must be as long as what was given.
#[test]
fn a_plaintext_collected_in_part_is_not_verified() {
    for format in [WriteFormat::V3, WriteFormat::V2] {
        let object = sealed(format, 40);
        let key = object.content_key(&policy::widest()).unwrap();
        for missing in [true, false] {
            let mut decryptor = key.decryptor(None).unwrap();
            let (head, tail) = object.ciphertext.split_at(20);
            let mut collected = decryptor.update(head.to_vec()).unwrap();
            let rest = decryptor.update(tail.to_vec()).unwrap();
            if !missing {
                collected.append(rest);
                collected.append(Unauthenticated::new(vec![0]));
            }
            assert!(decryptor.finish(collected).is_err(), "{format:?}, {missing}");
        }
    }
}

/// SP 800-38D's limit, checked before any work: nothing of that size is encrypted here.
#[test]
fn a_plaintext_too_long_for_gcm_is_refused_before_any_work() {
    const MOST: u64 = (1 << 36) - 32;
    for (format, suite) in [(WriteFormat::V2, AlgorithmSuite::Gcm), (WriteFormat::V3, AlgorithmSuite::GcmCommitKey)] {
        assert_eq!(start(format, &KnownKey::DATA_KEY, Some(MOST)).unwrap().1.ciphertext_len(), Some(MOST + 16));
        for len in [MOST + 1, MOST + 16, 1 << 40, u64::MAX] {
            let error = start(format, &KnownKey::DATA_KEY, Some(len)).unwrap_err();
            assert_eq!(error, SealError::Length(LengthError::TooLong { suite }));
        }
        let key = sealed(format, 0).content_key(&policy::widest()).unwrap();
        assert!(key.decryptor(Some(MOST + 16)).is_ok());
        assert!(key.decryptor(Some(MOST + 17)).is_err());
    }
}

/// Data keys of other lengths than 32 bytes are read, never written.
#[test]
fn short_data_keys_are_not_written() {
    for format in [WriteFormat::V3, WriteFormat::V2, danger::write_v1(), danger::write_v2_kms_gcm()] {
        for short in [16, 24] {
            assert!(matches!(start(format, &vec![1; short], None), Err(SealError::Key(_))), "{format:?} {short}");
        }
    }
}
