//! `Transport` over the caller's client.

mod list;
mod multipart;
mod object;

use std::time::Duration;

use bytes::Bytes;
use cse_client::transport::{
    AbortMultipartUpload, Answer, CompleteMultipartUpload, CopyObject, CreateMultipartUpload, DeleteObject,
    DeleteObjects, DeletedObject, GetObject, HeadObject, ListMultipartUploads, ListObjects, ObjectAttributes,
    ObjectList, ObjectResponse, PutObject, Transport, TransportError, UploadList, UploadPart, UploadPartCopy,
    UploadedPart, Written,
};
use reqwest::{Client, Method};

use crate::{
    endpoint::{Endpoint, InvalidEndpoint, Style, Target},
    headers::RequestHeaders,
    http::{Http, Payload, Request, RetryPolicy},
};

/// S3 through a [`reqwest::Client`]: AWS's, or any store that speaks its protocol.
///
/// Make the client with [`client_builder`](crate::client_builder), whose settings S3 needs. Requests are signed once
/// [`credentials`](Self::credentials) are given (feature `sigv4`), and anonymous before. Cheap to clone.
///
/// ```
/// use cse_keys::AesKeyring;
/// use cse_reqwest::ReqwestTransport;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let http = cse_reqwest::client_builder().build()?;
/// let store = ReqwestTransport::new(http, "us-east-1").endpoint("http://localhost:9000")?;
/// # #[cfg(feature = "sigv4")]
/// let store = store.credentials(cse_reqwest::Credentials::new("AKEXAMPLE", "SKEXAMPLE"));
/// let cse = cse_client::Client::new(store, AesKeyring::new(&[7; 32])?);
/// # let _ = cse;
/// # Ok(())
/// # }
/// ```
///
/// # Integrity
///
/// The signature of a request covers the SHA-256 of a body in memory, which S3 compares with what arrives. Streams are signed as
/// `UNSIGNED-PAYLOAD`: TLS and the exact length protect them on the way, and the encryption's tag from then on.
/// `Content-MD5` goes with `DeleteObjects`, with writes that set an Object Lock, and, if [asked for](Self::content_md5), with
/// every body in memory.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    pub(crate) http: Http,
    pub(crate) endpoint: Endpoint,
    content_md5: bool,
}

type Result<T> = std::result::Result<T, TransportError>;

impl ReqwestTransport {
    /// AWS's S3 in a region, with each bucket at a host of its own. The client stays as it is.
    #[must_use]
    pub fn new(client: Client, region: impl Into<String>) -> Self {
        Self { http: Http::new(client), endpoint: Endpoint::aws(region), content_md5: false }
    }

    /// Another store, at this URL, with the buckets in the path unless [`virtual_host_style`](Self::virtual_host_style) is asked for. The
    /// region goes into signatures.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint`] unless it is `http` or `https`, a host and perhaps a path.
    pub fn endpoint(self, url: &str) -> std::result::Result<Self, InvalidEndpoint> {
        Ok(Self { endpoint: self.endpoint.at(url)?, ..self })
    }

    /// Buckets in the path: `https://s3.eu-west-1.amazonaws.com/bucket/key`.
    #[must_use]
    pub fn path_style(self) -> Self {
        Self { endpoint: self.endpoint.with_style(Style::Path), ..self }
    }

    /// Buckets before the host: `https://bucket.store.example/key`. Names that are no part of a host go into the path all the same.
    #[must_use]
    pub fn virtual_host_style(self) -> Self {
        Self { endpoint: self.endpoint.with_style(Style::VirtualHost), ..self }
    }

    /// Signs all requests (SigV4).
    #[cfg(feature = "sigv4")]
    #[must_use]
    pub fn credentials(mut self, credentials: crate::Credentials) -> Self {
        self.http.signer = Some(crate::sign::Signer::new(credentials, "s3", &self.endpoint.region));
        self
    }

    /// How often a request is sent.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.http.retry = policy;
        self
    }

    /// How long a request or an answer may stand still: a minute unless set, and for ever if `None`. A body that moves may take any
    /// time. The time to connect is the client's: [`client_builder`](crate::client_builder).
    #[must_use]
    pub fn idle_timeout(mut self, idle_timeout: Option<Duration>) -> Self {
        self.http.idle_timeout = idle_timeout;
        self
    }

    /// Sends `Content-MD5` with every body in memory: buckets that lock new objects by default (Object Lock) want it.
    #[must_use]
    pub fn content_md5(self, content_md5: bool) -> Self {
        Self { content_md5, ..self }
    }

    fn request(&self, method: Method, target: Target, headers: RequestHeaders) -> Request {
        Request { headers: headers.into_map(), ..Request::new(method, target) }
    }

    /// A request with a body in memory.
    fn request_with(&self, method: Method, target: Target, headers: RequestHeaders, body: Bytes) -> Result<Request> {
        let headers = match self.content_md5 || headers.has_any("x-amz-object-lock-") {
            true => headers.set("content-md5", &object::md5(&body))?,
            false => headers,
        };
        Ok(Request { payload: Payload::Bytes(body), ..self.request(method, target, headers) })
    }
}

impl Transport for ReqwestTransport {
    fn get_object(&self, request: GetObject) -> Answer<'_, ObjectResponse> {
        Box::pin(object::get(self, request))
    }

    fn head_object(&self, request: HeadObject) -> Answer<'_, ObjectAttributes> {
        Box::pin(object::head(self, request))
    }

    fn put_object(&self, request: PutObject) -> Answer<'_, Written> {
        Box::pin(object::put(self, request))
    }

    fn copy_object(&self, request: CopyObject) -> Answer<'_, Written> {
        Box::pin(object::copy(self, request))
    }

    fn delete_object(&self, request: DeleteObject) -> Answer<'_, DeletedObject> {
        Box::pin(object::delete(self, request))
    }

    fn delete_objects(&self, request: DeleteObjects) -> Answer<'_, Vec<Result<DeletedObject>>> {
        Box::pin(object::delete_many(self, request))
    }

    fn list_objects(&self, request: ListObjects) -> Answer<'_, ObjectList> {
        Box::pin(list::objects(self, request))
    }

    fn create_multipart_upload(&self, request: CreateMultipartUpload) -> Answer<'_, String> {
        Box::pin(multipart::create(self, request))
    }

    fn upload_part(&self, request: UploadPart) -> Answer<'_, UploadedPart> {
        Box::pin(multipart::upload_part(self, request))
    }

    fn upload_part_copy(&self, request: UploadPartCopy) -> Answer<'_, UploadedPart> {
        Box::pin(multipart::copy_part(self, request))
    }

    fn complete_multipart_upload(&self, request: CompleteMultipartUpload) -> Answer<'_, Written> {
        Box::pin(multipart::complete(self, request))
    }

    fn abort_multipart_upload(&self, request: AbortMultipartUpload) -> Answer<'_, ()> {
        Box::pin(multipart::abort(self, request))
    }

    fn list_multipart_uploads(&self, request: ListMultipartUploads) -> Answer<'_, UploadList> {
        Box::pin(list::uploads(self, request))
    }

    /// Aborts the upload in the background, if a Tokio runtime is there; how that ends is not reported.
    #[cfg(not(target_arch = "wasm32"))]
    fn abandoned(&self, request: AbortMultipartUpload) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let transport = self.clone();
            runtime.spawn(async move { multipart::abort(&transport, request).await });
        }
    }
}
