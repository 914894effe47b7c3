//! Ranges up to `u64::MAX`: nothing panics, and nothing wraps around. Compared with arithmetic in 128 bits.

use cse_envelope::{AlgorithmSuite, ByteRange, ContentKey, ContentRange, WriteFormat, danger, error::RangeError};
use cse_tests::{policy, store::Wanted};
use proptest::prelude::*;

use crate::strategies::{config, sealed};

const SUITES: [AlgorithmSuite; 3] = [AlgorithmSuite::Cbc, AlgorithmSuite::Gcm, AlgorithmSuite::GcmCommitKey];

/// Numbers near the edges more often than others.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..50_u64,
        (0..50_u64).prop_map(|n| u64::MAX - n),
        (0..50_u64).prop_map(|n| (1 << 36) - 25 + n),
        any::<u64>()
    ]
}

fn wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        (number(), number()).prop_map(|(a, b)| Wanted::FirstLast(a.min(b), a.max(b))),
        number().prop_map(Wanted::From),
        number().prop_map(Wanted::Last),
    ]
}

fn parse(wanted: Wanted) -> ByteRange {
    wanted.header().parse().unwrap()
}

/// First and last byte in 128 bits; `None` if there is none.
fn resolved(wanted: Wanted, len: u64) -> Option<(u128, u128)> {
    let end = u128::from(len).checked_sub(1)?;
    let (first, last) = match wanted {
        Wanted::FirstLast(first, last) => (u128::from(first), end.min(last.into())),
        Wanted::From(first) => (first.into(), end),
        Wanted::Last(n) => ((end + 1).saturating_sub(n.into()), end),
    };
    (first <= last).then_some((first, last))
}

fn content_key(suite: AlgorithmSuite) -> ContentKey {
    let format = match suite {
        AlgorithmSuite::Cbc => danger::write_v1(),
        AlgorithmSuite::Gcm => WriteFormat::V2,
        _ => WriteFormat::V3,
    };
    sealed(format, 0).content_key(&policy::widest()).unwrap()
}

proptest! {
    #![proptest_config(config(5000))]

    #[test]
    fn the_header_reads_back(wanted in wanted()) {
        prop_assert_eq!(parse(wanted).to_string(), wanted.header());
    }

    #[test]
    fn resolving_is_plain_arithmetic(wanted in wanted(), len in number()) {
        match (parse(wanted).resolve(len), resolved(wanted, len)) {
            (Ok(range), Some(expected)) => {
                prop_assert_eq!((u128::from(range.first()), u128::from(range.last())), expected);
                prop_assert_eq!(range.complete_len(), Some(len));
                let text = range.to_string();
                prop_assert_eq!(text.parse::<ContentRange>().unwrap(), range);
            }
            (Err(RangeError::Unsatisfiable { plaintext_len }), None) => prop_assert_eq!(plaintext_len, len),
            (other, expected) => prop_assert!(false, "{:?}, not {:?}", other, expected),
        }
    }

    /// The covering range holds all that is wanted, wherever it is in an object of this plaintext length.
    #[test]
    fn the_covering_range_covers(wanted in wanted(), plaintext_len in number()) {
        for suite in SUITES {
            let Ok(ciphertext_len) = suite.ciphertext_len(plaintext_len) else { continue };
            let Some((first, last)) = resolved(wanted, plaintext_len) else { continue };
            let asked = parse(wanted).covering(suite).resolve(ciphertext_len).unwrap();
            prop_assert!(u128::from(asked.first()) <= first, "{:?} {}", suite, asked);
            if suite == AlgorithmSuite::Cbc {
                prop_assert_eq!(asked.first() % 16, 0);
                // The block before the first one is its IV.
                prop_assert!(u128::from(asked.first()) <= (first / 16 * 16).saturating_sub(16), "{}", asked);
                prop_assert!(u128::from(asked.last()) >= (last | 15).min(u128::from(ciphertext_len) - 1), "{}", asked);
            } else {
                prop_assert!(u128::from(asked.last()) >= last, "{:?} {}", suite, asked);
            }
        }
    }

    /// Not one of these panics; a decryptor that starts takes no byte that was not announced.
    #[test]
    fn any_pair_of_ranges_is_safe(wanted in wanted(), a in number(), b in number(), complete in prop::option::of(number())) {
        let Ok(served) = ContentRange::new(a.min(b), a.max(b), complete) else { return Ok(()) };
        for suite in SUITES {
            let Ok(mut decryptor) = content_key(suite).range_decryptor(parse(wanted), served) else { continue };
            let _ = decryptor.update(vec![0; 48]);
            let announced = u128::from(served.last() - served.first()) + 1;
            prop_assert!(announced <= 48 || decryptor.finish().is_err());
        }
    }

    #[test]
    fn content_ranges_are_valid_or_refused(a in number(), b in number(), complete in prop::option::of(number())) {
        let valid = a <= b && complete.is_none_or(|len| b < len);
        let made = ContentRange::new(a, b, complete);
        prop_assert_eq!(made.is_ok(), valid);
        let text = format!("bytes {a}-{b}/{}", complete.map_or("*".to_owned(), |len| len.to_string()));
        prop_assert_eq!(text.parse::<ContentRange>(), made);
    }

    #[test]
    fn rust_ranges_mean_the_same_bytes(a in number(), b in number(), len in number()) {
        let same = |made: Result<ByteRange, RangeError>, wanted: Option<Wanted>| made.ok() == wanted.map(parse);
        prop_assert!(same(ByteRange::from_bounds(a..=b), (a <= b).then_some(Wanted::FirstLast(a, b))));
        prop_assert!(same(ByteRange::from_bounds(a..b), (a < b).then(|| Wanted::FirstLast(a, b - 1))));
        prop_assert!(same(ByteRange::from_bounds(a..), Some(Wanted::From(a))));
        prop_assert!(same(ByteRange::from_bounds(..b), (b > 0).then(|| Wanted::FirstLast(0, b - 1))));
        prop_assert!(same(ByteRange::from_bounds(..), Some(Wanted::From(0))));
        let suffix = ByteRange::suffix(a).resolve(len).ok();
        prop_assert_eq!(suffix.map(|range| (range.first().into(), range.last().into())), resolved(Wanted::Last(a), len));
    }

    /// Text that is no header is refused, and nothing panics.
    #[test]
    fn arbitrary_text_is_parsed_or_refused(text in "(bytes)?[= ]{0,2}[-0-9/*]{0,24}[-a-z0-9,+ /]{0,8}") {
        if let Ok(range) = text.parse::<ByteRange>() {
            prop_assert_eq!(range.to_string().parse::<ByteRange>(), Ok(range));
        }
        if let Ok(range) = text.parse::<ContentRange>() {
            prop_assert_eq!(range.to_string().parse::<ContentRange>(), Ok(range));
        }
    }
}
