//! Uploads in parts on the sandbox.

use aws_sdk_s3::types::ChecksumAlgorithm;
use cse_aws_sdk::EncryptExt;
use cse_client::ErrorKind;
use cse_envelope::KeyPlacement;

use crate::support::sandbox::{BUCKET, Place};

#[tokio::test]
async fn parts_are_one_object() {
    let place = Place::start().await;
    let mut upload =
        place.cse.create_multipart_upload().bucket(BUCKET).key("k").content_type("a/b").start().await.unwrap();
    assert_eq!(upload.created().upload_id(), Some(upload.upload_id()));
    for part in [vec![1; 2000], vec![2; 3000], vec![3; 10]] {
        upload.upload_part(part).await.unwrap();
    }
    let output = upload.complete().await.unwrap();
    assert_eq!(output.key(), Some("k"));
    assert!(output.e_tag().is_some() && output.checksum_crc32().is_none());
    assert_eq!(place.stored("k").await.content_length, Some(5026));
    assert_eq!(place.stored("k").await.content_type.as_deref(), Some("a/b"));
    assert_eq!(place.read("k").await, [vec![1; 2000], vec![2; 3000], vec![3; 10]].concat());
}

#[tokio::test]
async fn nothing_can_be_uploaded() {
    let place = Place::start().await;
    place.cse.create_multipart_upload().bucket(BUCKET).key("k").start().await.unwrap().complete().await.unwrap();
    assert_eq!(place.read("k").await, b"");
}

#[tokio::test]
async fn checksum_algorithms_reach_the_parts() {
    let place = Place::start().await;
    for algorithm in [ChecksumAlgorithm::Sha256, ChecksumAlgorithm::Crc32C, ChecksumAlgorithm::Crc64Nvme] {
        let create = place.s3.create_multipart_upload().bucket(BUCKET).key("k").checksum_algorithm(algorithm.clone());
        let mut upload = create.encrypt(&place.cse).start().await.unwrap();
        upload.upload_part(vec![1; 2000]).await.unwrap();
        upload.upload_part(vec![2; 2000]).await.unwrap();
        upload.complete().await.unwrap_or_else(|error| panic!("{algorithm}: {error:?}"));
        assert_eq!(place.read("k").await, [vec![1; 2000], vec![2; 2000]].concat());
    }
}

#[tokio::test]
async fn an_abort_leaves_nothing() {
    let place = Place::start().await;
    let mut upload = place.cse.create_multipart_upload().bucket(BUCKET).key("k").start().await.unwrap();
    upload.upload_part(vec![1; 2000]).await.unwrap();
    upload.abort().await.unwrap();
    assert!(!place.exists("k").await);
    assert!(place.cse.operations().uploads(BUCKET).send().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dropped_upload_is_aborted_in_the_background() {
    let place = Place::start().await;
    drop(place.cse.create_multipart_upload().bucket(BUCKET).key("k").start().await.unwrap());
    // The background task was spawned before; each request lets it go on.
    for _ in 0..1000 {
        if place.cse.operations().uploads(BUCKET).send().await.unwrap().is_empty() {
            return;
        }
    }
    panic!("the upload is still there");
}

#[tokio::test]
async fn a_declared_length_is_held_against_what_comes() {
    let place = Place::start().await;
    let create = place.cse.create_multipart_upload().bucket(BUCKET).key("k").plaintext_len(2001);
    let mut upload = create.start().await.unwrap();
    upload.upload_part(vec![1; 2000]).await.unwrap();
    assert_eq!(upload.complete().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert!(!place.exists("k").await);
    assert!(place.cse.operations().uploads(BUCKET).send().await.unwrap().is_empty());
}

#[tokio::test]
async fn conditions_and_instruction_files_are_the_completions() {
    let place = Place::start().await;
    place.put("k", b"before").await;
    let create =
        || place.cse.create_multipart_upload().bucket(BUCKET).key("k").key_placement(KeyPlacement::InstructionFile);
    let mut upload = create().if_none_match("*").start().await.unwrap();
    upload.upload_part(vec![1; 2000]).await.unwrap();
    assert!(!place.exists("k.instruction").await);
    assert_eq!(upload.complete().await.unwrap_err().kind(), ErrorKind::Conflict);
    assert!(!place.exists("k.instruction").await);
    assert_eq!(place.read("k").await, b"before");

    let etag = place.stored("k").await.e_tag.unwrap();
    let mut upload = create().if_match(etag).start().await.unwrap();
    upload.upload_part(vec![1; 2000]).await.unwrap();
    upload.complete().await.unwrap();
    assert!(place.exists("k.instruction").await);
    assert_eq!(place.read("k").await, vec![1; 2000]);
}

#[tokio::test]
async fn metadata_is_checked_before_an_upload_begins() {
    let place = Place::start().await;
    let create = place.cse.create_multipart_upload().bucket(BUCKET).key("k").metadata("x-amz-3", "mine");
    assert_eq!(create.start().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert!(place.cse.operations().uploads(BUCKET).send().await.unwrap().is_empty());
}
