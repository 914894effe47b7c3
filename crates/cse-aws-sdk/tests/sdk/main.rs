//! Everything that needs a server: one binary, because the SDK takes its time to link.

mod conformance;
mod fields;
mod get;
mod kms;
mod others;
mod presigned;
mod put;
mod retries;
mod support;
mod transport;
mod upload;
