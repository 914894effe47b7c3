//! Putting, reading and deleting, and what is not there.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{BucketLocationConstraint, CreateBucketConfiguration, Delete, ObjectIdentifier},
};
use cse_sandbox::Sandbox;

use crate::clients::{BUCKET, bytes, fails, failure, get, put, sandbox, start};

#[tokio::test]
async fn an_object_goes_and_comes_back() {
    let (sandbox, client) = sandbox().await;
    let etag = put(&client, "key", b"hello").await;
    assert_eq!(etag, "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_eq!(get(&client, "key").await, b"hello");
    let head = client.head_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!((head.content_length(), head.e_tag()), (Some(5), Some(etag.as_str())));
    assert_eq!(head.content_type(), Some("application/octet-stream"));
    assert_eq!((head.version_id(), head.storage_class(), head.accept_ranges()), (None, None, Some("bytes")));
    client.delete_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(failure(client.get_object().bucket(BUCKET).key("key").send().await), fails(404, "NoSuchKey"));
    sandbox.stop().await;
}

#[tokio::test]
async fn bodies_of_all_sizes_come_back_and_the_old_one_is_read_to_its_end() {
    let (_sandbox, client) = sandbox().await;
    for len in [0, 1, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, 3_000_000] {
        let body = bytes(len);
        put(&client, "key", &body).await;
        assert_eq!(get(&client, "key").await, body, "{len}");
    }
    let mut old = client.get_object().bucket(BUCKET).key("key").send().await.unwrap().body;
    let first = old.next().await.unwrap().unwrap();
    put(&client, "key", b"new").await;
    client.delete_object().bucket(BUCKET).key("key").send().await.unwrap();
    let rest = old.collect().await.unwrap().to_vec();
    assert_eq!([first.to_vec(), rest].concat(), bytes(3_000_000));
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let (_sandbox, client) = sandbox().await;
    let get = |bucket: &str| client.get_object().bucket(bucket).key("none").send();
    assert_eq!(failure(get(BUCKET).await), fails(404, "NoSuchKey"));
    assert_eq!(failure(get("nobody").await), fails(404, "NoSuchBucket"));
    let head = client.head_object().bucket(BUCKET).key("none.instruction").send().await;
    assert_eq!(failure(head), fails(404, "NotFound"));
    let put = client.put_object().bucket("nobody").key("key").body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(failure(put), fails(404, "NoSuchBucket"));
    assert_eq!(failure(client.list_objects_v2().bucket("nobody").send().await), fails(404, "NoSuchBucket"));
    assert_eq!(failure(client.delete_object().bucket("nobody").key("key").send().await), fails(404, "NoSuchBucket"));
    client.delete_object().bucket(BUCKET).key("none").send().await.unwrap();
}

#[tokio::test]
async fn many_are_deleted_at_once_and_missing_ones_are_deleted_already() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "one", b"1").await;
    put(&client, "kept", b"2").await;
    let named = |key: String| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = |keys: Vec<String>| {
        let delete = Delete::builder().set_objects(Some(keys.into_iter().map(named).collect())).build().unwrap();
        client.delete_objects().bucket(BUCKET).delete(delete).send()
    };
    let deleted = delete(vec!["one".into(), "missing".into()]).await.unwrap();
    assert_eq!(deleted.deleted().len(), 2);
    assert!(deleted.errors().is_empty());
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("one").send().await), fails(404, "NotFound"));
    assert_eq!(get(&client, "kept").await, b"2");
    let thousand: Vec<_> = (0..1000).map(|number| number.to_string()).collect();
    assert_eq!(delete(thousand.clone()).await.unwrap().deleted().len(), 1000);
    let too_many = [thousand, vec!["x".to_owned()]].concat();
    assert_eq!(failure(delete(too_many).await), fails(400, "MalformedXML"));
    let quiet = Delete::builder().objects(named("kept".into())).quiet(true).build().unwrap();
    let quiet = client.delete_objects().bucket(BUCKET).delete(quiet).send().await.unwrap();
    assert!(quiet.deleted().is_empty() && quiet.errors().is_empty());
}

#[tokio::test]
async fn buckets_are_made_found_listed_and_deleted() {
    let (_sandbox, client) = sandbox().await;
    client.create_bucket().bucket("other").send().await.unwrap();
    let listed = client.list_buckets().send().await.unwrap();
    let names: Vec<_> = listed.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, [BUCKET, "other"]);
    let prefixed = client.list_buckets().prefix("o").send().await.unwrap();
    assert_eq!(prefixed.buckets().len(), 1);
    let head = client.head_bucket().bucket("other").send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("us-east-1"));
    let location = client.get_bucket_location().bucket("other").send().await.unwrap();
    assert_eq!(location.location_constraint().map(BucketLocationConstraint::as_str).unwrap_or_default(), "");
    let again = client.create_bucket().bucket("other").send().await;
    assert_eq!(failure(again), fails(409, "BucketAlreadyOwnedByYou"));
    put(&client, "key", b"x").await;
    assert_eq!(failure(client.delete_bucket().bucket(BUCKET).send().await), fails(409, "BucketNotEmpty"));
    client.delete_bucket().bucket("other").send().await.unwrap();
    assert_eq!(failure(client.head_bucket().bucket("other").send().await), fails(404, "NotFound"));
    assert_eq!(failure(client.delete_bucket().bucket("other").send().await), fails(404, "NoSuchBucket"));
}

#[tokio::test]
async fn another_region_is_the_bucket_s_too() {
    let (_sandbox, client) = start(Sandbox::builder().region("eu-central-1").bucket(BUCKET)).await;
    let location = client.get_bucket_location().bucket(BUCKET).send().await.unwrap();
    assert_eq!(location.location_constraint(), Some(&BucketLocationConstraint::EuCentral1));
    let create = |region: BucketLocationConstraint| {
        let config = CreateBucketConfiguration::builder().location_constraint(region).build();
        client.create_bucket().bucket("other").create_bucket_configuration(config).send()
    };
    let elsewhere = create(BucketLocationConstraint::EuWest1).await;
    assert_eq!(failure(elsewhere), fails(400, "InvalidLocationConstraint"));
    create(BucketLocationConstraint::EuCentral1).await.unwrap();
}
