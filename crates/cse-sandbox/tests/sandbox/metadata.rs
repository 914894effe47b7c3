//! What is noted beside the bytes.

use aws_sdk_s3::{
    primitives::{ByteStream, DateTime},
    types::{ServerSideEncryption, StorageClass},
};

use crate::{
    clients::{BUCKET, fails, failure, put, sandbox},
    raw::Request,
};

#[tokio::test]
async fn headers_come_back() {
    let (_sandbox, client) = sandbox().await;
    let put = client.put_object().bucket(BUCKET).key("key").body(ByteStream::from_static(b"x"));
    put.content_type("text/plain; charset=utf-8")
        .cache_control("no-store")
        .content_disposition("attachment; filename=\"x\"")
        .content_encoding("gzip")
        .content_language("de")
        .expires(DateTime::from_secs(2_000_000_000))
        .storage_class(StorageClass::StandardIa)
        .tagging("a=1&b=2")
        .website_redirect_location("/other")
        .metadata("Name", "value")
        .metadata("empty", "")
        .send()
        .await
        .unwrap();
    let got = client.get_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(got.content_type(), Some("text/plain; charset=utf-8"));
    assert_eq!(got.cache_control(), Some("no-store"));
    assert_eq!(got.content_disposition(), Some("attachment; filename=\"x\""));
    assert_eq!(got.content_encoding(), Some("gzip"));
    assert_eq!(got.content_language(), Some("de"));
    assert_eq!(got.expires_string(), Some("Wed, 18 May 2033 03:33:20 GMT"));
    assert_eq!(got.storage_class(), Some(&StorageClass::StandardIa));
    assert_eq!(got.tag_count(), Some(2));
    assert_eq!(got.website_redirect_location(), Some("/other"));
    let metadata = got.metadata().unwrap();
    assert_eq!(metadata.get("name").map(String::as_str), Some("value"));
    assert_eq!(metadata.len(), 2);
    let head = client.head_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!((head.content_encoding(), head.metadata()), (Some("gzip"), Some(metadata)));
}

#[tokio::test]
async fn without_a_type_the_content_is_binary() {
    let (sandbox, client) = sandbox().await;
    assert_eq!(Request::new("PUT", "/bucket/key", b"x").send(&sandbox).await.status, 200);
    let head = client.head_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!((head.content_type(), head.metadata().unwrap().len()), (Some("binary/octet-stream"), 0));
}

#[tokio::test]
async fn answers_can_be_told_their_headers() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "key", b"x").await;
    let get = client.get_object().bucket(BUCKET).key("key").response_content_type("text/html");
    assert_eq!(get.response_cache_control("no-cache").send().await.unwrap().content_type(), Some("text/html"));
}

#[tokio::test]
async fn the_coding_of_the_transfer_is_not_kept() {
    let (sandbox, client) = sandbox().await;
    for (sent, kept) in [("aws-chunked", None), ("gzip,aws-chunked", Some("gzip")), ("aws-chunked, br", Some("br"))] {
        let request = Request::new("PUT", "/bucket/key", b"x").header("content-encoding", sent);
        assert_eq!(request.send(&sandbox).await.status, 200);
        let head = client.head_object().bucket(BUCKET).key("key").send().await.unwrap();
        assert_eq!(head.content_encoding(), kept, "{sent}");
    }
}

#[tokio::test]
async fn metadata_may_have_2_kb() {
    let (_sandbox, client) = sandbox().await;
    let put = |value: String| client.put_object().bucket(BUCKET).key("key").metadata("name", value).send();
    put("v".repeat(2044)).await.unwrap();
    assert_eq!(failure(put("v".repeat(2045)).await), fails(400, "MetadataTooLarge"));
    let create = client.create_multipart_upload().bucket(BUCKET).key("key").metadata("name", "v".repeat(2045));
    assert_eq!(failure(create.send().await), fails(400, "MetadataTooLarge"));
}

#[tokio::test]
async fn the_bytes_of_other_scripts_count() {
    let (sandbox, _client) = sandbox().await;
    for (len, status) in [(1022, 200), (1023, 400)] {
        let request = Request::new("PUT", "/bucket/key", b"x").header("x-amz-meta-name", "ü".repeat(len));
        assert_eq!(request.send(&sandbox).await.status, status, "{len}");
    }
}

