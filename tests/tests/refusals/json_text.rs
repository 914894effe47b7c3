//! The JSON of contexts and descriptions, and of instruction files: one flat object of text values, strictly read.

use cse_envelope::{
    KeyPlacement, MetadataKey as Key, WriteFormat,
    error::{Place, Problem},
};
use cse_tests::known_key::KnownKey;

use crate::{PLAINTEXT, assert_malformed, assert_opens, malformed, v1, v2, v3};

const NOT_FLAT_TEXT: [&str; 17] = [
    "null",
    "[]",
    "\"a\"",
    "7",
    "{",
    "}",
    "{}{}",
    "{} x",
    "{\"a\":null}",
    "{\"a\":true}",
    "{\"a\":{}}",
    "{\"a\":[\"b\"]}",
    "{\"a\":1.5}",
    "{\"a\":\"b\",}",
    "{a:\"b\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\x41\"}",
];

fn fields() -> [(KnownKey, Key); 3] {
    [(v1(), Key::MatDesc), (v2(), Key::MatDesc), (v3(), Key::MatDescV3)]
}

#[test]
fn what_is_no_flat_object_of_text_is_refused() {
    for (object, key) in fields() {
        for json in NOT_FLAT_TEXT {
            assert_malformed(&object.clone().with(key.name(), json), key, &Problem::Json);
        }
    }
}

#[test]
fn a_name_that_occurs_twice_is_refused() {
    for (object, key) in fields() {
        for json in [r#"{"a":"1","a":"1"}"#, r#"{"a":"1","b":"2","a":"3"}"#, r#"{"a":"1","\u0061":"2"}"#] {
            assert_malformed(&object.clone().with(key.name(), json), key, &Problem::JsonRepeated);
        }
    }
}

#[test]
fn nesting_is_refused_however_deep() {
    for (object, key) in fields() {
        for depth in [1, 2, 100, 8000] {
            let json = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            assert_malformed(&object.clone().with(key.name(), &json), key, &Problem::Json);
        }
    }
}

/// W27: absent, empty and `{}` are the same.
#[test]
fn a_description_may_be_absent_or_empty() {
    for (object, key) in fields() {
        assert_opens(&object.clone().without(key.name()));
        assert_opens(&object.clone().with(key.name(), ""));
        assert_opens(&object.with(key.name(), "{}"));
    }
}

/// W31, W32: numbers where text is expected, and white space as Python writes it.
#[test]
fn whole_numbers_and_white_space_are_read() {
    for (object, key) in fields() {
        let object = object.with(key.name(), "{\"keySize\": 256, \"delta\": -7,\n \"name\": \"a\"}");
        assert_opens(&object);
    }
}

fn with_file(body: String) -> KnownKey {
    let object = KnownKey::seal_placed(WriteFormat::V2, PLAINTEXT, KeyPlacement::InstructionFile);
    KnownKey { file: Some(body), ..object }
}

#[test]
fn an_instruction_file_is_one_flat_object_of_text() {
    let wrong = NOT_FLAT_TEXT.into_iter().chain(["", " ", "\u{feff}{}", "x-amz-key-v2"]);
    for body in wrong {
        let found = malformed(&with_file(body.into()));
        assert_eq!((found.place, found.problem), (Place::InstructionFile, Problem::Json), "{body}");
    }
}

#[test]
fn an_instruction_file_with_a_name_twice_is_refused() {
    let object = KnownKey::seal_placed(WriteFormat::V2, PLAINTEXT, KeyPlacement::InstructionFile);
    let body = object.file.clone().unwrap();
    assert_opens(&object);
    let twice = body.replacen('{', r#"{"note":"1","note":"1","#, 1);
    assert_eq!(malformed(&with_file(twice)).problem, Problem::JsonRepeated);
    // The same name once letter case is folded.
    let folded = body.replacen('{', r#"{"X-Amz-Iv":"AAAAAAAAAAAAAAAA","#, 1);
    let found = malformed(&with_file(folded));
    assert_eq!((found.place, found.problem), (Place::Key(Key::Iv), Problem::Repeated));
}

#[test]
fn an_instruction_file_longer_than_any_client_writes_is_refused() {
    const LIMIT: usize = 384 * 1024;
    let object = KnownKey::seal_placed(WriteFormat::V2, PLAINTEXT, KeyPlacement::InstructionFile);
    let body = object.file.clone().unwrap();
    let padded = |len: usize| format!("{body}{}", " ".repeat(len - body.len()));
    assert_opens(&with_file(padded(LIMIT)));
    let found = malformed(&with_file(padded(LIMIT + 1)));
    assert_eq!((found.place, found.problem), (Place::InstructionFile, Problem::TooLong { limit: LIMIT }));
}

#[test]
fn an_instruction_file_that_is_not_utf8_is_refused() {
    let stored = cse_envelope::parse([("colour", "blue")]).unwrap();
    let found = stored.with_instruction_file(b"{\"x-amz-key\":\"\xff\"}").unwrap_err();
    assert_eq!((found.place, found.problem), (Place::InstructionFile, Problem::Json));
}

/// W31: someone wrote numbers for the tag's and the plaintext's length.
#[test]
fn numbers_in_an_instruction_file_are_read() {
    let object = KnownKey::seal_placed(WriteFormat::V2, PLAINTEXT, KeyPlacement::InstructionFile);
    let body = object.file.clone().unwrap().replace("\"x-amz-tag-len\":\"128\"", "\"x-amz-tag-len\":128");
    assert!(body.contains(":128,"));
    let opened = KnownKey { file: Some(body.clone()), ..object.clone() };
    assert_opens(&opened);
    let wrong = KnownKey { file: Some(body.replace(":128,", ":120,")), ..object };
    assert_malformed(&wrong, Key::TagLen, &Problem::TagLength);
}
