//! The operations, one a file. Each asks the keyring, calls the envelope, and calls the transport; none retries.

mod copy;
mod delete;
mod delete_many;
mod get;
mod head;
mod list;
pub(crate) mod prepare_put;
mod put;
mod range;
pub(crate) mod read;
mod rewrap;
#[cfg(feature = "fs")]
pub(crate) mod spooled;
mod stream;
mod twice;
mod upload;
mod uploads;

#[cfg(feature = "fs")]
pub(crate) use self::get::Accept;
pub use self::{
    copy::{Copy, PreparedCopy},
    delete::Delete,
    delete_many::{DeleteMany, DeletedMany},
    get::{Get, GetAny},
    head::{Head, HeadObject},
    list::{List, ListedSizes},
    prepare_put::PreparePut,
    put::Put,
    range::GetRange,
    rewrap::Rewrap,
    stream::GetStream,
    upload::{StartUpload, Upload},
    uploads::Uploads,
};
