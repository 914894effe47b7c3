//! What is sent again: the same bytes, and never under the same key and IV another content.

use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeSerializationInterceptorContextMut},
    error::BoxError,
    operation::{get_object::GetObjectInput, put_object::PutObjectInput},
    primitives::ByteStream,
    types::RequestPayer,
};
use bytes::Bytes;
use cse_aws_sdk::{Client, Error};
use cse_client::{Body, Config, ErrorKind, error::InvalidRequest};
use cse_envelope::KeyPlacement;
use futures_util::stream;

use crate::support::{
    s3,
    sandbox::{BUCKET, Place, keyring},
    scripted::{Scripted, answer, borrowed, head, s3_error},
};

fn slow_down() -> Vec<u8> {
    s3_error("503 Slow Down", "SlowDown")
}

fn stored() -> Vec<u8> {
    answer("200 OK", &[("etag", b"\"e\"")], b"")
}

fn client(script: Vec<Vec<u8>>) -> (Scripted, Client) {
    let server = Scripted::start(script);
    let cse = Client::new(&s3(&server.url), keyring());
    (server, cse)
}

fn streamed() -> ByteStream {
    let chunks = stream::iter((0..4).map(|_| Ok::<_, cse_client::Error>(Bytes::from_static(&[5; 1000]))));
    let body = Body::from_stream(chunks, Some(4000));
    ByteStream::new(aws_sdk_s3::primitives::SdkBody::from_body_1_x(body))
}

#[tokio::test]
async fn every_attempt_sends_the_same_bytes() {
    for body in [ByteStream::from(vec![5; 4000]), streamed()] {
        let (server, cse) = client(vec![slow_down(), slow_down(), stored()]);
        cse.put_object().bucket(BUCKET).key("k").body(body).send().await.unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        let ciphertexts: Vec<_> = requests.iter().map(|request| ciphertext(&request.body)).collect();
        assert!(ciphertexts.iter().all(|ciphertext| *ciphertext == ciphertexts[0]));
        let ivs: Vec<_> = requests.iter().map(|request| request.header("x-amz-meta-x-amz-i").unwrap()).collect();
        assert!(ivs.iter().all(|iv| *iv == ivs[0]));
    }
}

/// Stored bytes out of what was sent, which may be in signed chunks: their signatures differ with time.
fn ciphertext(body: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b";chunk-signature=";
    let mut rest = body;
    let mut all = Vec::new();
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        let len = usize::from_str_radix(std::str::from_utf8(&rest[..at]).unwrap(), 16).unwrap();
        let data = at + MARK.len() + 64 + 2;
        if len == 0 {
            return all;
        }
        all.extend_from_slice(&rest[data..data + len]);
        rest = &rest[data + len + 2..];
    }
    all.extend_from_slice(rest);
    all
}

#[tokio::test]
async fn a_long_stream_is_sent_once() {
    let (server, cse) = client(vec![slow_down(), stored()]);
    let cse = cse.with_config(Config::new().multipart_threshold(3999));
    let error = cse.put_object().bucket(BUCKET).key("k").body(streamed()).send().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn checksums_are_of_the_ciphertext() {
    let (server, cse) = client(vec![stored()]);
    cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into()).send().await.unwrap();
    let request = &server.requests()[0];
    // CRC-32 of "hello" would be NhCmhg==.
    let sum = request.header("x-amz-checksum-crc32").unwrap();
    assert_ne!(sum, "NhCmhg==");
    let agent = request.header("user-agent").unwrap();
    assert!(agent.contains(concat!("lib/cse-aws-sdk/", env!("CARGO_PKG_VERSION"))), "{agent}");
    assert_eq!(request.header("content-length"), Some("21"));
}

#[tokio::test]
async fn companion_requests_say_who_asks_and_with_which_key() {
    let file_is_absent = || s3_error("404 Not Found", "NoSuchKey");
    // Head of the object as it was, the instruction file, the object.
    let (server, cse) = client(vec![answer("404 Not Found", &[], b""), stored(), stored()]);
    let put = cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into());
    let put = put.key_placement(KeyPlacement::InstructionFile).tagging("a=b").expected_bucket_owner("111122223333");
    let put = put.request_payer(RequestPayer::Requester).sse_customer_algorithm("AES256").sse_customer_key("a2V5");
    put.sse_customer_key_md5("bWQ1").send().await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[1].line.contains("k.instruction"), "{}", requests[1].line);
    for request in &requests {
        assert_eq!(request.header("x-amz-expected-bucket-owner"), Some("111122223333"), "{}", request.line);
        assert_eq!(request.header("x-amz-request-payer"), Some("requester"));
        assert_eq!(request.header("x-amz-server-side-encryption-customer-key"), Some("a2V5"));
        assert_eq!(request.header("x-amz-server-side-encryption-customer-key-md5"), Some("bWQ1"));
    }
    assert_eq!(requests[1].header("x-amz-tagging"), None);
    assert_eq!(requests[2].header("x-amz-tagging"), Some("a=b"));

    let (server, cse) = client(vec![answer("200 OK", &[], b"plain"), file_is_absent()]);
    let get = cse.get_object().bucket(BUCKET).key("k").sse_customer_key("a2V5");
    assert_eq!(get.send().await.unwrap_err().kind(), ErrorKind::NoEnvelope);
    assert_eq!(server.requests()[1].header("x-amz-server-side-encryption-customer-key"), Some("a2V5"));
}

