//! How a request fails, before anybody says what that means.

use std::{error::Error as StdError, fmt, time::Duration};

use cse_client::transport::{TransportError, TransportErrorKind};
use cse_keys::KmsErrorKind;
use reqwest::{Url, header::HeaderMap};

use crate::{
    headers::{self, text},
    xml::Element,
};

type BoxError = Box<dyn StdError + Send + Sync>;

/// Why there is no answer of success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing was sent, or not all of it because the body failed.
    NotSent(BoxError),
    /// Whether it was done is not known.
    Unreachable(BoxError),
    /// The client went to another address, and the answer is that one's.
    Redirected(String),
    /// The server says no.
    Answered(Box<Answered>),
}

/// What a server says about a failure. The body is not kept: of a signature that does not match, S3 repeats the signed headers,
/// SSE-C keys among them.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Where the bucket is, if the answer says so.
    pub(crate) region: Option<String>,
    /// Where else to ask.
    pub(crate) elsewhere: Option<String>,
    /// The server's clock.
    pub(crate) date: Option<String>,
}

impl Failure {
    pub(crate) fn not_sent(message: &str) -> Self {
        Self::NotSent(message.into())
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn idle(idle: Duration) -> Self {
        Self::Unreachable(format!("nothing moved for {idle:?}").into())
    }

    pub(super) fn redirected(url: &Url) -> Self {
        Self::Redirected(url.host_str().unwrap_or_default().to_owned())
    }

    /// Whether the same request may succeed in a moment.
    pub(super) fn is_retryable(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::Redirected(_) => false,
            Self::Unreachable(_) => true,
            Self::Answered(answered) => answered.is_retryable(),
        }
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answered(answered) => answered.retry_after,
            _ => None,
        }
    }
}

impl Answered {
    pub(super) fn new(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).map(|value| text(value.as_bytes()));
        let mut answered = Self { status, ..Self::default() };
        answered.read_xml(body);
        answered.read_json(body);
        // KMS: `com.amazonaws.kms#NotFoundException`, or followed by a colon and a URL.
        let name = |code: String| {
            let code = code.rsplit('#').next().unwrap_or_default();
            code.split(':').next().unwrap_or_default().to_owned()
        };
        answered.code = answered.code.or_else(|| header("x-amzn-errortype")).map(name).filter(|code| !code.is_empty());
        let id = || header("x-amz-request-id").or_else(|| header("x-amzn-requestid"));
        answered.request_id = answered.request_id.take().or_else(id);
        answered.region = header("x-amz-bucket-region").or(answered.region);
        answered.elsewhere = answered.elsewhere.or_else(|| headers::host_of_location(headers));
        answered.date = header("date");
        answered
    }

    /// S3 may answer 200 to a completion or a copy, and say in the body that it failed.
    pub(super) fn within_success(status: u16, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        // KMS answers JSON, which may hold a data key: it is not copied.
        if body.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        Element::parse(body).ok().filter(|root| root.name == "Error")?;
        Some(Self::new(status, headers, body))
    }

    fn read_xml(&mut self, body: &[u8]) {
        let Ok(root) = Element::parse(body) else { return };
        // Errors of IAM and STS are one level deeper.
        let error = if root.name == "ErrorResponse" { root.child("Error") } else { Some(&root) };
        let Some(error) = error.filter(|error| error.name == "Error") else { return };
        let said = |name| error.text_of(name).map(str::to_owned);
        self.code = said("Code");
        self.message = said("Message");
        self.request_id = said("RequestId");
        self.region = said("Region");
        self.elsewhere = said("Endpoint");
    }

    fn read_json(&mut self, body: &[u8]) {
        let Ok(serde_json::Value::Object(said)) = serde_json::from_slice(body) else { return };
        let said = |name| said.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        self.code = said("__type").or_else(|| said("code"));
        self.message = said("message").or_else(|| said("Message"));
    }

    fn is_retryable(&self) -> bool {
        let code = self.code.as_deref();
        let is_unavailable = || {
            TransportError::from_answer(self.status, code).kind() == TransportErrorKind::Unavailable
                && !(code == Some("NotImplemented") || self.status == 501)
        };
        self.is_throttling() || is_unavailable()
    }

    /// Whether there are too many requests, as S3 says it or as other services of AWS do.
    pub(crate) fn is_throttling(&self) -> bool {
        let (status, code) = (self.status, self.code.as_deref());
        TransportError::from_answer(status, code).kind() == TransportErrorKind::Throttled
            || KmsErrorKind::from_answer(status, code) == KmsErrorKind::Throttled
    }

    /// What to do, where the answer lets one tell.
    fn advice(&self) -> Option<String> {
        let is_elsewhere = (300..400).contains(&self.status) && self.status != 304;
        match (self.code.as_deref(), self.status) {
            (Some("RequestTimeTooSkewed"), _) => Some(format!("set this machine's clock{}", self.time_there())),
            (Some("AccessDenied"), 403) if self.is_expired() => Some("sign the URL anew".to_owned()),
            (Some("ExpiredToken" | "ExpiredTokenException"), _) => Some("get new credentials".to_owned()),
            // An answer to a HEAD has no code.
            (Some("AuthorizationHeaderMalformed") | None, 400) => self.place(),
            _ if is_elsewhere => self.place(),
            _ => None,
        }
    }

    /// S3 says it of presigned URLs, in words only.
    fn is_expired(&self) -> bool {
        self.message.as_deref().is_some_and(|message| message.contains("expired"))
    }

    fn time_there(&self) -> String {
        self.date.as_deref().map(|date| format!(": the server's says {date}")).unwrap_or_default()
    }

    fn place(&self) -> Option<String> {
        match (&self.region, &self.elsewhere) {
            (Some(region), _) => Some(format!("the bucket is in the region {region}: use that one")),
            (None, Some(host)) => Some(format!("the bucket is at {host}: use that endpoint")),
            (None, None) => None,
        }
    }
}

/// In seconds; S3 sends no dates.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(error) | Self::Unreachable(error) => f.write_str(&chain(&**error)),
            Self::Redirected(host) => write!(
                f,
                "the request was redirected to {host}, which must not be followed: make the client with \
                 cse_reqwest::client_builder(), and name the endpoint or region where the bucket is"
            ),
            Self::Answered(answered) => fmt::Display::fmt(answered, f),
        }
    }
}

/// What is to be known besides code and request id.
impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => f.write_str(message)?,
            None => write!(f, "HTTP status {}", self.status)?,
        }
        self.advice().map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

/// An error's text with its causes, each said once.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
