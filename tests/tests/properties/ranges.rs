//! A range read is the slice of the plaintext, whatever the range, the size, the chunking, and however much the store answers.

use cse_envelope::{AlgorithmSuite, ContentRange, WriteFormat, danger, error::RangeError};
use cse_tests::{
    chunking::Chunking,
    policy,
    read::{decrypt_range, read_range},
    store::{Wanted, serve},
};
use proptest::prelude::*;

use crate::strategies::{chunking, config, sealed};

/// All three suites.
fn formats() -> impl Strategy<Value = WriteFormat> {
    prop::sample::select(vec![WriteFormat::V3, WriteFormat::V2, danger::write_v1()])
}

/// Positions in and just beyond a plaintext of up to `len` bytes, and far beyond it.
fn wanted(len: u64) -> impl Strategy<Value = Wanted> {
    let position = move || prop_oneof![8 => 0..len + 40, 1 => any::<u64>()];
    prop_oneof![
        (position(), position()).prop_map(|(a, b)| Wanted::FirstLast(a.min(b), a.max(b))),
        position().prop_map(Wanted::From),
        position().prop_map(Wanted::Last),
    ]
}

fn positions(range: &ContentRange) -> (usize, usize) {
    (usize::try_from(range.first()).unwrap(), usize::try_from(range.last()).unwrap())
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn a_range_is_the_slice_of_the_plaintext(
        format in formats(), len in 0..600_usize, wanted in wanted(600), chunking in chunking()
    ) {
        let object = sealed(format, len);
        let key = object.content_key(&policy::widest()).unwrap();
        let read = read_range(&key, wanted, &object.ciphertext, &chunking);
        match wanted.slice(&object.plaintext) {
            Some(expected) => {
                let (bytes, reported) = read.unwrap().unwrap();
                prop_assert_eq!(bytes, expected);
                prop_assert_eq!(Some(positions(&reported)), wanted.positions(len));
            }
            None => prop_assert!(matches!(read, Ok(None) | Err(RangeError::Unsatisfiable { .. })), "{:?}", read),
        }
    }

    /// A store may answer more than was asked for, up to the whole object: the bytes and what is said about them stay right.
    #[test]
    fn a_generous_answer_changes_nothing(
        format in formats(), len in 1..600_usize, wanted in wanted(600), before: prop::sample::Index, after: prop::sample::Index,
        chunking in chunking()
    ) {
        let object = sealed(format, len);
        let key = object.content_key(&policy::widest()).unwrap();
        let covering = wanted.header().parse::<cse_envelope::ByteRange>().unwrap().covering(key.suite());
        let Some((served, _)) = serve(&object.ciphertext, &covering.to_string()) else { return Ok(()) };
        let (first, last) = positions(&served);
        let object_len = object.ciphertext.len();
        // CBC answers begin with a whole block.
        let first = before.index(first + 1) / 16 * 16;
        let last = last + after.index(object_len - last);
        let to_u64 = |n: usize| u64::try_from(n).unwrap();
        let served = ContentRange::new(to_u64(first), to_u64(last), Some(to_u64(object_len))).unwrap();
        let read = decrypt_range(&key, wanted, served, &object.ciphertext[first..=last], &chunking);
        match wanted.slice(&object.plaintext) {
            Some(expected) => {
                let (bytes, reported) = read.unwrap();
                prop_assert_eq!(bytes, expected);
                prop_assert_eq!(Some(positions(&reported)), wanted.positions(len));
                prop_assert!(reported.complete_len().is_none_or(|complete| complete == to_u64(len)), "{} of {}", reported, len);
            }
            None => prop_assert!(matches!(read, Err(RangeError::Unsatisfiable { .. })), "{:?}", read),
        }
    }

    /// Any answer at all, the object's length included: an error, or the bytes that the answer holds for the range.
    #[test]
    fn an_arbitrary_answer_gives_an_error_or_the_right_bytes(
        format in formats(), len in 1..200_usize, wanted in wanted(200), a: prop::sample::Index, b: prop::sample::Index,
        chunking in chunking()
    ) {
        let object = sealed(format, len);
        let key = object.content_key(&policy::widest()).unwrap();
        let object_len = object.ciphertext.len();
        let (a, b) = (a.index(object_len), b.index(object_len));
        let (first, last) = (a.min(b), a.max(b));
        let to_u64 = |n: usize| u64::try_from(n).unwrap();
        let served = ContentRange::new(to_u64(first), to_u64(last), Some(to_u64(object_len))).unwrap();
        if let Ok((bytes, reported)) = decrypt_range(&key, wanted, served, &object.ciphertext[first..=last], &chunking) {
            prop_assert_eq!(Some(&bytes[..]), wanted.slice(&object.plaintext));
            prop_assert_eq!(Some(positions(&reported)), wanted.positions(len));
        }
    }

    /// An answer that does not tell the object's length is not read.
    #[test]
    fn an_answer_without_the_objects_length_is_refused(format in formats(), len in 1..100_usize, wanted in wanted(100)) {
        let object = sealed(format, len);
        let key = object.content_key(&policy::widest()).unwrap();
        let served = ContentRange::new(0, u64::try_from(object.ciphertext.len() - 1).unwrap(), None).unwrap();
        let error = key.range_decryptor(wanted.header().parse().unwrap(), served).unwrap_err();
        prop_assert_eq!(error, RangeError::NotServed);
    }
}

/// Every range of every small object, out of an answer with the whole object: what stores send that ignore the `Range` header.
#[test]
fn every_range_out_of_a_whole_object() {
    for format in [WriteFormat::V3, WriteFormat::V2, danger::write_v1()] {
        for len in [1, 15, 16, 17, 32, 40, 48] {
            let object = sealed(format, len);
            let key = object.content_key(&policy::widest()).unwrap();
            let whole = ContentRange::whole(u64::try_from(object.ciphertext.len()).unwrap()).unwrap();
            let positions =
                (0..u64::try_from(len).unwrap()).flat_map(|first| (first..50).map(move |last| (first, last)));
            for wanted in positions.map(|(first, last)| Wanted::FirstLast(first, last)) {
                let (bytes, reported) =
                    decrypt_range(&key, wanted, whole, &object.ciphertext, &Chunking::whole()).unwrap();
                assert_eq!(Some(&bytes[..]), wanted.slice(&object.plaintext), "{format:?} {len} {wanted:?}");
                assert_eq!(reported.complete_len(), u64::try_from(len).ok(), "{format:?} {wanted:?}: {reported}");
            }
        }
    }
}

/// Large objects: ranges far from the start, across the tiles and runs of the engine.
#[test]
fn ranges_of_a_large_object() {
    for format in [WriteFormat::V3, WriteFormat::V2, danger::write_v1()] {
        let object = sealed(format, 300_000);
        let key = object.content_key(&policy::widest()).unwrap();
        for first in [0, 1, 1023, 1024, 65_535, 65_536, 131_071, 299_999] {
            for count in [1, 15, 16, 17, 1024, 4096, 70_000] {
                let wanted = Wanted::FirstLast(first, first + count - 1);
                let (bytes, _) = read_range(&key, wanted, &object.ciphertext, &Chunking::whole()).unwrap().unwrap();
                assert!(bytes == wanted.slice(&object.plaintext).unwrap(), "{format:?} {wanted:?}");
            }
        }
        assert_eq!(key.suite() == AlgorithmSuite::Cbc, format == danger::write_v1());
    }
}
