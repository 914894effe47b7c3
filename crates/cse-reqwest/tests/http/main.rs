//! The adapter on the sandbox, and on servers that answer from a script.
#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and have an operating system"
)]

mod answers;
mod conformance;
mod credentials;
mod elsewhere;
mod kms;
mod large;
mod limits;
mod presigned;
mod requests;
mod retries;
mod secrets;
mod services;
mod signing;
mod support;
