//! Answers without an end, of two lengths, drop by drop; bodies that stand still, and connections that break.

use std::{future::pending, time::Duration};

use bytes::Bytes;
use cse_client::{
    Body, Error, Transport,
    transport::{GetObject, ListObjects, PutObject, TransportErrorKind},
};
use cse_reqwest::{ReqwestTransport, RetryPolicy};
use futures_util::stream;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::support::{
    hasty, http, object, scripted,
    scripted::{answer, head, s3_error},
};

/// A transport to a server that does this with its connections, one after the other.
async fn served<F>(
    connections: usize,
    mut serve: impl FnMut(usize, TcpStream) -> F + Send + 'static,
) -> (ReqwestTransport, JoinHandle<()>)
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        for number in 0..connections {
            serve(number, listener.accept().await.unwrap().0).await;
        }
    });
    let transport = ReqwestTransport::new(http(), "eu-west-1").endpoint(&url).unwrap();
    (transport.retry(hasty()), server)
}

/// Reads a head, byte by byte.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

const CHUNKED: &[u8] = b"HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn an_error_without_an_end_is_not_read_to_its_end() {
    let (transport, server) = served(1, |_, mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(CHUNKED).await.unwrap();
        // Until the client has gone.
        while stream.write_all(b"5\r\nspace\r\n").await.is_ok() {}
    })
    .await;
    let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::AccessDenied);
    server.await.unwrap();
}

#[tokio::test]
async fn an_error_that_comes_drop_by_drop_is_not_waited_for() {
    let (transport, server) = served(1, |_, mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(CHUNKED).await.unwrap();
        // Faster than the idle timeout, and until the client has gone.
        while stream.write_all(b"1\r\n \r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let transport = transport.idle_timeout(Some(Duration::from_millis(500)));
    let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::AccessDenied);
    server.await.unwrap();
}

#[tokio::test]
async fn a_list_without_an_end_is_an_error() {
    let (transport, server) = served(1, |_, mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
        let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x1_0000], b"\r\n"].concat();
        while stream.write_all(&chunk).await.is_ok() {}
    })
    .await;
    let error = transport.retry(RetryPolicy::never()).list_objects(ListObjects::new("bucket")).await.unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
    server.await.unwrap();
}

#[tokio::test]
async fn of_two_lengths_none_is_believed() {
    let two = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\ncontent-length: 3\r\n\r\nstored".to_vec();
    let (_, transport) = scripted(vec![two]);
    let error = transport.retry(RetryPolicy::never()).get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unavailable);
    // A length beside chunks: what was said to be longer is not whole.
    let both = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\ntransfer-encoding: chunked\r\n\r\n6\r\nstored\r\n0\r\n\r\n"
        .to_vec();
    let (_, transport) = scripted(vec![both]);
    let read = match transport.get_object(GetObject::new(object())).await {
        Ok(response) => response.body.collect().await,
        Err(error) => Err(error.into()),
    };
    assert!(read.is_err(), "{read:?}");
}

#[tokio::test]
async fn what_comes_after_the_length_is_not_content() {
    let mut longer = head("200 OK", &[], 6);
    longer.extend_from_slice(b"stored and more");
    let (_, transport) = scripted(vec![longer]);
    let response = transport.get_object(GetObject::new(object())).await.unwrap();
    assert_eq!(response.body.collect().await.unwrap(), "stored");
}

/// 1 MB, more than a socket takes unread.
fn large() -> Bytes {
    vec![7; 1_000_000].into()
}

#[tokio::test]
async fn a_body_that_was_sent_in_part_is_sent_again_as_a_whole() {
    let (transport, server) = served(2, |number, mut stream| async move {
        assert!(read_head(&mut stream).await.contains("content-length: 1000000\r\n"));
        let mut body = vec![0; if number == 0 { 10_000 } else { 1_000_000 }];
        stream.read_exact(&mut body).await.unwrap();
        assert!(body.iter().all(|byte| *byte == 7));
        if number > 0 {
            stream.write_all(&answer("200 OK", &[("etag", b"\"e\"")], b"")).await.unwrap();
        }
    })
    .await;
    let written = transport.put_object(PutObject::new(object(), large().into())).await.unwrap();
    assert_eq!(written.etag.as_deref(), Some("\"e\""));
    server.await.unwrap();
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_body_is_the_answer() {
    let (transport, server) = served(2, |_, mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(&s3_error("403 Forbidden", "AccessDenied")).await.unwrap();
        // The rest is taken until the client has gone, so that the answer is not lost with the connection.
        while stream.read_u8().await.is_ok() {}
    })
    .await;
    let chunks = stream::repeat_with(|| Ok::<_, Error>(large()));
    for body in [large().into(), Body::from_stream(chunks, Some(1 << 40))] {
        let error = transport.put_object(PutObject::new(object(), body)).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (TransportErrorKind::AccessDenied, Some("AccessDenied")));
    }
    drop(transport);
    server.abort();
}

#[tokio::test]
async fn nothing_waits_to_be_asked_for_the_body() {
    let (transport, server) = served(1, |_, mut stream| async move {
        assert!(!read_head(&mut stream).await.contains("expect:"));
        stream.read_exact(&mut vec![0; 1_000_000]).await.unwrap();
        stream.write_all(&answer("200 OK", &[("etag", b"\"e\"")], b"")).await.unwrap();
    })
    .await;
    transport.put_object(PutObject::new(object(), large().into())).await.unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn a_source_that_stands_still_is_left() {
    let (transport, server) = served(1, |_, mut stream| async move {
        read_head(&mut stream).await;
        // Open until the client has gone.
        while stream.read_u8().await.is_ok() {}
    })
    .await;
    let transport = transport.idle_timeout(Some(Duration::from_millis(200)));
    let never = stream::once(pending::<Result<Bytes, Error>>());
    let error = transport.put_object(PutObject::new(object(), Body::from_stream(never, Some(6)))).await.unwrap_err();
    assert!(error.to_string().contains("nothing moved"), "{error}");
    server.await.unwrap();
}

#[tokio::test]
async fn a_server_that_does_not_read_is_left() {
    let (transport, server) = served(1, |_, mut stream| async move {
        read_head(&mut stream).await;
        // Open, and the body stays unread.
        pending().await
    })
    .await;
    let transport = transport.idle_timeout(Some(Duration::from_millis(500))).retry(RetryPolicy::never());
    let chunks = stream::repeat_with(|| Ok::<_, Error>(Bytes::from(vec![7; 1 << 20])));
    let body = Body::from_stream(chunks, Some(1 << 30));
    let error = transport.put_object(PutObject::new(object(), body)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unavailable);
    assert!(error.to_string().contains("nothing moved"), "{error}");
    server.abort();
}
