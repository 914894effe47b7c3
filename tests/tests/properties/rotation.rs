//! Key rotation: the data key wrapped anew, in an instruction file beside the object as it was, opens with the new key alone.

use cse_envelope::{Admitted, EncryptionContext, KeyPlacement, WriteFormat, danger, error::KeyMismatch, parse};
use cse_keys::{ExpectedContext, Keyring, KeyringError, now};
use cse_tests::{chunking::Chunking, policy, rng};

use crate::round_trip::{KINDS, Kind, Object, Written, read, write};

fn admitted(object: &Object) -> Admitted {
    parse(object.0.iter().map(|(name, value)| (name, value))).unwrap().admit(&policy::widest()).unwrap()
}

fn object(kind: Kind, format: WriteFormat) -> Object {
    let written = Written { format, placement: KeyPlacement::ObjectMetadata, context: EncryptionContext::new() };
    write(&*kind.keyring(), &written, b"plaintext", &Chunking::whole()).unwrap()
}

/// The same object with the data key wrapped by another keyring, in its instruction file.
fn rotated(object: &Object, from: Kind, to: Kind, format: WriteFormat) -> Result<Object, Box<dyn core::error::Error>> {
    let admitted = admitted(object);
    let mut rng = rng::fixed("rotate");
    let data_key = now(from.keyring().unwrap_data_key(&admitted, &ExpectedContext::default(), &mut rng))?;
    let keyring = to.keyring();
    let key_part = now(keyring.wrap_data_key(&data_key, format, &EncryptionContext::new(), &mut rng))?;
    let envelope = admitted.into_envelope().with_key_part(key_part)?;
    let file = envelope.stored_form(KeyPlacement::InstructionFile).instruction_file;
    Ok((object.0.clone(), file, object.2.clone()))
}

fn opens(keyring: &dyn Keyring, object: &Object) -> bool {
    read(keyring, object, &ExpectedContext::default(), &Chunking::whole()).as_deref() == Some(b"plaintext")
}

#[test]
fn a_rotated_object_opens_with_the_new_key_alone() {
    let mut rotations = 0;
    for from in KINDS {
        for to in KINDS {
            for format in from.formats().into_iter().filter(|format| to.formats().contains(format)) {
                let old = object(from, format);
                let new = rotated(&old, from, to, format).unwrap();
                assert!(opens(&*to.keyring(), &new), "{from:?} {to:?} {format:?}");
                assert!(from == to || !opens(&*from.keyring(), &new), "{from:?} {to:?} {format:?}");
                // Without the file it is the object as it was.
                assert!(opens(&*from.keyring(), &old));
                rotations += 1;
            }
        }
    }
    assert!(rotations > KINDS.len());
}

/// A keyring that cannot write the object's format does not re-wrap its key.
#[test]
fn a_key_of_another_kind_than_the_format_takes_is_refused() {
    for (from, to, format) in [
        (Kind::Aes256, Kind::Kms, danger::write_v1()),
        (Kind::Rsa, Kind::Kms, danger::write_v1()),
        (Kind::Kms, Kind::Aes256, danger::write_v2_kms_gcm()),
        (Kind::Kms, Kind::Rsa, danger::write_v2_kms_cbc()),
    ] {
        let error = rotated(&object(from, format), from, to, format).unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(KeyringError::OtherFormat)), "{to:?} {format:?}: {error:?}");
    }
}

/// A key part made for another suite does not go into the envelope: the keyring could not unwrap it again.
#[test]
fn a_key_part_of_another_format_is_refused() {
    let mut refused = 0;
    for kind in [Kind::Aes256, Kind::Rsa, Kind::Kms] {
        for (format, other) in
            kind.formats().into_iter().flat_map(|one| kind.formats().into_iter().map(move |two| (one, two)))
        {
            let error = rotated_as(kind, format, other);
            assert_eq!(error.is_none(), format.suite() == other.suite(), "{kind:?} {format:?} {other:?}");
            refused += usize::from(error.is_some());
        }
    }
    assert!(refused > 0);
}

/// Wraps the key of an object of one format as if it were of another.
fn rotated_as(kind: Kind, format: WriteFormat, other: WriteFormat) -> Option<KeyMismatch> {
    let object = object(kind, format);
    let admitted = admitted(&object);
    let mut rng = rng::fixed("rotate");
    let keyring = kind.keyring();
    let data_key = now(keyring.unwrap_data_key(&admitted, &ExpectedContext::default(), &mut rng)).unwrap();
    let key_part = now(keyring.wrap_data_key(&data_key, other, &EncryptionContext::new(), &mut rng)).unwrap();
    admitted.into_envelope().with_key_part(key_part).err()
}
