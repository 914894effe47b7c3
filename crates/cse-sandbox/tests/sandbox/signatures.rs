//! Who is let in.

use core::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use cse_sandbox::Sandbox;

use crate::{
    clients::{BUCKET, fails, failure, get, put, s3, sandbox, start},
    raw::{Request, exchange},
};

#[tokio::test]
async fn only_the_right_secret_opens() {
    let (sandbox, client) = start(Sandbox::builder().credentials("ID", "secret").bucket(BUCKET)).await;
    put(&client, "key", b"x").await;
    let wrong = s3(&sandbox, "ID", "other").get_object().bucket(BUCKET).key("key").send().await;
    assert_eq!(failure(wrong), fails(403, "SignatureDoesNotMatch"));
    let unknown = s3(&sandbox, "OTHER", "secret").get_object().bucket(BUCKET).key("key").send().await;
    assert_eq!(failure(unknown), fails(403, "InvalidAccessKeyId"));
    let nobody = exchange(&sandbox, "GET", "/bucket/key", &[("host", sandbox.address().to_string().into())], b"").await;
    assert_eq!((nobody.status, nobody.code()), fails(403, "AccessDenied"));
    let ranged = [("host", sandbox.address().to_string().into()), ("range", b"bytes=2-1".to_vec())];
    let ranged = exchange(&sandbox, "GET", "/bucket/key", &ranged, b"").await;
    assert_eq!((ranged.status, ranged.code()), fails(403, "AccessDenied"));
    let forged = Request { secret: "other", ..Request::new("GET", "/bucket/key", b"") };
    let forged = forged.header("range", "bytes=2-1").send(&sandbox).await;
    assert_eq!(forged.status, 403);
}

#[tokio::test]
async fn presigned_addresses_open_what_they_name() {
    let (sandbox, client) = sandbox().await;
    let presigning = || PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let host = || vec![("host", sandbox.address().to_string().into_bytes())];
    let target = |uri: &str| uri.strip_prefix(&sandbox.endpoint()).unwrap().to_owned();
    let to_put = client.put_object().bucket(BUCKET).key("a b+ü").presigned(presigning()).await.unwrap();
    let stored = exchange(&sandbox, "PUT", &target(to_put.uri()), &host(), b"hello").await;
    assert_eq!(stored.status, 200);
    assert_eq!(get(&client, "a b+ü").await, b"hello");
    let to_get = client.get_object().bucket(BUCKET).key("a b+ü").presigned(presigning()).await.unwrap();
    let got = exchange(&sandbox, "GET", &target(to_get.uri()), &host(), b"").await;
    assert_eq!((got.status, got.body), (200, b"hello".to_vec()));
    let ranged = [host(), vec![("range", b"bytes=9-1".to_vec())]].concat();
    let ranged = exchange(&sandbox, "GET", &target(to_get.uri()), &ranged, b"").await;
    assert_eq!((ranged.status, ranged.body), (200, b"hello".to_vec()));
    let tampered = target(to_get.uri()).replace("a%20b", "a%20c");
    let tampered = exchange(&sandbox, "GET", &tampered, &host(), b"").await;
    assert_eq!((tampered.status, tampered.code()), fails(403, "SignatureDoesNotMatch"));
    let other_verb = exchange(&sandbox, "DELETE", &target(to_get.uri()), &host(), b"").await;
    assert_eq!(other_verb.status, 403);
}

#[tokio::test]
async fn old_presigned_addresses_open_nothing() {
    let (sandbox, client) = sandbox().await;
    put(&client, "key", b"x").await;
    let past = std::time::SystemTime::now() - Duration::from_secs(600);
    let presigning = PresigningConfig::builder().start_time(past).expires_in(Duration::from_secs(60)).build().unwrap();
    let old = client.get_object().bucket(BUCKET).key("key").presigned(presigning).await.unwrap();
    let target = old.uri().strip_prefix(&sandbox.endpoint()).unwrap();
    let host = [("host", sandbox.address().to_string().into())];
    let answer = exchange(&sandbox, "GET", target, &host, b"").await;
    assert_eq!((answer.status, answer.code()), fails(403, "AccessDenied"));
}

#[tokio::test]
async fn buckets_in_the_host_name() {
    let (sandbox, client) = sandbox().await;
    let port = sandbox.address().port();
    let presigning = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    put(&client, "key", b"hello").await;
    let config = client.config().to_builder().endpoint_url(format!("http://localhost:{port}")).force_path_style(false);
    let client = aws_sdk_s3::Client::from_conf(config.build());
    let presigned = client.get_object().bucket(BUCKET).key("key").presigned(presigning).await.unwrap();
    let host = format!("bucket.localhost:{port}");
    let target = presigned.uri().strip_prefix(&format!("http://{host}")).unwrap();
    let got = exchange(&sandbox, "GET", target, &[("host", host.clone().into())], b"").await;
    assert_eq!((got.status, got.body), (200, b"hello".to_vec()));
}

#[tokio::test]
async fn other_services_are_not_s3() {
    let (sandbox, _client) = sandbox().await;
    let other = Request { service: "kms", ..Request::new("GET", "/bucket/key", b"") };
    assert_eq!(other.send(&sandbox).await.status, 501);
}
