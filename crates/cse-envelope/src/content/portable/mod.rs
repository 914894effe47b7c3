//! The portable engine: RustCrypto's AES and GHASH, no `unsafe` of ours, the same on every target.

#[cfg(feature = "legacy")]
pub(super) mod cbc;
mod gcm;

use alloc::boxed::Box;

use super::engine::{Engine, GcmDecrypt, GcmEncrypt, KeyStream};

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
}
