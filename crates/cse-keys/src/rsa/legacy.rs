//! Wraps of the old formats that an RSA key pair makes: `RSA` (PKCS#1 v1.5, or textbook RSA from Bouncy Castle) and OAEP-SHA-256.

use alloc::vec::Vec;

use cse_envelope::{Admitted, DataKey, Rng, Switch};
use hmac::{Hmac, KeyInit, Mac};
use rsa::{
    BoxedUint, Oaep, Pkcs1v15Encrypt, PrivateKey, PublicKey,
    hazmat::rsa_decrypt_and_check,
    traits::{PrivateKeyParts, PublicKeyParts},
};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::PrivateHalf;
use crate::error::{DecryptError, KeyringError};

/// Wraps as V1 does: PKCS#1 v1.5 of the bare key.
pub(super) fn wrap_pkcs1v15(key: &PublicKey, data_key: &DataKey, rng: &mut Rng<'_>) -> Result<Vec<u8>, KeyringError> {
    key.encrypt(rng, Pkcs1v15Encrypt, data_key.expose_secret()).map_err(super::not_wrapped)
}

/// OAEP-SHA-256 of the bare key. With the JDK's own provider MGF1 uses SHA-1; with Bouncy Castle it uses SHA-256, behind a switch.
pub(super) fn unwrap_oaep_sha256(
    key: &PrivateKey,
    wrapped: &[u8],
    object: &Admitted,
    rng: &mut Rng<'_>,
) -> Result<DataKey, KeyringError> {
    let mut message = key.decrypt_blinded(rng, Oaep::<Sha256, Sha1>::new_with_mgf_hash(), wrapped);
    if message.is_err() && object.allows(Switch::OaepMgf1Sha256) {
        message = key.decrypt_blinded(rng, Oaep::<Sha256>::new(), wrapped);
    }
    let message = Zeroizing::new(message.map_err(super::opaque)?);
    DataKey::from_slice(&message).map_err(|_| DecryptError::default().into())
}

/// The wrap `RSA`: PKCS#1 v1.5, or no padding at all where the switch for it is on and the message looks like it.
pub(super) fn unwrap_rsa(
    half: &PrivateHalf,
    wrapped: &[u8],
    object: &Admitted,
    rng: &mut Rng<'_>,
) -> Result<DataKey, KeyringError> {
    if object.allows(Switch::TextbookRsa)
        && let Some(data_key) = unwrap_textbook(&half.key, wrapped, rng)?
    {
        return Ok(data_key);
    }
    unwrap_pkcs1v15(half, wrapped, rng)
}

/// Never says whether the padding was right: a wrong one gives a key that nobody knows, and the content's check fails.
///
/// rsa answers a wrong padding with a message that looks random, always the same for one key and wrapped key. Where its length is no
/// AES key's, a secret function of the wrapped key takes its place, just as constant.
fn unwrap_pkcs1v15(half: &PrivateHalf, wrapped: &[u8], rng: &mut Rng<'_>) -> Result<DataKey, KeyringError> {
    // An error here is public: the number is not below the modulus, or the generator failed.
    let message = half.key.decrypt_blinded(rng, Pkcs1v15Encrypt, wrapped).map_err(super::opaque)?;
    select_key(Zeroizing::new(message), half.rejection.substitute(wrapped))
        .ok_or_else(|| DecryptError::default().into())
}

/// The message if it has an AES key's length, else the substitute, without a branch that tells which.
fn select_key(mut message: Zeroizing<Vec<u8>>, mut key: Zeroizing<[u8; 32]>) -> Option<DataKey> {
    let len = u32::try_from(message.len()).ok()?;
    let is_key = len.ct_eq(&16) | len.ct_eq(&24) | len.ct_eq(&32);
    let padded = message.len().max(key.len());
    message.resize(padded, 0);
    for (byte, real) in key.iter_mut().zip(message.iter()) {
        byte.conditional_assign(real, is_key);
    }
    let len = u32::conditional_select(&32, &len, is_key);
    DataKey::from_slice(key.get(..usize::try_from(len).ok()?)?).ok()
}

/// The bare key as a number below 2^256, padded to the smallest of 16, 24 and 32 bytes that fits; `None` for a larger number.
///
/// A leading zero byte of the key is lost in the number, so the length is not certain; a key of 32 bytes starts with eight zero bytes
/// only once in 2^64.
fn unwrap_textbook(key: &PrivateKey, wrapped: &[u8], rng: &mut Rng<'_>) -> Result<Option<DataKey>, KeyringError> {
    let number = BoxedUint::from_be_slice(wrapped, key.n().as_ref().bits_precision());
    let number = number.map_err(|_| KeyringError::from(DecryptError::default()))?;
    let message = Zeroizing::new(rsa_decrypt_and_check(key, Some(rng), &number).map_err(super::opaque)?);
    Ok(textbook_key(&Zeroizing::new(message.to_be_bytes())))
}

fn textbook_key(message: &[u8]) -> Option<DataKey> {
    let (above, key) = message.split_last_chunk::<32>()?;
    // All of it is looked at: where the first byte that is not zero stands would tell of the message.
    if above.iter().fold(0, |all, byte| all | byte) != 0 {
        return None;
    }
    let zeros = key.iter().take_while(|byte| **byte == 0).count();
    let len = match 32 - zeros {
        0..=16 => 16,
        17..=24 => 24,
        _ => 32,
    };
    DataKey::from_slice(key.get(32 - len..)?).ok()
}

/// Derived from the private key once: makes the keys that stand in for wrongly padded ones.
pub(super) struct RejectionSecret(Zeroizing<[u8; 32]>);

impl RejectionSecret {
    pub(super) fn new(key: &PrivateKey) -> Self {
        let exponent = Zeroizing::new(key.d().to_be_bytes());
        let digest = Sha256::new().chain_update(b"cse PKCS#1 v1.5 implicit rejection").chain_update(&**exponent);
        Self(Zeroizing::new(digest.finalize().into()))
    }

    fn substitute(&self, wrapped: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // HMAC takes keys of any length.
        if let Ok(mac) = Hmac::<Sha256>::new_from_slice(&*self.0) {
            *key = mac.chain_update(wrapped).finalize().into_bytes().into();
        }
        key
    }
}
