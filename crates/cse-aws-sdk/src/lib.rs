#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "this crate has std")]

mod builder;
mod client;
pub mod danger;
mod encode;
mod error;
mod extension;
mod fields;
mod hook;
mod kms;
pub mod operations;
mod transport;
mod unsent;
mod wire;

pub use client::Client;
pub use error::Error;
pub use extension::{DecryptExt, EncryptExt};
pub use kms::Kms;
pub use operations::{EncryptedUpload, PresignedPut};
pub use transport::SdkTransport;
