//! Properties that hold for every input: against one-shot ciphers of others, slices of the plaintext, plain arithmetic.
//!
//! Inputs are new in every run; a failure prints the smallest one it finds. `PROPTEST_RNG_SEED` repeats a run.
#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and have an operating system"
)]

mod arithmetic;
mod cbc;
mod double_encoding;
mod gcm;
mod keyring_sets;
mod lengths;
mod randomness;
mod ranges;
mod rotation;
mod round_trip;
mod stored_text;
mod strategies;
