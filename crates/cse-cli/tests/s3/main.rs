//! The verbs that work on objects in S3, run against an S3 and a KMS on this machine.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

#[path = "../support/mod.rs"]
mod support;
mod ways;
mod world;

/// Whether the verbs go without the SDK: the same cases run with it (`s3`) and without (`s3_http`).
const HTTP: bool = false;

mod copying;
mod folders;
mod getting;
mod interrupted;
mod keeping;
mod leftovers;
mod listing;
mod malformed;
mod messages;
mod putting;
mod removing;
mod requests;
mod rotating;
mod sandbox;
mod verifying;
