//! Whatever is changed about an object, its reader gets a refusal or the unchanged plaintext, never other bytes.
//!
//! The one exception is CBC content, which nothing authenticates: whoever can write the object can change its plaintext. Those
//! cases are counted and printed, and their bytes never come out as verified.
#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and have an operating system"
)]

mod content;
mod fields;
mod instruction_files;
mod memo;
mod outcome;
mod secrets;
mod swaps;
mod values;
