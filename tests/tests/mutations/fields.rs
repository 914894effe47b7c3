//! Each entry of the object's metadata changed, one at a time.

use cse_envelope::MetadataKey;
use cse_tests::read::Reading;

use crate::{
    outcome::{Subject, Tally},
    values::changes,
};

/// The reading with one entry set; `None` removes it.
fn with_entry(reading: &Reading, name: &str, value: Option<Vec<u8>>) -> Reading {
    let mut changed = reading.clone();
    changed.metadata.retain(|(known, _)| known != name);
    changed.metadata.extend(value.map(|value| (name.to_owned(), value)));
    changed
}

fn is_envelope_name(name: &str) -> bool {
    MetadataKey::from_name(name).is_some()
}

#[test]
fn a_changed_entry_never_gives_other_bytes() {
    let mut tally = Tally::default();
    for subject in Subject::all(100) {
        for (name, value) in &subject.reading.metadata {
            for (what, changed) in changes(value) {
                let what = format!("{name} {what}");
                let outcome = subject.judge(&with_entry(&subject.reading, name, changed), &what);
                assert!(
                    outcome.unchanged == 0 || !is_essential(&subject.reading, name),
                    "{}, {what}",
                    subject.reading.name
                );
                tally += outcome;
            }
        }
    }
    println!("metadata: {tally:?}");
    assert!(tally.refused > tally.unchanged, "{tally:?}");
}

/// Entries that cannot change at all without the read noticing, or (CBC) giving other bytes. A re-encrypted object has the whole
/// envelope in its file as well, and then the file's counts.
fn is_essential(reading: &Reading, name: &str) -> bool {
    let essential = ["x-amz-key", "x-amz-key-v2", "x-amz-3", "x-amz-iv", "x-amz-c", "x-amz-d", "x-amz-i", "x-amz-w"];
    essential.contains(&name) && !reading.file_fields().is_some_and(|fields| fields.contains_key(name))
}

/// Without any of these the object does not open at all: nothing is guessed.
#[test]
fn a_removed_or_emptied_essential_entry_is_refused() {
    let mut refused = 0;
    for subject in Subject::all(100) {
        let reading = &subject.reading;
        for (name, _) in reading.metadata.iter().filter(|(name, _)| is_essential(reading, name)) {
            for value in [None, Some(Vec::new())] {
                assert!(subject.read(&with_entry(reading, name, value)).is_err(), "{}: {name}", reading.name);
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}

/// The same name again in another letter case is refused, whatever its value.
#[test]
fn a_name_duplicated_in_another_letter_case_is_refused() {
    let mut refused = 0;
    for subject in Subject::all(100) {
        for (name, value) in subject.reading.metadata.iter().filter(|(name, _)| is_envelope_name(name)) {
            for again in [name.to_ascii_uppercase(), format!("X-Amz-Meta-{name}"), format!("x-amz-meta-{name}")] {
                for value in [value.clone(), Vec::new(), b"AAAA".to_vec()] {
                    let mut changed = subject.reading.clone();
                    changed.metadata.push((again.clone(), value));
                    assert!(subject.read(&changed).is_err(), "{}: {again}", subject.reading.name);
                    refused += 1;
                }
            }
        }
    }
    println!("metadata names duplicated: {refused} refused");
    assert!(refused > 0);
}
