//! The portable engine: RustCrypto's AES and GHASH, no `unsafe` of ours, the same on every target.

#[cfg(feature = "legacy")]
mod cbc;
mod gcm;

use alloc::boxed::Box;

use super::engine::{BlockStream, Engine, GcmDecrypt, GcmEncrypt, KeyStream};

/// The engine that works everywhere.
#[derive(Debug)]
pub(super) struct Portable;

impl Engine for Portable {
    fn gcm_encrypt(&self, key: &[u8; 32], iv: &[u8; 12], aad: &[u8]) -> Box<dyn GcmEncrypt> {
        Box::new(gcm::Encrypt::new(key, iv, aad))
    }

    fn gcm_decrypt(&self, key: &[u8; 32], iv: &[u8; 12], aad: &[u8]) -> Box<dyn GcmDecrypt> {
        Box::new(gcm::Decrypt::new(key, iv, aad))
    }

    fn gcm_keystream(&self, key: &[u8; 32], iv: &[u8; 12], block: u32) -> Box<dyn KeyStream> {
        Box::new(gcm::keystream(key, iv, block))
    }

    #[cfg(feature = "legacy")]
    fn cbc_encrypt(&self, key: &[u8], iv: &[u8; 16]) -> Option<Box<dyn BlockStream>> {
        cbc::encryptor(key, iv)
    }

    #[cfg(feature = "legacy")]
    fn cbc_decrypt(&self, key: &[u8], iv: &[u8; 16]) -> Option<Box<dyn BlockStream>> {
        cbc::decryptor(key, iv)
    }

    #[cfg(not(feature = "legacy"))]
    fn cbc_encrypt(&self, _: &[u8], _: &[u8; 16]) -> Option<Box<dyn BlockStream>> {
        None
    }

    #[cfg(not(feature = "legacy"))]
    fn cbc_decrypt(&self, _: &[u8], _: &[u8; 16]) -> Option<Box<dyn BlockStream>> {
        None
    }
}
