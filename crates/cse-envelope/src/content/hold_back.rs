//! Keeps the last 16 bytes of a stream back: they are the tag.

use alloc::vec::Vec;

use crate::error::DecryptError;

/// Length of a tag, in bytes.
const LEN: usize = 16;

/// Takes the tag off the end of a ciphertext that comes in chunks.
///
/// With a known length nothing moves; without one, every chunk gives up its last 16 bytes and gets those of the one before.
pub(super) struct HoldBack {
    held: [u8; LEN],
    held_len: usize,
    body_left: BodyLeft,
}

enum BodyLeft {
    Known(u64),
    Unknown { most: u64 },
}

impl HoldBack {
    /// For a ciphertext with `body_len` bytes before its tag.
    pub(super) const fn known(body_len: u64) -> Self {
        Self { held: [0; LEN], held_len: 0, body_left: BodyLeft::Known(body_len) }
    }

    /// For a ciphertext of unknown length, with at most `most` bytes before its tag.
    pub(super) const fn unknown(most: u64) -> Self {
        Self { held: [0; LEN], held_len: 0, body_left: BodyLeft::Unknown { most } }
    }

    /// Leaves in `chunk` what is surely not part of the tag.
    pub(super) fn release(&mut self, chunk: &mut Vec<u8>) -> Result<(), DecryptError> {
        match self.body_left {
            BodyLeft::Known(left) => {
                let body = usize::try_from(left).map_or(chunk.len(), |left| left.min(chunk.len()));
                self.body_left = BodyLeft::Known(left - to_u64(body)?);
                self.hold(chunk.get(body..).unwrap_or_default())?;
                chunk.truncate(body);
            }
            BodyLeft::Unknown { most } => {
                self.exchange(chunk)?;
                let most = most.checked_sub(to_u64(chunk.len())?).ok_or(DecryptError)?;
                self.body_left = BodyLeft::Unknown { most };
            }
        }
        Ok(())
    }

    /// The tag, if the ciphertext ended where it had to.
    pub(super) fn tag(self) -> Result<[u8; LEN], DecryptError> {
        let body_ended = matches!(self.body_left, BodyLeft::Known(0) | BodyLeft::Unknown { .. });
        if body_ended && self.held_len == LEN { Ok(self.held) } else { Err(DecryptError) }
    }

    /// Adds bytes to those held; more than a tag is an error.
    fn hold(&mut self, bytes: &[u8]) -> Result<(), DecryptError> {
        let end = self.held_len + bytes.len();
        self.held.get_mut(self.held_len..end).ok_or(DecryptError)?.copy_from_slice(bytes);
        self.held_len = end;
        Ok(())
    }

    /// Of held bytes and chunk together, the last 16 are held and the others are the new chunk.
    fn exchange(&mut self, chunk: &mut Vec<u8>) -> Result<(), DecryptError> {
        let held = self.held;
        let held = held.get(..self.held_len).ok_or(DecryptError)?;
        let Some(keep_from) = chunk.len().checked_sub(LEN) else {
            let mut all = [held, chunk.as_slice()].concat();
            let tail = all.split_off(all.len().saturating_sub(LEN));
            self.held_len = 0;
            self.hold(&tail)?;
            chunk.clear();
            chunk.extend(all);
            return Ok(());
        };
        self.held_len = 0;
        self.hold(chunk.get(keep_from..).ok_or(DecryptError)?)?;
        chunk.copy_within(..keep_from, held.len());
        chunk.get_mut(..held.len()).ok_or(DecryptError)?.copy_from_slice(held);
        chunk.truncate(keep_from + held.len());
        Ok(())
    }
}

fn to_u64(len: usize) -> Result<u64, DecryptError> {
    u64::try_from(len).map_err(|_| DecryptError)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `total` bytes in chunks; gives what was released and the tag.
    fn feed(mut hold_back: HoldBack, total: usize, chunk: usize) -> Result<(Vec<u8>, [u8; LEN]), DecryptError> {
        let all: Vec<u8> = (0..total).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let mut body = Vec::new();
        for piece in all.chunks(chunk) {
            let mut piece = piece.to_vec();
            hold_back.release(&mut piece)?;
            body.extend(piece);
        }
        Ok((body, hold_back.tag()?))
    }

    #[test]
    fn the_last_sixteen_bytes_are_the_tag_in_any_chunking() {
        for total in 16..80 {
            let all: Vec<u8> = (0..total).map(|i| u8::try_from(i % 251).unwrap()).collect();
            let (body, tag) = all.split_at(total - 16);
            for chunk in 1..50 {
                let known = feed(HoldBack::known(body.len() as u64), total, chunk).unwrap();
                let unknown = feed(HoldBack::unknown(1 << 36), total, chunk).unwrap();
                assert_eq!((known.0.as_slice(), known.1.as_slice()), (body, tag), "{total} {chunk}");
                assert_eq!(known, unknown);
            }
        }
    }

    #[test]
    fn too_few_and_too_many_bytes_are_refused() {
        for chunk in [1, 7, 16, 40] {
            assert!(feed(HoldBack::unknown(100), 15, chunk).is_err());
            assert!(feed(HoldBack::unknown(10), 27, chunk).is_err());
            assert!(feed(HoldBack::known(20), 35, chunk).is_err());
            assert!(feed(HoldBack::known(20), 37, chunk).is_err());
        }
    }
}
