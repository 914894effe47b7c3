//! Each entry of an instruction file changed, one at a time, and the file's text itself.

use cse_tests::read::Reading;
use serde_json::{Map, Value};

use crate::{
    outcome::{Subject, Tally},
    values::changes,
};

fn with_file(reading: &Reading, fields: Map<String, Value>) -> Reading {
    Reading { file: Some(Value::Object(fields).to_string()), ..reading.clone() }
}

/// A changed value as text: what is no UTF-8 cannot be in JSON and takes part as Latin-1.
fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect())
}

#[test]
fn a_changed_entry_of_a_file_never_gives_other_bytes() {
    let mut tally = Tally::default();
    for subject in Subject::all(100) {
        let Some(fields) = subject.reading.file_fields() else { continue };
        for (name, value) in &fields {
            let essential = ["x-amz-key", "x-amz-key-v2", "x-amz-3", "x-amz-iv", "x-amz-w"].contains(&name.as_str());
            for (what, changed) in changes(value.as_str().unwrap().as_bytes()) {
                let mut fields = fields.clone();
                match changed {
                    Some(bytes) => fields.insert(name.clone(), text(&bytes).into()),
                    None => fields.remove(name),
                };
                let outcome = subject.judge(&with_file(&subject.reading, fields), &format!("file's {name} {what}"));
                assert!(outcome.unchanged == 0 || !essential, "{}, file's {name} {what}", subject.reading.name);
                tally += outcome;
            }
        }
    }
    println!("instruction files: {tally:?}");
    assert!(tally.refused > tally.unchanged, "{tally:?}");
}

/// JSON names an entry once; the same name in another letter case is the same entry.
#[test]
fn a_duplicated_entry_of_a_file_is_refused() {
    let mut refused = 0;
    for subject in Subject::all(100) {
        let (Some(fields), Some(body)) = (subject.reading.file_fields(), &subject.reading.file) else { continue };
        for (name, value) in &fields {
            for again in [name.clone(), name.to_ascii_uppercase(), format!("x-amz-meta-{name}")] {
                for value in [value.clone(), "".into(), "AAAA".into()] {
                    let body = body.replacen('{', &format!("{{\"{again}\":{value},"), 1);
                    let changed = Reading { file: Some(body), ..subject.reading.clone() };
                    assert!(subject.read(&changed).is_err(), "{}: {again}", subject.reading.name);
                    refused += 1;
                }
            }
        }
    }
    println!("names in instruction files duplicated: {refused} refused");
    assert!(refused > 0);
}

/// Bits of the file's text, its syntax included.
#[test]
fn a_changed_text_of_a_file_never_gives_other_bytes() {
    let mut tally = Tally::default();
    for subject in Subject::all(100) {
        let Some(body) = &subject.reading.file else { continue };
        let step = (body.len() / 30).max(1);
        for place in (0..body.len()).step_by(step) {
            for bit in [0x01, 0x10] {
                let mut bytes = body.clone().into_bytes();
                bytes[place] ^= bit;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                let changed = Reading { file: Some(text), ..subject.reading.clone() };
                tally += subject.judge(&changed, &format!("file's byte {place} ^ {bit:#04x}"));
            }
        }
        for cut in [1, 2, body.len() / 2, body.len()] {
            let Some(text) = body.get(..body.len() - cut) else { continue };
            let changed = Reading { file: Some(text.into()), ..subject.reading.clone() };
            assert!(subject.read(&changed).is_err(), "{}: cut by {cut}", subject.reading.name);
        }
    }
    println!("texts of instruction files: {tally:?}");
    assert!(tally.refused > tally.unchanged, "{tally:?}");
}

/// Without its file an object whose key is there does not open.
#[test]
fn a_missing_file_is_refused() {
    let mut refused = 0;
    for subject in Subject::all(100).filter(|subject| subject.reading.file.is_some()) {
        let whole =
            subject.reading.stores("x-amz-iv") && subject.reading.metadata.iter().any(|(name, _)| name == "x-amz-iv");
        let changed = Reading { file: None, ..subject.reading.clone() };
        // A re-encrypted object with a whole envelope in its metadata opens with that, under its old key: not with the file's.
        assert!(subject.read(&changed).is_err() || whole && subject.is_cbc(), "{}", subject.reading.name);
        refused += 1;
    }
    assert!(refused > 0);
}
