//! Where objects are: from bucket and key to URLs.

use std::fmt;

use cse_client::transport::{TransportError, TransportErrorKind};
use reqwest::Url;

use crate::encode::{encode_path, encode_query};

/// A URL that requests cannot be sent to. Says why, and never the URL, which may hold a password or a signature.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidEndpoint(Unusable);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Unusable {
    #[error("that is not a URL: give http:// or https:// and a host")]
    NoUrl,
    #[error("of URLs only http:// and https:// with a host can be used here")]
    Scheme,
    #[error("a URL with a user name or a password cannot be used here: leave them out, and give credentials apart")]
    UserInfo,
    #[error("an endpoint has no query and no fragment: give http:// or https://, a host and perhaps a path")]
    Query,
}

/// AWS's domains, by how the names of their regions begin; all others are in `amazonaws.com`.
const PARTITIONS: &[(&str, &str)] = &[
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
];

/// A URL that requests can be sent to.
pub(crate) fn web_url(text: &str) -> Result<Url, InvalidEndpoint> {
    let url = Url::parse(text).map_err(|_| InvalidEndpoint(Unusable::NoUrl))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(InvalidEndpoint(Unusable::Scheme));
    }
    // Nobody would send it.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidEndpoint(Unusable::UserInfo));
    }
    Ok(url)
}

/// A service: AWS's in a region, or one at a URL.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) region: String,
    base: Base,
    /// As the caller wants it; else AWS's buckets go before the host, and other stores' into the path, which every store understands.
    style: Option<Style>,
}

#[derive(Clone, Debug)]
enum Base {
    Aws,
    /// Without a slash at its end.
    Url(Url),
}

/// Where the bucket's name goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    /// Before the host.
    VirtualHost,
    /// Before the key.
    Path,
}

/// What a request is for: the URL it is sent to, and the one whose path is signed. `Debug` shows no query: a signature may be in it.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    /// As the store understands the URL. `Url` cannot say it where a segment of the key is `.` or `..`.
    #[cfg_attr(not(feature = "sigv4"), allow(dead_code, reason = "only signatures need it"))]
    pub(crate) canonical: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.url.origin().ascii_serialization(), self.url.path())
    }
}

impl Endpoint {
    pub(crate) fn aws(region: impl Into<String>) -> Self {
        Self { region: region.into(), base: Base::Aws, style: None }
    }

    /// The same at this URL.
    pub(crate) fn at(self, url: &str) -> Result<Self, InvalidEndpoint> {
        let base = web_url(url)?;
        if base.query().is_some() || base.fragment().is_some() {
            return Err(InvalidEndpoint(Unusable::Query));
        }
        Ok(Self { base: Base::Url(base), ..self })
    }

    pub(crate) fn with_style(self, style: Style) -> Self {
        Self { style: Some(style), ..self }
    }

    /// A bucket as a whole.
    pub(crate) fn bucket(&self, bucket: &str, query: &[(&str, &str)]) -> Result<Target, TransportError> {
        let place = self.place(bucket)?;
        place.target("", query)
    }

    /// An object.
    pub(crate) fn object(&self, bucket: &str, key: &str, query: &[(&str, &str)]) -> Result<Target, TransportError> {
        // Without a key the request would be about the bucket: a delete would delete it.
        if key.is_empty() {
            return Err(not_sent("the key is empty: name an object"));
        }
        self.place(bucket)?.target(key, query)
    }

    /// A service without paths, such as KMS.
    #[cfg(feature = "sigv4")]
    pub(crate) fn service(&self, service: &str) -> Result<Target, TransportError> {
        let origin = match &self.base {
            Base::Aws => format!("https://{service}.{}", self.domain()?),
            Base::Url(url) => trimmed(url).to_owned(),
        };
        let canonical = format!("{origin}/");
        Ok(Target { url: parse(&canonical)?, canonical })
    }

    fn place(&self, bucket: &str) -> Result<Place, TransportError> {
        if bucket.starts_with("arn:") {
            return self.access_point(bucket);
        }
        check_bucket(bucket)?;
        // A name with dots does not match the certificate of the host it would make.
        let style = if is_host_label(bucket) && self.has_name() { self.style() } else { Style::Path };
        let origin = match (&self.base, style) {
            (Base::Aws, Style::VirtualHost) => format!("https://{bucket}.s3.{}", self.domain()?),
            (Base::Aws, Style::Path) => format!("https://s3.{}", self.domain()?),
            (Base::Url(url), Style::Path) => trimmed(url).to_owned(),
            (Base::Url(url), Style::VirtualHost) => trimmed(url).replacen("://", &format!("://{bucket}."), 1),
        };
        let bucket = (style == Style::Path).then(|| bucket.to_owned());
        Ok(Place { origin, bucket })
    }

