//! `RSA-OAEP-SHA1`: RSAES-OAEP with SHA-1 and MGF1-SHA-1 of `length of the key (1 byte) ‖ key ‖ suite's name`.
//!
//! Source: S3EC specification, *key material* (RSA keyring); RFC 8017, section 7.1.

use alloc::vec::Vec;

use cse_envelope::{AlgorithmSuite, DataKey, Rng};
use rsa::{Oaep, PrivateKey, PublicKey};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::error::{DecryptError, KeyringError};

/// Wraps `data_key` for an object of `suite`.
pub(super) fn wrap(
    key: &PublicKey,
    data_key: &DataKey,
    suite: AlgorithmSuite,
    rng: &mut Rng<'_>,
) -> Result<Vec<u8>, KeyringError> {
    key.encrypt(rng, Oaep::<Sha1>::new(), &layout(data_key, suite)).map_err(super::not_wrapped)
}

/// Recovers the data key.
pub(super) fn unwrap(
    key: &PrivateKey,
    wrapped: &[u8],
    suite: AlgorithmSuite,
    rng: &mut Rng<'_>,
) -> Result<DataKey, KeyringError> {
    let message = key.decrypt_blinded(rng, Oaep::<Sha1>::new(), wrapped).map_err(super::opaque)?;
    read_layout(&Zeroizing::new(message), suite).ok_or_else(|| DecryptError::default().into())
}

fn read_layout(message: &[u8], suite: AlgorithmSuite) -> Option<DataKey> {
    let (len, rest) = message.split_first()?;
    let (data_key, name) = rest.split_at_checked(usize::from(*len))?;
    // The whole rest must be the name: some clients compare only its beginning.
    if name == suite.name().as_bytes() { DataKey::from_slice(data_key).ok() } else { None }
}

fn layout(data_key: &DataKey, suite: AlgorithmSuite) -> Zeroizing<Vec<u8>> {
    let key = data_key.expose_secret();
    // A data key has at most 32 bytes.
    let len = u8::try_from(key.len()).unwrap_or_default();
    Zeroizing::new([&[len], key, suite.name().as_bytes()].concat())
}
