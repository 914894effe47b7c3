#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod encode;
mod kms;
mod operation;
mod transport;

pub use kms::Kms;
pub use transport::SdkTransport;
