//! Signatures: SigV4, by reqsign.

use std::{sync::Arc, time::Duration};

use reqsign_aws_v4::{Credential, RequestSigner};
use reqsign_core::ErrorKind;
use reqwest::{
    Method, Url,
    header::{HOST, HeaderMap, HeaderName, HeaderValue},
};
use sha2::{Digest, Sha256};

use crate::{
    credentials::Credentials,
    endpoint::Target,
    http::{Failure, Payload, Request},
};

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Signs for one service in one region.
#[derive(Clone, Debug)]
pub(crate) struct Signer(Arc<reqsign_core::Signer<Credential>>);

impl Signer {
    pub(crate) fn new(credentials: Credentials, service: &str, region: &str) -> Self {
        // By the host's name reqsign would take some buckets for those of S3 Express.
        let signer = RequestSigner::new(service, region).with_standard_session_token();
        Self(Arc::new(reqsign_core::Signer::new(credentials.context, credentials.provider, signer)))
    }

    /// The request with its signature, which covers all its headers, and its payload where that is in memory.
    pub(crate) async fn sign(&self, mut request: Request) -> Result<Request, Failure> {
        request.headers.insert(CONTENT_SHA256, payload_hash(&request.payload)?);
        let mut parts = canonical_parts(&request.method, &request.target, &request.headers)?;
        self.0.sign(&mut parts, None).await.map_err(unsigned)?;
        for (name, value) in parts.headers {
            // What was there already goes out as it was, and hyper names the host.
            if let Some(name) = name.filter(|name| *name != HOST && !request.headers.contains_key(name)) {
                request.headers.insert(name, value);
            }
        }
        Ok(request)
    }

    /// The URL with a signature in it, which is good for a while. The headers must be sent with it.
    pub(crate) async fn presign(
        &self,
        method: &Method,
        target: &Target,
        headers: &HeaderMap,
        valid_for: Duration,
    ) -> Result<Url, Failure> {
        let mut parts = canonical_parts(method, target, headers)?;
        self.0.sign(&mut parts, Some(valid_for)).await.map_err(unsigned)?;
        let mut url = target.url.clone();
        url.set_query(parts.uri.query());
        Ok(url)
    }
}

/// There is no signature. The cause is reqsign's, and its cause the provider's own.
#[derive(Debug, thiserror::Error)]
#[error("the request could not be signed{}", .0)]
struct Unsigned(&'static str, #[source] reqsign_core::Error);

fn unsigned(error: reqsign_core::Error) -> Failure {
    let advice = match error.kind() {
        ErrorKind::RequestInvalid => "",
        _ => ", see to the credentials",
    };
    Failure::NotSent(Unsigned(advice, error).into())
}

/// The hash of what is in memory. Of a stream nobody knows it before it was sent: its length is signed, and its ciphertext has a tag.
fn payload_hash(payload: &Payload) -> Result<HeaderValue, Failure> {
    let bytes: &[u8] = match payload {
        Payload::Empty => &[],
        Payload::Bytes(bytes) => bytes,
        Payload::Stream(_) => return Ok(HeaderValue::from_static("UNSIGNED-PAYLOAD")),
    };
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(hex).map_err(|error| Failure::NotSent(error.into()))
}

/// What is signed: the URL as the store understands it, and header values as SigV4 compares them.
fn canonical_parts(method: &Method, target: &Target, headers: &HeaderMap) -> Result<http::request::Parts, Failure> {
    let request = http::Request::builder().method(method).uri(&target.canonical).body(());
    let (mut parts, ()) = request.map_err(|error| Failure::NotSent(error.into()))?.into_parts();
    for (name, value) in headers {
        parts.headers.insert(name, collapsed(value)?);
    }
    Ok(parts)
}

/// Spaces in a row count as one.
fn collapsed(value: &HeaderValue) -> Result<HeaderValue, Failure> {
    let mut collapsed = value.as_bytes().to_vec();
    collapsed.dedup_by(|one, other| *one == b' ' && *other == b' ');
    let mut collapsed = HeaderValue::try_from(collapsed).map_err(|error| Failure::NotSent(error.into()))?;
    collapsed.set_sensitive(value.is_sensitive());
    Ok(collapsed)
}
