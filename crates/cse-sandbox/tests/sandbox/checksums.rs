//! Checksums: stored, returned, and bytes that do not match them refused.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{ChecksumAlgorithm, ChecksumMode, ChecksumType},
};

use crate::{
    clients::{BUCKET, fails, failure, get, sandbox},
    raw::Request,
};

/// Of `hello`.
const SUMS: [(ChecksumAlgorithm, &str, &str); 5] = [
    (ChecksumAlgorithm::Crc32, "x-amz-checksum-crc32", "NhCmhg=="),
    (ChecksumAlgorithm::Crc32C, "x-amz-checksum-crc32c", "mnG7TA=="),
    (ChecksumAlgorithm::Crc64Nvme, "x-amz-checksum-crc64nvme", "M3eFcAZSQlc="),
    (ChecksumAlgorithm::Sha1, "x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
    (ChecksumAlgorithm::Sha256, "x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
];

#[tokio::test]
async fn each_algorithm_is_stored_and_returned() {
    let (sandbox, client) = sandbox().await;
    for (algorithm, header, value) in SUMS {
        let put = client.put_object().bucket(BUCKET).key("key").body(ByteStream::from_static(b"hello"));
        put.checksum_algorithm(algorithm).send().await.unwrap();
        let asked = Request::new("HEAD", "/bucket/key", b"").header("x-amz-checksum-mode", "ENABLED");
        let asked = asked.send(&sandbox).await;
        assert_eq!((asked.header(header), asked.header("x-amz-checksum-type")), (Some(value), Some("FULL_OBJECT")));
        let unasked = Request::new("HEAD", "/bucket/key", b"").send(&sandbox).await;
        assert_eq!(unasked.header(header), None);
        let part = Request::new("GET", "/bucket/key", b"").header("x-amz-checksum-mode", "ENABLED");
        assert_eq!(part.header("range", "bytes=0-1").send(&sandbox).await.header(header), None, "{header}");
        assert_eq!(get(&client, "key").await, b"hello");
    }
}

#[tokio::test]
async fn without_one_there_is_crc64nvme() {
    let (sandbox, client) = sandbox().await;
    assert_eq!(Request::new("PUT", "/bucket/key", b"hello").send(&sandbox).await.status, 200);
    let head =
        client.head_object().bucket(BUCKET).key("key").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(head.checksum_crc64_nvme(), Some("M3eFcAZSQlc="));
    assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
}

#[tokio::test]
async fn wrong_ones_in_headers_are_refused_and_nothing_is_stored() {
    let (sandbox, client) = sandbox().await;
    for (_, header, value) in SUMS {
        let right = Request::new("PUT", "/bucket/right", b"hello").header(header, value).send(&sandbox).await;
        assert_eq!((right.status, right.header(header)), (200, Some(value)));
        let wrong = Request::new("PUT", "/bucket/key", b"hullo").header(header, value).send(&sandbox).await;
        assert_eq!((wrong.status, wrong.code()), fails(400, "BadDigest"), "{header}");
    }
    let md5 = Request::new("PUT", "/bucket/key", b"hullo").header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==");
    let md5 = md5.send(&sandbox).await;
    assert_eq!((md5.status, md5.code()), fails(400, "BadDigest"));
    let none = Request::new("PUT", "/bucket/key", b"hello").header("content-md5", "XUFAKg==").send(&sandbox).await;
    assert_eq!((none.status, none.code()), fails(400, "InvalidDigest"));
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("key").send().await), fails(404, "NotFound"));
    let right = Request::new("PUT", "/bucket/key", b"hello").header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==");
    assert_eq!(right.send(&sandbox).await.status, 200);
}

#[tokio::test]
async fn wrong_hashes_of_the_payload_are_refused() {
    let (sandbox, client) = sandbox().await;
    let wrong = Request::new("PUT", "/bucket/key", b"hello")
        .content_sha256("0000000000000000000000000000000000000000000000000000000000000000");
    let wrong = wrong.send(&sandbox).await;
    assert_eq!((wrong.status, wrong.code()), fails(400, "XAmzContentSHA256Mismatch"));
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("key").send().await), fails(404, "NotFound"));
    let unsigned = Request::new("PUT", "/bucket/key", b"hello").content_sha256("UNSIGNED-PAYLOAD");
    assert_eq!(unsigned.send(&sandbox).await.status, 200);
}

/// A body in one chunk with this trailer.
fn chunked(trailer: &str) -> Vec<u8> {
    format!("5\r\nhello\r\n0\r\n{trailer}\r\n").into_bytes()
}

fn trailing<'a>(body: &'a [u8], target: &'a str) -> Request<'a> {
    Request::new("PUT", target, body)
        .content_sha256("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        .header("content-encoding", "aws-chunked")
        .header("x-amz-decoded-content-length", "5")
        .header("x-amz-trailer", "x-amz-checksum-crc32")
}

#[tokio::test]
async fn trailers_are_compared() {
    let (sandbox, client) = sandbox().await;
    let cases = [
        ("x-amz-checksum-crc32:AAAAAA==\r\n", 400, "BadDigest"),
        ("x-amz-checksum-crc32c:mnG7TA==\r\n", 400, "InvalidRequest"),
        ("", 400, "InvalidRequest"),
    ];
    for (trailer, status, code) in cases {
        let body = chunked(trailer);
        let answer = trailing(&body, "/bucket/key").send(&sandbox).await;
        assert_eq!((answer.status, answer.code()), fails(status, code), "{trailer}");
    }
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("key").send().await), fails(404, "NotFound"));
    let body = chunked("x-amz-checksum-crc32:NhCmhg==\r\n");
    let answer = trailing(&body, "/bucket/key").send(&sandbox).await;
    assert_eq!((answer.status, answer.header("x-amz-checksum-crc32")), (200, Some("NhCmhg==")));
    let got = client.get_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(got.content_encoding(), None);
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");
}

#[tokio::test]
async fn bodies_that_end_early_are_refused() {
    let (sandbox, client) = sandbox().await;
    let short = trailing(b"5\r\nhel", "/bucket/key").send(&sandbox).await;
    assert_eq!((short.status, short.code()), fails(400, "IncompleteBody"));
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("key").send().await), fails(404, "NotFound"));
}
