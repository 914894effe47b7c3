//! `AES/GCM`: the wrapped key is nonce, ciphertext and tag, with the suite's *name* as additional data. W13.
//!
//! Wrapped keys are made here with the bare cipher, so that every part of the form can be wrong.

use aes::{Aes128, Aes192, Aes256, cipher::consts::U12};
use aes_gcm::{
    AesGcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{Admitted, WriteFormat, parse};
use cse_keys::{AesKeyring, KeyringError};
use cse_tests::{known_key::KnownKey, policy};

use crate::unwrapping::unwrap;

const WRAPPING_KEY: [u8; 32] = *b"the wrapping key, of whatever si";
const NONCE: [u8; 12] = *b"a fresh once";

/// Ciphertext and tag under the first `key_len` bytes of the wrapping key.
fn sealed(key_len: usize, message: &[u8], suite: &[u8]) -> Vec<u8> {
    let key = &WRAPPING_KEY[..key_len];
    let payload = Payload { msg: message, aad: suite };
    match key_len {
        16 => AesGcm::<Aes128, U12>::new_from_slice(key).unwrap().encrypt(&NONCE.into(), payload).unwrap(),
        24 => AesGcm::<Aes192, U12>::new_from_slice(key).unwrap().encrypt(&NONCE.into(), payload).unwrap(),
        _ => AesGcm::<Aes256, U12>::new_from_slice(key).unwrap().encrypt(&NONCE.into(), payload).unwrap(),
    }
}

fn wrapped(key_len: usize, message: &[u8], suite: &[u8]) -> Vec<u8> {
    [&NONCE[..], &sealed(key_len, message, suite)].concat()
}

/// A V2 or V3 object that stores this as its wrapped key.
fn object(format: WriteFormat, wrapped: &[u8]) -> Admitted {
    let name = if format == WriteFormat::V3 { "x-amz-3" } else { "x-amz-key-v2" };
    let object = KnownKey::seal(format, b"").with(name, &BASE64_STANDARD.encode(wrapped));
    parse(object.metadata.iter().map(|(name, value)| (name, value))).unwrap().admit(&policy::widest()).unwrap()
}

/// Unwraps; every refusal must be the one opaque error.
fn unwrapped(key_len: usize, format: WriteFormat, wrapped: &[u8]) -> Option<Vec<u8>> {
    let keyring = AesKeyring::new(&WRAPPING_KEY[..key_len]).unwrap();
    match unwrap(&keyring, &object(format, wrapped)) {
        Ok(data_key) => Some(data_key.expose_secret().to_vec()),
        Err(KeyringError::Decrypt(_)) => None,
        Err(other) => panic!("not the opaque error: {other:?}"),
    }
}

const FORMATS: [(WriteFormat, &[u8], &[u8]); 2] =
    [(WriteFormat::V2, b"AES/GCM/NoPadding", b"115"), (WriteFormat::V3, b"115", b"AES/GCM/NoPadding")];

#[test]
fn a_key_of_the_right_form_unwraps_under_every_size_of_wrapping_key() {
    for key_len in [16, 24, 32] {
        for (format, suite, _) in FORMATS {
            let key = wrapped(key_len, &KnownKey::DATA_KEY, suite);
            assert_eq!(key.len(), 60);
            assert_eq!(unwrapped(key_len, format, &key).unwrap(), KnownKey::DATA_KEY, "{key_len} {format:?}");
        }
    }
}

/// S5: what binds the key to the suite is the name, and nothing like it.
#[test]
fn another_suite_in_the_additional_data_is_refused() {
    for (format, suite, other) in FORMATS {
        let lower = suite.to_ascii_lowercase();
        let longer = [suite, b" "].concat();
        for wrong in [other, b"", &[0x00, 0x73], b"AES/CBC/PKCS5Padding", &suite[..suite.len() - 1], &longer, b"116"] {
            assert_eq!(
                unwrapped(32, format, &wrapped(32, &KnownKey::DATA_KEY, wrong)),
                None,
                "{format:?} {wrong:02x?}"
            );
        }
        assert!(lower == suite || unwrapped(32, format, &wrapped(32, &KnownKey::DATA_KEY, &lower)).is_none());
    }
}

#[test]
fn every_other_form_is_refused() {
    for (format, suite, _) in FORMATS {
        let right = wrapped(32, &KnownKey::DATA_KEY, suite);
        let tag_first = [&right[..12], &right[44..], &right[12..44]].concat();
        let nonce_last = [&right[12..], &right[..12]].concat();
        let mut wrong = vec![right[12..].to_vec(), tag_first, nonce_last, [&right[..], &[0]].concat()];
        wrong.extend((1..60).map(|len| right[..len].to_vec()));
        wrong.extend((0..60).map(|place| {
            let mut flipped = right.clone();
            flipped[place] ^= 0x10;
            flipped
        }));
        for wrong in wrong {
            assert_eq!(unwrapped(32, format, &wrong), None, "{format:?} {wrong:02x?}");
        }
        for key_len in [16, 24] {
            assert_eq!(unwrapped(key_len, format, &right), None, "{format:?}: another wrapping key");
        }
    }
}

/// What is sealed must be a data key.
#[test]
fn a_message_of_another_length_is_no_key() {
    for (format, suite, _) in FORMATS {
        for len in [0, 1, 15, 17, 31, 33, 48, 64] {
            assert_eq!(unwrapped(32, format, &wrapped(32, &vec![7; len], suite)), None, "{format:?} {len}");
        }
    }
}
