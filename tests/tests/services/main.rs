//! Both adapters, the AWS SDK's and reqwest's, on services that are real as far as a test can have them: the sandbox, moto with
//! signatures and permissions checked, and rclone.
//!
//! `-- --skip moto --skip rclone` leaves out what needs Python.
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
mod rclone;
mod service;
mod vectors;
