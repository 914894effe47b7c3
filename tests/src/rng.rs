//! A generator whose numbers are the same in every run.

use core::convert::Infallible;

use cse_envelope::AnyRng;
use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

/// A generator for this seed, as keyrings and `seal` take it.
#[must_use]
pub fn fixed(seed: &str) -> AnyRng<HashRng> {
    AnyRng(HashRng { seed: Sha256::digest(seed).into(), counter: 0, block: [0; 32], used: 32 })
}

/// A counter under SHA-256. Good for tests only: whoever knows the seed knows every number.
#[derive(Clone, Debug)]
pub struct HashRng {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl HashRng {
    fn next_byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            self.block = Sha256::digest([&self.seed[..], &self.counter.to_be_bytes()].concat()).into();
            self.counter += 1;
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}

impl TryRng for HashRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes([(); 4].map(|()| self.next_byte())))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes([(); 8].map(|()| self.next_byte())))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill_with(|| self.next_byte());
        Ok(())
    }
}

impl TryCryptoRng for HashRng {}
