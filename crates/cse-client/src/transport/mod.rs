//! The joint for ways to S3: what this crate asks of an adapter.

mod error;
mod multipart;
mod request;
mod response;

use std::{fmt::Debug, sync::Arc};

use cse_keys::BoxFuture;

pub use self::{
    error::{TransportError, TransportErrorKind},
    multipart::{
        AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CreateMultipartUpload, ListMultipartUploads,
        UploadPart, UploadPartCopy,
    },
    request::{CopyObject, DeleteObject, DeleteObjects, GetObject, HeadObject, ListObjects, PutObject},
    response::{
        DeletedObject, ListedObject, ListedUpload, ObjectAttributes, ObjectList, ObjectResponse, UploadList,
        UploadedPart, Written,
    },
};

/// What an answer of a transport is.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, TransportError>>;

/// S3, as this crate needs it: requests that know nothing of encryption.
///
/// An adapter makes each request once as far as this crate is concerned, and owns its retries: whatever it gets in memory it may
/// send again, a stream it may not. It signs, adds checksums of the stored bytes, and keeps the caller's
/// [headers](crate::RequestOptions::headers). The suite in `conformance` (feature of that name) says what it must do.
///
/// Boxed futures, so that a program chooses its transport when it runs; one box a request is nothing beside the request.
pub trait Transport: Debug + Send + Sync + 'static {
    /// `GetObject`. The body is the answer's, as it comes; it ends with an error if the connection does.
    fn get_object(&self, request: GetObject) -> Answer<'_, ObjectResponse>;

    /// `HeadObject`.
    fn head_object(&self, request: HeadObject) -> Answer<'_, ObjectAttributes>;

    /// `PutObject`. The body's length is known.
    fn put_object(&self, request: PutObject) -> Answer<'_, Written>;

    /// `CopyObject`.
    fn copy_object(&self, request: CopyObject) -> Answer<'_, Written>;

    /// `DeleteObject`.
    fn delete_object(&self, request: DeleteObject) -> Answer<'_, DeletedObject>;

    /// `DeleteObjects`, at most 1,000. The outer error is the request's, the inner ones those of single objects; one answer for each
    /// object, in their order.
    fn delete_objects(&self, request: DeleteObjects) -> Answer<'_, Vec<Result<DeletedObject, TransportError>>>;

    /// `ListObjectsV2`, one page.
    fn list_objects(&self, request: ListObjects) -> Answer<'_, ObjectList>;

    /// `CreateMultipartUpload`: the upload's id.
    fn create_multipart_upload(&self, request: CreateMultipartUpload) -> Answer<'_, String>;

    /// `UploadPart`.
    fn upload_part(&self, request: UploadPart) -> Answer<'_, UploadedPart>;

    /// `UploadPartCopy`.
    fn upload_part_copy(&self, request: UploadPartCopy) -> Answer<'_, UploadedPart>;

    /// `CompleteMultipartUpload`. S3 may answer 200 and an error in the body: that is an error.
    fn complete_multipart_upload(&self, request: CompleteMultipartUpload) -> Answer<'_, Written>;

    /// `AbortMultipartUpload`. An upload that is gone already is no error.
    fn abort_multipart_upload(&self, request: AbortMultipartUpload) -> Answer<'_, ()>;

    /// `ListMultipartUploads`, one page.
    fn list_multipart_uploads(&self, request: ListMultipartUploads) -> Answer<'_, UploadList>;

    /// An upload was dropped without an end. An adapter with a runtime aborts it in the background; by default nothing happens, and
    /// the parts stay until somebody aborts the upload.
    fn abandoned(&self, request: AbortMultipartUpload) {
        drop(request);
    }
}

macro_rules! forward {
    ($($method:ident: $request:ty => $answer:ty;)*) => {
        /// A shared transport is one.
        impl<T: Transport + ?Sized> Transport for Arc<T> {
            $(fn $method(&self, request: $request) -> Answer<'_, $answer> {
                (**self).$method(request)
            })*

            fn abandoned(&self, request: AbortMultipartUpload) {
                (**self).abandoned(request);
            }
        }
    };
}

forward! {
    get_object: GetObject => ObjectResponse;
    head_object: HeadObject => ObjectAttributes;
    put_object: PutObject => Written;
    copy_object: CopyObject => Written;
    delete_object: DeleteObject => DeletedObject;
    delete_objects: DeleteObjects => Vec<Result<DeletedObject, TransportError>>;
    list_objects: ListObjects => ObjectList;
    create_multipart_upload: CreateMultipartUpload => String;
    upload_part: UploadPart => UploadedPart;
    upload_part_copy: UploadPartCopy => UploadedPart;
    complete_multipart_upload: CompleteMultipartUpload => Written;
    abort_multipart_upload: AbortMultipartUpload => ();
    list_multipart_uploads: ListMultipartUploads => UploadList;
}
