//! Links cse-envelope and cse-keys with every feature they have, and nothing else.
//!
//! This crate brings the panic handler and the allocator that `std` would bring. Where any crate in the tree links `std`, the
//! compiler refuses the second panic handler: error E0152, duplicate lang item. Nothing here is ever run.

#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::{
    alloc::{GlobalAlloc, Layout},
    panic::PanicInfo,
    ptr,
};

use cse_envelope::{EncryptionContext, Envelope, Plaintext, ReadPolicy, WriteFormat, open, parse, seal};
use cse_keys::{AesKeyring, ExpectedContext, Keyring, KeyringSet, KmsKeyring, LocalKms, RsaKeyring, now, system_rng};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

struct NoMemory;

// SAFETY: null is how an allocator says that it has no memory.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

/// A keyring of every kind.
pub fn keyring(aes_key: &[u8], rsa_key_pem: &str) -> Option<KeyringSet> {
    let kms = KmsKeyring::new(LocalKms::new(), "alias/any");
    let rsa = RsaKeyring::from_pem(rsa_key_pem).ok()?;
    Some(KeyringSet::new(AesKeyring::new(aes_key).ok()?).with(rsa).with(kms))
}

/// Reads an object: every step from its metadata to its plaintext.
pub fn read(
    metadata: &[(&str, &[u8])],
    instruction_file: &[u8],
    keyring: &dyn Keyring,
    ciphertext: Vec<u8>,
) -> Option<Plaintext> {
    let stored = parse(metadata.iter().copied()).ok()?.with_instruction_file(instruction_file).ok()?;
    let admitted = stored.admit(&ReadPolicy::default()).ok()?;
    let data_key = now(keyring.unwrap_data_key(&admitted, &ExpectedContext::default(), &mut system_rng())).ok()?;
    open(&admitted, data_key).ok()?.decrypt(ciphertext).ok()
}

/// Writes an object.
pub fn write(keyring: &dyn Keyring, plaintext: Vec<u8>) -> Option<(Envelope, Vec<u8>)> {
    let mut rng = system_rng();
    let generated = now(keyring.generate_data_key(WriteFormat::V3, &EncryptionContext::new(), &mut rng)).ok()?;
    let (envelope, encryptor) = seal(generated, None, &mut rng).ok()?;
    Some((envelope, encryptor.encrypt(plaintext).ok()?))
}
