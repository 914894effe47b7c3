//! What an operation is going to do, worked out without I/O: the async operations around it are thin.

mod metadata;
mod parts;
mod put;
mod read;
mod transfer;

pub use self::put::PutPlan;
#[cfg(feature = "fs")]
pub(crate) use self::transfer::ranges;
pub(crate) use self::{
    metadata::{check_key, check_len, check_user_metadata, envelope_entries},
    parts::{EncryptedPart, PartEncryptor},
    put::InstructionFile,
    read::{check_served, check_whole, plaintext_attributes},
    transfer::upload_part_len,
};
