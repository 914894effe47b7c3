//! Ranges of every object, asked for and served as over HTTP, compared with slices of the plaintext.

use cse_envelope::{AlgorithmSuite, ByteRange, ContentKey, error::RangeError};
use cse_tests::{
    case,
    chunking::Chunking,
    keys::Opener,
    policy::Needs,
    read::read_range,
    store::{Wanted, serve},
};

/// Positions at which blocks, tags and ends may go wrong, in a plaintext of this length.
fn telling_positions(len: u64) -> Vec<u64> {
    let from_start = [0, 1, 15, 16, 17, 31, 32, 33, 48];
    let around_end = [-33, -17, -16, -15, -2, -1, 0, 1, 15, 16, 17, 33, 1000];
    let around_end = around_end.into_iter().filter_map(|offset| len.checked_add_signed(offset));
    let mut positions: Vec<_> = from_start.into_iter().chain(around_end).chain([len / 2, u64::MAX]).collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}

fn telling_ranges(len: u64) -> Vec<Wanted> {
    let positions = telling_positions(len);
    let mut ranges = Vec::new();
    for (i, first) in positions.iter().copied().enumerate() {
        ranges.extend([Wanted::From(first), Wanted::Last(first)]);
        ranges.extend(positions.iter().skip(i).map(|last| Wanted::FirstLast(first, *last)));
    }
    ranges
}

#[test]
fn every_range_is_the_slice_of_the_plaintext() {
    let (mut read, mut unsatisfiable) = (0, 0);
    for case in case::all() {
        let (ciphertext, plaintext) = (case.ciphertext(), case.plaintext());
        let Some(reading) = case.readings().into_iter().next() else { continue };
        let opener = Opener::new(&reading.keys);
        let key = reading.content_key(&Needs::of(&reading).policy(), &*opener.keyring).unwrap();
        let chunkings = chunkings(plaintext.len());
        for wanted in telling_ranges(u64::try_from(plaintext.len()).unwrap()) {
            for chunking in &chunkings {
                match check(&key, wanted, &ciphertext, &plaintext, chunking) {
                    Ok(true) => read += 1,
                    Ok(false) => unsatisfiable += 1,
                    Err(what) => panic!("{}, {wanted:?}, {chunking:?}: {what}", case.name()),
                }
            }
        }
    }
    println!("{read} ranges read, {unsatisfiable} outside the plaintext and refused");
    assert!(read > 0 && unsatisfiable > 0);
}

fn chunkings(len: usize) -> Vec<Chunking> {
    match len {
        0..=1000 => vec![Chunking::whole(), Chunking::cycle([1]), Chunking::cycle([7, 0, 16])],
        _ => vec![Chunking::cycle([5, 1023, 0, 16, 65_536])],
    }
}

/// Whether the range was read rightly (true), or rightly refused (false).
fn check(
    key: &ContentKey,
    wanted: Wanted,
    ciphertext: &[u8],
    plaintext: &[u8],
    chunking: &Chunking,
) -> Result<bool, String> {
    let len = u64::try_from(plaintext.len()).unwrap();
    let expected = wanted.slice(plaintext);
    match (read_range(key, wanted, ciphertext, chunking), expected) {
        (Ok(Some((bytes, reported))), Some(expected)) => {
            let (first, last) = wanted.positions(plaintext.len()).unwrap();
            let places = (usize::try_from(reported.first()).unwrap(), usize::try_from(reported.last()).unwrap());
            if bytes != expected || places != (first, last) {
                return Err(format!("wrong bytes, or reported as {reported}"));
            }
            // Only a CBC range that does not reach the last block leaves the plaintext's length open.
            match reported.complete_len() {
                Some(complete) if complete == len => Ok(true),
                None if key.suite() == AlgorithmSuite::Cbc && last / 16 < plaintext.len() / 16 => Ok(true),
                other => Err(format!("the plaintext's length is {len}, not {other:?}")),
            }
        }
        (Ok(None), None) => Ok(false),
        (Err(RangeError::Unsatisfiable { plaintext_len }), None) => {
            // CBC may know only that it is shorter than the ciphertext.
            let known = plaintext_len == len || key.suite() == AlgorithmSuite::Cbc && plaintext_len - len < 16;
            if known { Ok(false) } else { Err(format!("said to be outside of {plaintext_len} bytes")) }
        }
        (other, _) => Err(format!("{other:?}")),
    }
}

/// An answer that holds other bytes than the covering range gives an error, not those bytes.
#[test]
fn an_answer_that_does_not_cover_the_range_is_refused() {
    let mut refused = 0;
    for case in case::all().into_iter().filter(|case| (64..=1000).contains(&case.plaintext_len)) {
        let ciphertext = case.ciphertext();
        let Some(reading) = case.readings().into_iter().next() else { continue };
        let opener = Opener::new(&reading.keys);
        let key = reading.content_key(&Needs::of(&reading).policy(), &*opener.keyring).unwrap();
        let wanted: ByteRange = "bytes=20-50".parse().unwrap();
        for answer in ["bytes=21-60", "bytes=0-49", "bytes=51-63", "bytes=0-0", "bytes=-3"] {
            let (served, _) = serve(&ciphertext, answer).unwrap();
            let error = key.range_decryptor(wanted, served).unwrap_err();
            assert_eq!(error, RangeError::NotServed, "{}: {answer}", case.name());
            refused += 1;
        }
    }
    assert!(refused > 0);
}

/// A body that ends early, or does not end where the content range says, is an error.
#[test]
fn a_cut_or_overlong_answer_is_refused() {
    let mut refused = 0;
    for case in case::all().into_iter().filter(|case| case.plaintext_len == 100) {
        let ciphertext = case.ciphertext();
        let Some(reading) = case.readings().into_iter().next() else { continue };
        let opener = Opener::new(&reading.keys);
        let key = reading.content_key(&Needs::of(&reading).policy(), &*opener.keyring).unwrap();
        for header in ["bytes=5-40", "bytes=60-", "bytes=-30"] {
            let wanted: ByteRange = header.parse().unwrap();
            let (served, body) = serve(&ciphertext, &wanted.covering(key.suite()).to_string()).unwrap();
            for cut in [1, 15, 16, body.len()] {
                let mut decryptor = key.range_decryptor(wanted, served).unwrap();
                let _ = decryptor.update(body[..body.len() - cut].to_vec()).unwrap();
                assert_eq!(decryptor.finish().unwrap_err(), RangeError::Incomplete, "{}: {header}", case.name());
                refused += 1;
            }
            let mut decryptor = key.range_decryptor(wanted, served).unwrap();
            let overlong = [body, &[0]].concat();
            assert_eq!(decryptor.update(overlong).unwrap_err(), RangeError::Incomplete, "{}: {header}", case.name());
            refused += 1;
        }
    }
    assert!(refused > 0);
}
