//! Wraps of the old formats that an AES key makes: `AES` (ECB with PKCS#7 padding) and `AESWrap` (RFC 3394).

use alloc::vec::Vec;

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, block_padding::Pkcs7},
};
use aes_kw::{KwAes128, KwAes192, KwAes256};
use cse_envelope::DataKey;
use zeroize::Zeroizing;

/// Encrypts each block on its own, as V1 does.
pub(super) fn wrap_ecb(key: &[u8], data_key: &DataKey) -> Option<Vec<u8>> {
    let plaintext = data_key.expose_secret();
    Some(match key.len() {
        16 => ecb::Encryptor::<Aes128>::new_from_slice(key).ok()?.encrypt_padded_vec::<Pkcs7>(plaintext),
        24 => ecb::Encryptor::<Aes192>::new_from_slice(key).ok()?.encrypt_padded_vec::<Pkcs7>(plaintext),
        _ => ecb::Encryptor::<Aes256>::new_from_slice(key).ok()?.encrypt_padded_vec::<Pkcs7>(plaintext),
    })
}

/// The data key of a V1 object; the padding is all that shows a wrong key.
pub(super) fn unwrap_ecb(key: &[u8], wrapped: &[u8]) -> Option<DataKey> {
    let plaintext = match key.len() {
        16 => ecb::Decryptor::<Aes128>::new_from_slice(key).ok()?.decrypt_padded_vec::<Pkcs7>(wrapped),
        24 => ecb::Decryptor::<Aes192>::new_from_slice(key).ok()?.decrypt_padded_vec::<Pkcs7>(wrapped),
        _ => ecb::Decryptor::<Aes256>::new_from_slice(key).ok()?.decrypt_padded_vec::<Pkcs7>(wrapped),
    };
    DataKey::from_slice(&Zeroizing::new(plaintext.ok()?)).ok()
}

/// The data key of an object of Java's first authenticated-encryption client.
pub(super) fn unwrap_key_wrap(key: &[u8], wrapped: &[u8]) -> Option<DataKey> {
    let mut out = Zeroizing::new(alloc::vec![0; wrapped.len()]);
    let data_key = match key.len() {
        16 => KwAes128::new_from_slice(key).ok()?.unwrap_key(wrapped, &mut out),
        24 => KwAes192::new_from_slice(key).ok()?.unwrap_key(wrapped, &mut out),
        _ => KwAes256::new_from_slice(key).ok()?.unwrap_key(wrapped, &mut out),
    };
    DataKey::from_slice(data_key.ok()?).ok()
}
