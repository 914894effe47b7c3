//! Everything that needs a server: one binary, because the SDK takes its time to link.

#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "tests have std, and stop where something is not as it must be"
)]

mod conformance;
mod fields;
mod get;
mod kms;
mod others;
mod presigned;
mod put;
mod races;
mod retries;
mod support;
mod transport;
mod undo;
mod unsent;
mod upload;
