#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod aes;
mod error;
mod future;
mod keyring;
mod kms;
mod kms_api;
mod local_kms;
#[cfg(feature = "getrandom")]
mod random;
mod raw;
#[cfg(feature = "rsa")]
mod rsa;
mod set;

pub use aes::AesKeyring;
pub use error::{KeyError, KeyringError, KmsError, KmsErrorKind};
pub use future::{BoxFuture, now};
pub use keyring::{ExpectedContext, Fit, Keyring};
pub use kms::KmsKeyring;
pub use kms_api::{DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsDataKey};
pub use local_kms::LocalKms;
#[cfg(feature = "getrandom")]
pub use random::system_rng;
#[cfg(feature = "rsa")]
pub use rsa::RsaKeyring;
pub use set::KeyringSet;
