#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod content;
mod context;
pub mod danger;
mod data_key;
mod envelope;
pub mod error;
mod format;
mod nonce;
mod policy;
mod range;
mod rng;
mod suite;
mod unauthenticated;
mod wrap;

pub use content::{
    CbcDecryptor, ContentKey, Decryptor, Encryptor, GcmDecryptor, GeneratedDataKey, Plaintext, RangeDecryptor,
    RangeEnd, open, seal,
};
#[doc(hidden)]
pub use content::{PORTABLE, engine, open_with_engine, seal_with_engine};
pub use context::{EncryptionContext, MaterialDescription};
pub use data_key::DataKey;
pub use envelope::{Admitted, Envelope, KeyContext, KeyPart, KeyPlacement, MetadataKey, Stored, StoredForm, parse};
pub use format::{FormatVersion, WriteFormat};
pub use policy::{CommitmentPolicy, ReadPolicy, Switch};
pub use range::{ByteRange, ContentRange};
pub use rng::{AnyRng, Rng, RngError, draw};
pub use suite::AlgorithmSuite;
pub use unauthenticated::Unauthenticated;
pub use wrap::{AesWrap, KmsWrap, RsaWrap, WrapAlgorithm};
