//! Bodies on their way in: checksums in headers and trailers, limits, and what is noted beside the bytes.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue};
use s3s::{
    S3Request, S3Result, TrailingHeaders,
    crypto::{Checksum as _, Md5},
    dto::{Metadata, SSEKMSEncryptionContext, ServerSideEncryption, StreamingBlob, Timestamp},
    s3_error,
};

use super::Sandboxed;
use crate::store::{Algorithm, Checksums, CustomerKey, Encryption, Hashers, Millis, NewBody, StoreError};

/// Bytes of one put or part, and of the source of one copy.
pub(super) const MAX_PUT_LEN: u64 = 5 * 1024 * 1024 * 1024;
/// Bytes of names and values of user metadata.
const MAX_METADATA_LEN: usize = 2048;

/// What a request says about its body.
pub(super) struct Expected {
    md5: Option<String>,
    checksums: Checksums,
    /// Checksums that come after the body.
    trailing: Vec<Algorithm>,
    trailers: Option<TrailingHeaders>,
    asked: Option<Algorithm>,
}

impl Expected {
    /// # Errors
    ///
    /// `InvalidDigest` if the MD5 is none, `EntityTooLarge` above 5 GiB.
    pub(super) fn of<T>(req: &S3Request<T>) -> S3Result<Self> {
        let text = |name: &str| req.headers.get(name).and_then(|value| value.to_str().ok());
        let len = text("content-length").and_then(|len| len.parse::<u64>().ok());
        if len.is_some_and(|len| len > MAX_PUT_LEN) {
            return Err(s3_error!(EntityTooLarge, "one request can bring 5 GiB: upload in parts"));
        }
        let md5 = text("content-md5").map(str::to_owned);
        if md5.as_ref().is_some_and(|md5| BASE64_STANDARD.decode(md5).map_or(true, |bytes| bytes.len() != 16)) {
            return Err(s3_error!(InvalidDigest, "Content-MD5 is not the Base64 of 16 bytes"));
        }
        let mut checksums = Checksums::default();
        for algorithm in Algorithm::ALL {
            if let Some(value) = text(algorithm.header()) {
                checksums.set(algorithm, value.to_owned());
            }
        }
        let announced = text("x-amz-trailer").unwrap_or_default();
        let announced = announced.split(',').map(str::trim);
        let trailing = announced.filter_map(|name| {
            Algorithm::ALL.into_iter().find(|algorithm| algorithm.header().eq_ignore_ascii_case(name))
        });
        let trailing = trailing.collect();
        let asked = text("x-amz-sdk-checksum-algorithm").and_then(Algorithm::from_name);
        Ok(Self { md5, checksums, trailing, trailers: req.trailing_headers.clone(), asked })
    }

    fn algorithms(&self) -> impl Iterator<Item = Algorithm> + '_ {
        self.checksums.algorithms().chain(self.trailing.iter().copied()).chain(self.asked)
    }

    fn check(&self, body: &NewBody) -> S3Result<()> {
        let md5 = BASE64_STANDARD.encode(body.md5);
        let same_md5 = self.md5.as_ref().is_none_or(|wanted| *wanted == md5);
        if !same_md5 || !body.checksums.agree_with(&self.checksums) || !body.checksums.agree_with(&self.trailing()?) {
            return Err(StoreError::BadDigest.into());
        }
        Ok(())
    }

    /// Known once the body has been read.
    fn trailing(&self) -> S3Result<Checksums> {
        let mut checksums = Checksums::default();
        for algorithm in self.trailing.iter().copied() {
            let read = |trailers: &TrailingHeaders| trailers.read(|headers| text(headers, algorithm.header()));
            match self.trailers.as_ref().and_then(read).flatten() {
                Some(value) => checksums.set(algorithm, value),
                None => {
                    return Err(s3_error!(
                        InvalidRequest,
                        "the trailer {} was announced and did not come",
                        algorithm.header()
                    ));
                }
            }
        }
        Ok(checksums)
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(|value| value.trim().to_owned())
}

impl Sandboxed {
    /// Takes a body and compares it with what the request says about it.
    pub(super) async fn receive(
        &self,
        bucket: &str,
        body: Option<StreamingBlob>,
        expected: &Expected,
        also: Option<Algorithm>,
    ) -> S3Result<NewBody> {
        let body = body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let hashers = Hashers::new(expected.algorithms().chain(also));
        let body = self.store.receive(bucket, body, hashers).await?;
        expected.check(&body)?;
        Ok(body)
    }
}

/// # Errors
///
/// `MetadataTooLarge` above 2 KB of names and values.
pub(super) fn metadata(metadata: Option<Metadata>) -> S3Result<alloc::collections::BTreeMap<String, String>> {
    let metadata = metadata.unwrap_or_default();
    let len: usize = metadata.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum();
    if len > MAX_METADATA_LEN {
        return Err(s3_error!(
            MetadataTooLarge,
            "the user metadata has {len} bytes; at most {MAX_METADATA_LEN} are allowed"
        ));
    }
    Ok(metadata.into_iter().collect())
}

/// Values with tabs, which s3s would encode and S3 does not; the rest stays.
pub(super) fn split_tabs(metadata: &mut Metadata) -> HeaderMap {
    let plain = |value: &str| value.contains('\t') && value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let with_tabs: Vec<_> = metadata.iter().filter(|(_, value)| plain(value)).map(|(name, _)| name.clone()).collect();
    let headers = with_tabs.into_iter().filter_map(|name| {
        let value = HeaderValue::from_str(&metadata.remove(&name)?).ok()?;
        Some((http::HeaderName::try_from(format!("x-amz-meta-{name}")).ok()?, value))
    });
    headers.collect()
}

/// Without the coding that is of the transfer only.
pub(super) fn content_encoding(value: Option<String>) -> Option<String> {
    let value = value?;
    let codings = value.split(',').map(str::trim).filter(|coding| !coding.eq_ignore_ascii_case("aws-chunked"));
    let kept = codings.collect::<Vec<_>>().join(",");
    (!kept.is_empty()).then_some(kept)
}

/// What S3 assumes for want of a better one.
pub(super) fn content_type(value: Option<String>) -> Option<String> {
    Some(value.unwrap_or_else(|| "binary/octet-stream".to_owned()))
}

pub(super) fn expires(value: Option<Timestamp>) -> Option<Millis> {
    value.map(Into::into)
}

/// Server-side encryption as it is asked for.
pub(super) fn encryption(
    algorithm: Option<ServerSideEncryption>,
    kms_key_id: Option<String>,
    kms_context: Option<SSEKMSEncryptionContext>,
    bucket_key: Option<bool>,
    customer: Option<CustomerKey>,
) -> Encryption {
    let algorithm = algorithm.map(|algorithm| algorithm.as_str().to_owned());
    Encryption { algorithm, kms_key_id, kms_context, bucket_key, customer }
}

/// Base64 to Base64.
pub(super) fn md5_of_base64(key: &str) -> Option<String> {
    let key = BASE64_STANDARD.decode(key).ok().filter(|key| key.len() == 32)?;
    Some(BASE64_STANDARD.encode(Md5::checksum(&key)))
}
