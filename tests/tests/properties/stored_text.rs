//! What is stored reads back, whatever text the caller put in, and is pure ASCII without white space for every old reader.

use cse_envelope::{
    AesWrap, DataKey, EncryptionContext, Envelope, GeneratedDataKey, KeyContext, KeyPart, KeyPlacement, KmsWrap,
    MaterialDescription, RsaWrap, Stored, WriteFormat, danger, parse, seal,
};
use cse_tests::{known_key::KnownKey, rng};
use proptest::prelude::*;

use crate::strategies::config;

/// Entries with any text at all, no name twice.
fn entries() -> impl Strategy<Value = Vec<(String, String)>> {
    let text =
        || prop_oneof![proptest::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter), "[ -~]{0,20}"];
    let pairs = proptest::collection::vec((text(), text()), 0..8);
    pairs.prop_map(|mut pairs| {
        let mut seen = Vec::new();
        pairs.retain(|(name, _)| {
            !seen.contains(name) && !EncryptionContext::is_reserved(name) && {
                seen.push(name.clone());
                true
            }
        });
        pairs
    })
}

fn wraps() -> impl Strategy<Value = (WriteFormat, Wrap)> {
    let cases = vec![
        (WriteFormat::V3, Wrap::Aes(AesWrap::Gcm)),
        (WriteFormat::V3, Wrap::Rsa(RsaWrap::OaepSha1)),
        (WriteFormat::V3, Wrap::Kms(KmsWrap::Context)),
        (WriteFormat::V2, Wrap::Aes(AesWrap::Gcm)),
        (WriteFormat::V2, Wrap::Rsa(RsaWrap::OaepSha1)),
        (WriteFormat::V2, Wrap::Kms(KmsWrap::Context)),
        (danger::write_v2_kms_gcm(), Wrap::Kms(KmsWrap::Kms)),
        (danger::write_v2_kms_cbc(), Wrap::Kms(KmsWrap::Kms)),
        (danger::write_v1(), Wrap::Aes(AesWrap::Ecb)),
        (danger::write_v1(), Wrap::Rsa(RsaWrap::Pkcs1v15)),
    ];
    prop::sample::select(cases)
}

#[derive(Clone, Copy, Debug)]
enum Wrap {
    Aes(AesWrap),
    Rsa(RsaWrap),
    Kms(KmsWrap),
}

fn key_part(wrap: Wrap, entries: &[(String, String)], format: WriteFormat) -> KeyPart {
    let entries = entries.iter().cloned();
    let description = MaterialDescription::from_pairs(entries.clone()).unwrap();
    match wrap {
        Wrap::Aes(wrap) => KeyPart::aes(format.suite(), wrap, vec![0xd7; 48], description),
        Wrap::Rsa(wrap) => KeyPart::rsa(format.suite(), wrap, vec![0xd7; 256], description),
        Wrap::Kms(wrap) => {
            let suite = (EncryptionContext::CEK_ALG.to_owned(), format.suite().name().to_owned());
            let own = (wrap == KmsWrap::Context).then_some(suite);
            KeyPart::kms(
                format.suite(),
                wrap,
                vec![0xd7; 200],
                EncryptionContext::from_pairs(entries.chain(own)).unwrap(),
            )
        }
    }
}

fn sealed(format: WriteFormat, key_part: KeyPart, len: Option<u64>) -> Envelope {
    let data_key = DataKey::from_slice(&KnownKey::DATA_KEY).unwrap();
    seal(GeneratedDataKey::new(format, data_key, key_part), len, &mut rng::fixed("stored text")).unwrap().0
}

fn read_back(envelope: &Envelope, placement: KeyPlacement) -> Stored {
    let stored = envelope.stored_form(placement);
    let read = parse(stored.metadata).unwrap();
    match stored.instruction_file {
        Some(body) => read.with_instruction_file(body.as_bytes()).unwrap(),
        None => read,
    }
}

/// Everything that is stored.
fn texts(envelope: &Envelope, placement: KeyPlacement) -> Vec<String> {
    let stored = envelope.stored_form(placement);
    stored.metadata.into_iter().map(|(_, value)| value).chain(stored.instruction_file).collect()
}

const PLACEMENTS: [KeyPlacement; 2] = [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile];

fn pairs(context: &KeyContext) -> Vec<(String, String)> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    match context {
        KeyContext::Encryption(context) => context.iter().map(owned).collect(),
        KeyContext::Description(description) => description.iter().map(owned).collect(),
        other => panic!("a context the tests do not know: {other:?}"),
    }
}

