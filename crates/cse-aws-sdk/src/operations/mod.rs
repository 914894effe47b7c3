//! The operations, one a file: builders around the SDK's.

mod copy_object;
mod delete_object;
mod delete_objects;
mod get_object;
mod guard;
mod head_object;
mod list_objects_v2;
mod output;
mod placed;
mod presigned;
mod put_object;
mod replay;
mod unverified;
mod upload;

pub use self::{
    copy_object::CopyObject,
    delete_object::DeleteObject,
    delete_objects::DeleteObjects,
    get_object::GetObject,
    head_object::HeadObject,
    list_objects_v2::ListObjectsV2,
    presigned::PresignedPut,
    put_object::PutObject,
    unverified::{GetObjectAny, GetObjectRange, GetObjectStream, ReadOutput},
    upload::{CreateMultipartUpload, EncryptedUpload},
};
