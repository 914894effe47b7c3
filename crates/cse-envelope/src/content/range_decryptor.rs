//! Decryption of a byte range. Never authenticated: a tag covers the whole object only.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use zeroize::Zeroize;

#[cfg(feature = "legacy")]
use super::range_cbc::CbcRange;
use super::{ContentCipher, ContentKey, engine::KeyStream};
use crate::{
    error::RangeError,
    range::{ByteRange, ContentRange},
    suite::AlgorithmSuite,
    unauthenticated::Unauthenticated,
};

/// Decrypts a range, chunk by chunk, and gives only the bytes that were asked for.
pub struct RangeDecryptor(Inner);

enum Inner {
    Gcm(GcmRange),
    #[cfg(feature = "legacy")]
    Cbc(CbcRange),
}

/// How a range ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct RangeEnd {
    /// The last bytes; empty for GCM. A suffix of a CBC object comes as a whole here, because only its end tells where it begins.
    pub tail: Unauthenticated<Vec<u8>>,
    /// What was read, in terms of the plaintext; its complete length is unknown if the end of a CBC object was not.
    pub content_range: ContentRange,
}

impl ContentKey {
    /// Starts decrypting `wanted`, a plaintext range, from the ciphertext range `served`, for which [`ByteRange::covering`] asked.
    ///
    /// # Errors
    ///
    /// [`RangeError::Unsatisfiable`] if the plaintext has no such byte, [`RangeError::NotServed`] if the answer does not cover
    /// the range, or does not tell the object's length.
    ///
    /// # Example
    ///
    /// ```
    /// # use cse_envelope::{ByteRange, ContentKey, ContentRange, Unauthenticated, error::RangeError};
    /// # fn fetch(_: String) -> (&'static str, Vec<u8>) { unreachable!() }
    /// fn read_range(key: &ContentKey, wanted: ByteRange) -> Result<Unauthenticated<Vec<u8>>, RangeError> {
    ///     let (content_range, body) = fetch(wanted.covering(key.suite()).to_string());
    ///     let mut decryptor = key.range_decryptor(wanted, content_range.parse()?)?;
    ///     let mut plaintext = decryptor.update(body)?;
    ///     plaintext.append(decryptor.finish()?.tail);
    ///     Ok(plaintext)
    /// }
    /// ```
    pub fn range_decryptor(&self, wanted: ByteRange, served: ContentRange) -> Result<RangeDecryptor, RangeError> {
        let object_len = served.complete_len().ok_or(RangeError::NotServed)?;
        match &self.cipher {
            ContentCipher::Gcm { suite, gcm } => {
                let start = |block| self.engine.gcm_keystream(&gcm.key, &gcm.iv, block);
                GcmRange::new(wanted, served, *suite, object_len, start).map(Inner::Gcm)
            }
            #[cfg(feature = "legacy")]
            ContentCipher::Cbc { key, iv } => {
                let blocks = self.engine.cbc_decrypt(key.expose_secret(), iv).ok_or(crate::error::DecryptError)?;
                CbcRange::new(wanted, served, object_len, blocks).map(Inner::Cbc)
            }
        }
        .map(RangeDecryptor)
    }
}

impl RangeDecryptor {
    /// Decrypts the next chunk in place and gives back those of its bytes that were asked for.
    ///
    /// # Errors
    ///
    /// [`RangeError::Incomplete`] if there are more bytes than the answer announced.
    pub fn update(&mut self, ciphertext: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, RangeError> {
        match &mut self.0 {
            Inner::Gcm(range) => range.update(ciphertext),
            #[cfg(feature = "legacy")]
            Inner::Cbc(range) => range.update(ciphertext),
        }
    }

    /// Ends the range.
    ///
    /// # Errors
    ///
    /// - [`RangeError::Incomplete`] if bytes are missing;
    /// - [`RangeError::Unsatisfiable`] if the end of a CBC object shows that the range lies outside it;
    /// - [`RangeError::Decrypt`] if that end cannot be decrypted.
    pub fn finish(self) -> Result<RangeEnd, RangeError> {
        match self.0 {
            Inner::Gcm(range) => range.finish(),
            #[cfg(feature = "legacy")]
            Inner::Cbc(range) => range.finish(),
        }
    }
}

impl fmt::Debug for RangeDecryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RangeDecryptor(..)")
    }
}