#[tokio::test]
async fn a_source_is_looked_at_with_its_own_key() {
    let place = Place::start().await;
    place.put("k", b"hello").await;
    let metadata = place.metadata_headers("k").await;
    let mut headers = borrowed(&metadata);
    headers.push(("etag", b"\"e\""));
    let copied = b"<CopyObjectResult><ETag>\"f\"</ETag></CopyObjectResult>";
    let looked = answer("200 OK", &headers, b"");
    let (server, cse) = client(vec![looked, s3_error("404 Not Found", "NoSuchKey"), answer("200 OK", &[], copied)]);
    let copy = cse.copy_object().copy_source("from/k").bucket(BUCKET).key("copy").expected_bucket_owner("1");
    let copy = copy.copy_source_sse_customer_key("c291cmNl").expected_source_bucket_owner("2");
    copy.sse_customer_key("dGFyZ2V0").send().await.unwrap();
    let requests = server.requests();
    for look in &requests[..2] {
        assert_eq!(look.header("x-amz-server-side-encryption-customer-key"), Some("c291cmNl"), "{}", look.line);
        assert_eq!(look.header("x-amz-expected-bucket-owner"), Some("2"));
    }
    assert_eq!(requests[2].header("x-amz-server-side-encryption-customer-key"), Some("dGFyZ2V0"));
    assert_eq!(requests[2].header("x-amz-copy-source-server-side-encryption-customer-key"), Some("c291cmNl"));
    // Pinned to what was looked at.
    assert_eq!(requests[2].header("x-amz-copy-source-if-match"), Some("\"e\""));
}

#[tokio::test]
async fn more_than_a_single_request_copies_is_refused() {
    let place = Place::start().await;
    place.put("k", b"hello").await;
    let metadata = place.metadata_headers("k").await;
    let mut headers = borrowed(&metadata);
    headers.push(("etag", b"\"e\""));
    let large = head("200 OK", &headers, 6 << 30);
    let (server, cse) = client(vec![large, s3_error("404 Not Found", "NoSuchKey")]);
    let copy = cse.copy_object().copy_source("from/k").bucket(BUCKET).key("copy");
    let error = copy.send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn deleting_an_instruction_file_says_who_asks() {
    let gone = || answer("204 No Content", &[], b"");
    let (server, cse) = client(vec![gone(), gone()]);
    let delete = cse.delete_object().bucket(BUCKET).key("k").mfa("1 2").expected_bucket_owner("1");
    delete.request_payer(RequestPayer::Requester).send().await.unwrap();
    let file = &server.requests()[1];
    assert!(file.line.contains("k.instruction"), "{}", file.line);
    assert_eq!(
        (file.header("x-amz-expected-bucket-owner"), file.header("x-amz-request-payer")),
        (Some("1"), Some("requester"))
    );
    assert_eq!(file.header("x-amz-mfa"), None);
}

/// An interceptor of a user, who means well.
#[derive(Debug)]
struct Meddling;

impl Intercept for Meddling {
    fn name(&self) -> &'static str {
        "Meddling"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(put) = context.input_mut().downcast_mut::<PutObjectInput>() {
            match put.key.as_deref() {
                Some("md5") => put.content_md5 = Some("kAFQmDzST7DWlj99KOF/cg==".to_owned()),
                Some("key") => put.key = Some("other".to_owned()),
                Some("body") => put.body = b"longer than was planned".to_vec().into(),
                _ => put.metadata.get_or_insert_default().extend([("x-amz-3".to_owned(), "mine".to_owned())]),
            }
        }
        if let Some(get) = context.input_mut().downcast_mut::<GetObjectInput>() {
            get.range = Some("bytes=0-1".to_owned());
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_interceptors_change_is_checked_again() {
    for key in ["md5", "key", "body", "metadata"] {
        let (server, cse) = client(vec![stored()]);
        let put = cse.put_object().bucket(BUCKET).key(key).body(b"hello".to_vec().into());
        let error = put.customize(|operation| operation.interceptor(Meddling)).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{key}: {error:?}");
        assert!(server.requests().is_empty(), "{key}");
    }
    let (server, cse) = client(vec![stored()]);
    let get = cse.get_object().bucket(BUCKET).key("k").customize(|operation| operation.interceptor(Meddling));
    let error = get.send().await.unwrap_err();
    assert!(matches!(
        error,
        Error::Cse(cse_client::Error::InvalidRequest(InvalidRequest::Field { field: "range", .. }))
    ));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn customizations_reach_the_request() {
    let (server, cse) = client(vec![stored()]);
    let put = cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into());
    let put =
        put.customize(|operation| operation.mutate_request(|request| drop(request.headers_mut().insert("x-one", "1"))));
    let put =
        put.customize(|operation| operation.mutate_request(|request| drop(request.headers_mut().insert("x-two", "2"))));
    put.send().await.unwrap();
    let request = &server.requests()[0];
    assert_eq!((request.header("x-one"), request.header("x-two")), (Some("1"), Some("2")));
}

#[tokio::test]
async fn a_stream_that_fails_says_why() {
    let (_, cse) = client(vec![stored()]);
    let chunks =
        stream::iter([Ok(Bytes::from_static(&[5; 1000])), Err(cse_client::Error::from_stream("the disk is gone"))]);
    let body = ByteStream::new(aws_sdk_s3::primitives::SdkBody::from_body_1_x(Body::from_stream(chunks, Some(2000))));
    let error = cse.put_object().bucket(BUCKET).key("k").body(body).send().await.unwrap_err();
    assert!(matches!(error, Error::Sdk(_)));
    assert!(!error.is_retryable(), "{error:?}");
    assert!(format!("{error:?}").contains("the disk is gone"), "{error:?}");
}
