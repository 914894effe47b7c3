//! Buckets that keep versions.

use aws_sdk_s3::{
    Client,
    primitives::ByteStream,
    types::{BucketVersioningStatus, VersioningConfiguration},
};

use crate::clients::{BUCKET, fails, failure, get, keys, put, sandbox};

async fn set(client: &Client, status: BucketVersioningStatus) {
    let config = VersioningConfiguration::builder().status(status).build();
    client.put_bucket_versioning().bucket(BUCKET).versioning_configuration(config).send().await.unwrap();
}

async fn put_version(client: &Client, body: &'static [u8]) -> String {
    let put = client.put_object().bucket(BUCKET).key("key").body(ByteStream::from_static(body)).send().await.unwrap();
    put.version_id.unwrap()
}

async fn get_version(client: &Client, version_id: &str) -> Vec<u8> {
    let got = client.get_object().bucket(BUCKET).key("key").version_id(version_id).send().await.unwrap();
    assert_eq!(got.version_id(), Some(version_id));
    got.body.collect().await.unwrap().to_vec()
}

#[tokio::test]
async fn old_versions_can_be_read_and_deleted() {
    let (_sandbox, client) = sandbox().await;
    let status = client.get_bucket_versioning().bucket(BUCKET).send().await.unwrap();
    assert_eq!(status.status(), None);
    put(&client, "key", b"before").await;
    set(&client, BucketVersioningStatus::Enabled).await;
    let status = client.get_bucket_versioning().bucket(BUCKET).send().await.unwrap();
    assert_eq!(status.status(), Some(&BucketVersioningStatus::Enabled));
    let first = put_version(&client, b"first").await;
    let second = put_version(&client, b"second").await;
    assert_ne!(first, second);
    assert_eq!(get(&client, "key").await, b"second");
    assert_eq!(get_version(&client, &first).await, b"first");
    assert_eq!(get_version(&client, "null").await, b"before");
    let head = client.head_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(head.version_id(), Some(second.as_str()));
    let unknown = client.get_object().bucket(BUCKET).key("key").version_id("unknown").send().await;
    assert_eq!(failure(unknown), fails(404, "NoSuchVersion"));
    let deleted = client.delete_object().bucket(BUCKET).key("key").version_id(&second).send().await.unwrap();
    assert_eq!((deleted.version_id(), deleted.delete_marker()), (Some(second.as_str()), None));
    assert_eq!(get(&client, "key").await, b"first");
    let copy = client.copy_object().bucket(BUCKET).key("copy").copy_source("bucket/key?versionId=null");
    assert_eq!(copy.send().await.unwrap().copy_source_version_id(), Some("null"));
    assert_eq!(get(&client, "copy").await, b"before");
}

#[tokio::test]
async fn deletions_leave_markers() {
    let (sandbox, client) = sandbox().await;
    set(&client, BucketVersioningStatus::Enabled).await;
    let version = put_version(&client, b"x").await;
    let deleted = client.delete_object().bucket(BUCKET).key("key").send().await.unwrap();
    let marker = deleted.version_id().unwrap();
    assert_eq!(deleted.delete_marker(), Some(true));
    let gone = crate::raw::Request::new("GET", "/bucket/key", b"").send(&sandbox).await;
    assert_eq!((gone.status, gone.code()), fails(404, "NoSuchKey"));
    assert_eq!((gone.header("x-amz-delete-marker"), gone.header("x-amz-version-id")), (Some("true"), Some(marker)));
    let marked = client.get_object().bucket(BUCKET).key("key").version_id(marker).send().await;
    assert_eq!(failure(marked), fails(405, "MethodNotAllowed"));
    let conditional = client.put_object().bucket(BUCKET).key("key").if_match("\"0\"").send().await;
    assert_eq!(failure(conditional), fails(404, "NoSuchKey"));
    assert!(keys(&client.list_objects_v2().bucket(BUCKET).send().await.unwrap()).is_empty());
    assert_eq!(failure(client.delete_bucket().bucket(BUCKET).send().await), fails(409, "BucketNotEmpty"));
    assert_eq!(get_version(&client, &version).await, b"x");
    let undeleted = client.delete_object().bucket(BUCKET).key("key").version_id(marker).send().await.unwrap();
    assert_eq!(undeleted.delete_marker(), Some(true));
    assert_eq!(get(&client, "key").await, b"x");
    client.delete_object().bucket(BUCKET).key("key").send().await.unwrap();
    client.put_object().bucket(BUCKET).key("key").if_none_match("*").send().await.unwrap();
}

