//! Leniencies that take a switch: what they open, and that nothing opens without them. W28, and the needs an object shows.

use cse_envelope::{
    AesWrap, CommitmentPolicy, ReadPolicy, Switch, WrapAlgorithm, danger,
    error::{AdmitError, Requirement},
};
use cse_tests::{known_key::KnownKey, policy::switched_on, read::ReadError};

use crate::{PLAINTEXT, assert_opens, v1, v2, v2_kms_cbc, v3};

/// What the policy refuses about an object.
#[track_caller]
fn needs(object: &KnownKey, policy: ReadPolicy) -> Vec<Requirement> {
    match object.content_key(&policy) {
        Err(ReadError::Admit(AdmitError::Refused(refused))) => refused.needs,
        other => panic!("refused, but: {other:?}"),
    }
}

fn without_commitment() -> ReadPolicy {
    ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt)
}

const ECB: Requirement = Requirement::LegacyWrap(WrapAlgorithm::Aes(AesWrap::Ecb));

#[test]
fn the_default_policy_opens_v3_and_nothing_else() {
    assert_eq!(v3().read(&ReadPolicy::default()).unwrap(), PLAINTEXT);
    let kms = Requirement::LegacyWrap(WrapAlgorithm::from_name("kms").unwrap());
    let cbc = Requirement::LegacyContent;
    let none = Requirement::NoCommitment;
    assert_eq!(needs(&v2(), ReadPolicy::default()), [none]);
    assert_eq!(needs(&v1(), ReadPolicy::default()), [cbc, ECB, none]);
    assert_eq!(needs(&v2_kms_cbc(), ReadPolicy::default()), [cbc, kms, none]);
    let kms_gcm = KnownKey::seal(danger::write_v2_kms_gcm(), PLAINTEXT);
    assert_eq!(needs(&kms_gcm, ReadPolicy::default()), [kms, none]);
}

/// Each need is met by its own switch or policy, and by no other.
#[test]
fn one_switch_does_not_stand_in_for_another() {
    for switch in Switch::ALL.iter().copied() {
        let commitment_only = switched_on(ReadPolicy::default(), switch);
        assert_eq!(needs(&v2(), commitment_only), [Requirement::NoCommitment], "{switch:?}");
        if switch != Switch::Legacy {
            let policy = switched_on(without_commitment(), switch);
            assert!(needs(&v1(), policy).contains(&Requirement::LegacyContent), "{switch:?}");
            assert!(needs(&v2_kms_cbc(), policy).contains(&Requirement::LegacyContent), "{switch:?}");
        }
    }
    assert_eq!(needs(&v1(), danger::allow_legacy(ReadPolicy::default())), [Requirement::NoCommitment]);
}

/// Both policies that allow it read without commitment; neither turns legacy reading on.
#[test]
fn the_commitment_policies_read_as_the_specification_says() {
    for policy in [CommitmentPolicy::ForbidEncryptAllowDecrypt, CommitmentPolicy::RequireEncryptAllowDecrypt] {
        assert_eq!(v2().read(&ReadPolicy::new(policy)).unwrap(), PLAINTEXT);
        assert_eq!(v3().read(&ReadPolicy::new(policy)).unwrap(), PLAINTEXT);
        assert_eq!(needs(&v1(), ReadPolicy::new(policy)), [Requirement::LegacyContent, ECB]);
    }
}

/// W28: Java's first authenticated-encryption client named no wrap beside RSA keys.
#[test]
fn key_v2_without_wrap_algorithm_needs_its_switch_and_legacy() {
    let unnamed = v2().without("x-amz-wrap-alg");
    let missing = Requirement::MissingWrapAlgorithm;
    assert_eq!(needs(&unnamed, without_commitment()), [ECB, missing]);
    assert_eq!(needs(&unnamed, danger::allow_legacy(without_commitment())), [missing]);
    assert_eq!(needs(&unnamed, danger::allow_missing_wrap_algorithm(without_commitment())), [ECB]);
    assert_opens(&unnamed);
}

/// A V1 object never names its wrap, so the switch for V2 is not asked for.
#[test]
fn v1_does_not_need_the_switch_for_a_missing_wrap_algorithm() {
    let policy = danger::allow_legacy(without_commitment());
    assert_eq!(v1().read(&policy).unwrap(), PLAINTEXT);
}

/// The refusal says in words what to allow.
#[test]
fn a_refusal_names_every_need() {
    let text = v1().content_key(&ReadPolicy::default()).unwrap_err().to_string();
    for word in ["AES-CBC", "legacy", "key commitment", "require-encrypt-allow-decrypt"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}
