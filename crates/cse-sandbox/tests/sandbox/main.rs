//! The sandbox as clients see it: the SDK's own, and bare HTTP where the SDK would not send such a thing.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod checksums;
mod clients;
mod conditions;
mod copies;
mod keys;
mod kms;
mod lifetime;
mod listings;
mod metadata;
mod multipart;
mod objects;
mod ranges;
mod raw;
mod signatures;
mod versions;
