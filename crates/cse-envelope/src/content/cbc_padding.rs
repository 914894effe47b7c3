//! PKCS#7 padding of the last CBC block (RFC 5652, section 6.3).

#[cfg(feature = "legacy")]
use alloc::vec::Vec;

use subtle::{Choice, ConstantTimeEq, ConstantTimeLess};

use crate::error::DecryptError;

/// Fills up the last block; a full block is added to what ends with one.
#[cfg(feature = "legacy")]
pub(super) fn pad(mut partial: Vec<u8>) -> Vec<u8> {
    let padded = partial.len() - partial.len() % 16 + 16;
    let byte = u8::try_from(padded - partial.len()).unwrap_or(16);
    partial.resize(padded, byte);
    partial
}

/// How many bytes of the last block are plaintext. Where a wrong padding goes wrong does not show in the time taken.
pub(super) fn unpad(block: &[u8; 16]) -> Result<usize, DecryptError> {
    let [.., count] = *block;
    let mut good = count.ct_ne(&0) & count.ct_lt(&17);
    for (distance, byte) in (1_u8..).zip(block.iter().rev()) {
        let is_padding = !count.ct_lt(&distance);
        good &= !is_padding | byte.ct_eq(&count);
    }
    if Choice::into(good) { Ok(16 - usize::from(count)) } else { Err(DecryptError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "legacy")]
    #[test]
    fn padding_reads_back_for_every_length() {
        for len in 0..16 {
            let padded = pad(alloc::vec![0xaa; len]);
            assert_eq!(padded.len(), 16);
            assert_eq!(unpad(&padded.try_into().unwrap()), Ok(len));
        }
    }

    #[test]
    fn every_other_block_is_refused() {
        for count in (0..=255_u8).filter(|count| !(1..=16).contains(count)) {
            assert!(unpad(&[count; 16]).is_err(), "{count}");
        }
        for count in 2..=16_u8 {
            for wrong in 2..=count {
                let mut block = [count; 16];
                block[16 - usize::from(wrong)] ^= 1;
                assert!(unpad(&block).is_err(), "{count} {wrong}");
            }
        }
    }
}
