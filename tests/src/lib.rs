//! What the proof tests share: the vectors of real clients, keys for them, a fixed random number generator, and a small store.
#![allow(
    clippy::missing_panics_doc,
    clippy::std_instead_of_alloc,
    clippy::unwrap_in_result,
    reason = "tests fail by panicking, and have an operating system"
)]

pub mod case;
pub mod chunking;
pub mod header_bytes;
pub mod keys;
pub mod known_key;
pub mod moto;
pub mod policy;
pub mod rclone;
pub mod read;
pub mod replay_kms;
pub mod rng;
pub mod store;

/// The examples of the repository's own documents, which belong to no crate: compiled and run as tests.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/architecture.md")]
    mod architecture {}
    #[doc = include_str!("../../docs/contributing.md")]
    mod contributing {}
    #[doc = include_str!("../../docs/formats.md")]
    mod formats {}
    #[doc = include_str!("../../docs/security.md")]
    mod security {}
}
