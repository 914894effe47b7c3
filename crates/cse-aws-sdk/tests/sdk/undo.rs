//! Puts that fail after their instruction file was written: file and object must match, or the error must say that they may not.

use cse_aws_sdk::{Client, Error};
use cse_client::ErrorKind;
use cse_envelope::KeyPlacement;

use crate::support::{
    s3,
    sandbox::{BUCKET, keyring},
    scripted::{AS_PUT, Scripted, answer, s3_error},
};

fn absent() -> Vec<u8> {
    answer("404 Not Found", &[], b"")
}

fn present(etag: &[u8]) -> Vec<u8> {
    answer("200 OK", &[("etag", etag)], b"")
}

fn failed() -> [Vec<u8>; 3] {
    [(); 3].map(|()| s3_error("500 Internal Server Error", "InternalError"))
}

/// Puts with an instruction file; S3 answers with its file's ETag, fails the object three times, and then goes on with `after`.
async fn put(before: Vec<u8>, after: Vec<Vec<u8>>) -> (Scripted, Error<impl std::fmt::Debug>) {
    let script = [vec![before, present(b"\"file\"")], failed().to_vec(), after].concat();
    let server = Scripted::start(script);
    let cse = Client::new(&s3(&server.url), keyring());
    let put = cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into());
    let error = put.key_placement(KeyPlacement::InstructionFile).send().await.unwrap_err();
    (server, error)
}

#[tokio::test]
async fn the_file_goes_if_the_object_did_not_come() {
    let (server, error) = put(absent(), vec![absent(), answer("204 No Content", &[], b"")]).await;
    assert!(matches!(error, Error::Sdk(_)), "{error:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 7);
    assert!(
        requests[6].line.starts_with("DELETE ") && requests[6].line.contains("k.instruction"),
        "{}",
        requests[6].line
    );
    // Only the file that this put wrote.
    assert_eq!(requests[6].header("if-match"), Some("\"file\""));
}

#[tokio::test]
async fn the_file_stays_if_the_object_came_after_all() {
    for before in [absent(), present(b"\"old\"")] {
        let (server, error) = put(before, vec![AS_PUT.to_vec()]).await;
        assert!(matches!(error, Error::Sdk(_)), "{error:?}");
        assert!(server.requests().iter().all(|request| !request.line.starts_with("DELETE ")));
    }
}

#[tokio::test]
async fn who_cannot_undo_says_so() {
    let denied = || s3_error("403 Forbidden", "AccessDenied");
    for after in [vec![absent(), denied()], vec![answer("403 Forbidden", &[], b"")]] {
        let (_, error) = put(absent(), after).await;
        assert!(matches!(error, Error::Cse(cse_client::Error::NotUndone { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn an_undone_put_keeps_the_sdks_error() {
    let script = vec![
        absent(),
        present(b"\"file\""),
        s3_error("403 Forbidden", "AccessDenied"),
        absent(),
        answer("204 No Content", &[], b""),
    ];
    let server = Scripted::start(script);
    let cse = Client::new(&s3(&server.url), keyring());
    let put = cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into());
    let error = put.key_placement(KeyPlacement::InstructionFile).send().await.unwrap_err();
    assert_eq!(error.as_service_error().and_then(|error| error.meta().code()), Some("AccessDenied"));
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Transport, false));
    assert!(error.to_string().contains("AccessDenied"), "{error}");
    assert!(server.requests()[4].line.starts_with("DELETE "));
}
