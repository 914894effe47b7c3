//! `Transport` over the caller's client.

mod body;
mod error;
mod list;
mod multipart;
mod object;

use std::sync::Arc;

use aws_sdk_s3::Client;
use cse_client::transport::{
    AbortMultipartUpload, Answer, CompleteMultipartUpload, CopyObject, CreateMultipartUpload, DeleteObject,
    DeleteObjects, DeletedObject, GetObject, HeadObject, ListMultipartUploads, ListObjects, ObjectAttributes,
    ObjectList, ObjectResponse, PutObject, Transport, TransportError, UploadList, UploadPart, UploadPartCopy,
    UploadedPart, Written,
};

pub(crate) use self::{
    body::{from_caller, from_http, from_sdk, into_sdk},
    error::{summary, transport_error},
    multipart::UploadFields,
    object::metadata,
};

/// S3 through an [`aws_sdk_s3::Client`]: its credentials, endpoint, retries, checksums and signing.
///
/// For [`cse_client::Client`]; [`Client`](crate::Client) has the SDK's own types.
///
/// # Example
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let s3 = aws_sdk_s3::Client::from_conf(
/// #     aws_sdk_s3::Config::builder().behavior_version(aws_sdk_s3::config::BehaviorVersion::latest()).build(),
/// # );
/// use cse_aws_sdk::SdkTransport;
/// use cse_keys::AesKeyring;
///
/// let cse = cse_client::Client::new(SdkTransport::new(&s3), AesKeyring::new(&[7; 32])?);
/// # let _ = cse;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SdkTransport {
    s3: Client,
    upload: Arc<UploadFields>,
}

impl SdkTransport {
    /// Uses this client, which stays as it is.
    #[must_use]
    pub fn new(s3: &Client) -> Self {
        Self { s3: s3.clone(), upload: Arc::default() }
    }

    /// The same for one upload.
    pub(crate) fn for_upload(self, upload: Arc<UploadFields>) -> Self {
        Self { upload, ..self }
    }
}

impl Transport for SdkTransport {
    fn get_object(&self, request: GetObject) -> Answer<'_, ObjectResponse> {
        Box::pin(object::get(&self.s3, request))
    }

    fn head_object(&self, request: HeadObject) -> Answer<'_, ObjectAttributes> {
        Box::pin(object::head(&self.s3, request))
    }

    fn put_object(&self, request: PutObject) -> Answer<'_, Written> {
        Box::pin(object::put(&self.s3, request))
    }

    fn copy_object(&self, request: CopyObject) -> Answer<'_, Written> {
        Box::pin(object::copy(&self.s3, request))
    }

    fn delete_object(&self, request: DeleteObject) -> Answer<'_, DeletedObject> {
        Box::pin(object::delete(&self.s3, request))
    }

    fn delete_objects(&self, request: DeleteObjects) -> Answer<'_, Vec<Result<DeletedObject, TransportError>>> {
        Box::pin(object::delete_many(&self.s3, request))
    }

    fn list_objects(&self, request: ListObjects) -> Answer<'_, ObjectList> {
        Box::pin(list::objects(&self.s3, request))
    }

    fn create_multipart_upload(&self, request: CreateMultipartUpload) -> Answer<'_, String> {
        Box::pin(multipart::create(&self.s3, request))
    }

    fn upload_part(&self, request: UploadPart) -> Answer<'_, UploadedPart> {
        Box::pin(multipart::upload_part(&self.s3, &self.upload, request))
    }

    fn upload_part_copy(&self, request: UploadPartCopy) -> Answer<'_, UploadedPart> {
        Box::pin(multipart::copy_part(&self.s3, request))
    }

    fn complete_multipart_upload(&self, request: CompleteMultipartUpload) -> Answer<'_, Written> {
        Box::pin(multipart::complete(&self.s3, &self.upload, request))
    }

    fn abort_multipart_upload(&self, request: AbortMultipartUpload) -> Answer<'_, ()> {
        Box::pin(multipart::abort(&self.s3, request))
    }

    fn list_multipart_uploads(&self, request: ListMultipartUploads) -> Answer<'_, UploadList> {
        Box::pin(list::uploads(&self.s3, request))
    }

    /// Aborts the upload in the background, if a Tokio runtime is there; how that ends is not reported.
    fn abandoned(&self, request: AbortMultipartUpload) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let s3 = self.s3.clone();
            runtime.spawn(async move { multipart::abort(&s3, request).await });
        }
    }
}
