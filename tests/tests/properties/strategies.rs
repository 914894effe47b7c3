//! Inputs that several properties share.

use cse_envelope::WriteFormat;
use cse_tests::{chunking::Chunking, known_key::KnownKey};
use proptest::prelude::*;

/// No file of failures in the source tree: the message holds all it takes to repeat one.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// Any way to cut a stream, with empty chunks.
pub(crate) fn chunking() -> impl Strategy<Value = Chunking> {
    let lengths = prop_oneof![Just(0_usize), 1..40_usize, 1..5000_usize];
    let some = proptest::collection::vec(lengths, 1..6);
    some.prop_filter("empty chunks alone never end", |lengths| lengths.iter().any(|len| *len > 0))
        .prop_map(Chunking::cycle)
}

/// A plaintext whose bytes all differ from their neighbours, so that a shifted one is noticed.
pub(crate) fn plaintext(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from((i * 7 + i / 256) % 251).unwrap()).collect()
}

/// Any 32 bytes of key that a generator would give.
pub(crate) fn key() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>()
}

/// A sealed object of a format.
pub(crate) fn sealed(format: WriteFormat, len: usize) -> KnownKey {
    KnownKey::seal(format, &plaintext(len))
}
