//! CopyObject.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{MetadataDirective, StorageClass, TaggingDirective},
};

use crate::clients::{BUCKET, bytes, fails, failure, get, put, sandbox};

async fn original(client: &aws_sdk_s3::Client) {
    let put = client.put_object().bucket(BUCKET).key("key").body(ByteStream::from(bytes(1_000_000)));
    let put = put.metadata("name", "value").content_type("text/plain").cache_control("no-store").tagging("a=1");
    put.send().await.unwrap();
}

#[tokio::test]
async fn the_original_s_metadata_goes_along() {
    let (_sandbox, client) = sandbox().await;
    original(&client).await;
    let copy = client.copy_object().bucket(BUCKET).key("copy").copy_source("bucket/key").metadata("other", "ignored");
    let copied = copy.send().await.unwrap().copy_object_result.unwrap();
    let head = client.head_object().bucket(BUCKET).key("copy").send().await.unwrap();
    assert_eq!(head.e_tag(), copied.e_tag());
    assert_eq!((head.content_type(), head.cache_control()), (Some("text/plain"), Some("no-store")));
    assert_eq!((head.metadata().unwrap().len(), head.metadata().unwrap()["name"].as_str()), (1, "value"));
    client.delete_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(get(&client, "copy").await, bytes(1_000_000));
}

#[tokio::test]
async fn or_is_replaced() {
    let (_sandbox, client) = sandbox().await;
    original(&client).await;
    let copy = client.copy_object().bucket(BUCKET).key("copy").copy_source("bucket/key");
    let copy = copy.metadata_directive(MetadataDirective::Replace).metadata("new", "1");
    copy.tagging_directive(TaggingDirective::Replace).tagging("b=1&c=2").send().await.unwrap();
    let got = client.get_object().bucket(BUCKET).key("copy").send().await.unwrap();
    assert_eq!((got.content_type(), got.cache_control()), (Some("binary/octet-stream"), None));
    assert_eq!((got.metadata().unwrap().len(), got.tag_count()), (1, Some(2)));
    let long = client.copy_object().bucket(BUCKET).key("copy").copy_source("bucket/key");
    let long = long.metadata_directive(MetadataDirective::Replace).metadata("new", "v".repeat(3000)).send().await;
    assert_eq!(failure(long), fails(400, "MetadataTooLarge"));
}

#[tokio::test]
async fn onto_itself_something_must_change() {
    let (_sandbox, client) = sandbox().await;
    original(&client).await;
    let copy = || client.copy_object().bucket(BUCKET).key("key").copy_source("bucket/key");
    assert_eq!(failure(copy().send().await), fails(400, "InvalidRequest"));
    copy().storage_class(StorageClass::StandardIa).send().await.unwrap();
    copy().metadata_directive(MetadataDirective::Replace).send().await.unwrap();
    assert_eq!(get(&client, "key").await, bytes(1_000_000));
}

#[tokio::test]
async fn sources_that_are_not_there() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "key", b"x").await;
    let copy = |source: &str| client.copy_object().bucket(BUCKET).key("copy").copy_source(source).send();
    assert_eq!(failure(copy("bucket/none").await), fails(404, "NoSuchKey"));
    assert_eq!(failure(copy("nobody/key").await), fails(404, "NoSuchBucket"));
    assert_eq!(failure(copy("bucket/key?versionId=none").await), fails(404, "NoSuchVersion"));
    assert_eq!(failure(copy("bucket").await), fails(400, "InvalidArgument"));
    let target = client.copy_object().bucket("nobody").key("copy").copy_source("bucket/key").send().await;
    assert_eq!(failure(target), fails(404, "NoSuchBucket"));
}