/// A range of GCM content: counter mode from any byte on.
struct GcmRange {
    keystream: Box<dyn KeyStream>,
    window: Window,
    content_range: ContentRange,
}

impl GcmRange {
    fn new(
        wanted: ByteRange,
        served: ContentRange,
        suite: AlgorithmSuite,
        object_len: u64,
        start: impl FnOnce(u32) -> Box<dyn KeyStream>,
    ) -> Result<Self, RangeError> {
        let plaintext_len = suite.plaintext_len(object_len).ok_or(RangeError::NotServed)?;
        let content_range = wanted.resolve(plaintext_len)?;
        let window = Window::new(served, content_range.first(), Some(content_range.last()))?;
        // A position in a plaintext of at most 2^36 - 32 bytes has a 32-bit block number.
        let block = u32::try_from(served.first() / 16).map_err(|_| RangeError::NotServed)?;
        let mut keystream = start(block);
        let mut before = [0; 16];
        let unused = usize::try_from(served.first() % 16).map_err(|_| RangeError::NotServed)?;
        keystream.apply(before.get_mut(..unused).unwrap_or_default());
        before.zeroize();
        Ok(Self { keystream, window, content_range })
    }

    fn update(&mut self, mut ciphertext: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, RangeError> {
        self.window.receive(ciphertext.len())?;
        self.window.trim_end(&mut ciphertext);
        self.keystream.apply(&mut ciphertext);
        self.window.trim_start(&mut ciphertext);
        Ok(Unauthenticated::new(ciphertext))
    }

    fn finish(self) -> Result<RangeEnd, RangeError> {
        self.window.finish()?;
        Ok(RangeEnd { tail: Unauthenticated::new(Vec::new()), content_range: self.content_range })
    }
}

/// Counts the bytes of an answer and cuts plaintext down to the positions wanted.
pub(super) struct Window {
    /// Bytes of the answer that have not come yet.
    to_come: u128,
    /// Plaintext position of the next byte.
    position: u64,
    first: u64,
    /// The last byte wanted; `None` for all there are.
    last: Option<u64>,
}

impl Window {
    /// For plaintext positions `first..=last` out of an answer that must hold them.
    pub(super) fn new(served: ContentRange, first: u64, last: Option<u64>) -> Result<Self, RangeError> {
        let reaches_end = served.complete_len().is_some_and(|len| served.last() == len - 1);
        let covers_end = last.map_or(reaches_end, |last| served.last() >= last);
        if served.first() > first || !covers_end {
            return Err(RangeError::NotServed);
        }
        Ok(Self { to_come: u128::from(served.span()) + 1, position: served.first(), first, last })
    }

    pub(super) fn receive(&mut self, len: usize) -> Result<(), RangeError> {
        let len = u128::try_from(len).map_err(|_| RangeError::Incomplete)?;
        self.to_come = self.to_come.checked_sub(len).ok_or(RangeError::Incomplete)?;
        Ok(())
    }

    pub(super) const fn finish(&self) -> Result<(), RangeError> {
        if self.to_come == 0 { Ok(()) } else { Err(RangeError::Incomplete) }
    }

    /// Cuts off what comes after the last byte wanted.
    pub(super) fn trim_end(&self, bytes: &mut Vec<u8>) {
        if let Some(last) = self.last {
            let wanted = (u128::from(last) + 1).saturating_sub(u128::from(self.position));
            bytes.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        }
    }

    /// Moves past these bytes, and cuts off what comes before the first byte wanted.
    pub(super) fn trim_start(&mut self, bytes: &mut Vec<u8>) {
        let unwanted = usize::try_from(self.first.saturating_sub(self.position)).unwrap_or(usize::MAX);
        self.position = self.position.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        bytes.drain(..unwanted.min(bytes.len()));
    }
}
