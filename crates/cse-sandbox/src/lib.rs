#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod credentials;
mod kms;
mod s3;
mod sandbox;
mod server;
mod store;

pub use sandbox::{Sandbox, SandboxBuilder, SandboxError};
