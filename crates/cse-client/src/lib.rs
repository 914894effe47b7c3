#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "this crate has std")]

pub mod adapter;
mod body;
mod client;
mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
mod crypt;
pub mod danger;
pub mod error;
mod instruction;
mod location;
pub mod memory;
mod metadata;
mod object;
pub mod operations;
mod options;
mod plan;
pub mod transfer;
pub mod transport;

pub use body::Body;
pub use client::Client;
pub use config::{Config, DEFAULT_MEMORY_LIMIT, DEFAULT_MULTIPART_THRESHOLD, ReadMode};
pub use error::{Error, ErrorKind};
pub use location::{INSTRUCTION_SUFFIX, ObjectLocation};
pub use memory::MemoryTransport;
pub use metadata::Metadata;
pub use object::{Content, Object};
pub use operations::{ListedSizes, Upload};
pub use options::RequestOptions;
pub use plan::PutPlan;
pub use transport::Transport;
