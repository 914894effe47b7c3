//! Objects that real clients wrote open here, whole and in ranges, and under no wider policy than they need.
#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and have an operating system"
)]

mod opening_keys;
mod policies;
mod ranges;
mod whole;
