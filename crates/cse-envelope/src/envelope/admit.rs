//! From [`Stored`] to [`Admitted`]: every check that needs no key, in the order shape, legacy, commitment.
//!
//! Source: S3EC specification, *decryption* and *key commitment*.

use alloc::vec::Vec;

use super::{
    Envelope, KeyPart, MetadataKey as Key,
    parse::{State, Stored, StoredEnvelope},
};
use crate::{
    error::{AdmitError, Malformed, Problem, Refused, Requirement},
    format::FormatVersion,
    policy::{ReadPolicy, Switch},
    suite::AlgorithmSuite,
};

/// An envelope that a read policy allows. Only this opens: keyrings and [`open`](crate::open) take nothing else.
///
/// Intentionally not `Clone`, and made only by [`Stored::admit`].
#[derive(Debug)]
pub struct Admitted {
    envelope: Envelope,
    policy: ReadPolicy,
}

impl Stored {
    /// Checks the envelope against a policy. Nothing has touched a key, or asked a key service, when this refuses.
    ///
    /// # Errors
    ///
    /// - [`AdmitError::NoEnvelope`] and [`AdmitError::MissingInstructionFile`] when the envelope is not whole;
    /// - [`AdmitError::Malformed`] when the encryption context names another content algorithm than the object;
    /// - [`AdmitError::Refused`] lists everything the policy would have to allow.
    pub fn admit(self, policy: &ReadPolicy) -> Result<Admitted, AdmitError> {
        let stored = match self.0 {
            State::Whole(stored) => stored,
            State::ContentV3(_) => return Err(AdmitError::MissingInstructionFile),
            State::Nothing => return Err(AdmitError::NoEnvelope),
        };
        check_suite_in_context(&stored.envelope)?;
        let needs: Vec<_> = requirements(&stored).into_iter().filter(|need| !allowed(*need, policy)).collect();
        if needs.is_empty() {
            Ok(Admitted { envelope: stored.envelope, policy: *policy })
        } else {
            Err(Refused { needs }.into())
        }
    }

    /// What the object needs from a policy, in the order of the checks. Empty for a whole envelope that the
    /// default policy reads, and for one that is not whole.
    ///
    /// Needs that no metadata shows ([`Switch::TextbookRsa`], [`Switch::OaepMgf1Sha256`], [`Switch::CallerContext`]) are not in it.
    #[must_use]
    pub fn requirements(&self) -> Vec<Requirement> {
        match &self.0 {
            State::Whole(stored) => requirements(stored),
            _ => Vec::new(),
        }
    }
}

impl Admitted {
    /// The envelope.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// How the content is encrypted.
    #[must_use]
    pub const fn suite(&self) -> AlgorithmSuite {
        self.envelope.suite()
    }

    /// How the data key is wrapped.
    #[must_use]
    pub const fn key_part(&self) -> &KeyPart {
        self.envelope.key_part()
    }

    /// Whether the policy it was admitted under has a switch on: some switches show only when the key is unwrapped.
    #[must_use]
    pub const fn allows(&self, switch: Switch) -> bool {
        self.policy.allows(switch)
    }

    /// The envelope, for storing it again under another key.
    #[must_use]
    pub fn into_envelope(self) -> Envelope {
        self.envelope
    }
}

fn requirements(stored: &StoredEnvelope) -> Vec<Requirement> {
    let envelope = &stored.envelope;
    let (suite, wrap) = (envelope.suite(), envelope.key_part().wrap());
    let unnamed = envelope.version() == FormatVersion::V2 && !stored.wrap_is_named;
    let needs_code = suite == AlgorithmSuite::Cbc || wrap.needs_legacy_feature();
    [
        (!suite.is_authenticated()).then_some(Requirement::LegacyContent),
        wrap.is_legacy().then_some(Requirement::LegacyWrap(wrap)),
        unnamed.then_some(Requirement::MissingWrapAlgorithm),
        (needs_code && cfg!(not(feature = "legacy"))).then_some(Requirement::LegacyFeature),
        (!suite.is_committing()).then_some(Requirement::NoCommitment),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn allowed(need: Requirement, policy: &ReadPolicy) -> bool {
    match need {
        Requirement::NoCommitment => policy.commitment().allows_reading_without_commitment(),
        Requirement::LegacyFeature => false,
        other => other.switch().is_some_and(|switch| policy.allows(switch)),
    }
}

/// See [`KeyPart::context_names_suite`].
fn check_suite_in_context(envelope: &Envelope) -> Result<(), Malformed> {
    if envelope.key_part().context_names_suite() {
        return Ok(());
    }
    let key = if envelope.version() == FormatVersion::V3 { Key::ContextV3 } else { Key::MatDesc };
    Err(key.malformed(Problem::SuiteMismatch))
}
