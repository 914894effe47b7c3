//! What is sent again, and what is not.

use std::time::Duration;

use bytes::Bytes;
use cse_client::{
    Body, Error, Transport,
    transport::{GetObject, PutObject, TransportErrorKind},
};
use cse_reqwest::RetryPolicy;
use futures_util::{StreamExt, stream};

use crate::support::{
    hasty, object, scripted,
    scripted::{answer, s3_error},
};

fn slow_down() -> Vec<u8> {
    s3_error("503 Slow Down", "SlowDown")
}

fn done() -> Vec<u8> {
    answer("200 OK", &[("etag", b"\"e\"")], b"")
}

fn bytes() -> PutObject {
    PutObject::new(object(), "stored".into())
}

#[tokio::test]
async fn bytes_are_sent_again_and_are_the_same() {
    let busy = answer("500 Internal Server Error", &[], b"");
    let (server, transport) = scripted(vec![slow_down(), busy, done()]);
    transport.put_object(bytes()).await.unwrap();
    let bodies: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [b"stored", b"stored", b"stored"]);
}

#[tokio::test]
async fn streams_are_sent_once() {
    let (server, transport) = scripted(vec![slow_down(), done()]);
    let chunks = stream::iter(["sto", "red"]).map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes())));
    let error = transport.put_object(PutObject::new(object(), Body::from_stream(chunks, Some(6)))).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Throttled);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn attempts_are_counted() {
    for attempts in [1, 2, 5] {
        let (server, transport) = scripted(vec![slow_down(); 6]);
        let transport = transport.retry(hasty().max_attempts(attempts));
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (TransportErrorKind::Throttled, Some("SlowDown")));
        assert_eq!(server.requests().len(), usize::try_from(attempts).unwrap());
    }
}

#[tokio::test]
async fn connections_that_end_without_an_answer_are_tried_again() {
    // A script's empty entry closes the connection.
    let (server, transport) = scripted(vec![vec![], b"HTTP/1.1 2".to_vec(), done()]);
    transport.put_object(bytes()).await.unwrap();
    assert_eq!(server.requests().len(), 3);
    let (_, transport) = scripted(vec![]);
    let error = transport.put_object(bytes()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unavailable);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn the_server_may_ask_for_time() {
    let wait = |seconds: &str| answer("503 Slow Down", &[("retry-after", seconds.as_bytes())], b"");
    let (server, transport) = scripted(vec![wait("0"), done()]);
    transport.put_object(bytes()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
    // More than the longest pause: the caller shall decide.
    let (server, transport) = scripted(vec![wait("3600"), done()]);
    let error = transport.put_object(bytes()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unavailable);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_will_not_change_is_not_tried_again() {
    for (status, code) in [
        ("400 Bad Request", "InvalidArgument"),
        ("403 Forbidden", "AccessDenied"),
        ("403 Forbidden", "RequestTimeTooSkewed"),
        ("404 Not Found", "NoSuchKey"),
        ("409 Conflict", "OperationAborted"),
        ("412 Precondition Failed", "PreconditionFailed"),
        ("501 Not Implemented", "NotImplemented"),
    ] {
        let (server, transport) = scripted(vec![s3_error(status, code), done()]);
        transport.put_object(bytes()).await.unwrap_err();
        assert_eq!(server.requests().len(), 1, "{status} {code}");
    }
}

#[tokio::test]
async fn timeouts_of_the_server_are_tried_again() {
    let (server, transport) = scripted(vec![s3_error("400 Bad Request", "RequestTimeout"), done()]);
    transport.put_object(bytes()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_interim_answer_is_not_the_answer() {
    let mut interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n".to_vec();
    interim.extend(done());
    let (server, transport) = scripted(vec![interim]);
    transport.put_object(bytes()).await.unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (_, transport) = scripted(vec![]);
    let transport = transport.endpoint(&url).unwrap().retry(RetryPolicy::never());
    let transport = transport.idle_timeout(Some(Duration::from_millis(1)));
    let error = transport.put_object(bytes()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unavailable);
    assert!(error.to_string().contains("nothing moved"), "{error}");
}

#[tokio::test]
async fn a_body_that_stands_still_is_left() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun").await.unwrap();
        // Open until the client has gone.
        stream.read_to_end(&mut Vec::new()).await
    });
    let (_, transport) = scripted(vec![]);
    let transport = transport.endpoint(&url).unwrap().idle_timeout(Some(Duration::from_secs(2)));
    let body = transport.get_object(GetObject::new(object())).await.unwrap().body;
    let error = body.collect().await.unwrap_err();
    assert!(error.to_string().contains("nothing moved"), "{error}");
    server.await.unwrap().unwrap();
}
