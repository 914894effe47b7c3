//! Clients of the AWS SDK on services that are real as far as a test can have them: the sandbox, and moto with signatures and permissions
//! checked.
//!
//! `-- --skip moto` leaves out what needs Python.
#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and have an operating system"
)]

mod conformance;
mod denied;
mod kms;
mod service;
mod vectors;
