//! Instruction files: what may be in them, what must not, and which object they go with. W38, S6, S8.

use cse_envelope::{
    KeyPlacement, MetadataKey as Key, WriteFormat, danger,
    error::{AdmitError, Place, Problem},
    parse,
};
use cse_tests::{
    known_key::{self, KnownKey},
    policy,
    read::{self, ReadError},
};

use crate::{PLAINTEXT, assert_malformed, assert_opens, malformed, v2, v3};

fn split(format: WriteFormat) -> KnownKey {
    KnownKey::seal_placed(format, PLAINTEXT, KeyPlacement::InstructionFile)
}

/// With one more entry in the instruction file.
fn file_with(object: &KnownKey, name: &str, value: &str) -> KnownKey {
    let body = object.file.as_ref().unwrap().replacen('{', &format!("{{\"{name}\":\"{value}\","), 1);
    KnownKey { file: Some(body), ..object.clone() }
}

/// With this body as instruction file.
fn with_body(object: KnownKey, body: &str) -> KnownKey {
    KnownKey { file: Some(body.into()), ..object }
}

fn field<'a>(object: &'a KnownKey, name: &str) -> &'a str {
    &object.metadata.iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn every_format_opens_with_its_instruction_file() {
    for format in
        [WriteFormat::V3, WriteFormat::V2, danger::write_v1(), danger::write_v2_kms_gcm(), danger::write_v2_kms_cbc()]
    {
        assert_opens(&split(format));
    }
}

/// The core of key commitment: whoever can write the file could otherwise name another key (CVE-2025-14763).
#[test]
fn suite_commitment_and_message_id_in_a_file_are_refused() {
    let whole = v3();
    for key in [Key::SuiteV3, Key::Commitment, Key::MessageId] {
        let value = field(&whole, key.name());
        for object in [split(WriteFormat::V3), split(WriteFormat::V2), split(danger::write_v1())] {
            assert_malformed(&file_with(&object, key.name(), value), key, &Problem::InInstructionFile);
            let capital = key.name().to_ascii_uppercase();
            assert_malformed(&file_with(&object, &capital, value), key, &Problem::InInstructionFile);
        }
        // Nor do they help an object that lacks them.
        let moved = file_with(&split(WriteFormat::V3), key.name(), value).without(key.name());
        assert!(moved.content_key(&policy::widest()).is_err(), "{key}");
    }
    let everything = with_body(KnownKey { metadata: Vec::new(), ..v3() }, &json(&whole.metadata));
    assert_eq!(malformed(&everything).problem, Problem::InInstructionFile);
}

fn json(entries: &known_key::Entries) -> String {
    let fields = entries.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    serde_json::Value::Object(fields.collect()).to_string()
}

/// S8.
#[test]
fn a_v1_or_v2_file_beside_a_v3_object_is_refused() {
    for file in [split(WriteFormat::V2), split(danger::write_v1()), split(danger::write_v2_kms_cbc())] {
        let body = file.file.unwrap();
        for object in [split(WriteFormat::V3), v3()] {
            let found = malformed(&with_body(object, &body));
            assert_eq!(found.problem, Problem::NotBeside { other: Key::Commitment }, "{found}");
        }
    }
    for (name, value) in [("x-amz-iv", "AAAAAAAAAAAAAAAA"), ("x-amz-wrap-alg", "AES/GCM"), ("x-amz-matdesc", "{}")] {
        let found = malformed(&file_with(&split(WriteFormat::V3), name, value));
        assert_eq!(found.problem, Problem::NotBeside { other: Key::Commitment }, "{name}: {found}");
    }
}

#[test]
fn a_v3_file_beside_an_object_without_commitment_is_refused() {
    let file = split(WriteFormat::V3).file.unwrap();
    let plain = KnownKey { metadata: Vec::new(), ..v3() };
    assert_malformed(&with_body(plain, &file), Key::Commitment, &Problem::Missing);
    let found = malformed(&with_body(v2(), &file));
    assert_eq!(found.place, Place::Key(Key::Commitment), "{found}");
}

