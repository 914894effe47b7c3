//! A range of CBC content: whole blocks from the one before, and the padding off the last.
#![cfg(feature = "legacy")]

use alloc::{boxed::Box, vec::Vec};

use super::{
    cbc_padding,
    engine::BlockStream,
    range_decryptor::{RangeEnd, Window},
};
use crate::{
    error::{DecryptError, RangeError},
    range::{ByteRange, ContentRange, Kind, with_block_before},
    suite::{AlgorithmSuite, BLOCK_LEN},
    unauthenticated::Unauthenticated,
};

pub(super) struct CbcRange {
    blocks: Box<dyn BlockStream>,
    window: Window,
    wanted: ByteRange,
    /// Ciphertext that is not a whole block yet, or may be the object's last one.
    held: Vec<u8>,
    /// Where the object's last block begins, if it is in the answer: it is held back for its padding.
    last_block: Option<u64>,
    /// Plaintext of a suffix, whose start is known only at the end, and its first byte's position.
    suffix: Option<Vec<u8>>,
}

impl CbcRange {
    pub(super) fn new(
        wanted: ByteRange,
        served: ContentRange,
        object_len: u64,
        blocks: Box<dyn BlockStream>,
    ) -> Result<Self, RangeError> {
        if !AlgorithmSuite::Cbc.is_ciphertext_len(object_len) || !served.first().is_multiple_of(BLOCK_LEN) {
            return Err(RangeError::NotServed);
        }
        // The plaintext has at most one byte less than the ciphertext.
        let most = wanted.resolve(object_len - 1)?;
        let last_block = object_len - BLOCK_LEN;
        let first = match wanted.0 {
            // It may have 16 bytes less, and then a suffix starts 15 earlier.
            Kind::Suffix { .. } => most.first().saturating_sub(BLOCK_LEN - 1),
            _ => most.first(),
        };
        let last = match wanted.0 {
            Kind::Bounded { .. } if most.last() < last_block => Some(most.last()),
            _ => None,
        };
        // The block before the first is needed to decrypt it. At the object's start the IV is; elsewhere the first block of the
        // answer decrypts to garbage, and is not asked for.
        if served.first() > with_block_before(first) {
            return Err(RangeError::NotServed);
        }
        let window = Window::new(served, first, last)?;
        if last.is_some_and(|last| served.last() < (last | (BLOCK_LEN - 1))) {
            return Err(RangeError::NotServed);
        }
        let suffix = matches!(wanted.0, Kind::Suffix { .. }).then(Vec::new);
        let last_block = (served.last() == object_len - 1).then_some(last_block);
        Ok(Self { blocks, window, wanted, held: Vec::new(), last_block, suffix })
    }

    pub(super) fn update(&mut self, mut ciphertext: Vec<u8>) -> Result<Unauthenticated<Vec<u8>>, RangeError> {
        self.window.receive(ciphertext.len())?;
        ciphertext.splice(..0, self.held.drain(..));
        let ready = ciphertext.len().saturating_sub(usize::from(self.last_block.is_some())) / 16 * 16;
        self.held.extend(ciphertext.drain(ready..));
        self.blocks.update(&mut ciphertext);
        self.emit(&mut ciphertext);
        Ok(Unauthenticated::new(ciphertext))
    }

    pub(super) fn finish(mut self) -> Result<RangeEnd, RangeError> {
        self.window.finish()?;
        let mut tail = Vec::new();
        let mut plaintext_len = None;
        if let Some(last_block) = self.last_block {
            tail = self.decrypt_last_block()?;
            plaintext_len = Some(last_block + u64::try_from(tail.len()).map_err(|_| DecryptError)?);
            self.emit(&mut tail);
        }
        let content_range = self.content_range(plaintext_len)?;
        if let (Some(mut suffix), Some(len)) = (self.suffix, plaintext_len) {
            let wanted_len = usize::try_from(len - content_range.first()).map_err(|_| DecryptError)?;
            suffix.drain(..suffix.len().saturating_sub(wanted_len));
            tail = suffix;
        }
        if let (Kind::Bounded { .. }, Some(len)) = (self.wanted.0, plaintext_len) {
            // The last block may reach beyond a bounded range.
            let beyond = usize::try_from(len - 1 - content_range.last()).map_err(|_| DecryptError)?;
            tail.truncate(tail.len().saturating_sub(beyond));
        }
        Ok(RangeEnd { tail: Unauthenticated::new(tail), content_range })
    }

    /// Cuts decrypted bytes down to those wanted; those of a suffix are kept for the end.
    fn emit(&mut self, plaintext: &mut Vec<u8>) {
        self.window.trim_end(plaintext);
        self.window.trim_start(plaintext);
        if let Some(suffix) = &mut self.suffix {
            suffix.append(plaintext);
        }
    }

    fn decrypt_last_block(&mut self) -> Result<Vec<u8>, DecryptError> {
        let mut block = core::mem::take(&mut self.held);
        self.blocks.update(&mut block);
        let len = cbc_padding::unpad(block.as_slice().try_into().map_err(|_| DecryptError)?)?;
        block.truncate(len);
        Ok(block)
    }

    fn content_range(&self, plaintext_len: Option<u64>) -> Result<ContentRange, RangeError> {
        match (plaintext_len, self.wanted.0) {
            (Some(len), _) => self.wanted.resolve(len),
            (None, Kind::Bounded { first, last }) => ContentRange::new(first, last, None),
            (None, _) => Err(RangeError::NotServed),
        }
    }
}
