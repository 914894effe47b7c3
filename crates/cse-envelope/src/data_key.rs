//! The data key: what one object is encrypted under, and what a keyring wraps.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::rng::{self, Rng, RngError};

/// The key one object is encrypted under, in the clear: 16, 24 or 32 bytes.
///
/// New objects always have 32. Shorter ones come from V1 writers such as Snowflake.
///
/// # Security
///
/// Wiped when dropped, redacted in `Debug`, and intentionally not `Clone`: [`seal`](crate::seal) and
/// [`open`](crate::open) consume it.
pub struct DataKey(Zeroizing<Vec<u8>>);

/// The bytes given are no data key: neither 16, 24 nor 32 of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a data key has 16, 24 or 32 bytes")]
#[non_exhaustive]
pub struct DataKeyLength;

impl DataKey {
    /// Draws a new 32-byte data key.
    ///
    /// # Errors
    ///
    /// [`RngError`] when the generator fails or draws zeros.
    pub fn generate(rng: &mut Rng<'_>) -> Result<Self, RngError> {
        let mut key = Zeroizing::new(alloc::vec![0; 32]);
        rng::draw(rng, &mut key)?;
        Ok(Self(key))
    }

    /// A data key of these bytes; the caller wipes its own copy.
    ///
    /// # Errors
    ///
    /// [`DataKeyLength`] unless there are 16, 24 or 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, DataKeyLength> {
        match bytes.len() {
            16 | 24 | 32 => Ok(Self(Zeroizing::new(bytes.to_vec()))),
            _ => Err(DataKeyLength),
        }
    }

    /// The key's bytes, for the keyring that wraps it.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let key = DataKey::from_slice(&[0x5a; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "DataKey(..)");
    }

    #[test]
    fn only_aes_key_lengths() {
        for len in 0..64 {
            let bytes = alloc::vec![1; len];
            assert_eq!(DataKey::from_slice(&bytes).is_ok(), matches!(len, 16 | 24 | 32), "{len}");
        }
    }
}
