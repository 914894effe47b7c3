//! However a request fails: what it was signed with, and what its URL says, is in no error.

use std::error::Error as StdError;

use cse_client::{
    ObjectLocation, Transport,
    transport::{GetObject, PutObject, TransportErrorKind},
};
use cse_keys::{GenerateDataKeyRequest, KmsApi, system_rng};
use cse_reqwest::{Credentials, Kms, ReqwestTransport, RetryPolicy, UrlTransport, object_response};

use crate::support::{
    chain, http, object,
    scripted::{Scripted, answer, head, s3_error},
};

/// What nobody shall see.
const SECRETS: [&str; 4] = ["SKsecret", "SESSIONsecret", "c0ffeesecret", "PASSWORDsecret"];

fn credentials() -> Credentials {
    Credentials::temporary("AKEXAMPLE", "SKsecret", "SESSIONsecret")
}

/// A URL as S3's are presigned.
fn presigned(server: &str) -> String {
    format!("{server}/bucket/key?X-Amz-Security-Token=SESSIONsecret&X-Amz-Signature=c0ffeesecret")
}

fn urls(url: &str) -> UrlTransport {
    UrlTransport::new(http()).retry(RetryPolicy::never()).url("key", url).unwrap()
}

fn is_clean(error: &(dyn StdError + 'static)) {
    let shown = chain(error);
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// What is answered instead of an object.
fn failures() -> Vec<(&'static str, Vec<u8>)> {
    let echo = b"<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><CanonicalRequest>X-Amz-Signature=c0ffeesecret\n\
        x-amz-security-token:SESSIONsecret</CanonicalRequest></Error>";
    let location: (&str, &[u8]) = ("location", b"https://other.example/key?X-Amz-Signature=c0ffeesecret");
    let mut cut = head("200 OK", &[], 100);
    cut.extend_from_slice(b"begun");
    vec![
        ("no answer", vec![]),
        ("no HTTP", b"SSH-2.0-OpenSSH\r\n".to_vec()),
        ("a broken header", b"HTTP/1.1 200 OK\r\n\x00: 1\r\n\r\n".to_vec()),
        ("a redirection", answer("302 Found", &[location], b"")),
        ("a denial", s3_error("403 Forbidden", "AccessDenied")),
        ("a denial that repeats", answer("403 Forbidden", &[], echo)),
        ("bad XML", answer("400 Bad Request", &[], b"<Error><Code>X-Amz-Signature=c0ffeesecret")),
        ("a failure", answer("500 Internal Server Error", &[], b"")),
        ("no length", b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nstored".to_vec()),
        ("a cut body", cut),
    ]
}

#[tokio::test]
async fn of_presigned_urls() {
    for (what, failure) in failures() {
        let server = Scripted::start(vec![failure.clone(), failure]);
        let urls = urls(&presigned(&server.url));
        match urls.get_object(GetObject::new(object())).await {
            Err(error) => is_clean(&error),
            Ok(response) => is_clean(&response.body.collect().await.expect_err(what)),
        }
        assert_eq!(server.requests().len(), 1, "{what}");
        // Made by the caller's own client.
        let Ok(response) = http().get(presigned(&server.url)).send().await else { continue };
        match object_response(response).await {
            Err(error) => is_clean(&error),
            Ok(response) => is_clean(&response.body.collect().await.expect_err(what)),
        }
    }
}

#[tokio::test]
async fn of_signed_requests() {
    for (what, failure) in failures() {
        let server = Scripted::start(vec![failure.clone(), failure.clone(), failure]);
        let s3 = ReqwestTransport::new(http(), "eu-west-1").endpoint(&server.url).unwrap().credentials(credentials());
        let s3 = s3.retry(RetryPolicy::never());
        match s3.get_object(GetObject::new(object())).await {
            Err(error) => is_clean(&error),
            Ok(response) => is_clean(&response.body.collect().await.expect_err(what)),
        }
        if let Err(error) = s3.put_object(PutObject::new(object(), "PASSWORDsecret".into())).await {
            is_clean(&error);
        }
        let kms = Kms::new(http(), "eu-west-1", credentials()).endpoint(&server.url).unwrap();
        let (kms, context) = (kms.retry(RetryPolicy::never()), cse_envelope::EncryptionContext::new());
        let request = GenerateDataKeyRequest::new("key", &context, &[]);
        is_clean(&kms.generate_data_key(request, &mut system_rng()).await.expect_err(what));
        assert_eq!(server.requests().len(), 3, "{what}");
        assert!(
            server.requests().iter().all(|request| request.header("x-amz-security-token") == Some("SESSIONsecret"))
        );
    }
}

/// Neither the name, nor the port, nor the other side's TLS.
#[tokio::test]
async fn of_places_that_cannot_be_reached() {
    let closed = Scripted::start(vec![]).url;
    let no_tls = Scripted::start(vec![answer("200 OK", &[], b""); 2]).url.replace("http://", "https://");
    for server in [closed.as_str(), "http://no-such-host.invalid", no_tls.as_str()] {
        let error = urls(&presigned(server)).get_object(GetObject::new(object())).await.unwrap_err();
        assert!(matches!(error.kind(), TransportErrorKind::Unavailable | TransportErrorKind::NotSent), "{error:?}");
        is_clean(&error);
        let s3 = ReqwestTransport::new(http(), "eu-west-1").endpoint(server).unwrap().credentials(credentials());
        is_clean(&s3.retry(RetryPolicy::never()).get_object(GetObject::new(object())).await.unwrap_err());
    }
}

#[tokio::test]
async fn of_urls_that_are_none() {
    for url in [
        "X-Amz-Signature=c0ffeesecret",
        "ftp://host/?X-Amz-Signature=c0ffeesecret",
        "https://AKEXAMPLE:PASSWORDsecret@host/key",
        "https://AKEXAMPLE:PASSWORDsecret@host:port/key?X-Amz-Signature=c0ffeesecret",
        "https://ho st/?X-Amz-Signature=c0ffeesecret",
    ] {
        is_clean(&UrlTransport::new(http()).url("key", url).unwrap_err());
        is_clean(&ReqwestTransport::new(http(), "eu-west-1").endpoint(url).unwrap_err());
        is_clean(&Kms::new(http(), "eu-west-1", credentials()).endpoint(url).unwrap_err());
    }
    // A key that has no URL, in a transport that has others.
    let request = GetObject::new(ObjectLocation::new("", "other"));
    is_clean(&urls(&presigned("http://h")).get_object(request).await.unwrap_err());
}

#[test]
fn of_transports_themselves() {
    let s3 = ReqwestTransport::new(http(), "eu-west-1").credentials(credentials());
    let kms = Kms::new(http(), "eu-west-1", credentials());
    let shown = format!("{:?} {s3:?} {kms:?} {:?}", urls(&presigned("http://h")), credentials());
    assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
}
