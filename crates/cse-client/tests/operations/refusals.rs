//! What is refused is refused before any request.

use cse_client::{
    Body, Client, Error, ErrorKind, MemoryTransport, Metadata, RequestOptions, error::InvalidRequest, memory::Operation,
};
use cse_envelope::{KeyPlacement, error::LengthError};
use futures_util::stream;

use crate::support::{BUCKET, client, contents, store, unknown};

/// What a write of this metadata says, as a put and as an upload; both are the same, and nothing was sent.
async fn refusal(client: &Client, store: &MemoryTransport, metadata: &Metadata) -> Option<InvalidRequest> {
    store.clear_requests();
    let put = client.put(BUCKET, "key", "x").metadata(metadata.clone()).send().await.err();
    let start = client.upload(BUCKET, "key").metadata(metadata.clone()).start().await;
    let upload = match start {
        Ok(upload) => {
            upload.abort().await.unwrap();
            None
        }
        Err(error) => Some(error),
    };
    let refusals = [put, upload].map(|error| {
        error.map(|error| match error {
            Error::InvalidRequest(refusal) => refusal,
            other => panic!("{other}"),
        })
    });
    let [put, upload] = refusals;
    assert_eq!(put, upload);
    assert!(put.is_none() || store.requests().is_empty());
    put
}

#[tokio::test]
async fn metadata_of_the_encryption_is_not_the_users() {
    let store = store();
    let client = client(&store);
    for name in [
        "x-amz-key",
        "x-amz-key-v2",
        "x-amz-iv",
        "x-amz-matdesc",
        "x-amz-cek-alg",
        "x-amz-wrap-alg",
        "x-amz-tag-len",
        "x-amz-unencrypted-content-length",
        "x-amz-c",
        "x-amz-d",
        "x-amz-i",
        "x-amz-3",
        "x-amz-w",
        "x-amz-m",
        "x-amz-t",
        "x-amz-crypto-instr-file",
        "X-AMZ-KEY",
        "x-amz-meta-x-amz-iv",
    ] {
        let refused = refusal(&client, &store, &Metadata::from_iter([(name, "1")])).await;
        assert!(matches!(refused, Some(InvalidRequest::ReservedMetadata { .. })), "{name}: {refused:?}");
    }
    for (name, value) in [("a b", "1"), ("", "1"), ("a", "two\nlines")] {
        let refused = refusal(&client, &store, &Metadata::from_iter([(name, value)])).await;
        assert!(matches!(refused, Some(InvalidRequest::MetadataSyntax { .. })), "{name}: {refused:?}");
    }
    assert_eq!(refusal(&client, &store, &Metadata::from_iter([("x-amz-mine", "é")])).await, None);
}

#[tokio::test]
async fn metadata_that_s3_would_not_take_is_refused_with_a_way_out() {
    let store = store();
    let client = client(&store);
    let long = |len: usize| Metadata::from_iter([("a", "x".repeat(len))]);
    let envelope_len = {
        client.put(BUCKET, "measured", "x").send().await.unwrap();
        store.stored(BUCKET, "measured").unwrap().metadata.stored_len()
    };
    let room = 2048 - envelope_len - 1;
    assert_eq!(refusal(&client, &store, &long(room)).await, None);
    let refused = refusal(&client, &store, &long(room + 1)).await.unwrap();
    assert_eq!(refused, InvalidRequest::MetadataTooLong { len: 2049, limit: 2048 });
    assert!(refused.to_string().contains("InstructionFile"), "{refused}");

    // The way out that the message names.
    let put = client.put(BUCKET, "other", "x").metadata(long(room + 1)).key_placement(KeyPlacement::InstructionFile);
    put.send().await.unwrap();
}

#[tokio::test]
async fn lengths_that_cannot_be_are_refused() {
    let store = store();
    let client = client(&store);
    let error = client.put(BUCKET, "key", unknown(&contents(10), 3)).send().await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(InvalidRequest::UnknownLength)), "{error}");
    let declared = |len| Body::from_stream(stream::iter([Ok::<_, Error>(contents(1))]), Some(len));
    let error = client.put(BUCKET, "key", declared(1 << 40)).send().await.unwrap_err();
    assert!(matches!(error, Error::Length(LengthError::TooLong { .. })), "{error}");
    let error = client.put(BUCKET, "key", declared((5 << 30) - 15)).send().await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)) && error.to_string().contains("upload"), "{error}");
    let error = client.upload(BUCKET, "key").plaintext_len(1 << 40).start().await.unwrap_err();
    assert!(matches!(error, Error::Length(LengthError::TooLong { .. })), "{error}");
    assert!(store.requests().is_empty());
}

#[tokio::test]
async fn an_upload_must_have_the_length_it_declares() {
    for (declared, parts) in [(10, &[5, 4][..]), (10, &[5, 6]), (10, &[]), (0, &[1])] {
        let store = store();
        let mut upload = client(&store).upload(BUCKET, "key").plaintext_len(declared).start().await.unwrap();
        let mut refused = None;
        for len in parts {
            refused = refused.or(upload.upload_part(contents(*len)).await.err());
        }
        let ended = upload.complete().await.unwrap_err();
        let error = refused.unwrap_or(ended);
        assert!(matches!(error, Error::Length(LengthError::NotAsDeclared { .. })), "{error}");
        assert!(store.uploads().is_empty() && store.objects().is_empty());
    }
}

#[test]
fn headers_that_would_contradict_the_encryption_are_refused() {
    for name in
        ["content-md5", "x-amz-checksum-sha256", "x-amz-meta-colour", "x-amz-write-offset-bytes", "content-length"]
    {
        let error = RequestOptions::new().header(name, "1").unwrap_err();
        assert!(matches!(&error, InvalidRequest::Header { name: told, .. } if told == name), "{error}");
    }
}

#[tokio::test]
async fn companions_carry_who_asks() {
    let store = store().with_owner("111122223333").with_requester_pays();
    let client = client(&store);
    let options = RequestOptions::new().expected_bucket_owner("111122223333").request_payer();
    let options = options.header("x-amz-storage-class", "GLACIER_IR").unwrap();
    let put = client.put(BUCKET, "key", contents(500)).key_placement(KeyPlacement::InstructionFile);
    put.options(options.clone()).send().await.unwrap();
    let get = client.get(BUCKET, "key").options(options).send().await.unwrap();
    assert_eq!(get.content.collect().await.unwrap(), contents(500));
    let is_file = |key: &str| key.ends_with(".instruction");
    for request in store.requests() {
        assert_eq!(request.header("x-amz-request-payer"), Some("requester"));
        let class = request.header("x-amz-storage-class").is_some();
        assert!(!class || !is_file(&request.location.key), "{request:?}");
    }
    assert!(store.requests_of(Operation::PutObject).iter().any(|request| is_file(&request.location.key)));
    let error = client.get(BUCKET, "key").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
}