proptest! {
    #![proptest_config(config(1000))]

    /// Key part, order of entries, version and length hint come back from both places.
    #[test]
    fn an_envelope_reads_back(entries in entries(), (format, wrap) in wraps(), len in prop::option::of(0..1_u64 << 36)) {
        let part = key_part(wrap, &entries, format);
        let envelope = sealed(format, part.clone(), len.filter(|len| *len <= format.suite().max_plaintext_len()));
        for placement in PLACEMENTS {
            let stored = read_back(&envelope, placement);
            let read = stored.envelope().unwrap();
            prop_assert_eq!((read.version(), read.suite()), (envelope.version(), envelope.suite()));
            prop_assert_eq!(read.key_part(), &part);
            prop_assert_eq!(pairs(read.key_part().context()), pairs(part.context()), "order is kept");
        }
    }

    #[test]
    fn stored_text_is_ascii_without_white_space(entries in entries(), (format, wrap) in wraps()) {
        let envelope = sealed(format, key_part(wrap, &entries, format), Some(7));
        for text in PLACEMENTS.into_iter().flat_map(|placement| texts(&envelope, placement)) {
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{}", text);
            prop_assert!(!text.contains("=?"), "an encoded word: {}", text);
        }
    }

    /// Other JSON parsers read the same: what we store means to them what the caller said.
    #[test]
    fn stored_json_is_read_by_others(entries in entries(), (format, wrap) in wraps()) {
        let part = key_part(wrap, &entries, format);
        let stored = sealed(format, part.clone(), None).stored_form(KeyPlacement::ObjectMetadata);
        let json = stored.metadata.iter().find(|(name, _)| ["x-amz-matdesc", "x-amz-t", "x-amz-m"].contains(name));
        let json = json.map_or("{}", |(_, text)| text.as_str());
        let read: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
        let expected = pairs(part.context());
        prop_assert_eq!(read.len(), expected.len());
        for (name, value) in expected {
            prop_assert_eq!(read.get(&name), Some(&value.into()));
        }
    }

    /// W25 to W27, W39: which names are stored where.
    #[test]
    fn only_the_formats_own_names_are_stored(entries in entries(), (format, wrap) in wraps()) {
        let envelope = sealed(format, key_part(wrap, &entries, format), Some(7));
        let names = |placement| envelope.stored_form(placement).metadata.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let whole = names(KeyPlacement::ObjectMetadata);
        let version_keys = ["x-amz-key", "x-amz-key-v2", "x-amz-3"];
        prop_assert_eq!(whole.iter().filter(|name| version_keys.contains(name)).count(), 1);
        if format == WriteFormat::V3 {
            prop_assert!(!whole.contains(&"x-amz-unencrypted-content-length") && !whole.contains(&"x-amz-matdesc"));
            prop_assert_eq!(whole.contains(&"x-amz-m"), !matches!(wrap, Wrap::Kms(_)) && !entries.is_empty());
            prop_assert!(whole.contains(&"x-amz-w"));
            prop_assert_eq!(names(KeyPlacement::InstructionFile), ["x-amz-c", "x-amz-d", "x-amz-i"]);
        } else {
            let is_v2 = whole.contains(&"x-amz-key-v2");
            prop_assert!(whole.contains(&"x-amz-iv"));
            prop_assert_eq!(["x-amz-wrap-alg", "x-amz-cek-alg"].map(|name| whole.contains(&name)), [is_v2; 2]);
            prop_assert_eq!(whole.contains(&"x-amz-tag-len"), envelope.suite().is_authenticated());
            prop_assert!(whole.contains(&"x-amz-unencrypted-content-length") && whole.contains(&"x-amz-matdesc"));
            prop_assert!(names(KeyPlacement::InstructionFile).is_empty());
        }
        let file = envelope.stored_form(KeyPlacement::InstructionFile).instruction_file.unwrap();
        prop_assert!(!file.contains("unencrypted"), "{}", file);
        let content = ["\"x-amz-c\"", "\"x-amz-d\"", "\"x-amz-i\""].iter().any(|name| file.contains(name));
        prop_assert!(format != WriteFormat::V3 || !content, "{}", file);
    }

    /// Reading arbitrary text never panics, whatever it holds.
    #[test]
    fn arbitrary_metadata_is_read_or_refused(
        values in proptest::collection::vec((0..20_usize, ".{0,40}"), 0..8), file in ".{0,80}"
    ) {
        let names: Vec<_> = cse_envelope::MetadataKey::ALL.iter().map(|key| key.name()).collect();
        let metadata = values.iter().map(|(i, value)| (names.get(*i).copied().unwrap_or("colour"), value));
        if let Ok(stored) = parse(metadata) {
            let _ = stored.with_instruction_file(file.as_bytes());
        }
    }
}

/// KMS takes 8,192 characters: written as escapes they grow twelvefold, and must still read back. More than is read is not sealed.
#[test]
fn the_longest_context_reads_back_and_a_longer_one_is_not_sealed() {
    let wrap = Wrap::Kms(KmsWrap::Context);
    for character in ["x", "\u{e9}", "\u{1f5dd}", "\"", "\\"] {
        let entries = [("name".to_owned(), character.repeat(8192))];
        let envelope = sealed(WriteFormat::V3, key_part(wrap, &entries, WriteFormat::V3), None);
        for placement in PLACEMENTS {
            let again = read_back(&envelope, placement);
            assert_eq!(again.envelope().unwrap().key_part(), envelope.key_part(), "{character} {placement:?}");
        }
    }
    let entries = [("name".to_owned(), "x".repeat(128 * 1024))];
    let data_key = DataKey::from_slice(&KnownKey::DATA_KEY).unwrap();
    let generated = GeneratedDataKey::new(WriteFormat::V3, data_key, key_part(wrap, &entries, WriteFormat::V3));
    let error = seal(generated, None, &mut rng::fixed("stored text")).unwrap_err();
    assert_eq!(error, cse_envelope::error::SealError::ContextTooLong);
}
