//! Algorithm names and codes: which are known, how unknown ones are told, and which never go together.

use cse_envelope::{
    AlgorithmSuite, MetadataKey as Key, WrapAlgorithm,
    error::{Place, Problem},
};
use cse_tests::known_key::KnownKey;

use crate::{assert_malformed, assert_opens, malformed, v2, v2_kms_cbc, v3};

#[track_caller]
fn assert_unknown(object: &KnownKey, key: Key, shown: &str) {
    let found = malformed(object);
    assert_eq!(found.place, Place::Key(key));
    assert!(matches!(found.problem, Problem::UnknownAlgorithm { .. }), "{found}");
    assert!(found.to_string().contains(shown), "{found}");
}

#[test]
fn unknown_algorithms_are_named_in_the_error() {
    for name in ["AES/CTR/NoPadding", "aes/gcm/nopadding", "AES/GCM/NoPadding ", "115", "AES_256_GCM_IV12_TAG16_NO_KDF"]
    {
        assert_unknown(&v2().with("x-amz-cek-alg", name), Key::CekAlg, name);
    }
    for name in ["AES/GCM/NoPadding", "RSA-OAEP-SHA256", "KMS", "kms+context ", "02", "RSA/ECB/PKCS1Padding"] {
        assert_unknown(&v2().with("x-amz-wrap-alg", name), Key::WrapAlg, name);
    }
    for name in ["114", "116", "112", "0115", "115.0", "AES/GCM/NoPadding"] {
        assert_unknown(&v3().with("x-amz-c", name), Key::SuiteV3, name);
    }
}

/// W24: the codes `01`, `11` and `21` are in some clients' tables; nobody writes them. A number would have lost its zero.
#[test]
fn v3_wrap_codes_that_nobody_writes_are_refused() {
    for code in ["01", "11", "21", "2", "002", "00", "kms+context", "AES/GCM"] {
        assert_unknown(&v3().with("x-amz-w", code), Key::WrapV3, code);
    }
}

/// What is too long for a name may be a wrapped key under the wrong name.
#[test]
fn a_text_too_long_for_a_name_is_not_repeated() {
    let secret = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6";
    for object in [
        v2().with("x-amz-cek-alg", secret),
        v2().with("x-amz-wrap-alg", secret),
        v3().with("x-amz-w", secret),
        v3().with("x-amz-c", secret),
    ] {
        let found = malformed(&object);
        assert!(matches!(found.problem, Problem::UnknownAlgorithm { .. }), "{found}");
        for shown in [found.to_string(), format!("{found:?}")] {
            assert!(!shown.contains("Zm9v") && !shown.contains("YmF6"), "{shown}");
        }
    }
}

/// What a terminal would act on is shown escaped.
#[test]
fn a_name_is_made_safe_to_print() {
    let shown = malformed(&v2().with("x-amz-cek-alg", "\u{1b}[2J\u{7}\u{202e}\"")).to_string();
    assert!(shown.chars().all(|c| (' '..='~').contains(&c)), "{shown:?}");
    assert!(shown.contains("\\u{1b}[2J"), "{shown}");
}

/// CBC was only ever written under legacy wraps: anything else is a relabelled GCM object.
#[test]
fn cbc_under_a_wrap_that_is_bound_to_the_suite_is_refused() {
    for wrap in WrapAlgorithm::ALL.iter().copied() {
        let object = v2_kms_cbc().with("x-amz-wrap-alg", wrap.name());
        if wrap.is_legacy() {
            assert_opens(&object);
        } else {
            let problem = Problem::Combination { suite: AlgorithmSuite::Cbc, wrap };
            assert_malformed(&object, Key::CekAlg, &problem);
        }
    }
}

/// The other name of the same padding, which Ruby also reads.
#[test]
fn the_pkcs7_name_of_cbc_is_read() {
    assert_opens(&v2_kms_cbc().with("x-amz-cek-alg", "AES/CBC/PKCS7Padding"));
}

/// W29.
#[test]
fn without_a_content_algorithm_it_is_cbc() {
    assert_opens(&v2_kms_cbc().without("x-amz-cek-alg"));
    // A GCM object that lost the name has an IV too short for CBC.
    assert_malformed(&v2().without("x-amz-cek-alg"), Key::Iv, &Problem::Length { found: 12, expected: 16 });
}
