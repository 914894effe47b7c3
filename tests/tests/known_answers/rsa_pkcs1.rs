//! `RSA`, PKCS#1 v1.5 of the bare data key, with Wycheproof's answers through `RsaKeyring`.
//!
//! A wrong padding must not be told (Bleichenbacher): such a wrapped key gives a data key that is no one's, always the same one,
//! and the read fails at the content. Only what everybody can see, the length and the size of the number, is refused at once.

use cse_keys::{KeyringError, RsaKeyring};
use rsa::{PrivateKey, pkcs8::DecodePrivateKey, traits::PublicKeyParts};
use wycheproof::{
    TestResult,
    rsa_pkcs1_decrypt::{Test, TestGroup, TestName, TestSet},
};

use crate::unwrapping::unwrap_legacy;

fn groups() -> impl Iterator<Item = TestGroup> {
    TestName::all().into_iter().flat_map(|name| TestSet::load(name).unwrap().test_groups)
}

/// What everybody can see about a wrapped key: it has the modulus's length and is smaller.
fn looks_right(key: &PrivateKey, ciphertext: &[u8]) -> bool {
    let modulus = key.n_bytes();
    ciphertext.len() == modulus.len() && ciphertext < &modulus[..]
}

fn is_data_key(test: &Test) -> bool {
    test.result == TestResult::Valid && matches!(test.pt.len(), 16 | 24 | 32)
}

fn unwrap(keyring: &RsaKeyring, ciphertext: &[u8]) -> Option<Result<Vec<u8>, KeyringError>> {
    Some(unwrap_legacy(keyring, "RSA", ciphertext)?.map(|data_key| data_key.expose_secret().to_vec()))
}

#[test]
fn wycheproof() {
    let (mut unwrapped, mut substituted, mut refused) = (0, 0, 0);
    for group in groups() {
        let keyring = RsaKeyring::from_pem(&group.pem).unwrap();
        let key = PrivateKey::from_pkcs8_pem(&group.pem).unwrap();
        for test in &group.tests {
            let what = format!("{} bits, {}: {}", group.key_size, test.tc_id, test.comment);
            let Some(result) = unwrap(&keyring, &test.ct) else {
                assert!(test.ct.is_empty() && test.result == TestResult::Invalid, "{what}");
                continue;
            };
            match result {
                Ok(data_key) if is_data_key(test) => {
                    assert_eq!(data_key, test.pt[..], "{what}");
                    unwrapped += 1;
                }
                Ok(data_key) => {
                    assert!(looks_right(&key, &test.ct), "{what}");
                    assert_substitute(&keyring, test, &data_key, &what);
                    substituted += 1;
                }
                Err(KeyringError::Decrypt(_)) => {
                    assert!(!looks_right(&key, &test.ct), "{what}: a wrong padding was told");
                    refused += 1;
                }
                Err(other) => panic!("{what}: not the opaque error: {other:?}"),
            }
        }
    }
    println!("Wycheproof PKCS#1 v1.5: {unwrapped} unwrapped, {substituted} substituted, {refused} refused in public");
    assert!(unwrapped > 0 && substituted > 0 && refused > 0);
}

/// The substitute is a data key, is always the same, and has nothing to do with the message.
fn assert_substitute(keyring: &RsaKeyring, test: &Test, data_key: &[u8], what: &str) {
    assert!(matches!(data_key.len(), 16 | 24 | 32), "{what}");
    assert_eq!(unwrap(keyring, &test.ct).unwrap().unwrap(), data_key, "{what}: another substitute the second time");
    assert!(test.pt.is_empty() || !data_key.starts_with(&test.pt[..test.pt.len().min(8)]), "{what}");
}

/// Two wrong wrapped keys, and two private keys, have different substitutes.
#[test]
fn substitutes_differ() {
    let mut seen = Vec::new();
    for group in groups() {
        let keyring = RsaKeyring::from_pem(&group.pem).unwrap();
        for test in group.tests.iter().filter(|test| test.result == TestResult::Invalid).take(3) {
            if let Some(Ok(substitute)) = unwrap(&keyring, &test.ct) {
                seen.push((group.pem.clone(), test.ct.to_vec(), substitute));
            }
        }
    }
    seen.sort();
    seen.dedup();
    let count = seen.len();
    let mut keys: Vec<_> = seen.into_iter().map(|(_, _, key)| key).collect();
    keys.sort();
    keys.dedup();
    assert!(count > 1);
    assert_eq!(keys.len(), count);
}
