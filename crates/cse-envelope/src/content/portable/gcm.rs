//! Streaming AES-256-GCM (SP 800-38D) from counter mode and GHASH.
//!
//! Both AES and GHASH are fast only on many blocks at once. Chunks smaller than [`TILE`] therefore share one tile: its key stream
//! is made ahead, its ciphertext hashed behind, and chunks of single bytes stay usable.

use alloc::boxed::Box;

use aes::{
    Aes256,
    cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher},
};
use ghash::{GHash, universal_hash::UniversalHash};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::{
    content::engine::{GcmDecrypt, GcmEncrypt, KeyStream},
    error::DecryptError,
    suite::AlgorithmSuite,
};

/// Bytes that share key stream and hash: one run of the widest AES code there is (64 blocks).
const TILE: usize = 1024;
/// Bytes encrypted and hashed in one go, so that the second pass finds them in the first-level cache.
const RUN: usize = 4 * TILE;

type Ctr = ctr::Ctr32BE<Aes256>;

/// The counter mode inside GCM, starting at a block of the plaintext.
pub(super) fn keystream(key: &[u8; 32], iv: &[u8; 12], block: u32) -> Ctr {
    // Counter 1 masks the tag; the plaintext starts at 2.
    Ctr::new(key.into(), &counter_block(iv, block.wrapping_add(2)).into())
}

impl KeyStream for Ctr {
    fn apply(&mut self, data: &mut [u8]) {
        self.apply_keystream(data);
    }
}

fn counter_block(iv: &[u8; 12], counter: u32) -> [u8; 16] {
    let [a, b, c, d] = counter.to_be_bytes();
    let [i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11] = *iv;
    [i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, a, b, c, d]
}

/// Encryption: the ciphertext is hashed after the key stream is added.
pub(super) struct Encrypt(Gcm);
/// Decryption: the ciphertext is hashed before the key stream is added.
pub(super) struct Decrypt(Gcm);

impl Encrypt {
    pub(super) fn new(key: &[u8; 32], iv: &[u8; 12], aad: &[u8]) -> Self {
        Self(Gcm::new(key, iv, aad))
    }
}

impl Decrypt {
    pub(super) fn new(key: &[u8; 32], iv: &[u8; 12], aad: &[u8]) -> Self {
        Self(Gcm::new(key, iv, aad))
    }
}

impl GcmEncrypt for Encrypt {
    fn update(&mut self, data: &mut [u8]) {
        self.0.update::<true>(data);
    }

    fn finish(mut self: Box<Self>) -> [u8; 16] {
        self.0.tag()
    }
}

impl GcmDecrypt for Decrypt {
    fn update(&mut self, data: &mut [u8]) {
        self.0.update::<false>(data);
    }

    fn verify(mut self: Box<Self>, tag: &[u8; 16]) -> Result<(), DecryptError> {
        if self.0.tag().ct_eq(tag).into() { Ok(()) } else { Err(DecryptError) }
    }
}

struct Gcm {
    ctr: Ctr,
    ghash: GHash,
    tag_mask: [u8; 16],
    aad_len: u64,
    data_len: u64,
    /// Key stream of the tile that small chunks share; valid from `tile_pos` on.
    tile_keystream: [u8; TILE],
    /// Ciphertext of that tile, not hashed yet; valid up to `tile_pos`.
    tile_ciphertext: [u8; TILE],
    tile_pos: usize,
}

impl Gcm {
    fn new(key: &[u8; 32], iv: &[u8; 12], aad: &[u8]) -> Self {
        let aes = Aes256::new(key.into());
        let mut hash_key = [0; 16].into();
        aes.encrypt_block(&mut hash_key);
        let mut tag_mask = counter_block(iv, 1).into();
        aes.encrypt_block(&mut tag_mask);
        let mut ghash = GHash::new(&hash_key);
        ghash.update_padded(aad);
        hash_key.zeroize();
        Self {
            ctr: keystream(key, iv, 0),
            ghash,
            tag_mask: tag_mask.into(),
            aad_len: len(aad),
            data_len: 0,
            tile_keystream: [0; TILE],
            tile_ciphertext: [0; TILE],
            tile_pos: 0,
        }
    }

