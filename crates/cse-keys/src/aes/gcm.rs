//! `AES/GCM`: `nonce (12) ‖ ciphertext ‖ tag (16)`, bound to the suite's name as additional authenticated data.
//!
//! Source: S3EC specification, *key material* (AES keyring); SP 800-38D.

use alloc::vec::Vec;

use aes::{Aes128, Aes192, Aes256, cipher::consts::U12};
use aes_gcm::{
    AesGcm, KeyInit,
    aead::{AeadInOut, Nonce},
};
use cse_envelope::{AlgorithmSuite, DataKey, Rng, RngError, draw};
use zeroize::Zeroizing;

const NONCE_LEN: usize = 12;

/// Wraps `data_key` for an object of `suite`.
pub(super) fn wrap(
    key: &[u8],
    data_key: &DataKey,
    suite: AlgorithmSuite,
    rng: &mut Rng<'_>,
) -> Result<Vec<u8>, RngError> {
    let mut nonce = [0; NONCE_LEN];
    draw(rng, &mut nonce)?;
    let seal = match key.len() {
        16 => seal::<AesGcm<Aes128, U12>>,
        24 => seal::<AesGcm<Aes192, U12>>,
        _ => seal::<AesGcm<Aes256, U12>>,
    };
    let aad = suite.name().as_bytes();
    // Fails only for a plaintext of 64 GiB.
    let sealed = seal(key, nonce, aad, data_key.expose_secret()).ok_or_else(RngError::default)?;
    Ok([&nonce, sealed.as_slice()].concat())
}

/// Recovers the data key; `None` if the key is another or anything was changed.
pub(super) fn unwrap(key: &[u8], wrapped: &[u8], suite: AlgorithmSuite) -> Option<DataKey> {
    let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_LEN>()?;
    let open = match key.len() {
        16 => open::<AesGcm<Aes128, U12>>,
        24 => open::<AesGcm<Aes192, U12>>,
        _ => open::<AesGcm<Aes256, U12>>,
    };
    open(key, *nonce, suite.name().as_bytes(), sealed).and_then(|key| DataKey::from_slice(&key).ok())
}

/// The two directions of AES-GCM, on one key size.
trait Gcm: KeyInit + AeadInOut {
    fn nonce(bytes: [u8; NONCE_LEN]) -> Nonce<Self>;
}

macro_rules! gcm {
    ($aes:ty) => {
        impl Gcm for AesGcm<$aes, U12> {
            fn nonce(bytes: [u8; NONCE_LEN]) -> Nonce<Self> {
                bytes.into()
            }
        }
    };
}
gcm!(Aes128);
gcm!(Aes192);
gcm!(Aes256);

fn seal<C: Gcm>(key: &[u8], nonce: [u8; NONCE_LEN], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(key).ok()?;
    let mut sealed = plaintext.to_vec();
    cipher.encrypt_in_place(&C::nonce(nonce), aad, &mut sealed).ok()?;
    Some(sealed)
}

fn open<C: Gcm>(key: &[u8], nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = C::new_from_slice(key).ok()?;
    let mut plaintext = Zeroizing::new(sealed.to_vec());
    cipher.decrypt_in_place(&C::nonce(nonce), aad, &mut *plaintext).ok()?;
    Some(plaintext)
}