    /// `arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME`, at AWS.
    fn access_point(&self, arn: &str) -> Result<Place, TransportError> {
        let parts: Vec<_> = arn.split(':').collect();
        let (&[_, _, "s3", region, account, resource], Base::Aws) = (&parts[..], &self.base) else {
            return Err(not_sent("of ARNs only those of S3 access points can be used here, at AWS's own endpoint"));
        };
        let name = resource.strip_prefix("accesspoint/").or_else(|| resource.strip_prefix("accesspoint:"));
        let name = name.filter(|name| is_host_label(name) && is_host_label(account));
        let Some(name) = name.filter(|_| region == self.region) else {
            return Err(not_sent("the ARN is not that of an access point in the region of the transport"));
        };
        Ok(Place { origin: format!("https://{name}-{account}.s3-accesspoint.{}", self.domain()?), bucket: None })
    }

    fn style(&self) -> Style {
        self.style.unwrap_or(match self.base {
            Base::Aws => Style::VirtualHost,
            Base::Url(_) => Style::Path,
        })
    }

    /// Whether a bucket can go before the host: before an IP address it cannot.
    fn has_name(&self) -> bool {
        match &self.base {
            Base::Aws => true,
            Base::Url(url) => url.domain().is_some(),
        }
    }

    /// The rest of an AWS host's name.
    fn domain(&self) -> Result<String, TransportError> {
        if !is_host_label(&self.region) {
            return Err(not_sent("the region is not one: give its name, such as eu-west-1"));
        }
        let known = PARTITIONS.iter().find(|(prefix, _)| self.region.starts_with(prefix));
        let top = known.map_or("amazonaws.com", |(_, top)| top);
        Ok(format!("{}.{top}", self.region))
    }
}

/// A bucket's place: what its URLs begin with.
struct Place {
    origin: String,
    bucket: Option<String>,
}

impl Place {
    fn target(&self, key: &str, query: &[(&str, &str)]) -> Result<Target, TransportError> {
        let bucket = self.bucket.as_ref().map(|bucket| format!("/{bucket}")).unwrap_or_default();
        let encoded = encode_path(key);
        let query = encode_query(query);
        let canonical = format!("{}{bucket}/{encoded}{query}", self.origin);
        let path = without_dot_segments(&encoded)
            .ok_or_else(|| not_sent(&format!("reqwest cannot ask for an object whose whole key is {key:?}")))?;
        let path = format!("{bucket}/{path}");
        let url = parse(&format!("{}{path}{query}", self.origin))?;
        // `Url` changes some paths; a changed one is another object.
        if !url.path().ends_with(&path) {
            return Err(not_sent(&format!("the key {key:?} cannot be part of a URL")));
        }
        Ok(Target { url, canonical })
    }
}

/// An encoded path in which no segment is `.` or `..`, which `Url` would resolve as file systems do: the slashes beside them are
/// encoded. S3 takes these for slashes of the key.
fn without_dot_segments(encoded: &str) -> Option<String> {
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    let mut segments = encoded.split('/');
    let mut last = segments.next().unwrap_or_default();
    let mut path = last.to_owned();
    for segment in segments {
        path.push_str(if is_dots(last) || is_dots(segment) { "%2F" } else { "/" });
        path.push_str(segment);
        last = segment;
    }
    (!is_dots(encoded)).then_some(path)
}

fn parse(url: &str) -> Result<Url, TransportError> {
    Url::parse(url).map_err(|error| TransportError::new(TransportErrorKind::NotSent).with_source(error))
}

fn trimmed(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

fn is_host_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Old buckets have capitals and underscores.
fn check_bucket(bucket: &str) -> Result<(), TransportError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let is_name = !bucket.is_empty() && bucket.bytes().all(is_allowed) && bucket.bytes().any(|byte| byte != b'.');
    if is_name { Ok(()) } else { Err(not_sent(&format!("{bucket:?} is not the name of a bucket"))) }
}

fn not_sent(message: &str) -> TransportError {
    TransportError::new(TransportErrorKind::NotSent).with_message(message)
}

#[cfg(test)]
mod tests;
