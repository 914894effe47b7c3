//! Headers: what an object is said to be, and what a request says.

use std::time::SystemTime;

use cse_client::{
    Metadata, RequestOptions,
    transport::{ObjectAttributes, TransportError, TransportErrorKind, Written},
};
use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue, InvalidHeaderName, InvalidHeaderValue},
};

use crate::encode::encoded_words;

/// What user metadata begins with on the wire.
const METADATA_PREFIX: &str = "x-amz-meta-";

/// Headers that describe an object; authentication, transfer and checksums of the stored bytes are not among them.
const DESCRIBING: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-archive-status",
    "x-amz-delete-marker",
    "x-amz-expiration",
    "x-amz-missing-meta",
    "x-amz-mp-parts-count",
    "x-amz-replication-status",
    "x-amz-request-charged",
    "x-amz-restore",
    "x-amz-storage-class",
    "x-amz-tagging-count",
    "x-amz-website-redirect-location",
];

/// And families of them.
const DESCRIBING_PREFIXES: &[&str] = &["x-amz-object-lock-", "x-amz-server-side-encryption"];

/// What an answer says about an object.
pub(crate) fn attributes(headers: &HeaderMap) -> ObjectAttributes {
    let mut attributes = ObjectAttributes::default();
    for (name, value) in headers {
        match name.as_str().strip_prefix(METADATA_PREFIX) {
            Some(name) => attributes.metadata.push(name, value.as_bytes()),
            None => describe(&mut attributes, name.as_str(), text(value.as_bytes())),
        }
    }
    attributes
}

fn describe(attributes: &mut ObjectAttributes, name: &str, value: String) {
    match name {
        "content-length" => attributes.content_len = value.parse().ok(),
        "content-range" => attributes.content_range = value.parse().ok(),
        "etag" => attributes.etag = Some(value),
        "x-amz-version-id" => attributes.version_id = Some(value),
        "last-modified" => attributes.last_modified = http_date(&value),
        other => {
            let describes =
                DESCRIBING.contains(&other) || DESCRIBING_PREFIXES.iter().any(|prefix| other.starts_with(prefix));
            if describes {
                attributes.headers.push((name.to_owned(), value));
            }
        }
    }
}

/// What an answer to a write says.
pub(crate) fn written(headers: &HeaderMap) -> Written {
    let mut written = Written::default();
    written.etag = header(headers, "etag");
    written.version_id = header(headers, "x-amz-version-id");
    written
}

pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| text(value.as_bytes()))
}

/// Where a redirection leads.
pub(crate) fn host_of_location(headers: &HeaderMap) -> Option<String> {
    let location = headers.get("location")?.to_str().ok()?;
    let url = Url::parse(location).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// UTF-8, and whatever is not is Latin-1: HTTP's older habit.
pub(crate) fn text(value: &[u8]) -> String {
    str::from_utf8(value).map_or_else(|_| value.iter().copied().map(char::from).collect(), str::to_owned)
}

fn http_date(text: &str) -> Option<SystemTime> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok().map(SystemTime::from)
}

/// A header cannot be sent.
pub(crate) fn not_sent(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TransportError {
    TransportError::new(TransportErrorKind::NotSent).with_source(error)
}

/// Headers of a request, as they are added.
#[derive(Debug, Default)]
pub(crate) struct RequestHeaders(HeaderMap);

impl RequestHeaders {
    /// The caller's.
    pub(crate) fn new(options: &RequestOptions) -> Result<Self, TransportError> {
        let mut headers = Self::default();
        for (name, value) in options.headers() {
            let mut value = HeaderValue::from_str(value).map_err(not_sent)?;
            // An SSE-C key is one of them.
            value.set_sensitive(true);
            headers.0.insert(HeaderName::from_bytes(name.as_bytes()).map_err(not_sent)?, value);
        }
        Ok(headers)
    }

    pub(crate) fn set(mut self, name: &'static str, value: &str) -> Result<Self, TransportError> {
        self.0.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(not_sent)?);
        Ok(self)
    }

    pub(crate) fn maybe(self, name: &'static str, value: Option<&str>) -> Result<Self, TransportError> {
        match value {
            Some(value) => self.set(name, value),
            None => Ok(self),
        }
    }

    /// User metadata. A signature covers ASCII only, so other values become encoded words, as S3 answers them anyway.
    pub(crate) fn metadata(mut self, metadata: &Metadata) -> Result<Self, TransportError> {
        self.0.extend(metadata_headers(metadata)?);
        Ok(self)
    }

    pub(crate) fn has_any(&self, prefix: &str) -> bool {
        self.0.keys().any(|name| name.as_str().starts_with(prefix))
    }

    pub(crate) fn into_map(self) -> HeaderMap {
        self.0
    }
}

/// `x-amz-meta-` headers.
pub(crate) fn metadata_headers(metadata: &Metadata) -> Result<HeaderMap, TransportError> {
    let mut headers = HeaderMap::with_capacity(metadata.len());
    for (name, value) in metadata.iter() {
        let name = HeaderName::from_bytes(format!("{METADATA_PREFIX}{name}").as_bytes());
        let name = name.map_err(|error: InvalidHeaderName| not_sent(error))?;
        if headers.insert(&name, metadata_value(value)?).is_some() {
            return Err(not_sent(format!("the user metadata {name} is there twice: a store keeps one of them")));
        }
    }
    Ok(headers)
}

fn metadata_value(value: &[u8]) -> Result<HeaderValue, TransportError> {
    let value = match str::from_utf8(value) {
        Ok(text) if !text.is_ascii() => HeaderValue::try_from(encoded_words(text)),
        _ => HeaderValue::from_bytes(value),
    };
    value.map_err(|error: InvalidHeaderValue| not_sent(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_becomes_headers() {
        let metadata = Metadata::from_iter([("X-Colour", "red"), ("umlaut", "\u{fc}")]);
        let headers = metadata_headers(&metadata).unwrap();
        assert_eq!(headers["x-amz-meta-x-colour"], "red");
        assert_eq!(headers["x-amz-meta-umlaut"], "=?UTF-8?B?w7w=?=");
        for wrong in [vec![("a", "1"), ("A", "2")], vec![("a b", "1")], vec![("a", "1\n2")]] {
            let error = metadata_headers(&Metadata::from_iter(wrong)).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::NotSent);
        }
    }

    #[test]
    fn http_dates_are_read() {
        let time = http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        assert_eq!(time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(), 1_445_412_480);
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn values_that_are_not_utf_8_are_latin_1() {
        assert_eq!(text(b"caf\xe9"), "caf\u{e9}");
        assert_eq!(text("caf\u{e9}".as_bytes()), "caf\u{e9}");
    }
}
