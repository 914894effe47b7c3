//! Who may ask: bucket owner, requester pays, and customer-provided keys (SSE-C).

use sha2::{Digest, Sha256};

use super::{answers::s3, store::Settings};
use crate::{options::RequestOptions, transport::TransportError};

/// A hash of the key an object was put with. S3 keeps a salted HMAC; the store only has to tell keys apart.
pub(super) type CustomerKey = [u8; 32];

const CUSTOMER_KEY: &str = "x-amz-server-side-encryption-customer-key";
const COPY_SOURCE_CUSTOMER_KEY: &str = "x-amz-copy-source-server-side-encryption-customer-key";

/// What every request is checked for.
pub(super) fn check_caller(settings: &Settings, options: &RequestOptions) -> Result<(), TransportError> {
    let expected = value(options, "x-amz-expected-bucket-owner");
    if settings.owner.as_deref().zip(expected).is_some_and(|(owner, expected)| owner != expected) {
        return Err(s3(403, "AccessDenied", "the bucket has another owner than the request expects"));
    }
    if settings.requester_pays && value(options, "x-amz-request-payer") != Some("requester") {
        return Err(s3(403, "AccessDenied", "the bucket's requesters pay, and the request does not say that it does"));
    }
    Ok(())
}

/// The key that a write or a read brings.
pub(super) fn customer_key(options: &RequestOptions) -> Option<CustomerKey> {
    value(options, CUSTOMER_KEY).map(|key| Sha256::digest(key).into())
}

/// The key that a copy brings for its source.
pub(super) fn source_customer_key(options: &RequestOptions) -> Option<CustomerKey> {
    value(options, COPY_SOURCE_CUSTOMER_KEY).map(|key| Sha256::digest(key).into())
}

/// Whether what was stored with one key may be used by a request with another.
pub(super) fn unlock(stored: Option<&CustomerKey>, brought: Option<&CustomerKey>) -> Result<(), TransportError> {
    match (stored, brought) {
        (None, None) => Ok(()),
        (Some(stored), Some(brought)) if stored == brought => Ok(()),
        (Some(_), Some(_)) => Err(s3(403, "AccessDenied", "the object has another customer-provided key")),
        (Some(_), None) => Err(s3(400, "InvalidRequest", "the object has a customer-provided key: send it")),
        (None, Some(_)) => Err(s3(400, "InvalidRequest", "the object has no customer-provided key")),
    }
}

pub(super) fn value<'a>(options: &'a RequestOptions, name: &str) -> Option<&'a str> {
    options.headers().find(|(other, _)| *other == name).map(|(_, value)| value)
}
