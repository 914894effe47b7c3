//! One request, with its retries: signed, sent, and answered or failed.

mod failure;
mod read;
mod retry;
#[cfg(not(target_arch = "wasm32"))]
mod sending;
#[cfg(target_arch = "wasm32")]
#[path = "sending_in_browser.rs"]
mod sending;

use bytes::Bytes;
use cse_client::Body;
use reqwest::{
    Client, Method, Response,
    header::{CONTENT_LENGTH, HeaderMap},
};
use std::{fmt, time::Duration};

pub use self::retry::RetryPolicy;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use self::sending::Sending;
pub(crate) use self::{
    failure::{Answered, Failure},
    read::{error_answer, object_answer},
};
use crate::endpoint::Target;

/// What a request carries. `Debug` shows none of it: the body of KMS's `Encrypt` is a data key.
pub(crate) enum Payload {
    Empty,
    /// May be sent again.
    Bytes(Bytes),
    /// Is sent once. Its length is known.
    Stream(Body),
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Stream(body) => write!(f, "Stream({:?} bytes)", body.content_len()),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
}

impl Request {
    pub(crate) fn new(method: Method, target: Target) -> Self {
        Self { method, target, headers: HeaderMap::new(), payload: Payload::Empty }
    }

    /// The same once more, if that is possible.
    fn again(&self) -> Option<Self> {
        let payload = match &self.payload {
            Payload::Empty => Payload::Empty,
            Payload::Bytes(bytes) => Payload::Bytes(bytes.clone()),
            Payload::Stream(_) => return None,
        };
        let (method, target, headers) = (self.method.clone(), self.target.clone(), self.headers.clone());
        Some(Self { method, target, headers, payload })
    }

    /// Says how long the payload is: S3 takes no chunked transfer encoding.
    fn declare_len(&mut self) -> Result<(), Failure> {
        let len = match &self.payload {
            Payload::Empty if matches!(self.method, Method::GET | Method::HEAD | Method::DELETE) => return Ok(()),
            Payload::Empty => Some(0),
            Payload::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
            Payload::Stream(body) => body.content_len(),
        };
        let len = len.ok_or_else(|| Failure::not_sent("the length of the body is not known"))?;
        self.headers.insert(CONTENT_LENGTH, len.into());
        Ok(())
    }
}

/// The way requests take: whose client, how often, how patiently, signed or not.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) client: Client,
    pub(crate) retry: RetryPolicy,
    pub(crate) idle_timeout: Option<Duration>,
    #[cfg(feature = "sigv4")]
    pub(crate) signer: Option<crate::sign::Signer>,
}

impl Http {
    /// How long a request or an answer may stand still.
    pub(crate) const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(60);

    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            retry: RetryPolicy::new(),
            idle_timeout: Some(Self::DEFAULT_IDLE_TIMEOUT),
            #[cfg(feature = "sigv4")]
            signer: None,
        }
    }

    /// Sends it; the body of the answer is still to come.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, Failure> {
        self.retrying(request, |response| std::future::ready(Ok(response))).await
    }

    /// Sends it, and reads the answer, which may say of a success that it is none.
    pub(crate) async fn send_and_read(&self, request: Request) -> Result<(HeaderMap, Bytes), Failure> {
        self.retrying(request, |response| read::whole_answer(response, self.idle_timeout)).await
    }

    async fn retrying<T, F, R>(&self, mut request: Request, finish: F) -> Result<T, Failure>
    where
        F: Fn(Response) -> R,
        R: Future<Output = Result<T, Failure>>,
    {
        request.declare_len()?;
        let mut attempts = 1;
        loop {
            let again = request.again();
            let finished = match self.attempt(request).await {
                Ok(response) => finish(response).await,
                Err(failure) => Err(failure),
            };
            let failure = match finished {
                Ok(done) => return Ok(done),
                // An earlier attempt was sent, and may have been done.
                Err(Failure::NotSent(cause)) if attempts > 1 => return Err(Failure::Unreachable(cause)),
                Err(failure) => failure,
            };
            let Some(next) = again.filter(|_| failure.is_retryable()) else { return Err(failure) };
            let Some(delay) = self.retry.delay(attempts, retry::random(), failure.retry_after()) else {
                return Err(failure);
            };
            retry::sleep(delay).await;
            (request, attempts) = (next, attempts.saturating_add(1));
        }
    }

    async fn attempt(&self, request: Request) -> Result<Response, Failure> {
        #[cfg(feature = "sigv4")]
        let request = match &self.signer {
            Some(signer) => signer.sign(request).await?,
            None => request,
        };
        let url = request.target.url.clone();
        let response = sending::send(&self.client, request, self.idle_timeout).await?;
        if *response.url() != url {
            return Err(Failure::redirected(response.url()));
        }
        if response.status().is_success() { Ok(response) } else { Err(error_answer(response, self.idle_timeout).await) }
    }
}
