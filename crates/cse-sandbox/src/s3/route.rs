//! Range headers that S3 ignores and s3s refuses.

use http::{HeaderMap, Method, Request, Uri, header};
use s3s::{
    Body, S3Request, S3Response, S3Result,
    dto::Range,
    route::S3Route,
    s3_error,
    service::{S3Service, S3ServiceBuilder},
};

use super::Sandboxed;

/// Answers GET and HEAD as if a `Range` that is malformed, or names several ranges, were not there.
///
/// s3s checks the signature first, then asks its route; the request goes on from here without the header and its signature.
pub(super) struct IgnoredRange(S3Service);

impl IgnoredRange {
    pub(super) fn new(s3: Sandboxed) -> Self {
        let mut builder = S3ServiceBuilder::new(s3);
        builder.set_host(super::Localhost);
        Self(builder.build())
    }
}

#[async_trait::async_trait]
impl S3Route for IgnoredRange {
    fn is_match(&self, method: &Method, _: &Uri, headers: &HeaderMap, _: &mut http::Extensions) -> bool {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        reads && headers.get(header::RANGE).is_some_and(|range| range.to_str().map_or(true, is_ignored))
    }

    async fn call(&self, mut req: S3Request<Body>) -> S3Result<S3Response<Body>> {
        req.headers.remove(header::RANGE);
        req.headers.remove(header::AUTHORIZATION);
        let mut request = Request::new(req.input);
        *request.method_mut() = req.method;
        *request.uri_mut() = unsigned(&req.uri)?;
        *request.headers_mut() = req.headers;
        let answer = self
            .0
            .call(request)
            .await
            .map_err(|error| s3s::S3Error::with_source(s3s::S3ErrorCode::InternalError, error.into()))?;
        let (parts, body) = answer.into_parts();
        let mut response = S3Response::with_status(body, parts.status);
        response.headers = parts.headers;
        Ok(response)
    }
}

/// s3s takes the one that has neither start nor end for one of no bytes.
fn is_ignored(range: &str) -> bool {
    range == "bytes=-" || Range::parse(range).is_err()
}

/// Without the query parameter that makes a presigned URL.
fn unsigned(uri: &Uri) -> S3Result<Uri> {
    let Some(query) = uri.query() else { return Ok(uri.clone()) };
    let kept = query.split('&').filter(|pair| !pair.starts_with("X-Amz-Signature=") && !pair.starts_with("Signature="));
    let kept: Vec<_> = kept.collect();
    let path = format!("{}?{}", uri.path(), kept.join("&"));
    path.parse().map_err(|_| s3_error!(InvalidURI))
}
