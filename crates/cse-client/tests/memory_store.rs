//! What `MemoryTransport` does as S3, beyond what the conformance suite asks of every store.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]

use bytes::Bytes;
use cse_client::{
    Body, MemoryTransport, Metadata, ObjectLocation, RequestOptions, Transport,
    memory::Operation,
    transport::{
        CompleteMultipartUpload, CompletedPart, CopyObject, CreateMultipartUpload, DeleteObject, DeleteObjects,
        GetObject, HeadObject, ListMultipartUploads, ListObjects, PutObject, TransportError, TransportErrorKind,
        UploadPart, UploadPartCopy, UploadedPart, Written,
    },
};

fn at(key: &str) -> ObjectLocation {
    ObjectLocation::new("bucket", key)
}

async fn put(s3: &MemoryTransport, key: &str, body: &'static str) -> Result<Written, TransportError> {
    s3.put_object(PutObject::new(at(key), body.into())).await
}

async fn put_metadata<V: Into<Vec<u8>>>(
    s3: &MemoryTransport,
    entries: Vec<(&str, V)>,
) -> Result<Written, TransportError> {
    let mut request = PutObject::new(at("key"), Body::default());
    request.metadata = entries.into_iter().collect();
    s3.put_object(request).await
}

fn code<T: std::fmt::Debug>(answer: Result<T, TransportError>) -> String {
    answer.unwrap_err().code().unwrap_or("none").to_owned()
}

fn header(name: &str, value: &str) -> RequestOptions {
    RequestOptions::new().header(name, value).unwrap()
}

#[tokio::test]
async fn every_bucket_exists_unless_they_are_named() {
    let s3 = MemoryTransport::new();
    assert!(s3.list_objects(ListObjects::new("any")).await.unwrap().objects.is_empty());
    let s3 = MemoryTransport::new().with_buckets(["only"]);
    assert_eq!(code(put(&s3, "key", "x").await), "NoSuchBucket");
    assert_eq!(code(s3.delete_object(DeleteObject::new(at("key"))).await), "NoSuchBucket");
    assert_eq!(code(s3.create_multipart_upload(CreateMultipartUpload::new(at("key"))).await), "NoSuchBucket");
    assert_eq!(code(s3.list_multipart_uploads(ListMultipartUploads::new("bucket")).await), "NoSuchBucket");
    assert!(s3.objects().is_empty());
    s3.put_raw("bucket", "key", "x", Metadata::new());
    s3.get_object(GetObject::new(at("key"))).await.unwrap();
}

#[tokio::test]
async fn the_same_bytes_have_the_same_tag_and_parts_say_how_many() {
    let s3 = MemoryTransport::new().with_min_part_len(1);
    let (one, two) = (put(&s3, "a", "same").await.unwrap(), put(&s3, "b", "same").await.unwrap());
    assert_eq!(one.etag, two.etag);
    assert_ne!(one.etag, put(&s3, "a", "other").await.unwrap().etag);
    let upload = s3.create_multipart_upload(CreateMultipartUpload::new(at("key"))).await.unwrap();
    let mut parts = Vec::new();
    for number in [1, 2] {
        let part = UploadPart::new(at("key"), &*upload, number, Bytes::from("x"));
        parts.push(CompletedPart::new(number, s3.upload_part(part).await.unwrap()));
    }
    let written = s3.complete_multipart_upload(CompleteMultipartUpload::new(at("key"), upload, parts)).await.unwrap();
    assert!(written.etag.unwrap().ends_with("-2\""));
}

#[tokio::test]
async fn a_head_has_no_code() {
    let s3 = MemoryTransport::new();
    let error = s3.head_object(HeadObject::new(at("nothing"))).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (TransportErrorKind::NotFound, None));
}

#[tokio::test]
async fn metadata_is_kept_as_s3_does() {
    let s3 = MemoryTransport::new();
    put_metadata(&s3, vec![("Twice", " one "), ("twice", "two"), ("Empty", "")]).await.unwrap();
    let metadata = s3.stored("bucket", "key").unwrap().metadata;
    assert_eq!(metadata.iter().collect::<Vec<_>>(), [("twice", b"one,two".as_slice()), ("empty", b"")]);
    assert_eq!(code(put_metadata(&s3, vec![("name", "v".repeat(2045))]).await), "MetadataTooLarge");
    for (name, value) in [("two words", "x"), ("", "x"), ("na\u{ef}ve", "x"), ("name", "line\nbreak"), ("name", "\0")] {
        assert_eq!(put_metadata(&s3, vec![(name, value)]).await.unwrap_err().kind(), TransportErrorKind::NotSent);
    }
    assert_eq!(s3.stored("bucket", "key").unwrap().metadata, metadata);
}

