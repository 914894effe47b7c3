//! Signing URLs for others.

use std::time::Duration;

use cse_client::{
    ObjectLocation,
    transport::{TransportError, TransportErrorKind},
};
use reqwest::{Method, Url, header::HeaderMap};

use super::PreparedPut;
use crate::transport::ReqwestTransport;

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

    /// A URL with which this put, and no other, can be written for a while: its headers are signed.
    ///
    /// # Errors
    ///
    /// As [`presign_get`](Self::presign_get).
    pub async fn presign_put(
        &self,
        object: &ObjectLocation,
        put: &PreparedPut,
        valid_for: Duration,
    ) -> Result<Url, TransportError> {
        self.presign(&Method::PUT, object, put.headers(), valid_for).await
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
