//! The operations and `transfer` over [`MemoryTransport`](cse_client::MemoryTransport), with and without faults.
#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and have an operating system"
)]

mod altered;
mod support;

mod causes;
mod copy;
mod delete_and_list;
#[cfg(feature = "fs")]
mod download;
#[cfg(feature = "fs")]
mod faults;
#[cfg(feature = "fs")]
mod files;
mod instruction_files;
#[cfg(feature = "fs")]
mod parts;
mod pinned;
mod range;
mod read_modes;
mod refusals;
mod rewrap;
mod round_trips;
mod upload;
