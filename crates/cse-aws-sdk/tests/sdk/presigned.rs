//! Presigned requests, sent by a client that knows neither AWS nor encryption.

use std::time::Duration;

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use bytes::Bytes;
use cse_client::{Body, ErrorKind};
use cse_envelope::KeyPlacement;
use http_body::Body as _;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

use crate::support::sandbox::{BUCKET, Place};

fn expires() -> PresigningConfig {
    PresigningConfig::expires_in(Duration::from_secs(60)).unwrap()
}

async fn send(request: &PresignedRequest, body: Body) -> http::Response<hyper::body::Incoming> {
    let len = body.size_hint().exact().unwrap();
    let mut request = request.make_http_1x_request(body);
    request.headers_mut().insert("content-length", len.into());
    Client::builder(TokioExecutor::new()).build_http().request(request).await.unwrap()
}

#[tokio::test]
async fn a_presigned_put_is_signed_with_its_envelope() {
    let place = Place::start().await;
    let put = place.cse.put_object().bucket(BUCKET).key("k").content_type("a/b").metadata("colour", "red");
    let put = put.presigned(5, expires()).await.unwrap();
    assert!(put.request.headers().any(|(name, _)| name == "x-amz-meta-x-amz-3"));
    let body: Bytes = put.plan.encrypt("hello").unwrap();
    let answer = send(&put.request, body.into()).await;
    assert!(answer.status().is_success(), "{answer:?}");
    let read = place.cse.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(read.content_type.as_deref(), Some("a/b"));
    assert_eq!(read.metadata.as_ref().and_then(|metadata| metadata.get("colour")).map(String::as_str), Some("red"));
    assert_eq!(place.read("k").await, b"hello");
}

#[tokio::test]
async fn a_presigned_get_is_decrypted_and_verified() {
    let place = Place::start().await;
    place.put("k", b"hello").await;
    let get = place.s3.get_object().bucket(BUCKET).key("k").presigned(expires()).await.unwrap();
    let answer = send(&get, Body::default()).await;
    let object = place.cse.get_object().bucket(BUCKET).key("k").decrypt_response(answer).await.unwrap();
    assert_eq!(object.attributes.content_len, Some(5));
    assert_eq!(object.content.collect().await.unwrap(), "hello");
}

#[tokio::test]
async fn a_presigned_answer_may_need_the_instruction_file_or_fail() {
    let place = Place::start().await;
    let put = place.cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into());
    put.key_placement(KeyPlacement::InstructionFile).send().await.unwrap();
    let get = place.s3.get_object().bucket(BUCKET).key("k").presigned(expires()).await.unwrap();
    let answer = send(&get, Body::default()).await;
    let object = place.cse.get_object().bucket(BUCKET).key("k").decrypt_response(answer).await.unwrap();
    assert_eq!(object.content.collect().await.unwrap(), "hello");

    let get = place.s3.get_object().bucket(BUCKET).key("missing").presigned(expires()).await.unwrap();
    let answer = send(&get, Body::default()).await;
    let error = place.cse.get_object().bucket(BUCKET).key("missing").decrypt_response(answer).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_cannot_be_presigned_is_refused() {
    let place = Place::start().await;
    let put = || place.cse.put_object().bucket(BUCKET).key("k");
    for put in [
        put().body(b"hello".to_vec().into()),
        put().key_placement(KeyPlacement::InstructionFile),
        put().with(|put| put.content_md5("kAFQmDzST7DWlj99KOF/cg==")),
    ] {
        assert_eq!(put.presigned(5, expires()).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
    // The plan holds for the length that was signed.
    let planned = put().presigned(5, expires()).await.unwrap();
    assert!(planned.plan.encrypt("hello world").is_err());
}
