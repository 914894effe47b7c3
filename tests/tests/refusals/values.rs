//! Values that are not what they must be: lengths, base64, tag length, sizes.

use cse_envelope::{MetadataKey as Key, error::Problem};
use cse_tests::known_key::KnownKey;

use crate::{assert_malformed, assert_opens, malformed, v1, v2, v2_kms_cbc, v3};

/// Base64 of `len` zero bytes: `A` for each six bits, `=` to a multiple of four.
fn base64(len: usize) -> String {
    let digits = (len * 8).div_ceil(6);
    "A".repeat(digits) + &"=".repeat(digits.div_ceil(4) * 4 - digits)
}

#[track_caller]
fn assert_length_refused(object: &KnownKey, key: Key, found: usize, expected: usize) {
    let changed = object.clone().with(key.name(), &base64(found));
    assert_malformed(&changed, key, &Problem::Length { found, expected });
}

/// S9: both are compared only when they have exactly 28 bytes.
#[test]
fn commitment_and_message_id_have_28_bytes() {
    for found in [1, 16, 20, 27, 29, 32, 40, 64] {
        assert_length_refused(&v3(), Key::Commitment, found, 28);
        assert_length_refused(&v3(), Key::MessageId, found, 28);
    }
}

/// W59: the wrong length for its cipher, the other cipher's included.
#[test]
fn the_iv_has_the_length_of_its_cipher() {
    for found in [1, 8, 11, 13, 15, 16, 17, 32] {
        assert_length_refused(&v2(), Key::Iv, found, 12);
    }
    for found in [1, 8, 12, 15, 17, 32] {
        assert_length_refused(&v1(), Key::Iv, found, 16);
        assert_length_refused(&v2_kms_cbc(), Key::Iv, found, 16);
    }
}

#[test]
fn base64_is_the_standard_one_with_padding() {
    let fields = [
        (v1(), Key::KeyV1),
        (v1(), Key::Iv),
        (v2(), Key::KeyV2),
        (v2(), Key::Iv),
        (v3(), Key::KeyV3),
        (v3(), Key::Commitment),
        (v3(), Key::MessageId),
    ];
    let wrong = [
        "AAA",
        "AAA=A",
        "AA=A",
        "A===",
        "AAAA\n",
        " AAAA",
        "AA-_",
        "AAAA====",
        "!",
        "AB==",
        "\u{e9}",
        "=?UTF-8?Q?AAAA",
    ];
    for (object, key) in fields {
        for text in wrong {
            assert_malformed(&object.clone().with(key.name(), text), key, &Problem::Base64);
        }
    }
}

/// W29: GCM wants 128 bits where the length is stored; our cipher always takes 16 bytes.
#[test]
fn gcm_takes_no_other_tag_length() {
    for bits in ["0", "96", "120", "127", "129", "256", "16", "128 ", "+128", "0128", "x"] {
        assert_malformed(&v2().with("x-amz-tag-len", bits), Key::TagLen, &Problem::TagLength);
    }
    assert_opens(&v2().without("x-amz-tag-len"));
}

/// W29: C++ wrote `0` beside CBC content.
#[test]
fn cbc_takes_no_notice_of_the_tag_length() {
    for bits in ["0", "128", "x"] {
        assert_opens(&v2_kms_cbc().with("x-amz-tag-len", bits));
    }
}

/// W26: a hint that decides nothing, so a wrong one changes nothing.
#[test]
fn the_length_hint_decides_nothing() {
    for object in [v1(), v2(), v2_kms_cbc(), v3()] {
        for hint in ["0", "1", "37", "18446744073709551615", "18446744073709551616", "-1", "x", "3.5"] {
            assert_opens(&object.clone().with("x-amz-unencrypted-content-length", hint));
        }
        assert_opens(&object.without("x-amz-unencrypted-content-length"));
    }
}

#[test]
fn a_value_longer_than_any_client_writes_is_refused() {
    const LIMIT: usize = 128 * 1024;
    let fields =
        [(v1(), Key::KeyV1), (v2(), Key::MatDesc), (v2(), Key::CekAlg), (v3(), Key::KeyV3), (v3(), Key::MatDescV3)];
    for (object, key) in fields {
        let too_long = object.with(key.name(), &"A".repeat(LIMIT + 1));
        assert_malformed(&too_long, key, &Problem::TooLong { limit: LIMIT });
    }
    let at_limit = v2().with("x-amz-matdesc", &format!("{{\"a\":\"{}\"}}", "x".repeat(LIMIT - 8)));
    assert_opens(&at_limit);
}

/// A wrapped key may have any length that base64 gives: whether it is a key, only the wrapping key knows.
#[test]
fn the_wrapped_key_is_not_judged_by_its_length() {
    for (object, name) in [(v1(), "x-amz-key"), (v2(), "x-amz-key-v2"), (v3(), "x-amz-3")] {
        for len in [1, 16, 48, 49, 60, 256, 1024] {
            assert_opens(&object.clone().with(name, &base64(len)));
        }
    }
}

/// Neither text nor error shows a wrapped key, wherever it was put by mistake.
#[test]
fn errors_never_repeat_a_wrapped_key() {
    let wrapped = v1().metadata.iter().find(|(name, _)| name == "x-amz-key").unwrap().1.clone();
    for object in [v1(), v2(), v3()] {
        for (name, _) in object.metadata.clone() {
            let key = Key::from_name(&name).unwrap();
            let result = object.clone().with(&name, &wrapped).content_key(&cse_tests::policy::widest());
            let Err(error) = result else { continue };
            assert!(!format!("{error} {error:?}").contains(&wrapped[..16]), "{key}: {error:?}");
        }
    }
    let found = malformed(&v2().with("x-amz-cek-alg", &wrapped));
    assert!(matches!(found.problem, Problem::UnknownAlgorithm { .. }));
}