#[tokio::test]
async fn suspended_buckets_overwrite_the_null_version_only() {
    let (_sandbox, client) = sandbox().await;
    set(&client, BucketVersioningStatus::Enabled).await;
    let kept = put_version(&client, b"kept").await;
    set(&client, BucketVersioningStatus::Suspended).await;
    assert_eq!(put_version(&client, b"one").await, "null");
    assert_eq!(put_version(&client, b"two").await, "null");
    assert_eq!(get(&client, "key").await, b"two");
    assert_eq!(get_version(&client, &kept).await, b"kept");
    let listed = client.list_object_versions().bucket(BUCKET).send().await.unwrap();
    assert_eq!(listed.versions().len(), 2);
    let marker = client.delete_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(marker.version_id(), Some("null"));
    let listed = client.list_object_versions().bucket(BUCKET).send().await.unwrap();
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (1, 1));
}

#[tokio::test]
async fn versions_are_listed_from_new_to_old_in_pages() {
    let (_sandbox, client) = sandbox().await;
    set(&client, BucketVersioningStatus::Enabled).await;
    let mut wanted = Vec::new();
    for key in ["a", "b/1", "c"] {
        let mut ids = Vec::new();
        for _ in 0..3 {
            let put = client.put_object().bucket(BUCKET).key(key).send().await.unwrap();
            ids.push((key.to_owned(), put.version_id.unwrap()));
        }
        let marker = client.delete_object().bucket(BUCKET).key(key).send().await.unwrap();
        ids.push((key.to_owned(), marker.version_id.unwrap()));
        wanted.extend(ids.into_iter().rev());
    }
    for page_len in [1, 2, 3, 5, 100] {
        let mut found = Vec::new();
        let mut next = (None, None);
        loop {
            let list = client.list_object_versions().bucket(BUCKET).max_keys(page_len);
            let page = list.set_key_marker(next.0).set_version_id_marker(next.1).send().await.unwrap();
            let versions =
                page.versions().iter().map(|version| (version.key(), version.version_id(), version.is_latest()));
            let markers =
                page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id(), marker.is_latest()));
            let mut lines: Vec<_> = versions.chain(markers).collect();
            lines.sort_by_key(|(key, id, _)| {
                wanted
                    .iter()
                    .position(|(known, known_id)| (Some(known.as_str()), Some(known_id.as_str())) == (*key, *id))
            });
            for (key, id, latest) in lines {
                let first_of_key = found.last().is_none_or(|(last, _): &(String, String)| Some(last.as_str()) != key);
                assert_eq!(latest, Some(first_of_key));
                found.push((key.unwrap().to_owned(), id.unwrap().to_owned()));
            }
            if page.is_truncated() != Some(true) {
                break;
            }
            next = (page.next_key_marker, page.next_version_id_marker);
        }
        assert_eq!(found, wanted, "{page_len}");
    }
    let list = client.list_object_versions().bucket(BUCKET);
    let common = list.clone().delimiter("/").prefix("b").send().await.unwrap();
    assert_eq!((common.versions().len(), common.common_prefixes()[0].prefix()), (0, Some("b/")));
    assert_eq!(failure(list.version_id_marker("x").send().await), fails(400, "InvalidArgument"));
}
