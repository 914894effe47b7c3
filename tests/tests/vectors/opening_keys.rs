//! Which key opens: the recorded one, never the one before a rotation, never another object's, and no other context.

use std::sync::Arc;

use cse_envelope::EncryptionContext;
use cse_keys::{ExpectedContext, KmsKeyring};
use cse_tests::{
    case::{self, Keys},
    keys::Opener,
    policy::Needs,
    read::{Reading, decrypt_at_once},
    replay_kms::ReplayKms,
};

/// Whether these keys open the object; never to other bytes than its plaintext.
fn opens(reading: &Reading, keys: &Keys, ciphertext: &[u8], plaintext: &[u8]) -> bool {
    let opener = Opener::new(keys);
    let key = reading.content_key(&Needs::of(reading).policy(), &*opener.keyring);
    match key.map(|key| decrypt_at_once(&key, ciphertext)) {
        Ok(Ok(body)) if body.bytes == plaintext => true,
        Ok(Ok(body)) => {
            assert!(!body.verified, "{}", reading.name);
            false
        }
        _ => false,
    }
}

#[test]
fn the_key_before_a_rotation_does_not_open() {
    let mut rotated = 0;
    for case in case::all() {
        let Some(old) = &case.rotated_from else { continue };
        let (ciphertext, plaintext) = (case.ciphertext(), case.plaintext());
        let readings = case.readings();
        let replaced = readings.iter().find(|reading| reading.name.ends_with(".instruction")).unwrap();
        assert!(opens(replaced, &replaced.keys, &ciphertext, &plaintext), "{}", replaced.name);
        assert!(!opens(replaced, &old.keys, &ciphertext, &plaintext), "{}", replaced.name);
        rotated += 1;
    }
    println!("{rotated} rotated objects");
    assert!(rotated > 0 || !case::is_default_folder());
}

/// Each instruction file of an object that has several opens with its own key only.
#[test]
fn the_key_of_one_instruction_file_does_not_open_another() {
    let mut refused = 0;
    for case in case::all() {
        let (ciphertext, plaintext) = (case.ciphertext(), case.plaintext());
        let readings = case.readings();
        for reading in &readings {
            for other in readings.iter().filter(|other| other.name != reading.name) {
                assert!(!opens(reading, &other.keys, &ciphertext, &plaintext), "{}: {}", reading.name, other.name);
                refused += 1;
            }
        }
    }
    assert!(refused > 0 || !case::is_default_folder());
}

/// A KMS keyring with a key id sends it, and opens only what is wrapped under that key.
#[test]
fn a_kms_keyring_with_a_key_id_opens_its_own_objects_only() {
    let mut opened = 0;
    for case in case::all() {
        for reading in case.readings() {
            let Some(answer) = reading.keys.kms.first() else { continue };
            let keyring = |id: &str| Arc::new(KmsKeyring::new(ReplayKms::new(&reading.keys.kms), id));
            let policy = Needs::of(&reading).policy();
            let key = reading.content_key(&policy, &*keyring(&answer.key_id));
            assert!(key.is_ok(), "{}: {key:?}", reading.name);
            assert!(reading.content_key(&policy, &*keyring("another-key")).is_err(), "{}", reading.name);
            opened += 1;
        }
    }
    assert!(opened > 0 || !case::is_default_folder());
}

/// A caller who names another context than the stored one is refused; for `kms+context` and `kms` alike.
#[test]
fn another_context_does_not_open() {
    let mut refused = 0;
    for case in case::all() {
        for reading in case.readings().into_iter().filter(|reading| !reading.keys.kms.is_empty()) {
            let wrong = EncryptionContext::from_pairs([("not", "the object's")]).unwrap();
            let reading = Reading { expected: ExpectedContext::Exactly(wrong), ..reading };
            let opener = Opener::new(&reading.keys);
            let key = reading.content_key(&Needs::of(&reading).policy(), &*opener.keyring);
            assert!(key.is_err(), "{}", reading.name);
            refused += 1;
        }
    }
    assert!(refused > 0 || !case::is_default_folder());
}

/// A caller who accepts the stored context opens everything whose stored context is true.
#[test]
fn the_stored_context_opens_unless_it_is_damaged() {
    for case in case::all() {
        for reading in case.readings().into_iter().filter(|reading| !reading.keys.kms.is_empty()) {
            let reading = Reading { expected: ExpectedContext::AcceptStored, ..reading };
            let opener = Opener::new(&reading.keys);
            let key = reading.content_key(&Needs::of(&reading).policy(), &*opener.keyring);
            assert_eq!(key.is_ok(), !reading.context_damaged, "{}: {key:?}", reading.name);
        }
    }
}