#[tokio::test]
async fn other_scripts_come_back_as_rfc_2047_and_tabs_as_they_are() {
    let (sandbox, _client) = sandbox().await;
    let request =
        Request::new("PUT", "/bucket/key", b"x").header("x-amz-meta-utf8", "ü").header("x-amz-meta-tab", "a\tb");
    assert_eq!(request.send(&sandbox).await.status, 200);
    for method in ["GET", "HEAD"] {
        let answer = Request::new(method, "/bucket/key", b"").send(&sandbox).await;
        assert_eq!(answer.header("x-amz-meta-utf8"), Some("=?UTF-8?B?w7w=?="));
        assert_eq!(answer.header("x-amz-meta-tab"), Some("a\tb"));
    }
    let encoded = Request::new("PUT", "/bucket/key", b"x").header("x-amz-meta-utf8", "=?UTF-8?Q?=C3=A4?=");
    assert_eq!(encoded.send(&sandbox).await.status, 200);
    let answer = Request::new("HEAD", "/bucket/key", b"").send(&sandbox).await;
    assert_eq!(answer.header("x-amz-meta-utf8"), Some("=?UTF-8?B?w6Q=?="));
}

#[tokio::test]
async fn bytes_that_are_no_utf_8_are_refused() {
    let (sandbox, client) = sandbox().await;
    let request = Request::new("PUT", "/bucket/key", b"x").header("x-amz-meta-latin", b"\xfc");
    assert_eq!(request.send(&sandbox).await.status, 403);
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("key").send().await), fails(404, "NotFound"));
}

#[tokio::test]
async fn encryption_by_the_server_is_noted() {
    let (_sandbox, client) = sandbox().await;
    let put = client.put_object().bucket(BUCKET).key("key").body(ByteStream::from_static(b"x"));
    let put = put.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id("some-key");
    let put = put.send().await.unwrap();
    assert_eq!(put.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    let head = client.head_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(head.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    assert_eq!(head.ssekms_key_id(), Some("some-key"));
}

/// Base64 of 32 zeros, of 32 ones, and of their MD5s.
const ZEROS: (&str, &str) = ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "cLyPS3KoaSFGi/joRB3OUQ==");
const ONES: (&str, &str) = ("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "4Funlf7OsLF0HL+vKU+fkg==");

#[tokio::test]
async fn the_customer_s_key_is_needed_again() {
    let (_sandbox, client) = sandbox().await;
    let put = |(key, md5): (&str, &str)| {
        let put = client.put_object().bucket(BUCKET).key("key").body(ByteStream::from_static(b"x"));
        put.sse_customer_algorithm("AES256").sse_customer_key(key).sse_customer_key_md5(md5).send()
    };
    let get = |(key, md5): (&str, &str)| {
        let get = client.get_object().bucket(BUCKET).key("key");
        get.sse_customer_algorithm("AES256").sse_customer_key(key).sse_customer_key_md5(md5).send()
    };
    assert_eq!(failure(put((ZEROS.0, ONES.1)).await), fails(400, "InvalidArgument"));
    assert_eq!(failure(put(("c2hvcnQ=", ZEROS.1)).await), fails(400, "InvalidArgument"));
    let md5 = put(ZEROS).await.unwrap().sse_customer_key_md5;
    assert_eq!(md5.as_deref(), Some(ZEROS.1));
    assert_eq!(get(ZEROS).await.unwrap().sse_customer_key_md5(), Some(ZEROS.1));
    assert_eq!(failure(get(ONES).await), fails(403, "AccessDenied"));
    let without = client.get_object().bucket(BUCKET).key("key").send().await;
    assert_eq!(failure(without), fails(400, "InvalidRequest"));
    let copy = client.copy_object().bucket(BUCKET).key("copy").copy_source("bucket/key").send().await;
    assert_eq!(failure(copy), fails(400, "InvalidRequest"));
    client.put_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(failure(get(ZEROS).await), fails(400, "InvalidRequest"));
    assert!(crate::clients::get(&client, "key").await.is_empty());
}

#[tokio::test]
async fn metadata_may_be_hundreds_of_names() {
    let (sandbox, client) = sandbox().await;
    let mut put = client.put_object().bucket(BUCKET).key("key");
    for number in 0..300 {
        put = put.metadata(format!("n{number}"), "v");
    }
    put.send().await.unwrap();
    // The SDK's own HTTP client takes 100 headers only.
    let answer = Request::new("HEAD", "/bucket/key", b"").send(&sandbox).await;
    assert_eq!((answer.header("x-amz-meta-n0"), answer.header("x-amz-meta-n299")), (Some("v"), Some("v")));
}
