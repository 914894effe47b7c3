//! Every opt-in that turns a check off, takes plaintext unverified, or writes an old format. Searching a code base for `danger` finds
//! each use.
//!
//! Choices between two safe things are not here: the commitment policy (objects without a commitment are still authenticated, if not
//! bound to one key), [`WriteFormat::V2`](crate::WriteFormat::V2), and what a keyring's caller says about keys and contexts.

#[cfg(feature = "legacy")]
use crate::format::WriteFormat;
use crate::{
    policy::{ReadPolicy, Switch},
    unauthenticated::Unauthenticated,
};

/// Allows reading old objects: CBC content and wraps that are not bound to the algorithm suite.
///
/// # Security
///
/// CBC content is not authenticated: whoever can write the object can change its plaintext, and its type stays
/// [`Unauthenticated`]. Old wraps let such a writer relabel GCM content as CBC (CVE-2020-8912). V1 and V2 objects also need
/// a commitment policy that allows them.
#[must_use]
pub const fn allow_legacy(policy: ReadPolicy) -> ReadPolicy {
    policy.with(Switch::Legacy)
}

/// Allows V2 objects without `x-amz-wrap-alg`, which Java's first authenticated-encryption client wrote with RSA keys.
///
/// # Security
///
/// The wrap is inferred from the wrapped key's length (`RSA` above 48 bytes, else `AES`), so [`allow_legacy`] is needed as well.
#[must_use]
pub const fn allow_missing_wrap_algorithm(policy: ReadPolicy) -> ReadPolicy {
    policy.with(Switch::MissingWrapAlgorithm)
}

/// Allows data keys wrapped by RSA without padding, which Android wrote (the Java name `RSA` under Bouncy Castle).
///
/// # Security
///
/// Textbook RSA is malleable, and looking at the message before its padding is checked gives up part of what hides it from a writer of
/// objects who measures time. Use it to migrate.
#[must_use]
pub const fn allow_textbook_rsa(policy: ReadPolicy) -> ReadPolicy {
    policy.with(Switch::TextbookRsa)
}

/// Allows MGF1-SHA-256 with RSA-OAEP-SHA-256, tried after MGF1-SHA-1; the object does not say which one its writer used.
///
/// # Security
///
/// As strong as MGF1-SHA-1; a switch of its own because it makes a second private-key operation per failed read.
#[must_use]
pub const fn allow_oaep_mgf1_sha256(policy: ReadPolicy) -> ReadPolicy {
    policy.with(Switch::OaepMgf1Sha256)
}

/// Sends the caller's encryption context to KMS in place of the stored one.
///
/// For objects whose stored context was damaged on its way into S3: Java's HTTP layers replace what is not Latin-1 by `?`. Reserved
/// entries (`aws:x-amz-cek-alg`, `kms_cmk_id`) are taken from the stored context even so, never from the caller's.
///
/// # Security
///
/// KMS still authenticates the context. What is given up is the comparison with the stored one.
#[must_use]
pub const fn send_caller_context(policy: ReadPolicy) -> ReadPolicy {
    policy.with(Switch::CallerContext)
}

/// Takes plaintext that nothing has authenticated.
///
/// # Security
///
/// Whoever can write the object may have chosen these bytes. Do not act on them as if a key holder had written them.
pub fn accept_unauthenticated<T>(plaintext: Unauthenticated<T>) -> T {
    plaintext.into_inner()
}

/// V1: AES-CBC content under a data key wrapped by `AES` or `RSA`, for readers that know nothing newer (aioboto3).
///
/// # Security
///
/// Nothing about the object is authenticated.
#[cfg(feature = "legacy")]
#[must_use]
pub const fn write_v1() -> WriteFormat {
    WriteFormat::V1
}

/// V2 with AES-GCM content under the wrap `kms`, for readers that do not know `kms+context`.
///
/// # Security
///
/// The wrap is not bound to the algorithm suite: readers that allow CBC can be made to read the object as CBC.
#[cfg(feature = "legacy")]
#[must_use]
pub const fn write_v2_kms_gcm() -> WriteFormat {
    WriteFormat::V2_KMS_GCM
}

/// V2 with AES-CBC content under the wrap `kms`.
///
/// # Security
///
/// The content is not authenticated.
#[cfg(feature = "legacy")]
#[must_use]
pub const fn write_v2_kms_cbc() -> WriteFormat {
    WriteFormat::V2_KMS_CBC
}
