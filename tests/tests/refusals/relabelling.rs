//! Relabelled objects: the content algorithm is written where an attacker can change it, so what binds it must agree.
//! S5, CVE-2020-8912.

use cse_envelope::{AlgorithmSuite, EncryptionContext, MetadataKey as Key, WrapAlgorithm, danger, error::Problem};
use cse_tests::known_key::KnownKey;

use crate::{PLAINTEXT, assert_malformed, assert_opens, v2, v2_kms_cbc, v3};

/// A context that names this content algorithm.
fn names(suite: &str) -> String {
    format!("{{\"team\":\"a\",\"{}\":\"{suite}\"}}", EncryptionContext::CEK_ALG)
}

fn v2_kms_context() -> KnownKey {
    v2().with("x-amz-wrap-alg", "kms+context").with("x-amz-matdesc", &names("AES/GCM/NoPadding"))
}

fn v3_kms() -> KnownKey {
    v3().with("x-amz-w", "12").with("x-amz-t", &names("115"))
}

fn v2_kms_gcm() -> KnownKey {
    KnownKey::seal(danger::write_v2_kms_gcm(), PLAINTEXT)
}

#[test]
fn kms_context_must_name_the_content_algorithm() {
    assert_opens(&v2_kms_context());
    assert_opens(&v3_kms());
    for context in
        ["{}", r#"{"team":"a"}"#, r#"{"x-amz-cek-alg":"AES/GCM/NoPadding"}"#, r#"{"AWS:x-amz-cek-alg":"115"}"#]
    {
        assert_malformed(&v2_kms_context().with("x-amz-matdesc", context), Key::MatDesc, &Problem::SuiteMismatch);
        assert_malformed(&v3_kms().with("x-amz-t", context), Key::ContextV3, &Problem::SuiteMismatch);
    }
    assert_malformed(&v2_kms_context().without("x-amz-matdesc"), Key::MatDesc, &Problem::SuiteMismatch);
    assert_malformed(&v3_kms().without("x-amz-t"), Key::ContextV3, &Problem::SuiteMismatch);
}

#[test]
fn kms_context_must_name_the_same_content_algorithm() {
    for suite in ["115", "AES/CBC/PKCS5Padding", "AES/GCM/NoPadding ", "aes/gcm/nopadding", "116", ""] {
        let object = v2_kms_context().with("x-amz-matdesc", &names(suite));
        assert_malformed(&object, Key::MatDesc, &Problem::SuiteMismatch);
    }
    for suite in ["AES/GCM/NoPadding", "AES/CBC/PKCS5Padding", "0115", "116", ""] {
        assert_malformed(&v3_kms().with("x-amz-t", &names(suite)), Key::ContextV3, &Problem::SuiteMismatch);
    }
}

/// CBC never was written under `kms+context`.
#[test]
fn a_kms_context_object_relabelled_as_cbc_is_refused() {
    for suite in ["AES/GCM/NoPadding", "AES/CBC/PKCS5Padding"] {
        let object = v2_kms_cbc().with("x-amz-wrap-alg", "kms+context").with("x-amz-matdesc", &names(suite));
        let wrap = WrapAlgorithm::from_name("kms+context").unwrap();
        assert_malformed(&object, Key::CekAlg, &Problem::Combination { suite: AlgorithmSuite::Cbc, wrap });
    }
}

/// The hole measured in Go v3, Go v4 and Python: with both labels changed, their `kms` path never looks at the entry.
#[test]
fn a_kms_context_object_relabelled_as_kms_and_cbc_is_refused() {
    for named in ["AES/GCM/NoPadding", "115"] {
        let object = v2_kms_cbc().with("x-amz-matdesc", &names(named));
        assert_malformed(&object, Key::MatDesc, &Problem::SuiteMismatch);
    }
    assert_opens(&v2_kms_cbc().with("x-amz-matdesc", &names("AES/CBC/PKCS5Padding")));
}

/// Where a `kms` context names no algorithm, as SES writes it, there is nothing to compare.
#[test]
fn a_kms_context_without_the_entry_is_read_as_kms() {
    assert_opens(&v2_kms_gcm().with("x-amz-matdesc", r#"{"kms_cmk_id":"alias/a"}"#));
    assert_opens(&v2_kms_gcm().with("x-amz-matdesc", &names("AES/GCM/NoPadding")));
    for named in ["115", "AES/CBC/PKCS5Padding"] {
        let object = v2_kms_gcm().with("x-amz-matdesc", &names(named));
        assert_malformed(&object, Key::MatDesc, &Problem::SuiteMismatch);
    }
}

/// A GCM object relabelled as CBC keeps an IV that CBC does not have; the attacker must supply one, and has no valid padding.
#[test]
fn gcm_content_relabelled_as_cbc_does_not_decrypt() {
    let relabelled = v2_kms_gcm().with("x-amz-cek-alg", "AES/CBC/PKCS5Padding");
    assert_malformed(&relabelled, Key::Iv, &Problem::Length { found: 12, expected: 16 });
    let with_iv = relabelled.with("x-amz-iv", "AAAAAAAAAAAAAAAAAAAAAA==");
    assert!(with_iv.read(&cse_tests::policy::widest()).is_err());
}
