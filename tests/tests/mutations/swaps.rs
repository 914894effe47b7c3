//! Entries of one object put in place of another object's: the same writer and format, so that they fit.

use cse_tests::read::Reading;

use crate::outcome::{Subject, Tally};

fn swapped_metadata(one: &Reading, other: &Reading, name: &str) -> Option<Reading> {
    let theirs = &other.metadata.iter().find(|(known, _)| known == name)?.1;
    let mut changed = one.clone();
    let ours = &mut changed.metadata.iter_mut().find(|(known, _)| known == name)?.1;
    if ours == theirs {
        return None;
    }
    ours.clone_from(theirs);
    Some(changed)
}

fn swapped_file_entry(one: &Reading, other: &Reading, name: &str) -> Option<Reading> {
    let mut fields = one.file_fields()?;
    let theirs = other.file_fields()?.remove(name)?;
    if fields.insert(name.to_owned(), theirs.clone())? == theirs {
        return None;
    }
    Some(Reading { file: Some(serde_json::Value::Object(fields).to_string()), ..one.clone() })
}

/// Pairs of objects of the same writer and format, each with the next few.
fn pairs(subjects: &[Subject]) -> impl Iterator<Item = (&Subject, &Subject)> {
    subjects.iter().enumerate().flat_map(|(i, one)| {
        let same = |other: &&Subject| writer(other) == writer(one) && other.reading.format == one.reading.format;
        let others = subjects.iter().cycle().skip(i + 1).take(subjects.len() - 1);
        others.filter(same).take(4).map(move |other| (one, other))
    })
}

fn writer(subject: &Subject) -> &str {
    subject.reading.name.split('/').next().unwrap_or_default()
}

#[test]
fn an_entry_of_another_object_never_gives_other_bytes() {
    let subjects: Vec<_> = Subject::all(100).collect();
    let mut tally = Tally::default();
    for (one, other) in pairs(&subjects) {
        for (name, _) in &one.reading.metadata {
            if let Some(changed) = swapped_metadata(&one.reading, &other.reading, name) {
                tally += one.judge(&changed, &format!("{name} of {}", other.reading.name));
            }
        }
        for name in one.reading.file_fields().unwrap_or_default().keys() {
            if let Some(changed) = swapped_file_entry(&one.reading, &other.reading, name) {
                tally += one.judge(&changed, &format!("file's {name} of {}", other.reading.name));
            }
        }
    }
    println!("swapped entries: {tally:?}");
    assert!(tally.refused > tally.unchanged, "{tally:?}");
}

/// Whole instruction files and whole metadata of another object.
#[test]
fn a_whole_envelope_of_another_object_never_gives_other_bytes() {
    let subjects: Vec<_> = Subject::all(100).collect();
    let mut tally = Tally::default();
    for (one, other) in pairs(&subjects) {
        let (ours, theirs) = (&one.reading, &other.reading);
        if ours.file != theirs.file {
            tally +=
                one.judge(&Reading { file: theirs.file.clone(), ..ours.clone() }, &format!("file of {}", theirs.name));
        }
        if ours.metadata != theirs.metadata {
            let metadata = theirs.metadata.clone();
            tally += one.judge(&Reading { metadata, ..ours.clone() }, &format!("metadata of {}", theirs.name));
        }
    }
    println!("swapped envelopes: {tally:?}");
    assert!(tally.refused > tally.unchanged, "{tally:?}");
}
