//! `If-Match` and its relatives on every verb that has them.

use aws_sdk_s3::{
    primitives::{ByteStream, DateTime},
    types::{Delete, ObjectIdentifier},
};

use crate::clients::{BUCKET, fails, failure, get, put, sandbox};

const WRONG: &str = "\"00000000000000000000000000000000\"";

#[tokio::test]
async fn reading() {
    let (_sandbox, client) = sandbox().await;
    let etag = put(&client, "key", b"hello").await;
    let get = || client.get_object().bucket(BUCKET).key("key");
    let head = || client.head_object().bucket(BUCKET).key("key");
    get().if_match(&etag).send().await.unwrap();
    get().if_match("*").send().await.unwrap();
    head().if_match(&etag).send().await.unwrap();
    get().if_none_match(WRONG).send().await.unwrap();
    assert_eq!(failure(get().if_match(WRONG).send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(get().if_match(WRONG).range("bytes=0-1").send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(get().if_match(WRONG).range("bytes=1-0").send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(head().if_match(WRONG).send().await).0, 412);
    assert_eq!(failure(get().if_none_match(&etag).send().await).0, 304);
    assert_eq!(failure(get().if_none_match("*").send().await).0, 304);
    assert_eq!(failure(head().if_none_match(&etag).send().await).0, 304);
    let none = client.get_object().bucket(BUCKET).key("none").if_match(&etag).send().await;
    assert_eq!(failure(none), fails(404, "NoSuchKey"));
}

#[tokio::test]
async fn not_modified_tells_the_etag_and_has_no_body() {
    let (sandbox, client) = sandbox().await;
    let etag = put(&client, "key", b"hello").await;
    let request = crate::raw::Request::new("GET", "/bucket/key", b"").header("if-none-match", &etag);
    let answer = request.send(&sandbox).await;
    assert_eq!((answer.status, answer.header("etag"), answer.body.len()), (304, Some(etag.as_str()), 0));
}

#[tokio::test]
async fn reading_by_time() {
    let (_sandbox, client) = sandbox().await;
    let etag = put(&client, "key", b"hello").await;
    let get = || client.get_object().bucket(BUCKET).key("key");
    let modified = get().send().await.unwrap().last_modified.unwrap();
    let before = DateTime::from_secs(modified.secs() - 10);
    get().if_modified_since(before).send().await.unwrap();
    get().if_unmodified_since(modified).send().await.unwrap();
    assert_eq!(failure(get().if_modified_since(modified).send().await).0, 304);
    assert_eq!(failure(get().if_unmodified_since(before).send().await), fails(412, "PreconditionFailed"));
    // The ETag counts more than the time beside it.
    get().if_match(&etag).if_unmodified_since(before).send().await.unwrap();
    assert_eq!(failure(get().if_none_match(&etag).if_modified_since(before).send().await).0, 304);
}

#[tokio::test]
async fn putting() {
    let (_sandbox, client) = sandbox().await;
    let put = |key: &str| client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"new"));
    put("key").if_none_match("*").send().await.unwrap();
    assert_eq!(failure(put("key").if_none_match("*").send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(put("key").if_none_match(WRONG).send().await), fails(501, "NotImplemented"));
    assert_eq!(failure(put("key").if_match(WRONG).send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(put("none").if_match(WRONG).send().await), fails(404, "NoSuchKey"));
    assert_eq!(failure(client.get_object().bucket(BUCKET).key("none").send().await), fails(404, "NoSuchKey"));
    let etag = put("key").send().await.unwrap().e_tag.unwrap();
    put("key").if_match(etag).send().await.unwrap();
}

#[tokio::test]
async fn one_of_many_writers_wins() {
    let (_sandbox, client) = sandbox().await;
    let attempts = (0..16).map(|number: u8| {
        let put = client.put_object().bucket(BUCKET).key("key").if_none_match("*");
        tokio::spawn(put.body(ByteStream::from(vec![number; 100_000])).send())
    });
    let mut won = Vec::new();
    for (number, attempt) in (0_u8..).zip(attempts.collect::<Vec<_>>()) {
        match attempt.await.unwrap() {
            Ok(_) => won.push(number),
            refused => assert_eq!(failure(refused), fails(412, "PreconditionFailed")),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(get(&client, "key").await, vec![won[0]; 100_000]);
}

#[tokio::test]
async fn deleting() {
    let (_sandbox, client) = sandbox().await;
    let etag = put(&client, "key", b"hello").await;
    let delete = |key: &str| client.delete_object().bucket(BUCKET).key(key);
    assert_eq!(failure(delete("key").if_match(WRONG).send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(delete("none").if_match(&etag).send().await), fails(404, "NoSuchKey"));
    assert_eq!(failure(delete("none").if_match("*").send().await), fails(404, "NoSuchKey"));
    assert_eq!(failure(delete("key").if_match_size(4).send().await), fails(412, "PreconditionFailed"));
    let wrong = ObjectIdentifier::builder().key("key").e_tag(WRONG).build().unwrap();
    let many = Delete::builder().objects(wrong).build().unwrap();
    let many = client.delete_objects().bucket(BUCKET).delete(many).send().await.unwrap();
    assert_eq!(many.errors()[0].code(), Some("PreconditionFailed"));
    assert_eq!(get(&client, "key").await, b"hello");
    delete("key").if_match(&etag).if_match_size(5).send().await.unwrap();
    assert_eq!(failure(client.get_object().bucket(BUCKET).key("key").send().await), fails(404, "NoSuchKey"));
}

#[tokio::test]
async fn copying() {
    let (_sandbox, client) = sandbox().await;
    let etag = put(&client, "key", b"hello").await;
    let copy = || client.copy_object().bucket(BUCKET).key("copy").copy_source("bucket/key");
    assert_eq!(failure(copy().copy_source_if_match(WRONG).send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(copy().copy_source_if_none_match(&etag).send().await), fails(412, "PreconditionFailed"));
    let future = DateTime::from_secs(4_000_000_000);
    assert_eq!(failure(copy().copy_source_if_modified_since(future).send().await), fails(412, "PreconditionFailed"));
    let past = DateTime::from_secs(1);
    assert_eq!(failure(copy().copy_source_if_unmodified_since(past).send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("copy").send().await), fails(404, "NotFound"));
    copy().copy_source_if_match(&etag).copy_source_if_none_match(WRONG).send().await.unwrap();
    assert_eq!(get(&client, "copy").await, b"hello");
    assert_eq!(failure(copy().if_none_match("*").send().await), fails(412, "PreconditionFailed"));
    assert_eq!(failure(copy().if_match(WRONG).send().await), fails(412, "PreconditionFailed"));
    copy().if_match(&etag).send().await.unwrap();
    assert_eq!(failure(copy().key("other").if_match(&etag).send().await), fails(404, "NoSuchKey"));
    copy().key("other").if_none_match("*").send().await.unwrap();
    assert_eq!(get(&client, "other").await, b"hello");
}