#[test]
fn a_v3_file_needs_key_and_wrap() {
    for (key, name) in [(Key::KeyV3, "x-amz-3"), (Key::WrapV3, "x-amz-w")] {
        let object = split(WriteFormat::V3);
        let mut fields: serde_json::Map<_, _> = serde_json::from_str(object.file.as_ref().unwrap()).unwrap();
        fields.remove(name).unwrap();
        let body = serde_json::Value::Object(fields).to_string();
        assert_malformed(&with_body(object, &body), key, &Problem::Missing);
    }
}

#[test]
fn a_file_without_an_envelope_is_refused() {
    for body in ["{}", r#"{"colour":"blue"}"#, r#"{"x-amz-crypto-instr-file":"true"}"#, r#"{"x-amz-matdesc":"{}"}"#] {
        let plain = KnownKey { metadata: Vec::new(), ..v2() };
        for object in [plain, v2()] {
            let found = malformed(&with_body(object, body));
            assert_eq!((found.place, found.problem), (Place::InstructionFile, Problem::Missing), "{body}");
        }
    }
}

/// A file may re-wrap the key of an object that holds a whole envelope, but not change its cipher or IV.
#[test]
fn a_file_for_another_content_is_refused() {
    let rewrapped = with_body(v2(), &json(&v2().metadata));
    assert_opens(&rewrapped);
    let other_iv = v2().with("x-amz-iv", "AQEBAQEBAQEBAQEB");
    assert_malformed(&with_body(v2(), &json(&other_iv.metadata)), Key::Iv, &Problem::Contradicts);
    let other_cipher = KnownKey::seal(danger::write_v2_kms_cbc(), PLAINTEXT);
    assert_malformed(&with_body(v2(), &json(&other_cipher.metadata)), Key::Iv, &Problem::Contradicts);
}

/// W66: `x-amz-unencrypted-content-length` may be on the object while the envelope is in the file; unknown names do not matter.
#[test]
fn a_length_on_the_object_and_unknown_names_in_the_file_are_let_through() {
    let object = split(WriteFormat::V2).with("x-amz-unencrypted-content-length", "38").with("colour", "blue");
    assert_opens(&file_with(&object, "x-amz-crypto-instr-file", "true"));
    assert_opens(&file_with(&object, "colour", "blue"));
    assert_opens(&file_with(&object, "x-amz-unencrypted-content-length", "38"));
}

/// V3 says that its file is missing; V1 and V2 objects look like plain ones without theirs.
#[test]
fn a_missing_file_is_told() {
    for (format, error) in
        [(WriteFormat::V3, AdmitError::MissingInstructionFile), (WriteFormat::V2, AdmitError::NoEnvelope)]
    {
        let object = split(format);
        let stored = parse(object.metadata.iter().map(|(name, value)| (name, value))).unwrap();
        assert!(stored.needs_instruction_file());
        assert_eq!(stored.admit(&policy::widest()).unwrap_err(), error);
    }
}

/// S6, the "invisible salamander": a swapped file unwraps to another data key, and the commitment refuses it.
#[test]
fn a_file_that_gives_another_data_key_is_refused_by_the_commitment() {
    let object = split(WriteFormat::V3);
    for other in [[0x11; 32], [0; 32]] {
        let key = known_key::content_key(&object.metadata, object.file.as_deref(), &other, &policy::widest());
        assert!(matches!(key, Err(ReadError::Decrypt(_))), "{key:?}");
    }
    for short in [&[1; 16][..], &[1; 24]] {
        let key = known_key::content_key(&object.metadata, object.file.as_deref(), short, &policy::widest());
        assert!(matches!(key, Err(ReadError::Decrypt(_))), "{key:?}");
    }
}

/// Without a commitment only the tag is left to notice it.
#[test]
fn a_file_that_gives_another_data_key_is_refused_by_the_tag_in_v2() {
    let object = split(WriteFormat::V2);
    let key = known_key::content_key(&object.metadata, object.file.as_deref(), &[0x11; 32], &policy::widest()).unwrap();
    assert!(read::decrypt_at_once(&key, &object.ciphertext).is_err());
}
