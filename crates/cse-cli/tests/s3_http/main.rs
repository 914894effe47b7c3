//! The cases of `s3` once more, with `--http`: S3 and KMS without the SDK.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

#[path = "../support/mod.rs"]
mod support;
#[path = "../s3/ways.rs"]
mod ways;
#[path = "../s3/world.rs"]
mod world;

/// Whether the verbs go without the SDK.
const HTTP: bool = true;

#[path = "../s3/copying.rs"]
mod copying;
#[path = "../s3/folders.rs"]
mod folders;
#[path = "../s3/getting.rs"]
mod getting;
#[path = "../s3/interrupted.rs"]
mod interrupted;
#[path = "../s3/keeping.rs"]
mod keeping;
#[path = "../s3/leftovers.rs"]
mod leftovers;
#[path = "../s3/listing.rs"]
mod listing;
#[path = "../s3/malformed.rs"]
mod malformed;
#[path = "../s3/messages.rs"]
mod messages;
#[path = "../s3/putting.rs"]
mod putting;
#[path = "../s3/removing.rs"]
mod removing;
#[path = "../s3/requests.rs"]
mod requests;
#[path = "../s3/rotating.rs"]
mod rotating;
#[path = "../s3/verifying.rs"]
mod verifying;
mod without_sdk;
