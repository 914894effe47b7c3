//! How a bare wrapped key reaches a keyring: as the stored key of a V2 object, admitted under the widest policy.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{Admitted, DataKey, ReadPolicy, WriteFormat, danger, parse};
use cse_keys::{ExpectedContext, Keyring, KeyringError, now, system_rng};
use cse_tests::{known_key::KnownKey, policy};

/// A V2 object with this wrapped key; GCM content, or CBC content for data keys of other lengths than 32 bytes.
pub(crate) fn object(wrap: &str, wrapped: &[u8], format: WriteFormat, policy: &ReadPolicy) -> Option<Admitted> {
    let object =
        KnownKey::seal(format, b"").with("x-amz-wrap-alg", wrap).with("x-amz-key-v2", &BASE64_STANDARD.encode(wrapped));
    parse(object.metadata.iter().map(|(name, value)| (name, value))).ok()?.admit(policy).ok()
}

/// Unwraps a bare wrapped key. Blinding is new each time, so an answer that comes twice does not come from it.
pub(crate) fn unwrap(keyring: &dyn Keyring, object: &Admitted) -> Result<DataKey, KeyringError> {
    now(keyring.unwrap_data_key(object, &ExpectedContext::default(), &mut system_rng()))
}

/// Unwraps under the widest policy; `None` where the wrapped key is empty, and so not well formed.
pub(crate) fn unwrap_legacy(
    keyring: &dyn Keyring,
    wrap: &str,
    wrapped: &[u8],
) -> Option<Result<DataKey, KeyringError>> {
    object(wrap, wrapped, danger::write_v2_kms_cbc(), &policy::widest()).map(|object| unwrap(keyring, &object))
}
