//! Two writers that overwrite the same object: whoever is late is told, and file and object belong together.

use aws_sdk_s3::types::Delete;
use cse_aws_sdk::{Client, Error};
use cse_client::{ErrorKind, error::InvalidRequest};
use cse_envelope::KeyPlacement;

use crate::support::{
    s3,
    sandbox::{BUCKET, Place, keyring},
    scripted::{Scripted, answer, s3_error},
};

/// Puts from another thread, while this one is in the middle of something.
fn put_meanwhile(cse: &Client, content: &'static [u8]) {
    let cse = cse.clone();
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let put = cse.put_object().bucket(BUCKET).key("k").body(content.to_vec().into());
        let put = put.key_placement(KeyPlacement::InstructionFile).overwrite_instruction_file();
        runtime.block_on(put.send()).unwrap();
    });
    other.join().unwrap();
}

async fn put_with_file(place: &Place, key: &str, content: &[u8]) {
    let put = place.cse.put_object().bucket(BUCKET).key(key).body(content.to_vec().into());
    put.key_placement(KeyPlacement::InstructionFile).send().await.unwrap();
}

/// Whoever is late is told so.
fn is_replaced<E>(error: &Error<E>) -> bool {
    matches!(error, Error::Cse(cse_client::Error::Replaced))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_put_that_was_overtaken_leaves_the_others_file_and_object() {
    for before in [None, Some(b"before")] {
        let place = Place::start().await;
        if let Some(before) = before {
            put_with_file(&place, "k", before).await;
        }
        // A client of its own: connections stay with their runtime.
        let other = Client::new(&place.another_s3(), keyring());
        let put = place.cse.put_object().bucket(BUCKET).key("k").body(b"late".to_vec().into());
        let put = put.key_placement(KeyPlacement::InstructionFile).overwrite_instruction_file();
        let put =
            put.customize(move |operation| operation.mutate_request(move |_| put_meanwhile(&other, b"the other's")));
        let error = put.send().await.unwrap_err();
        assert!(is_replaced(&error) && error.kind() == ErrorKind::Conflict, "{error:?}");
        assert_eq!(place.read("k").await, b"the other's");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copy_that_was_overtaken_leaves_the_others_file_and_object() {
    let place = Place::start().await;
    put_with_file(&place, "source", b"copied").await;
    put_with_file(&place, "k", b"before").await;
    let other = Client::new(&place.another_s3(), keyring());
    let copy = place.cse.copy_object().copy_source("bucket/source").bucket(BUCKET).key("k");
    let copy = copy
        .overwrite_instruction_file()
        .customize(move |operation| operation.mutate_request(move |_| put_meanwhile(&other, b"the other's")));
    let error = copy.send().await.unwrap_err();
    assert!(is_replaced(&error), "{error:?}");
    assert_eq!(place.read("k").await, b"the other's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_upload_that_was_overtaken_is_aborted_before_its_file_is_undone() {
    let file = || answer("200 OK", &[("etag", b"\"file\"")], b"");
    let created =
        answer("200 OK", &[], b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
    let part = || answer("200 OK", &[("etag", b"\"part\"")], b"");
    let absent = || answer("404 Not Found", &[], b"");
    let gone = || answer("204 No Content", &[], b"");
    let taken = s3_error("412 Precondition Failed", "PreconditionFailed");
    let server = Scripted::start(vec![created, part(), absent(), file(), taken, gone(), absent(), gone()]);
    let cse = Client::new(&s3(&server.url), keyring());
    let create = cse.create_multipart_upload().bucket(BUCKET).key("k").key_placement(KeyPlacement::InstructionFile);
    let mut upload = create.start().await.unwrap();
    upload.upload_part(b"hello".to_vec()).await.unwrap();
    let error = upload.complete().await.unwrap_err();
    assert!(matches!(error, cse_client::Error::Replaced), "{error:?}");

    let requests = server.requests();
    let lines: Vec<_> = requests.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(requests[4].header("if-none-match"), Some("*"), "{lines:?}");
    assert!(lines[5].starts_with("DELETE ") && lines[5].contains("uploadId=u"), "{lines:?}");
    assert!(lines[6].starts_with("HEAD "), "{lines:?}");
    assert!(lines[7].starts_with("DELETE ") && lines[7].contains("k.instruction"), "{lines:?}");
}

#[tokio::test]
async fn a_condition_of_the_callers_stays_the_only_one() {
    for (etag, if_none_match) in [(Some("\"mine\""), None), (None, Some("*"))] {
        let absent = answer("404 Not Found", &[], b"");
        let server = Scripted::start(vec![
            absent.clone(),
            answer("200 OK", &[("etag", b"\"file\"")], b""),
            s3_error("412 Precondition Failed", "PreconditionFailed"),
            absent,
            answer("204 No Content", &[], b""),
        ]);
        let cse = Client::new(&s3(&server.url), keyring());
        let put = cse.put_object().bucket(BUCKET).key("k").key_placement(KeyPlacement::InstructionFile);
        let put = put
            .with(|put| put.set_if_match(etag.map(str::to_owned)).set_if_none_match(if_none_match.map(str::to_owned)));
        let error = put.send().await.unwrap_err();
        assert_eq!(error.as_service_error().and_then(|error| error.meta().code()), Some("PreconditionFailed"));
        assert_eq!(error.kind(), ErrorKind::Conflict);
        let requests = server.requests();
        assert_eq!((requests[2].header("if-match"), requests[2].header("if-none-match")), (etag, if_none_match));
        assert_eq!(requests.len(), 5);
    }
}

#[tokio::test]
async fn keys_of_instruction_files_are_not_written() {
    use aws_sdk_s3::presigning::PresigningConfig;

    let place = Place::start().await;
    place.put("source", b"hello").await;
    let key = "k.instruction";
    let is_refused = |error: &cse_client::Error| {
        matches!(error, cse_client::Error::InvalidRequest(InvalidRequest::InstructionKey { .. }))
    };
    let put = || place.cse.put_object().bucket(BUCKET).key(key);
    let error = put().body(b"hello".to_vec().into()).send().await.unwrap_err();
    assert!(matches!(&error, Error::Cse(error) if is_refused(error)), "{error:?}");
    let expires = PresigningConfig::expires_in(std::time::Duration::from_secs(60)).unwrap();
    let error = put().presigned(5, expires).await.unwrap_err();
    assert!(matches!(&error, Error::Cse(error) if is_refused(error)), "{error:?}");
    let error = place.cse.create_multipart_upload().bucket(BUCKET).key(key).start().await.unwrap_err();
    assert!(matches!(&error, Error::Cse(error) if is_refused(error)), "{error:?}");
    let copy = place.cse.copy_object().copy_source("bucket/source").bucket(BUCKET).key(key);
    let error = copy.send().await.unwrap_err();
    assert!(matches!(&error, Error::Cse(error) if is_refused(error)), "{error:?}");
    assert!(!place.exists(key).await);
    assert!(place.cse.operations().uploads(BUCKET).send().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_delete_leaves_what_only_has_the_name_of_a_file() {
    let place = Place::start().await;
    place.put("k", b"hello").await;
    let put = place.s3.put_object().bucket(BUCKET).key("k.instruction").body(b"how to build it".to_vec().into());
    put.send().await.unwrap();
    place.cse.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert!(!place.exists("k").await && place.exists("k.instruction").await);
}

#[tokio::test]
async fn keys_without_room_for_a_file_are_deleted() {
    let place = Place::start().await;
    let keys = ["a".repeat(1024), "b".repeat(1013)];
    for key in &keys {
        place.put(key, b"hello").await;
    }
    place.cse.delete_object().bucket(BUCKET).key(&keys[0]).send().await.unwrap();
    let identifier = aws_sdk_s3::types::ObjectIdentifier::builder().key(&keys[1]).build().unwrap();
    let delete = Delete::builder().objects(identifier).build().unwrap();
    let output = place.cse.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
    assert!(output.errors().is_empty(), "{output:?}");
    assert!(!place.exists(&keys[0]).await && !place.exists(&keys[1]).await);
}
