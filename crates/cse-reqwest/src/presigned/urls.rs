//! Reading objects whose URLs are known.

use std::time::Duration;

use cse_client::transport::{
    AbortMultipartUpload, Answer, CompleteMultipartUpload, CopyObject, CreateMultipartUpload, DeleteObject,
    DeleteObjects, DeletedObject, GetObject, HeadObject, ListMultipartUploads, ListObjects, ObjectAttributes,
    ObjectList, ObjectResponse, PutObject, Transport, TransportError, TransportErrorKind, UploadList, UploadPart,
    UploadPartCopy, UploadedPart, Written,
};
use reqwest::{Client, Method, Url};

use crate::{
    endpoint::{InvalidEndpoint, Target, web_url},
    headers::RequestHeaders,
    http::{Http, Request, RetryPolicy, object_answer},
};

/// Reads objects through presigned or public URLs, without credentials. It writes nothing: see [`PreparedPut`](super::PreparedPut).
///
/// Each URL has a key that stands for it; buckets do not matter, and a version that is named must be the one the URL leads to. An object whose data key is in an instruction file needs a second
/// URL, at the key with `.instruction` appended. Cheap to clone.
///
/// ```no_run
/// use cse_keys::AesKeyring;
/// use cse_reqwest::UrlTransport;
///
/// # async fn read(object: &str, instruction_file: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let urls = UrlTransport::new(cse_reqwest::client_builder().build()?)
///     .url("report.pdf", object)?
///     .url("report.pdf.instruction", instruction_file)?;
/// let cse = cse_client::Client::new(urls, AesKeyring::new(&[7; 32])?);
/// let object = cse.get("", "report.pdf").send().await?;
/// # let _ = object;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct UrlTransport {
    http: Http,
    urls: Vec<(String, KnownUrl)>,
}

/// `Debug` shows no query: a signature is in it.
#[derive(Clone)]
struct KnownUrl(Url);

impl std::fmt::Debug for KnownUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.origin().ascii_serialization().as_str())?;
        f.write_str(self.0.path())
    }
}

type Result<T> = std::result::Result<T, TransportError>;

impl UrlTransport {
    /// Knows no URL yet. Make the client with [`client_builder`](crate::client_builder).
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { http: Http::new(client), urls: Vec::new() }
    }

    /// The URL of a key; a URL that the key had is replaced.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint`] unless it is an `http` or `https` URL without user name and password.
    pub fn url(mut self, key: impl Into<String>, url: &str) -> std::result::Result<Self, InvalidEndpoint> {
        let key = key.into();
        let mut parsed = web_url(url)?;
        // It is not sent, and answers do not have it.
        parsed.set_fragment(None);
        self.urls.retain(|(other, _)| *other != key);
        self.urls.push((key, KnownUrl(parsed)));
        Ok(self)
    }

    /// How often a request is sent.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.http.retry = policy;
        self
    }

    /// How long a request or an answer may stand still: a minute unless set, and for ever if `None`.
    #[must_use]
    pub fn idle_timeout(mut self, idle_timeout: Option<Duration>) -> Self {
        self.http.idle_timeout = idle_timeout;
        self
    }

    async fn get(&self, request: GetObject) -> Result<ObjectResponse> {
        let key = &request.location.key;
        let known = self.urls.iter().find(|(other, _)| other == key).map(|(_, url)| url.0.clone());
        let Some(url) = known else {
            let error = TransportError::new(TransportErrorKind::NotFound);
            return Err(error.with_message(format!("no URL is known for {key:?}: add one with UrlTransport::url")));
        };
        let range = request.range.map(|range| range.to_string());
        let headers = RequestHeaders::new(&request.options)?
            .maybe("range", range.as_deref())?
            .maybe("if-match", request.if_match.as_deref())?
            .maybe("if-none-match", request.if_none_match.as_deref())?;
        let target = Target { canonical: url.to_string(), url };
        let sent = Request { headers: headers.into_map(), ..Request::new(Method::GET, target) };
        let response = object_answer(self.http.send(sent).await?, self.http.idle_timeout)?;
        check_version(request.location.version_id.as_deref(), response.attributes.version_id.as_deref())?;
        Ok(response)
    }

    /// A URL is signed for one method, so this is a GET whose body is left alone.
    async fn head(&self, request: HeadObject) -> Result<ObjectAttributes> {
        let mut get = GetObject::new(request.location).with_options(request.options);
        get.if_match = request.if_match;
        Ok(self.get(get).await?.attributes)
    }
}

/// A URL leads to the version that it was signed for, whatever the caller names.
fn check_version(asked: Option<&str>, answered: Option<&str>) -> Result<()> {
    if asked.is_none() || asked == answered {
        return Ok(());
    }
    let error = TransportError::new(TransportErrorKind::PreconditionFailed);
    Err(error.with_message("the URL does not lead to the version that was named: sign one that does"))
}

fn only_reads<T: Send + 'static>() -> Answer<'static, T> {
    let error = TransportError::new(TransportErrorKind::NotSent);
    let error = error.with_message("known URLs are only read: write with PreparedPut, or use ReqwestTransport");
    Box::pin(std::future::ready(Err(error)))
}

impl Transport for UrlTransport {
    fn get_object(&self, request: GetObject) -> Answer<'_, ObjectResponse> {
        Box::pin(self.get(request))
    }

    fn head_object(&self, request: HeadObject) -> Answer<'_, ObjectAttributes> {
        Box::pin(self.head(request))
    }

    fn put_object(&self, _: PutObject) -> Answer<'_, Written> {
        only_reads()
    }

    fn copy_object(&self, _: CopyObject) -> Answer<'_, Written> {
        only_reads()
    }

    fn delete_object(&self, _: DeleteObject) -> Answer<'_, DeletedObject> {
        only_reads()
    }

    fn delete_objects(&self, _: DeleteObjects) -> Answer<'_, Vec<Result<DeletedObject>>> {
        only_reads()
    }

    fn list_objects(&self, _: ListObjects) -> Answer<'_, ObjectList> {
        only_reads()
    }

    fn create_multipart_upload(&self, _: CreateMultipartUpload) -> Answer<'_, String> {
        only_reads()
    }

    fn upload_part(&self, _: UploadPart) -> Answer<'_, UploadedPart> {
        only_reads()
    }

    fn upload_part_copy(&self, _: UploadPartCopy) -> Answer<'_, UploadedPart> {
        only_reads()
    }

    fn complete_multipart_upload(&self, _: CompleteMultipartUpload) -> Answer<'_, Written> {
        only_reads()
    }

    fn abort_multipart_upload(&self, _: AbortMultipartUpload) -> Answer<'_, ()> {
        only_reads()
    }

    fn list_multipart_uploads(&self, _: ListMultipartUploads) -> Answer<'_, UploadList> {
        only_reads()
    }
}
