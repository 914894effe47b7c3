//! Key derivation of V3: `HKDF-SHA512[salt = message id](data key)`, every label on one screen.
//!
//! Source: RFC 5869; S3EC specification, *key derivation*.

use hkdf::Hkdf;
use sha2::Sha512;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    data_key::DataKey,
    error::DecryptError,
    nonce::{Commitment, MessageId, V3_LEN},
};

/// `00 73`, the suite's id: the additional authenticated data of the content, and the front of both labels.
pub(crate) const AAD_V3: [u8; 2] = [0x00, 0x73];
/// The nonce is fixed, because the key is derived anew for each message id. Twelve ones, not zeros.
pub(crate) const IV_V3: [u8; 12] = [0x01; 12];

const COMMIT_LABEL: &[u8] = b"COMMITKEY";
const DERIVE_LABEL: &[u8] = b"DERIVEKEY";

/// Both outputs for a new object: the commitment to store, and the content key.
pub(crate) fn commitment_and_key(data_key: &DataKey, id: &MessageId) -> Option<(Commitment, Zeroizing<[u8; 32]>)> {
    let hkdf = extract(data_key, id)?;
    Some((Commitment(*expand(&hkdf, COMMIT_LABEL)?), expand(&hkdf, DERIVE_LABEL)?))
}

/// The content key of a stored object. It does not exist before the commitment has been compared, in constant time.
pub(crate) fn committed_key(
    data_key: &DataKey,
    id: &MessageId,
    stored: &Commitment,
) -> Result<Zeroizing<[u8; 32]>, DecryptError> {
    let hkdf = extract(data_key, id).ok_or(DecryptError)?;
    let derived = expand::<V3_LEN>(&hkdf, COMMIT_LABEL).ok_or(DecryptError)?;
    if !bool::from(derived.ct_eq(&stored.0)) {
        return Err(DecryptError);
    }
    expand(&hkdf, DERIVE_LABEL).ok_or(DecryptError)
}

/// `None` unless the data key has 32 bytes.
fn extract(data_key: &DataKey, id: &MessageId) -> Option<Hkdf<Sha512>> {
    let key = data_key.expose_secret();
    (key.len() == 32).then(|| Hkdf::new(Some(&id.0), key))
}

/// Never `None`: the outputs are far below HKDF's limit of 255 hashes.
fn expand<const N: usize>(hkdf: &Hkdf<Sha512>, label: &[u8]) -> Option<Zeroizing<[u8; N]>> {
    let mut out = Zeroizing::new([0; N]);
    hkdf.expand_multi_info(&[&AAD_V3, label], &mut *out).ok()?;
    Some(out)
}