#[tokio::test]
async fn put_raw_checks_and_folds_nothing() {
    let s3 = MemoryTransport::new();
    let metadata = Metadata::from_iter([("X-Amz-Iv", b"\xff\n".to_vec()), ("x-amz-iv", vec![b'v'; 4000])]);
    s3.put_raw("bucket", "key", "x", metadata.clone());
    let response = s3.get_object(GetObject::new(at("key"))).await.unwrap();
    assert_eq!(response.attributes.metadata, metadata);
    assert_eq!(s3.requests().len(), 1);
}

#[tokio::test]
async fn customer_keys_are_asked_for() {
    const KEY: &str = "x-amz-server-side-encryption-customer-key";
    let s3 = MemoryTransport::new();
    s3.put_object(PutObject::new(at("key"), "x".into()).with_options(header(KEY, "one"))).await.unwrap();
    let get = async |options| s3.get_object(GetObject::new(at("key")).with_options(options)).await;
    get(header(KEY, "one")).await.unwrap();
    assert_eq!(code(get(header(KEY, "two")).await), "AccessDenied");
    assert_eq!(code(get(RequestOptions::new()).await), "InvalidRequest");
    let copy = async |options| s3.copy_object(CopyObject::new(at("key"), at("copy")).with_options(options)).await;
    assert_eq!(code(copy(header(KEY, "one")).await), "InvalidRequest");
    copy(header("x-amz-copy-source-server-side-encryption-customer-key", "one")).await.unwrap();
    assert_eq!(
        code(s3.get_object(GetObject::new(at("copy")).with_options(header(KEY, "one"))).await),
        "InvalidRequest"
    );
    let begin = CreateMultipartUpload::new(at("upload")).with_options(header(KEY, "one"));
    let upload = s3.create_multipart_upload(begin).await.unwrap();
    let part = || UploadPart::new(at("upload"), &*upload, 1, Bytes::from("x"));
    assert_eq!(code(s3.upload_part(part()).await), "InvalidRequest");
    s3.upload_part(part().with_options(header(KEY, "one"))).await.unwrap();
}

#[tokio::test]
async fn owner_and_payer_are_checked_on_every_request() {
    let s3 = MemoryTransport::new().with_owner("111122223333").with_requester_pays();
    let list = async |options| s3.list_objects(ListObjects::new("bucket").with_options(options)).await;
    assert_eq!(code(list(RequestOptions::new()).await), "AccessDenied");
    list(RequestOptions::new().request_payer()).await.unwrap();
    list(RequestOptions::new().request_payer().expected_bucket_owner("111122223333")).await.unwrap();
    assert_eq!(code(list(RequestOptions::new().request_payer().expected_bucket_owner("9")).await), "AccessDenied");
    assert_eq!(s3.requests()[2].header("x-amz-expected-bucket-owner"), Some("111122223333"));
}

#[tokio::test]
async fn requests_have_their_limits() {
    let s3 = MemoryTransport::new().with_max_request_len(4);
    put(&s3, "key", "1234").await.unwrap();
    assert_eq!(code(put(&s3, "key", "12345").await), "EntityTooLarge");
    s3.put_raw("bucket", "large", "12345", Metadata::new());
    assert_eq!(code(s3.copy_object(CopyObject::new(at("large"), at("copy"))).await), "InvalidRequest");
    assert_eq!(code(put(&s3, &"k".repeat(1025), "x").await), "KeyTooLongError");
    assert_eq!(put(&s3, "", "x").await.unwrap_err().kind(), TransportErrorKind::NotSent);
    for count in [0, 1001] {
        let request = DeleteObjects::new("bucket", vec![("key".to_owned(), None); count]);
        assert_eq!(code(s3.delete_objects(request).await), "MalformedXML");
    }
    let unknown = Body::from_stream(futures_util::stream::empty::<Result<Bytes, cse_client::Error>>(), None);
    let error = s3.put_object(PutObject::new(at("key"), unknown)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent);
    assert_eq!(s3.stored("bucket", "key").unwrap().bytes, "1234");
}

#[tokio::test]
async fn uploads_are_refused_with_s3s_codes() {
    let s3 = MemoryTransport::new();
    put(&s3, "source", "12345").await.unwrap();
    let upload = s3.create_multipart_upload(CreateMultipartUpload::new(at("key"))).await.unwrap();
    let part = async |number| s3.upload_part(UploadPart::new(at("key"), &*upload, number, Bytes::from("x"))).await;
    assert_eq!(code(part(0).await), "InvalidArgument");
    assert_eq!(code(part(10_001).await), "InvalidArgument");
    let (one, two) = (part(1).await.unwrap(), part(2).await.unwrap());
    let complete = async |parts: Vec<(u16, &UploadedPart)>| {
        let parts = parts.into_iter().map(|(number, part)| CompletedPart::new(number, part.clone())).collect();
        s3.complete_multipart_upload(CompleteMultipartUpload::new(at("key"), &*upload, parts)).await
    };
    assert_eq!(code(complete(vec![]).await), "MalformedXML");
    assert_eq!(code(complete(vec![(2, &two), (1, &one)]).await), "InvalidPartOrder");
    assert_eq!(code(complete(vec![(1, &one), (1, &one)]).await), "InvalidPartOrder");
    assert_eq!(code(complete(vec![(3, &one)]).await), "InvalidPart");
    assert_eq!(code(complete(vec![(1, &one), (2, &two)]).await), "EntityTooSmall");
    let copy = async |range: &str| {
        let range = range.parse().unwrap();
        s3.upload_part_copy(UploadPartCopy::new(at("source"), at("key"), &*upload, 3, range)).await
    };
    for range in ["bytes=0-5", "bytes=5-5", "bytes=1-", "bytes=-1"] {
        assert_eq!(code(copy(range).await), "InvalidArgument", "{range}");
    }
    copy("bytes=1-4").await.unwrap();
    assert_eq!(s3.uploads()[0].part_numbers, [1, 2, 3]);
    complete(vec![(1, &one)]).await.unwrap();
    assert_eq!(code(complete(vec![(1, &one)]).await), "NoSuchUpload");
    assert_eq!(s3.stored("bucket", "key").unwrap().bytes, "x");
}

