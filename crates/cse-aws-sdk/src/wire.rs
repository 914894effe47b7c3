//! What every request of this crate carries, and what its answer said word for word.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_s3::{
    client::customize::CustomizableOperation,
    config::{
        ConfigBag, FrameworkMetadata, Intercept, RuntimeComponents,
        interceptors::{
            BeforeDeserializationInterceptorContextMut, BeforeSerializationInterceptorContextMut,
            BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextMut,
        },
    },
    error::BoxError,
    primitives::{DateTime, DateTimeFormat},
};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use cse_client::{Metadata, RequestOptions, transport::ObjectAttributes};

use crate::unsent;

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

/// An operation with this crate's user agent and the caller's headers.
pub(crate) fn prepared<T, E, B>(
    operation: CustomizableOperation<T, E, B>,
    options: RequestOptions,
) -> CustomizableOperation<T, E, B> {
    operation.interceptor(UserAgent).interceptor(AddHeaders(options))
}

/// Adds this crate's name and version to the user agent of one operation, and marks errors of [what was never sent](unsent); the
/// caller's client stays as it is.
#[derive(Debug)]
pub(crate) struct UserAgent;

#[dyn_dispatch_hint]
impl Intercept for UserAgent {
    fn name(&self) -> &'static str {
        "cse::UserAgent"
    }

    fn modify_before_serialization(
        &self,
        _: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let this_crate = FrameworkMetadata::new(env!("CARGO_PKG_NAME"), Some(env!("CARGO_PKG_VERSION")))?;
        settings.interceptor_state().store_append(this_crate);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        unsent::transmitting(settings);
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        unsent::mark(context, settings);
        Ok(())
    }
}

/// Adds headers before the request is signed.
#[derive(Debug)]
struct AddHeaders(RequestOptions);

#[dyn_dispatch_hint]
impl Intercept for AddHeaders {
    fn name(&self) -> &'static str {
        "cse::AddHeaders"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        for (name, value) in self.0.headers() {
            headers.try_insert(name.to_owned(), value.to_owned())?;
        }
        Ok(())
    }
}

/// Keeps the headers of the answer as they came.
///
/// The SDK fails a whole read for a user metadata value that is not UTF-8, or a name that occurs twice; it never sees user metadata,
/// and other values as UTF-8.
#[derive(Clone, Default)]
pub(crate) struct RawHeaders(Arc<Mutex<Headers>>);

/// Names in lower case, and values as they came.
pub(crate) type Headers = Vec<(String, Vec<u8>)>;

impl RawHeaders {
    /// What the last answer said about the object.
    pub(crate) fn attributes(&self) -> ObjectAttributes {
        let headers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut attributes = ObjectAttributes::default();
        for (name, value) in headers {
            match name.strip_prefix(METADATA_PREFIX) {
                Some(name) => attributes.metadata.push(name, value),
                None => describe(&mut attributes, name, text(&value)),
            }
        }
        attributes
    }
}

#[dyn_dispatch_hint]
impl Intercept for RawHeaders {
    fn name(&self) -> &'static str {
        "cse::RawHeaders"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_part = context.response().status().as_u16() == 206;
        let headers = context.response_mut().headers_mut();
        let raw: Headers = headers.iter_bytes().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for (name, value) in &raw {
            if name.starts_with(METADATA_PREFIX) {
                headers.remove(name);
            } else if str::from_utf8(value).is_err() {
                headers.try_insert(name.clone(), text(value))?;
            }
        }
        if is_part && !tells_range(&raw) {
            return Err("the answer is a part of the object and does not say which".into());
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = raw;
        Ok(())
    }
}

/// Shows nothing: wrapped data keys are among the headers.
impl fmt::Debug for RawHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawHeaders(..)")
    }
}

/// Without its range nobody knows which bytes a part holds.
fn tells_range(headers: &Headers) -> bool {
    let range = headers.iter().find(|(name, _)| name == "content-range");
    range.is_some_and(|(_, value)| text(value).parse::<cse_envelope::ContentRange>().is_ok())
}

/// UTF-8, and whatever is not is Latin-1: HTTP's older habit.
pub(crate) fn text(value: &[u8]) -> String {
    str::from_utf8(value).map_or_else(|_| value.iter().copied().map(char::from).collect(), str::to_owned)
}

/// What a metadata map of the SDK would show: names once, values as text.
pub(crate) fn shown(metadata: &Metadata) -> HashMap<String, String> {
    let mut shown = HashMap::<String, String>::with_capacity(metadata.len());
    for (name, value) in metadata.iter() {
        let value = text(value);
        // A header that occurs twice is one with both values, by RFC 9110.
        shown.entry(name.to_owned()).and_modify(|all| *all = format!("{all}, {value}")).or_insert(value);
    }
    shown
}

/// What the headers of an answer say, where somebody else fetched it.
pub(crate) fn attributes_of(headers: Headers) -> ObjectAttributes {
    RawHeaders(Arc::new(Mutex::new(headers))).attributes()
}

fn describe(attributes: &mut ObjectAttributes, name: String, value: String) {
    match name.as_str() {
        "content-length" => attributes.content_len = value.parse().ok(),
        "content-range" => attributes.content_range = value.parse().ok(),
        "etag" => attributes.etag = Some(value),
        "x-amz-version-id" => attributes.version_id = Some(value),
        "last-modified" => {
            let time = DateTime::from_str(&value, DateTimeFormat::HttpDate).ok();
            attributes.last_modified = time.and_then(|time| time.try_into().ok());
        }
        other => {
            let describes =
                DESCRIBING.contains(&other) || DESCRIBING_PREFIXES.iter().any(|prefix| other.starts_with(prefix));
            if describes {
                attributes.headers.push((name, value));
            }
        }
    }
}
