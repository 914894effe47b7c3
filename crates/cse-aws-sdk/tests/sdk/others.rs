//! Delete, copy and list on the sandbox.

use aws_sdk_s3::types::{Delete, EncodingType, MetadataDirective, ObjectIdentifier};
use cse_aws_sdk::Error;
use cse_client::{ErrorKind, ListedSizes};
use cse_envelope::KeyPlacement;

use crate::support::sandbox::{BUCKET, Place, bytes};

impl Place {
    async fn put_with_file(&self, key: &str, content: &[u8]) {
        let put = self.cse.put_object().bucket(BUCKET).key(key).body(content.to_vec().into());
        put.key_placement(KeyPlacement::InstructionFile).send().await.unwrap();
    }

    async fn put_plain(&self, key: &str, content: &[u8]) {
        self.s3.put_object().bucket(BUCKET).key(key).body(content.to_vec().into()).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_delete_takes_the_instruction_file_along() {
    let place = Place::start().await;
    place.put_with_file("k", b"hello").await;
    let stale = place.cse.delete_object().bucket(BUCKET).key("k").if_match("\"other\"").send().await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::Conflict);
    assert!(place.exists("k").await && place.exists("k.instruction").await);
    place.cse.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert!(!place.exists("k").await && !place.exists("k.instruction").await);
    // What is not there is no error, as with S3.
    place.cse.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
}

#[tokio::test]
async fn many_are_deleted_with_their_files() {
    let place = Place::start().await;
    for key in ["a", "b", "c"] {
        place.put_with_file(key, b"hello").await;
    }
    let identifiers = ["a", "b"].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    for quiet in [false, true] {
        let delete = Delete::builder().set_objects(Some(identifiers.to_vec())).quiet(quiet).build().unwrap();
        let output = place.cse.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
        assert_eq!((output.deleted().len(), output.errors().len()), (if quiet { 0 } else { 2 }, 0));
        for key in ["a", "b"] {
            assert!(!place.exists(key).await && !place.exists(&format!("{key}.instruction")).await, "{key}");
            place.put_with_file(key, b"again").await;
        }
    }
    assert_eq!(place.read("c").await, b"hello");
}

#[tokio::test]
async fn a_copy_can_be_read() {
    let place = Place::start().await;
    place.put("in metadata", b"one").await;
    place.put_with_file("in a file", b"two").await;
    for (key, content) in [("in metadata", b"one"), ("in a file", b"two")] {
        let source = format!("{BUCKET}/{}", key.replace(' ', "%20"));
        let target = format!("copy {key}");
        let copy = || place.cse.copy_object().copy_source(&source).bucket(BUCKET).key(&target);
        let output = copy().send().await.unwrap();
        assert!(output.copy_object_result().and_then(|result| result.e_tag()).is_some());
        assert_eq!(place.read(&target).await, content);
    }
}

#[tokio::test]
async fn replaced_metadata_leaves_the_envelope() {
    let place = Place::start().await;
    let put = place.cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into()).metadata("colour", "red");
    put.send().await.unwrap();
    let copy = || {
        let copy = place.cse.copy_object().copy_source(format!("{BUCKET}/k")).bucket(BUCKET).key("k");
        copy.metadata_directive(MetadataDirective::Replace)
    };
    copy().metadata("colour", "blue").content_type("text/plain").send().await.unwrap();
    let read = place.cse.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(read.metadata.as_ref().unwrap().get("colour").map(String::as_str), Some("blue"));
    assert_eq!(read.content_type.as_deref(), Some("text/plain"));
    assert_eq!(bytes(read.body).await, b"hello");
    let reserved = copy().metadata("x-amz-3", "mine").send().await.unwrap_err();
    assert_eq!(reserved.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn copies_that_would_lose_something_are_refused() {
    let place = Place::start().await;
    place.put_plain("plain", b"hello").await;
    place.put_with_file("orphan", b"hello").await;
    place.s3.delete_object().bucket(BUCKET).key("orphan.instruction").send().await.unwrap();
    let copy = |source: &str| place.cse.copy_object().copy_source(source).bucket(BUCKET).key("copy");
    let plain = copy("bucket/plain").send().await.unwrap_err();
    assert!(matches!(plain, Error::Cse(cse_client::Error::NoEnvelope)), "{plain:?}");
    let orphan = copy("bucket/orphan").send().await.unwrap_err();
    assert_eq!(orphan.kind(), ErrorKind::MissingInstructionFile);
    assert_eq!(copy("no source").send().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(copy("bucket/missing").send().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!place.exists("copy").await && !place.exists("copy.instruction").await);
}

#[tokio::test]
async fn a_copy_that_fails_leaves_the_targets_file() {
    let place = Place::start().await;
    place.put_with_file("source", b"new").await;
    place.put_with_file("target", b"old").await;
    let copy = || place.cse.copy_object().copy_source("bucket/source").bucket(BUCKET).key("target");
    let taken = copy().send().await.unwrap_err();
    assert!(matches!(taken, Error::Cse(cse_client::Error::InstructionFileExists)), "{taken:?}");
    let stale = copy().overwrite_instruction_file().copy_source_if_match("\"other\"").send().await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::Conflict, "{stale:?}");
    assert_eq!(place.read("target").await, b"old");
    copy().overwrite_instruction_file().send().await.unwrap();
    assert_eq!(place.read("target").await, b"new");
}

#[tokio::test]
async fn lists_are_s3s_unless_asked_otherwise() {
    let place = Place::start().await;
    place.put("a b", b"12345").await;
    place.put_with_file("c", b"123").await;
    place.put_plain("gone.instruction", b"{}").await;
    place.put_plain("plain", b"1").await;
    let list = || place.cse.list_objects_v2().bucket(BUCKET);
    let sizes = |output: &aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output| -> Vec<(String, i64)> {
        output.contents().iter().map(|object| (object.key().unwrap().to_owned(), object.size().unwrap())).collect()
    };
    let plain = list().send().await.unwrap();
    assert_eq!(plain.key_count(), Some(5));
    assert_eq!(sizes(&plain)[0], ("a b".to_owned(), 21));

    let expected = |keys: [&str; 4]| keys.map(str::to_owned).into_iter().zip([5, 3, 2, 1]).collect::<Vec<_>>();
    let head = list().sizes(ListedSizes::Head).hide_instruction_files().send().await.unwrap();
    assert_eq!(sizes(&head), expected(["a b", "c", "gone.instruction", "plain"]));
    assert_eq!(head.key_count(), Some(4));
    let encoded = list().encoding_type(EncodingType::Url).sizes(ListedSizes::Head).hide_instruction_files();
    let encoded = sizes(&encoded.send().await.unwrap());
    assert_eq!(encoded.iter().map(|(_, len)| *len).collect::<Vec<_>>(), [5, 3, 2, 1]);
}

#[tokio::test]
async fn futures_can_be_spawned() {
    fn is_send<T: Send>(_: &T) {}

    let place = Place::start().await;
    let cse = &place.cse;
    let upload = cse.create_multipart_upload().bucket(BUCKET).key("k").start();
    is_send(&upload);
    let mut upload = upload.await.unwrap();
    is_send(&upload.upload_part(vec![1]));
    is_send(&upload.complete());
    is_send(&cse.put_object().send());
    is_send(&cse.get_object().send());
    is_send(&cse.head_object().send());
    is_send(&cse.delete_object().send());
    is_send(&cse.delete_objects().send());
    is_send(&cse.copy_object().send());
    is_send(&cse.list_objects_v2().send());
    is_send(&cse_aws_sdk::danger::stream(cse.get_object()).send());
    is_send(&cse_aws_sdk::danger::range(cse.get_object(), "bytes=0-".parse().unwrap()).send());
    is_send(&cse_aws_sdk::danger::accept_plain(cse.get_object()).send());
}
