//! Every object, with each of its instruction files, in many chunkings.

use std::collections::BTreeMap;

use cse_tests::{
    case::{self, Case},
    chunking::Chunking,
    keys::Opener,
    policy::Needs,
    read::{Body, Reading, decrypt, decrypt_at_once},
};

/// How many objects of each writer tests/vectors/README.md names.
const OBJECTS: [(&str, usize); 8] = [
    ("aioboto3", 60),
    ("go-v4", 38),
    ("java-v1", 116),
    ("java-v2", 14),
    ("java-v3", 16),
    ("java-v4", 112),
    ("ruby-v2", 35),
    ("s3ec-python", 32),
];

#[derive(Default)]
struct Opened {
    objects: usize,
    readings: usize,
}

#[test]
fn every_object_opens_with_every_instruction_file() {
    let mut opened: BTreeMap<String, Opened> = BTreeMap::new();
    for case in case::all() {
        let count = opened.entry(case.writer.clone()).or_default();
        count.objects += 1;
        count.readings += open_in_every_way(&case);
    }
    for (writer, Opened { objects, readings }) in &opened {
        println!("{writer}: {objects} objects opened in {readings} ways");
    }
    let total: usize = opened.values().map(|count| count.objects).sum();
    println!("{total} objects in all");
    assert!(total > 0, "no vectors found");
    if case::is_default_folder() {
        let counts: Vec<_> = opened.iter().map(|(writer, count)| (writer.as_str(), count.objects)).collect();
        assert_eq!(counts, OBJECTS);
        assert_eq!(total, 423);
    }
}

fn open_in_every_way(case: &Case) -> usize {
    let (ciphertext, plaintext) = (case.ciphertext(), case.plaintext());
    assert_eq!(ciphertext.len(), case.ciphertext_len, "{}", case.name());
    let readings = case.readings();
    for reading in &readings {
        open_whole(reading, &ciphertext, &plaintext);
    }
    readings.len()
}

fn open_whole(reading: &Reading, ciphertext: &[u8], plaintext: &[u8]) {
    let name = &reading.name;
    let opener = Opener::new(&reading.keys);
    let key = reading.content_key(&Needs::of(reading).policy(), &*opener.keyring);
    let key = key.unwrap_or_else(|error| panic!("{name}: {error}"));
    // Only CBC content has nothing that authenticates it.
    let wanted = Body { bytes: plaintext.to_vec(), verified: !reading.cek_alg.contains("CBC") };
    assert!(decrypt_at_once(&key, ciphertext).unwrap() == wanted, "{name}");
    let len = u64::try_from(ciphertext.len()).ok();
    for chunking in Chunking::telling() {
        for announced in [len, None] {
            let body = decrypt(&key, ciphertext, announced, &chunking);
            assert!(body.as_ref() == Ok(&wanted), "{name}, {chunking:?}, announced {announced:?}");
        }
    }
}
