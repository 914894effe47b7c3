//! Read policies: the narrowest that a case needs, decided from its data alone.

use cse_envelope::{CommitmentPolicy, ReadPolicy, Switch, danger};

use crate::read::Reading;

/// What an object needs from a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Needs {
    /// Whether it has a key commitment.
    pub commitment: bool,
    /// The switches it needs.
    pub switches: Vec<Switch>,
}

impl Needs {
    /// Decided from format, algorithms and notes in `case.json`, not from what the code under test says.
    #[must_use]
    pub fn of(reading: &Reading) -> Self {
        let bound_wrap = matches!(reading.wrap_alg.as_str(), "AES/GCM" | "RSA-OAEP-SHA1" | "kms+context");
        let unnamed = reading.format == "V2" && !reading.stores("x-amz-wrap-alg");
        let mgf1_sha256 =
            reading.wrap_alg.contains("OAEPWithSHA-256") && reading.oaep_mgf1.as_deref() == Some("SHA-256");
        let wanted = [
            (Switch::Legacy, !bound_wrap || reading.cek_alg.contains("CBC")),
            (Switch::MissingWrapAlgorithm, unnamed),
            (Switch::TextbookRsa, reading.wrap_alg == "RSA/ECB/NoPadding"),
            (Switch::OaepMgf1Sha256, mgf1_sha256),
            (Switch::CallerContext, reading.context_damaged && !reading.keys.kms.is_empty()),
        ];
        let switches = wanted.into_iter().filter_map(|(switch, needed)| needed.then_some(switch)).collect();
        Self { commitment: reading.format == "V3", switches }
    }

    /// The policy that grants exactly this.
    #[must_use]
    pub fn policy(&self) -> ReadPolicy {
        let commitment = if self.commitment {
            CommitmentPolicy::RequireEncryptRequireDecrypt
        } else {
            CommitmentPolicy::RequireEncryptAllowDecrypt
        };
        self.switches.iter().fold(ReadPolicy::new(commitment), |policy, switch| switched_on(policy, *switch))
    }

    /// The policy that grants everything but one switch.
    #[must_use]
    pub fn policy_without(&self, missing: Switch) -> ReadPolicy {
        let switches = self.switches.iter().copied().filter(|switch| *switch != missing).collect();
        Self { commitment: self.commitment, switches }.policy()
    }
}

/// A policy with one more switch on.
#[must_use]
pub fn switched_on(policy: ReadPolicy, switch: Switch) -> ReadPolicy {
    match switch {
        Switch::Legacy => danger::allow_legacy(policy),
        Switch::MissingWrapAlgorithm => danger::allow_missing_wrap_algorithm(policy),
        Switch::TextbookRsa => danger::allow_textbook_rsa(policy),
        Switch::OaepMgf1Sha256 => danger::allow_oaep_mgf1_sha256(policy),
        Switch::CallerContext => danger::send_caller_context(policy),
        other => panic!("a switch the tests do not know: {other:?}"),
    }
}

/// Everything allowed but the caller's context, which replaces the stored one: for tests of what no policy allows.
#[must_use]
pub fn widest() -> ReadPolicy {
    let switches = [Switch::Legacy, Switch::MissingWrapAlgorithm, Switch::TextbookRsa, Switch::OaepMgf1Sha256];
    Needs { commitment: false, switches: switches.to_vec() }.policy()
}
