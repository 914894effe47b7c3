//! The streaming AES-256-GCM against the one-shot of crate `aes-gcm`.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{ContentKey, KeyPlacement, PORTABLE, WriteFormat};
use cse_tests::{
    chunking::Chunking,
    known_key::{KnownKey, content_key, start},
    policy,
    read::decrypt,
};
use proptest::prelude::*;

use crate::strategies::{chunking, config, key, plaintext};

/// Ciphertext and tag.
fn one_shot(key: &[u8; 32], iv: &[u8; 12], aad: &[u8], msg: &[u8]) -> Vec<u8> {
    Aes256Gcm::new(key.into()).encrypt(iv.into(), Payload { msg, aad }).unwrap()
}

/// What our encryptor makes of a plaintext, and the IV it drew.
fn sealed(key: &[u8; 32], plaintext: &[u8], declared: bool, chunking: &Chunking) -> ([u8; 12], Vec<u8>) {
    let len = declared.then(|| u64::try_from(plaintext.len()).unwrap());
    let (envelope, mut encryptor) = start(WriteFormat::V2, key, len).unwrap();
    let stored = envelope.stored_form(KeyPlacement::ObjectMetadata).metadata;
    let iv = &stored.iter().find(|(name, _)| *name == "x-amz-iv").unwrap().1;
    let mut ciphertext = Vec::new();
    for chunk in chunking.split(plaintext) {
        ciphertext.extend(encryptor.update(chunk).unwrap());
    }
    ciphertext.extend(encryptor.finish().unwrap());
    (BASE64_STANDARD.decode(iv).unwrap().try_into().unwrap(), ciphertext)
}

fn opened(key: &[u8; 32], iv: &[u8; 12]) -> ContentKey {
    let metadata = KnownKey::seal(WriteFormat::V2, b"").with("x-amz-iv", &BASE64_STANDARD.encode(iv)).metadata;
    content_key(&metadata, None, key, &policy::widest()).unwrap()
}

/// Encryption and decryption, with the length known and not, give what the one-shot gives.
#[track_caller]
fn check(key: &[u8; 32], len: usize, chunking: &Chunking) {
    let plaintext = plaintext(len);
    for known in [true, false] {
        let (iv, ciphertext) = sealed(key, &plaintext, known, chunking);
        assert!(ciphertext == one_shot(key, &iv, &[], &plaintext), "{len} bytes, {chunking:?}");
        let announced = known.then(|| u64::try_from(ciphertext.len()).unwrap());
        let body = decrypt(&opened(key, &iv), &ciphertext, announced, chunking).unwrap();
        assert!(body.verified && body.bytes == plaintext, "{len} bytes, {chunking:?}");
    }
}

#[test]
fn every_size_up_to_4096() {
    for len in 0..=4096_usize {
        check(&[0x3c; 32], len, &Chunking::cycle([1 + len % 97]));
        check(&[0x3c; 32], len, &Chunking::cycle([len / 3, 0, 1, 1024]));
    }
}

#[test]
fn sizes_around_powers_of_two_up_to_a_mebibyte() {
    for power in 12..=20_u32 {
        for offset in [-17_isize, -16, -1, 0, 1, 15, 16, 17] {
            let len = 2_usize.pow(power).checked_add_signed(offset).unwrap();
            for chunking in [Chunking::whole(), Chunking::cycle([4096]), Chunking::cycle([1023, 1, 16_385])] {
                check(&[0xc3; 32], len, &chunking);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn any_key_size_and_chunking(key in key(), len in 0..20_000_usize, chunking in chunking()) {
        check(&key, len, &chunking);
    }

    /// The engine takes any additional data; the formats use none, and two bytes.
    #[test]
    fn any_additional_data(key in key(), iv: [u8; 12], aad: Vec<u8>, len in 0..3000_usize, chunking in chunking()) {
        let plaintext = plaintext(len);
        let mut cipher = PORTABLE.gcm_encrypt(&key, &iv, &aad);
        let mut ciphertext = Vec::new();
        for mut chunk in chunking.split(&plaintext) {
            cipher.update(&mut chunk);
            ciphertext.extend(chunk);
        }
        ciphertext.extend(cipher.finish());
        prop_assert!(ciphertext == one_shot(&key, &iv, &aad, &plaintext));
    }

    /// One flipped bit anywhere is noticed, in any chunking.
    #[test]
    fn a_flipped_bit_is_noticed(
        key in key(), iv: [u8; 12], len in 0..500_usize, place: prop::sample::Index, bit in 0..8_u8, chunking in chunking()
    ) {
        let mut ciphertext = one_shot(&key, &iv, &[], &plaintext(len));
        let place = place.index(ciphertext.len());
        ciphertext[place] ^= 1 << bit;
        for announced in [None, u64::try_from(ciphertext.len()).ok()] {
            prop_assert!(decrypt(&opened(&key, &iv), &ciphertext, announced, &chunking).is_err());
        }
    }

    /// Another key or IV opens nothing.
    #[test]
    fn another_key_or_iv_is_noticed(key in key(), other in key(), iv: [u8; 12], other_iv: [u8; 12], len in 0..100_usize) {
        prop_assume!(key != other && iv != other_iv);
        let ciphertext = one_shot(&key, &iv, &[], &plaintext(len));
        for (key, iv) in [(&other, &iv), (&key, &other_iv), (&other, &other_iv)] {
            prop_assert!(decrypt(&opened(key, iv), &ciphertext, None, &Chunking::whole()).is_err());
        }
    }

    /// The counter mode for ranges is the one inside the cipher, from any block on.
    #[test]
    fn the_key_stream_starts_at_any_block(key in key(), iv: [u8; 12], len in 0..2000_usize, block in 0..120_u32) {
        let plaintext = plaintext(len);
        let ciphertext = one_shot(&key, &iv, &[], &plaintext);
        let from = (usize::try_from(block).unwrap() * 16).min(len);
        let mut data = ciphertext[from..len].to_vec();
        PORTABLE.gcm_keystream(&key, &iv, u32::try_from(from / 16).unwrap()).apply(&mut data);
        // A start in the middle of the last, partial, block is not one of the engine's.
        prop_assume!(from % 16 == 0);
        prop_assert_eq!(data, &plaintext[from..]);
    }
}