    fn update<const ENCRYPT: bool>(&mut self, data: &mut [u8]) {
        let free = TILE - self.tile_pos;
        if free < TILE && data.len() <= free {
            return self.share_tile::<ENCRYPT>(data);
        }
        let open = free % TILE;
        let (head, rest) = data.split_at_mut(open);
        if !head.is_empty() {
            self.share_tile::<ENCRYPT>(head);
        }
        let (tiles, tail) = rest.split_at_mut(rest.len() - rest.len() % TILE);
        for run in tiles.chunks_mut(RUN) {
            self.whole_blocks::<ENCRYPT>(run);
        }
        if !tail.is_empty() {
            self.share_tile::<ENCRYPT>(tail);
        }
    }

    fn whole_blocks<const ENCRYPT: bool>(&mut self, run: &mut [u8]) {
        if !ENCRYPT {
            self.ghash.update(ghash::Block::slice_as_chunks(run).0);
        }
        self.ctr.apply_keystream(run);
        if ENCRYPT {
            self.ghash.update(ghash::Block::slice_as_chunks(run).0);
        }
        self.data_len += len(run);
    }

    /// Takes at most what is left of the shared tile.
    fn share_tile<const ENCRYPT: bool>(&mut self, data: &mut [u8]) {
        if self.tile_pos == 0 {
            self.fill_tile();
        }
        let (_, keystream) = self.tile_keystream.split_at(self.tile_pos);
        let (_, ciphertext) = self.tile_ciphertext.split_at_mut(self.tile_pos);
        for ((byte, key), kept) in data.iter_mut().zip(keystream).zip(ciphertext) {
            let out = *byte ^ key;
            *kept = if ENCRYPT { out } else { *byte };
            *byte = out;
        }
        self.data_len += len(data);
        self.tile_pos += data.len();
        if self.tile_pos == TILE {
            self.ghash.update(ghash::Block::slice_as_chunks(&self.tile_ciphertext).0);
            self.tile_pos = 0;
        }
    }

    /// Makes the shared tile's key stream. The last tile of the longest plaintext has two blocks less, or the counter would wrap.
    fn fill_tile(&mut self) {
        let left = AlgorithmSuite::Gcm.max_plaintext_len().saturating_sub(self.data_len);
        let fill = usize::try_from(left).map_or(TILE, |left| left.min(TILE));
        self.tile_keystream.fill(0);
        self.ctr.apply_keystream(self.tile_keystream.split_at_mut(fill).0);
    }

    fn tag(&mut self) -> [u8; 16] {
        let (open, _) = self.tile_ciphertext.split_at(self.tile_pos);
        self.ghash.update_padded(open);
        let mut lengths = [0; 16];
        let (aad_bits, data_bits) = lengths.split_at_mut(8);
        aad_bits.copy_from_slice(&(self.aad_len * 8).to_be_bytes());
        data_bits.copy_from_slice(&(self.data_len * 8).to_be_bytes());
        self.ghash.update(&[lengths.into()]);
        let mut tag: [u8; 16] = self.ghash.clone().finalize().into();
        tag.iter_mut().zip(self.tag_mask).for_each(|(byte, mask)| *byte ^= mask);
        tag
    }
}

/// Key stream and tag mask would open the next chunk; AES and GHASH wipe their own state.
impl Drop for Gcm {
    fn drop(&mut self) {
        self.tile_keystream.zeroize();
        self.tag_mask.zeroize();
    }
}

/// A slice's length as the number GCM counts in; no target has slices beyond it.
const fn len(data: &[u8]) -> u64 {
    data.len() as u64
}

#[cfg(test)]
mod tests {
    use aes::cipher::StreamCipherSeek;

    use super::*;

    /// The last bytes of the longest plaintext there is: the key stream made ahead must stop where the counter does.
    #[test]
    fn the_longest_plaintext_ends_without_wrapping_the_counter() {
        const END: u64 = (1 << 36) - 32;
        let (key, iv) = ([7; 32], [9; 12]);
        for before_end in [1, 15, 16, 17, 991, 992] {
            let mut gcm = Gcm::new(&key, &iv, b"");
            let tile_start = END - 992;
            gcm.ctr.seek(tile_start);
            gcm.data_len = tile_start;
            let mut head = alloc::vec![0; 992 - before_end];
            let mut tail = alloc::vec![0; before_end];
            gcm.update::<true>(&mut head);
            gcm.update::<true>(&mut tail);
            let mut expected = alloc::vec![0; 992];
            keystream(&key, &iv, u32::try_from(tile_start / 16).unwrap()).apply(&mut expected);
            assert_eq!([head, tail].concat(), expected, "{before_end}");
            assert_eq!(gcm.data_len, END);
        }
    }
}
