//! Signing URLs for others.

use std::time::Duration;

use cse_client::{
    INSTRUCTION_SUFFIX, ObjectLocation,
    transport::{TransportError, TransportErrorKind},
};
use reqwest::{
    Method, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use crate::transport::ReqwestTransport;

/// Marks an instruction file as one.
const INSTRUCTION_FILE_MARKER: HeaderName = HeaderName::from_static("x-amz-meta-x-amz-crypto-instr-file");

/// S3's limits.
const MIN_VALIDITY: Duration = Duration::from_secs(1);
const MAX_VALIDITY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl ReqwestTransport {
    /// A URL with which anybody can read the object for a while: a second to a week.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::NotSent`] without credentials, or if there is no such URL.
    pub async fn presign_get(&self, object: &ObjectLocation, valid_for: Duration) -> Result<Url, TransportError> {
        self.presign(&Method::GET, object, &HeaderMap::new(), valid_for).await
    }

    /// A URL to put the object with these headers for a while: [`PreparedPut::headers`](super::PreparedPut::headers) of whoever encrypts,
    /// with the wrapped data key and the length, and others that are to be sent. The body is not signed.
    ///
    /// # Errors
    ///
    /// As [`presign_get`](Self::presign_get).
    ///
    /// # Security
    ///
    /// Whoever has the URL may write until it expires, over newer objects too, and any bytes of that length: others than the
    /// ciphertext that belongs to the headers are refused when they are read.
    pub async fn presign_put(
        &self,
        object: &ObjectLocation,
        headers: &HeaderMap,
        valid_for: Duration,
    ) -> Result<Url, TransportError> {
        self.presign(&Method::PUT, object, headers, valid_for).await
    }

    /// A URL for the instruction file of an object: an empty header `x-amz-meta-x-amz-crypto-instr-file` is signed, and to be sent with
    /// [its text](super::PreparedPut::instruction_file), before the object.
    ///
    /// # Errors
    ///
    /// As [`presign_get`](Self::presign_get).
    ///
    /// # Security
    ///
    /// Whoever has the URL may replace the object's data key until it expires, and so make it unreadable.
    pub async fn presign_put_instruction_file(
        &self,
        object: &ObjectLocation,
        valid_for: Duration,
    ) -> Result<Url, TransportError> {
        let file = ObjectLocation::new(&object.bucket, format!("{}{INSTRUCTION_SUFFIX}", object.key));
        let headers = HeaderMap::from_iter([(INSTRUCTION_FILE_MARKER, HeaderValue::from_static(""))]);
        self.presign(&Method::PUT, &file, &headers, valid_for).await
    }

    async fn presign(
        &self,
        method: &Method,
        object: &ObjectLocation,
        headers: &HeaderMap,
        valid_for: Duration,
    ) -> Result<Url, TransportError> {
        let not_sent = |why: &str| TransportError::new(TransportErrorKind::NotSent).with_message(why);
        if !(MIN_VALIDITY..=MAX_VALIDITY).contains(&valid_for) {
            return Err(not_sent("a URL can be good for a second to a week"));
        }
        let signer = self.http.signer.as_ref();
        let signer = signer.ok_or_else(|| not_sent("only a transport with credentials can sign URLs"))?;
        Ok(signer.presign(method, &self.target(object)?, headers, valid_for).await?)
    }
}
