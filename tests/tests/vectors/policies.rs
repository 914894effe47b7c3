//! What the default policy refuses, and that each switch an object needs is really needed.

use cse_envelope::{ReadPolicy, Switch, error::AdmitError};
use cse_tests::{
    case::{self, Case},
    keys::Opener,
    policy::Needs,
    read::{ReadError, Reading, decrypt_at_once},
};

fn each_reading(mut check: impl FnMut(&Case, &Reading, &Opener)) {
    let mut checked = 0;
    for case in case::all() {
        for reading in case.readings() {
            check(&case, &reading, &Opener::new(&reading.keys));
            checked += 1;
        }
    }
    assert!(checked > 0, "no vectors found");
}

/// Nothing has touched a key when the policy refuses.
#[test]
fn the_default_policy_opens_v3_and_refuses_the_rest_before_any_key() {
    each_reading(|case, reading, opener| {
        let key = reading.content_key(&ReadPolicy::default(), &*opener.keyring);
        let damaged = reading.context_damaged && opener.kms.is_some();
        match (reading.format.as_str(), key) {
            ("V3", Ok(key)) => {
                assert!(decrypt_at_once(&key, &case.ciphertext()).unwrap().verified, "{}", reading.name);
            }
            ("V3", Err(error)) => assert!(damaged, "{}: {error}", reading.name),
            (_, Err(ReadError::Admit(AdmitError::Refused(refused)))) => {
                assert!(!refused.needs.is_empty());
                assert_eq!(opener.kms_calls(), 0, "{}", reading.name);
            }
            (_, other) => panic!("{}: {other:?}", reading.name),
        }
    });
}

/// What the object says it needs is what its data shows, where metadata can show it.
#[test]
fn requirements_are_those_of_the_data() {
    each_reading(|_, reading, opener| {
        let needs = Needs::of(reading);
        let Err(ReadError::Admit(AdmitError::Refused(refused))) =
            reading.content_key(&ReadPolicy::default(), &*opener.keyring)
        else {
            assert!(needs.commitment, "{}", reading.name);
            return;
        };
        let mut switches: Vec<_> = refused.needs.iter().filter_map(|need| need.switch()).collect();
        switches.dedup();
        let shown = [Switch::Legacy, Switch::MissingWrapAlgorithm];
        let expected: Vec<_> = needs.switches.into_iter().filter(|switch| shown.contains(switch)).collect();
        assert_eq!(switches, expected, "{}", reading.name);
    });
}

#[test]
fn without_one_switch_that_it_needs_an_object_does_not_open() {
    let mut refused = Vec::new();
    each_reading(|case, reading, opener| {
        let needs = Needs::of(reading);
        for switch in needs.switches.iter().copied() {
            let key = reading.content_key(&needs.policy_without(switch), &*opener.keyring);
            match switch {
                Switch::Legacy | Switch::MissingWrapAlgorithm => {
                    assert!(
                        matches!(key, Err(ReadError::Admit(AdmitError::Refused(_)))),
                        "{}: {switch:?}",
                        reading.name
                    );
                    assert_eq!(opener.kms_calls(), 0, "{}: {switch:?}", reading.name);
                }
                // A wrong PKCS#1 padding is not told: it gives another key, and the content fails.
                _ => {
                    let body = key.and_then(|key| Ok(decrypt_at_once(&key, &case.ciphertext())?));
                    let plaintext = case.plaintext();
                    assert!(
                        body.is_err() || body.is_ok_and(|body| !body.verified && body.bytes != plaintext),
                        "{}",
                        reading.name
                    );
                }
            }
            refused.push(switch);
        }
    });
    if case::is_default_folder() {
        assert!(Switch::ALL.iter().all(|switch| refused.contains(switch)), "every switch is needed by some vector");
    }
}
