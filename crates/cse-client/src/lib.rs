#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
pub mod error;
mod location;
mod metadata;
mod options;
pub mod transport;

pub use body::Body;
pub use error::{Error, ErrorKind};
pub use location::{INSTRUCTION_SUFFIX, ObjectLocation};
pub use metadata::Metadata;
pub use options::RequestOptions;
pub use transport::Transport;
