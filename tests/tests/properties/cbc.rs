//! The streaming AES-CBC against the one-shot of crate `cbc`, under keys of all three lengths.

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{ContentKey, KeyPlacement, danger};
use cse_tests::{
    chunking::Chunking,
    known_key::{KnownKey, content_key, start},
    policy,
    read::decrypt,
};
use proptest::prelude::*;

use crate::strategies::{chunking, config, key, plaintext};

fn one_shot(key: &[u8], iv: &[u8; 16], plaintext: &[u8]) -> Vec<u8> {
    match key.len() {
        16 => cbc::Encryptor::<Aes128>::new_from_slices(key, iv).unwrap().encrypt_padded_vec::<Pkcs7>(plaintext),
        24 => cbc::Encryptor::<Aes192>::new_from_slices(key, iv).unwrap().encrypt_padded_vec::<Pkcs7>(plaintext),
        _ => cbc::Encryptor::<Aes256>::new_from_slices(key, iv).unwrap().encrypt_padded_vec::<Pkcs7>(plaintext),
    }
}

fn opened(key: &[u8], iv: &[u8; 16]) -> ContentKey {
    let metadata = KnownKey::seal(danger::write_v1(), b"").with("x-amz-iv", &BASE64_STANDARD.encode(iv)).metadata;
    content_key(&metadata, None, key, &policy::widest()).unwrap()
}

/// Our ciphertext, in chunks, and the IV that was drawn. We write 32-byte keys only.
fn sealed(key: &[u8; 32], plaintext: &[u8], declared: bool, chunking: &Chunking) -> ([u8; 16], Vec<u8>) {
    let len = declared.then(|| u64::try_from(plaintext.len()).unwrap());
    let (envelope, mut encryptor) = start(danger::write_v1(), key, len).unwrap();
    let stored = envelope.stored_form(KeyPlacement::ObjectMetadata).metadata;
    let iv = &stored.iter().find(|(name, _)| *name == "x-amz-iv").unwrap().1;
    let mut ciphertext = Vec::new();
    for chunk in chunking.split(plaintext) {
        ciphertext.extend(encryptor.update(chunk).unwrap());
    }
    ciphertext.extend(encryptor.finish().unwrap());
    (BASE64_STANDARD.decode(iv).unwrap().try_into().unwrap(), ciphertext)
}

#[track_caller]
fn check(key: &[u8; 32], len: usize, chunking: &Chunking) {
    let plaintext = plaintext(len);
    for known in [true, false] {
        let (iv, ciphertext) = sealed(key, &plaintext, known, chunking);
        assert!(ciphertext == one_shot(key, &iv, &plaintext), "{len} bytes, {chunking:?}");
        for short in [16, 24, 32] {
            let ciphertext = one_shot(&key[..short], &iv, &plaintext);
            let announced = known.then(|| u64::try_from(ciphertext.len()).unwrap());
            let body = decrypt(&opened(&key[..short], &iv), &ciphertext, announced, chunking).unwrap();
            assert!(!body.verified && body.bytes == plaintext, "{len} bytes, {short}-byte key, {chunking:?}");
        }
    }
}

#[test]
fn every_size_up_to_1024() {
    for len in 0..=1024_usize {
        check(&[0x3c; 32], len, &Chunking::cycle([1 + len % 37]));
        check(&[0x3c; 32], len, &Chunking::cycle([len / 3, 0, 1, 256]));
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn any_key_size_and_chunking(key in key(), len in 0..70_000_usize, chunking in chunking()) {
        check(&key, len, &chunking);
    }

    /// What is no whole number of blocks, or none at all, is refused, announced or not.
    #[test]
    fn a_cut_ciphertext_is_refused(key in key(), iv: [u8; 16], len in 0..500_usize, cut in 1..16_usize, chunking in chunking()) {
        let ciphertext = one_shot(&key, &iv, &plaintext(len));
        for cut in [ciphertext.len() - cut, 0] {
            let part = &ciphertext[..cut];
            for announced in [None, u64::try_from(cut).ok(), u64::try_from(ciphertext.len()).ok()] {
                prop_assert!(decrypt(&opened(&key, &iv), part, announced, &chunking).is_err());
            }
        }
    }
}