#[tokio::test]
async fn a_copy_onto_itself_must_change_something() {
    let s3 = MemoryTransport::new();
    put(&s3, "key", "x").await.unwrap();
    let copy = || CopyObject::new(at("key"), at("key"));
    assert_eq!(code(s3.copy_object(copy()).await), "InvalidRequest");
    s3.copy_object(copy().with_options(header("x-amz-storage-class", "GLACIER"))).await.unwrap();
    let head = s3.head_object(HeadObject::new(at("key"))).await.unwrap();
    assert_eq!(head.header("x-amz-storage-class"), Some("GLACIER"));
}

#[tokio::test]
async fn a_copy_that_replaces_metadata_replaces_the_content_type_too() {
    let s3 = MemoryTransport::new();
    let options = header("content-type", "text/plain").header("x-amz-storage-class", "GLACIER").unwrap();
    s3.put_object(PutObject::new(at("key"), "x".into()).with_options(options)).await.unwrap();
    let mut request = CopyObject::new(at("key"), at("copy"));
    s3.copy_object(request.clone()).await.unwrap();
    assert_eq!(s3.stored("bucket", "copy").unwrap().headers, [("content-type".to_owned(), "text/plain".to_owned())]);
    request.metadata = Some(Metadata::new());
    s3.copy_object(request).await.unwrap();
    let headers = s3.stored("bucket", "copy").unwrap().headers;
    assert_eq!(headers, [("content-type".to_owned(), "binary/octet-stream".to_owned())]);
}

#[tokio::test]
async fn lists_of_uploads_come_in_pages() {
    let s3 = MemoryTransport::new().with_page_len(2);
    for key in ["b", "a", "b", "b", "c"] {
        s3.create_multipart_upload(CreateMultipartUpload::new(at(key))).await.unwrap();
    }
    let (mut request, mut keys, mut pages) = (ListMultipartUploads::new("bucket"), String::new(), 0);
    loop {
        let page = s3.list_multipart_uploads(request.clone()).await.unwrap();
        pages += 1;
        keys.extend(page.uploads.into_iter().map(|upload| upload.key));
        let Some((key, upload)) = page.next else { break };
        (request.key_marker, request.upload_id_marker) = (Some(key), Some(upload));
    }
    assert_eq!((keys.as_str(), pages), ("abbbc", 3));
    request.upload_id_marker = None;
    request.key_marker = Some("a".to_owned());
    assert_eq!(s3.list_multipart_uploads(request).await.unwrap().uploads[0].key, "b");
}

#[tokio::test]
async fn a_token_that_is_none_is_refused() {
    let s3 = MemoryTransport::new();
    let mut request = ListObjects::new("bucket");
    request.continuation_token = Some("key".to_owned());
    assert_eq!(code(s3.list_objects(request).await), "InvalidArgument");
}

#[tokio::test]
async fn requests_are_recorded_without_showing_secrets() {
    let s3 = MemoryTransport::new();
    let mut request = PutObject::new(at("key"), "the stored bytes".into());
    request.metadata.push("x-amz-3", "the wrapped key");
    request.if_none_match = Some("*".to_owned());
    let secret = header("x-amz-server-side-encryption-customer-key", "the customer key");
    s3.put_object(request.with_options(secret)).await.unwrap();
    let [recorded] = &*s3.requests_of(Operation::PutObject) else { panic!("one put should be recorded") };
    assert_eq!(recorded.body.as_ref().unwrap(), "the stored bytes");
    assert_eq!(recorded.metadata.as_ref().unwrap().text("x-amz-3"), Some("the wrapped key"));
    assert_eq!(recorded.if_none_match.as_deref(), Some("*"));
    let shown = format!("{recorded:?} {s3:?} {:?}", s3.stored("bucket", "key").unwrap().metadata);
    assert!(
        !shown.contains("wrapped key") && !shown.contains("customer key") && !shown.contains("stored bytes"),
        "{shown}"
    );
    s3.clear_requests();
    assert!(s3.requests().is_empty());
}
