//! The one place that knows which code runs the ciphers.
//!
//! Everything above this trait works with any engine, and does not know which. An engine is a `&'static dyn` value, never a type
//! parameter, so that choosing another does not change a single type.

use alloc::boxed::Box;
use core::fmt::Debug;

use crate::error::DecryptError;

/// Makes streaming ciphers. The portable one is [`PORTABLE`](super::PORTABLE).
pub trait Engine: Debug + Send + Sync + 'static {
    /// Starts AES-256-GCM encryption.
    fn gcm_encrypt(&self, key: &[u8; 32], iv: &[u8; 12], aad: &[u8]) -> Box<dyn GcmEncrypt>;

    /// Starts AES-256-GCM decryption.
    fn gcm_decrypt(&self, key: &[u8; 32], iv: &[u8; 12], aad: &[u8]) -> Box<dyn GcmDecrypt>;

    /// Starts the counter mode inside GCM at a block of the plaintext (the first is 0); never authenticated.
    fn gcm_keystream(&self, key: &[u8; 32], iv: &[u8; 12], block: u32) -> Box<dyn KeyStream>;

    /// Starts AES-CBC encryption of whole blocks; `None` for a key of other than 16, 24 or 32 bytes, and in an engine without CBC.
    fn cbc_encrypt(&self, key: &[u8], iv: &[u8; 16]) -> Option<Box<dyn BlockStream>>;

    /// Starts AES-CBC decryption of whole blocks; `None` as for encryption.
    fn cbc_decrypt(&self, key: &[u8], iv: &[u8; 16]) -> Option<Box<dyn BlockStream>>;
}

/// GCM encryption in progress. The caller counts bytes.
pub trait GcmEncrypt: Send + Sync {
    /// Encrypts in place; any chunking gives the same bytes.
    fn update(&mut self, data: &mut [u8]);

    /// The tag over everything.
    fn finish(self: Box<Self>) -> [u8; 16];
}

/// GCM decryption in progress. The caller counts bytes.
pub trait GcmDecrypt: Send + Sync {
    /// Decrypts in place; any chunking gives the same bytes, none of them verified.
    fn update(&mut self, data: &mut [u8]);

    /// Compares the tag in constant time.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if it differs.
    fn verify(self: Box<Self>, tag: &[u8; 16]) -> Result<(), DecryptError>;
}

/// A key stream in progress.
pub trait KeyStream: Send + Sync {
    /// Adds the next bytes of the key stream.
    fn apply(&mut self, data: &mut [u8]);
}

/// A block mode in progress.
pub trait BlockStream: Send + Sync {
    /// Works in place on whole blocks; a remainder is left as it is.
    fn update(&mut self, blocks: &mut [u8]);
}
