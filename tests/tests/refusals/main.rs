//! Each leniency of the reader and each refusal has its test here: what is not well formed, not allowed, or not what it seems.
#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and have an operating system"
)]

mod algorithms;
mod instruction_files;
mod json_text;
mod leniencies;
mod mixing;
mod order;
mod other_writers;
mod relabelling;
mod spellings;
mod values;

use cse_envelope::{
    MetadataKey, danger,
    error::{Malformed, Place, Problem},
    parse,
};
use cse_tests::{
    known_key::{Entries, KnownKey},
    policy,
    read::ReadError,
};

const PLAINTEXT: &[u8] = b"what only the holder of a key may read";

fn v3() -> KnownKey {
    KnownKey::seal(cse_envelope::WriteFormat::V3, PLAINTEXT)
}

fn v2() -> KnownKey {
    KnownKey::seal(cse_envelope::WriteFormat::V2, PLAINTEXT)
}

fn v2_kms_cbc() -> KnownKey {
    KnownKey::seal(danger::write_v2_kms_cbc(), PLAINTEXT)
}

fn v1() -> KnownKey {
    KnownKey::seal(danger::write_v1(), PLAINTEXT)
}

/// Asserts that the object opens under the widest policy and gives its plaintext.
#[track_caller]
fn assert_opens(object: &KnownKey) {
    assert_eq!(object.read(&policy::widest()).unwrap(), object.plaintext);
}

/// Why metadata alone is not well formed.
#[track_caller]
fn malformed_metadata(metadata: &Entries) -> Malformed {
    parse(metadata.iter().map(|(name, value)| (name, value))).expect_err("the metadata is not well formed")
}

/// Why an object is not well formed, be it in its metadata, its instruction file, or both together.
#[track_caller]
fn malformed(object: &KnownKey) -> Malformed {
    match object.content_key(&policy::widest()) {
        Err(
            ReadError::Malformed(malformed) | ReadError::Admit(cse_envelope::error::AdmitError::Malformed(malformed)),
        ) => malformed,
        other => panic!("not well formed, but: {other:?}"),
    }
}

/// Asserts where an object is not well formed, and what is wrong there.
#[track_caller]
fn assert_malformed(object: &KnownKey, key: MetadataKey, problem: &Problem) {
    let found = malformed(object);
    assert_eq!((found.place, &found.problem), (Place::Key(key), problem), "{found}");
}
