//! AES-CBC (SP 800-38A) over whole blocks; padding is the caller's.

use alloc::boxed::Box;

use aes::{
    Aes128, Aes192, Aes256, Block,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit},
};

use crate::content::engine::BlockStream;

/// Encryption under a key of 16, 24 or 32 bytes; `None` for another length.
pub(super) fn encryptor(key: &[u8], iv: &[u8; 16]) -> Option<Box<dyn BlockStream>> {
    Some(match key.len() {
        16 => Box::new(Encrypt(cbc::Encryptor::<Aes128>::new_from_slices(key, iv).ok()?)),
        24 => Box::new(Encrypt(cbc::Encryptor::<Aes192>::new_from_slices(key, iv).ok()?)),
        32 => Box::new(Encrypt(cbc::Encryptor::<Aes256>::new_from_slices(key, iv).ok()?)),
        _ => return None,
    })
}

/// Decryption under a key of 16, 24 or 32 bytes; `None` for another length.
pub(super) fn decryptor(key: &[u8], iv: &[u8; 16]) -> Option<Box<dyn BlockStream>> {
    Some(match key.len() {
        16 => Box::new(Decrypt(cbc::Decryptor::<Aes128>::new_from_slices(key, iv).ok()?)),
        24 => Box::new(Decrypt(cbc::Decryptor::<Aes192>::new_from_slices(key, iv).ok()?)),
        32 => Box::new(Decrypt(cbc::Decryptor::<Aes256>::new_from_slices(key, iv).ok()?)),
        _ => return None,
    })
}

struct Encrypt<M>(M);
struct Decrypt<M>(M);

impl<M: BlockModeEncrypt<BlockSize = aes::cipher::consts::U16> + Send + Sync> BlockStream for Encrypt<M> {
    fn update(&mut self, blocks: &mut [u8]) {
        self.0.encrypt_blocks(Block::slice_as_chunks_mut(blocks).0);
    }
}

impl<M: BlockModeDecrypt<BlockSize = aes::cipher::consts::U16> + Send + Sync> BlockStream for Decrypt<M> {
    fn update(&mut self, blocks: &mut [u8]) {
        self.0.decrypt_blocks(Block::slice_as_chunks_mut(blocks).0);
    }
}
