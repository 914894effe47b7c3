//! A set writes with its first keyring and reads with the one an object belongs to; what fits none, or several, is an error.

use std::sync::Arc;

use cse_envelope::{EncryptionContext, KeyPlacement, MaterialDescription, WriteFormat, parse};
use cse_keys::{AesKeyring, ExpectedContext, Keyring, KeyringError, KeyringSet, RsaKeyring, now};
use cse_tests::{chunking::Chunking, policy, rng};

use crate::round_trip::{KINDS, Kind, Object, Written, read, rsa, write};

fn described(owner: &str) -> MaterialDescription {
    MaterialDescription::from_pairs([("owner", owner)]).unwrap()
}

/// An AES keyring whose key and description follow from one name.
fn aes(owner: &str) -> AesKeyring {
    let mut key = [0x33; 32];
    key[..owner.len()].copy_from_slice(owner.as_bytes());
    AesKeyring::new(&key).unwrap().with_description(described(owner))
}

fn written(format: WriteFormat) -> Written {
    Written { format, placement: KeyPlacement::ObjectMetadata, context: EncryptionContext::new() }
}

fn object(keyring: &dyn Keyring, format: WriteFormat) -> Object {
    write(keyring, &written(format), b"plaintext", &Chunking::whole()).unwrap()
}

fn opens(keyring: &dyn Keyring, object: &Object) -> bool {
    read(keyring, object, &ExpectedContext::default(), &Chunking::whole()).as_deref() == Some(b"plaintext")
}

fn unwrap_error(keyring: &dyn Keyring, object: &Object) -> KeyringError {
    let admitted = parse(object.0.iter().map(|(name, value)| (name, value))).unwrap().admit(&policy::widest()).unwrap();
    now(keyring.unwrap_data_key(&admitted, &ExpectedContext::default(), &mut rng::fixed("set"))).unwrap_err()
}

#[test]
fn one_of_each_kind_reads_what_each_wrote() {
    let set = KeyringSet::new(Kind::Aes256.keyring()).with(Kind::Rsa.keyring()).with(Kind::Kms.keyring());
    for kind in [Kind::Aes256, Kind::Rsa, Kind::Kms] {
        for format in kind.formats() {
            assert!(opens(&set, &object(&*kind.keyring(), format)), "{kind:?} {format:?}");
        }
    }
}

#[test]
fn the_first_one_writes() {
    for writer in KINDS {
        let set = KeyringSet::new(writer.keyring()).with(aes("other"));
        for format in writer.formats() {
            assert!(opens(&*writer.keyring(), &object(&set, format)), "{writer:?} {format:?}");
            assert!(!opens(&aes("other"), &object(&set, format)), "{writer:?} {format:?}");
        }
    }
}

#[test]
fn the_description_selects_among_several() {
    let set = KeyringSet::new(aes("a")).with(aes("b")).with(aes("c"));
    for owner in ["a", "b", "c"] {
        assert!(opens(&set, &object(&aes(owner), WriteFormat::V3)), "{owner}");
    }
}

/// Keys are not tried one after the other: the error names the descriptions there are.
#[test]
fn among_several_none_is_guessed() {
    let set = KeyringSet::new(aes("a")).with(aes("b"));
    let error = unwrap_error(&set, &object(&aes("stranger"), WriteFormat::V3));
    let KeyringError::SeveralFit { descriptions } = &error else { panic!("{error:?}") };
    assert_eq!(*descriptions, [described("a"), described("b")]);
    let text = error.to_string();
    assert!(text.contains("\"a\"") && text.contains("\"b\""), "{text}");
}

/// Two keys of the same description are not told apart, not even by trying both.
#[test]
fn two_of_the_same_description_are_refused() {
    let twin = AesKeyring::new(&[0x99; 32]).unwrap().with_description(described("a"));
    let set = KeyringSet::new(aes("a")).with(twin);
    let error = unwrap_error(&set, &object(&aes("a"), WriteFormat::V3));
    assert!(matches!(error, KeyringError::SeveralFit { .. }), "{error:?}");
}

/// A KMS wrap does not name its key.
#[test]
fn two_kms_keyrings_are_refused() {
    let set = KeyringSet::new(Kind::Kms.keyring()).with(Kind::Kms.keyring());
    let error = unwrap_error(&set, &object(&*Kind::Kms.keyring(), WriteFormat::V3));
    assert!(matches!(error, KeyringError::SeveralFit { .. }), "{error:?}");
}

/// A description selects a key, it does not authorise: the same one on another key still has to unwrap.
#[test]
fn a_description_alone_opens_nothing() {
    let impostor = AesKeyring::new(&[0x99; 32]).unwrap().with_description(described("a"));
    let set = KeyringSet::new(impostor).with(aes("b"));
    let error = unwrap_error(&set, &object(&aes("a"), WriteFormat::V3));
    assert!(matches!(error, KeyringError::Decrypt(_)), "{error:?}");
}

#[test]
fn what_no_keyring_of_the_set_handles_is_an_error() {
    let set = KeyringSet::new(aes("a")).with(aes("b"));
    for kind in [Kind::Rsa, Kind::Kms] {
        let error = unwrap_error(&set, &object(&*kind.keyring(), WriteFormat::V3));
        assert!(matches!(error, KeyringError::OtherWrap(_)), "{kind:?}: {error:?}");
    }
}

/// The only keyring of a kind reads objects of other descriptions too, or of none.
#[test]
fn the_only_one_of_its_kind_needs_no_description() {
    let mut key = [0x33; 32];
    key[0] = b'a';
    let renamed: Arc<dyn Keyring> = Arc::new(AesKeyring::new(&key).unwrap().with_description(described("renamed")));
    let set = KeyringSet::new(Kind::Rsa.keyring()).with(renamed);
    assert!(opens(&set, &object(&aes("a"), WriteFormat::V3)));
}

/// The public half writes what only the private half reads.
#[test]
fn a_public_half_writes_and_does_not_read() {
    let public = RsaKeyring::from_pem(&rsa().public_pem().unwrap()).unwrap();
    assert!(!public.has_private_half());
    for format in Kind::Rsa.formats() {
        let object = object(&public, format);
        assert!(opens(&*rsa(), &object), "{format:?}");
        assert!(matches!(unwrap_error(&public, &object), KeyringError::PublicHalfOnly), "{format:?}");
    }
}

/// A KMS wrap names no key that could be compared, so nothing tells two KMS keyrings apart.
#[test]
fn two_kms_keyrings_are_refused_and_the_reason_is_given() {
    let set = KeyringSet::new(Kind::Kms.keyring()).with(Kind::Kms.keyring());
    let error = unwrap_error(&set, &object(&*Kind::Kms.keyring(), WriteFormat::V3));
    assert!(matches!(&error, KeyringError::SeveralFit { descriptions } if descriptions.is_empty()), "{error:?}");
    assert!(error.to_string().contains("KMS"), "{error}");
}

/// A set inside a set reads as if its keyrings were in the outer one.
#[test]
fn sets_nest() {
    let set = KeyringSet::new(Kind::Rsa.keyring()).with(KeyringSet::new(aes("a")).with(aes("b"))).with(aes("c"));
    for owner in ["a", "b", "c"] {
        assert!(opens(&set, &object(&aes(owner), WriteFormat::V3)), "{owner}");
    }
}
