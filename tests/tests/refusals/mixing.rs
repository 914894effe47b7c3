//! Keys of two format versions in one object, keys missing, keys left over: S3EC specification *content metadata*, W36 to W38, S7.

use cse_envelope::{MetadataKey as Key, error::Problem};
use cse_tests::known_key::KnownKey;

use crate::{assert_malformed, assert_opens, malformed, malformed_metadata, v1, v2, v2_kms_cbc, v3};

/// Every name of `other` that `object` does not have, added to it one at a time.
fn each_added<'a>(object: &'a KnownKey, other: &'a KnownKey) -> impl Iterator<Item = (Key, KnownKey)> + 'a {
    let strangers = other.metadata.iter().filter(|(name, _)| object.metadata.iter().all(|(known, _)| known != name));
    strangers.map(|(name, value)| (Key::from_name(name).unwrap(), object.clone().with(name, value)))
}

#[test]
fn a_key_of_another_version_is_refused() {
    let versions = [v1(), v2(), v3()];
    let mut refused = 0;
    for (i, object) in versions.iter().enumerate() {
        assert_opens(object);
        for other in versions.iter().enumerate().filter(|(j, _)| i != *j).map(|(_, other)| other) {
            for (key, mixed) in each_added(object, other) {
                // V1 and V2 share these names, and nobody relies on the length: V3 takes no notice of it.
                if key == Key::UnencryptedLen {
                    assert_opens(&mixed);
                    continue;
                }
                let found = malformed(&mixed);
                assert!(matches!(found.problem, Problem::NotBeside { .. }), "{key} in {i}: {found}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 15, "{refused}");
}

#[test]
fn two_wrapped_keys_are_refused_in_every_combination() {
    let keys = [("x-amz-key", v1()), ("x-amz-key-v2", v2()), ("x-amz-3", v3())];
    for (name, object) in &keys {
        for (other, stranger) in keys.iter().filter(|(other, _)| other != name) {
            let value = &stranger.metadata.iter().find(|(known, _)| known == other).unwrap().1;
            let found = malformed(&object.clone().with(other, value));
            assert!(matches!(found.problem, Problem::NotBeside { .. }), "{name} {other}: {found}");
        }
    }
}

/// S7: adding V3's visible names to a V2 object must not make it pass a policy that demands key commitment.
#[test]
fn v3_spoofing_of_a_v2_object_is_refused() {
    for added in [&["x-amz-c"][..], &["x-amz-w"], &["x-amz-c", "x-amz-w"], &["x-amz-d"], &["x-amz-i"], &["x-amz-t"]] {
        let value = |name: &str| match name {
            "x-amz-c" => "115",
            "x-amz-w" => "12",
            "x-amz-t" => "{}",
            _ => "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        };
        let spoofed = added.iter().fold(v2(), |object, name| object.with(name, value(name)));
        let found = malformed(&spoofed);
        assert_eq!(found.problem, Problem::NotBeside { other: Key::KeyV2 }, "{added:?}: {found}");
    }
}

/// S7 the other way round: an object is V3 only with all of its keys.
#[test]
fn v3_needs_each_of_its_keys() {
    for (name, key) in [("x-amz-c", Key::SuiteV3), ("x-amz-d", Key::Commitment), ("x-amz-i", Key::MessageId)] {
        assert_malformed(&v3().without(name), key, &Problem::Missing);
        let content_only = v3().without("x-amz-3").without("x-amz-w").without(name);
        assert_malformed(&content_only, key, &Problem::Missing);
    }
    assert_malformed(&v3().without("x-amz-w"), Key::WrapV3, &Problem::Missing);
    assert_malformed(&v3().without("x-amz-3"), Key::WrapV3, &Problem::NotBeside { other: Key::SuiteV3 });
}

#[test]
fn v1_and_v2_need_iv_and_key() {
    assert_malformed(&v1().without("x-amz-iv"), Key::Iv, &Problem::Missing);
    assert_malformed(&v2().without("x-amz-iv"), Key::Iv, &Problem::Missing);
    assert_malformed(&v1().without("x-amz-key"), Key::KeyV1, &Problem::Missing);
    assert_malformed(&v2().without("x-amz-key-v2"), Key::KeyV2, &Problem::Missing);
    assert_malformed(&v2_kms_cbc().without("x-amz-key-v2"), Key::KeyV2, &Problem::Missing);
}

/// V3's context belongs to KMS, its description to AES and RSA; neither may stand beside the other's wrap.
#[test]
fn v3_context_and_description_go_with_their_wrap() {
    assert_malformed(&v3().with("x-amz-t", "{}"), Key::ContextV3, &Problem::NotBeside { other: Key::WrapV3 });
    let kms = v3().with("x-amz-w", "12").with("x-amz-m", "{}");
    assert_malformed(&kms, Key::MatDescV3, &Problem::NotBeside { other: Key::WrapV3 });
    assert_opens(&v3().with("x-amz-m", r#"{"a":"b"}"#));
}

#[test]
fn single_keys_without_a_wrapped_key_are_refused() {
    for (name, missing) in [
        ("x-amz-iv", Key::KeyV1),
        ("x-amz-wrap-alg", Key::KeyV2),
        ("x-amz-cek-alg", Key::KeyV2),
        ("x-amz-tag-len", Key::KeyV2),
        ("x-amz-w", Key::KeyV3),
        ("x-amz-t", Key::KeyV3),
        ("x-amz-m", Key::KeyV3),
    ] {
        let found = malformed_metadata(&vec![(name.into(), "x".into())]);
        assert_eq!(found.problem, Problem::Missing, "{name}");
        assert_eq!(found.place, cse_envelope::error::Place::Key(missing), "{name}");
    }
}

/// What may be a user's own is left alone: such an object is a plain one.
#[test]
fn a_description_a_length_or_a_marker_alone_is_no_envelope() {
    for name in
        ["x-amz-matdesc", "x-amz-unencrypted-content-length", "x-amz-crypto-instr-file", "colour", "x-amz-key-v3"]
    {
        let stored = cse_envelope::parse([(name, "7")]).unwrap();
        assert!(stored.needs_instruction_file() && stored.envelope().is_none(), "{name}");
        let refused = stored.admit(&cse_tests::policy::widest()).unwrap_err();
        assert_eq!(refused, cse_envelope::error::AdmitError::NoEnvelope, "{name}");
    }
}
