//! V3's commitment and content key, derived here from bare HMAC-SHA-512 as RFC 5869 and the S3EC specification say. W3 to W7.

use ::aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{ReadPolicy, WriteFormat};
use cse_tests::known_key::KnownKey;
use hmac::{Hmac, Mac};
use sha2::Sha512;

fn hmac(key: &[u8], pieces: &[&[u8]]) -> [u8; 64] {
    let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(key).unwrap();
    pieces.iter().for_each(|piece| mac.update(piece));
    mac.finalize().into_bytes().into()
}

/// Extract and one round of expand: enough for 64 bytes.
fn hkdf(salt: &[u8], input: &[u8], label: &[u8]) -> [u8; 64] {
    let pseudo_random_key = hmac(salt, &[input]);
    hmac(&pseudo_random_key, &[&[0x00, 0x73], label, &[1]])
}

fn stored(object: &KnownKey, name: &str) -> Vec<u8> {
    let value = &object.metadata.iter().find(|(known, _)| known == name).unwrap().1;
    BASE64_STANDARD.decode(value).unwrap()
}

#[test]
fn sealed_objects_hold_what_the_specification_says() {
    for len in [0, 1, 15, 16, 17, 1000] {
        let plaintext = vec![0x5a; len];
        let object = KnownKey::seal(WriteFormat::V3, &plaintext);
        let (message_id, commitment) = (stored(&object, "x-amz-i"), stored(&object, "x-amz-d"));
        assert_eq!((message_id.len(), commitment.len()), (28, 28));
        assert_eq!(commitment, hkdf(&message_id, &KnownKey::DATA_KEY, b"COMMITKEY")[..28]);

        let key = hkdf(&message_id, &KnownKey::DATA_KEY, b"DERIVEKEY");
        let cipher = Aes256Gcm::new_from_slice(&key[..32]).unwrap();
        let payload = Payload { msg: &plaintext, aad: &[0x00, 0x73] };
        assert_eq!(cipher.encrypt(&[0x01; 12].into(), payload).unwrap(), object.ciphertext);
    }
}

/// An object made from the specification alone opens.
#[test]
fn an_object_made_by_the_specification_opens() {
    let (message_id, plaintext) = ([0x9c; 28], b"made without our code");
    let commitment = &hkdf(&message_id, &KnownKey::DATA_KEY, b"COMMITKEY")[..28];
    let key = hkdf(&message_id, &KnownKey::DATA_KEY, b"DERIVEKEY");
    let cipher = Aes256Gcm::new_from_slice(&key[..32]).unwrap();
    let payload = Payload { msg: plaintext, aad: &[0x00, 0x73] };
    let object = KnownKey {
        metadata: vec![
            ("x-amz-c".into(), "115".into()),
            ("x-amz-3".into(), BASE64_STANDARD.encode(KnownKey::WRAPPED)),
            ("x-amz-w".into(), "02".into()),
            ("x-amz-d".into(), BASE64_STANDARD.encode(commitment)),
            ("x-amz-i".into(), BASE64_STANDARD.encode(message_id)),
        ],
        file: None,
        ciphertext: cipher.encrypt(&[0x01; 12].into(), payload).unwrap(),
        plaintext: plaintext.to_vec(),
    };
    assert_eq!(object.read(&ReadPolicy::default()).unwrap(), plaintext);
    for bit in 0..224 {
        let mut changed = commitment.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = object.clone().with("x-amz-d", &BASE64_STANDARD.encode(&changed));
        assert!(changed.content_key(&ReadPolicy::default()).is_err(), "bit {bit}");
    }
}
