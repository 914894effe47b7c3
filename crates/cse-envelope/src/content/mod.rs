//! Content keys and the ciphers they start.

mod cbc_padding;
mod decryptor;
mod derive;
mod encryptor;
pub mod engine;
mod hold_back;
mod open;
mod portable;
mod range_cbc;
mod range_decryptor;
mod seal;

use core::fmt;

use zeroize::Zeroizing;

use self::engine::Engine;
pub use self::{
    decryptor::{CbcDecryptor, Decryptor, GcmDecryptor, Plaintext},
    encryptor::Encryptor,
    open::{open, open_with_engine},
    range_decryptor::{RangeDecryptor, RangeEnd},
    seal::{GeneratedDataKey, seal, seal_with_engine},
};
#[cfg(feature = "legacy")]
use crate::data_key::DataKey;
use crate::suite::AlgorithmSuite;

/// The portable engine.
#[doc(hidden)]
pub static PORTABLE: &dyn Engine = &portable::Portable;

/// What an object's content is decrypted with. Only [`open`] makes one, after the key commitment, where there is one, matched.
///
/// May be kept to read several ranges of one object.
///
/// # Security
///
/// Wiped when dropped, redacted in `Debug`, intentionally not `Clone`.
pub struct ContentKey {
    cipher: ContentCipher,
    engine: &'static dyn Engine,
}

enum ContentCipher {
    Gcm {
        suite: AlgorithmSuite,
        gcm: GcmKey,
    },
    #[cfg(feature = "legacy")]
    Cbc {
        key: DataKey,
        iv: [u8; 16],
    },
}

/// Everything AES-GCM needs for one object.
struct GcmKey {
    key: Zeroizing<[u8; 32]>,
    iv: [u8; 12],
    aad: &'static [u8],
}

impl ContentKey {
    /// How the content is encrypted.
    #[must_use]
    pub const fn suite(&self) -> AlgorithmSuite {
        match &self.cipher {
            ContentCipher::Gcm { suite, .. } => *suite,
            #[cfg(feature = "legacy")]
            ContentCipher::Cbc { .. } => AlgorithmSuite::Cbc,
        }
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentKey").field("suite", &self.suite()).finish_non_exhaustive()
    }
}
