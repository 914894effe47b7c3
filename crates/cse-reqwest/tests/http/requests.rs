//! What goes out.

use bytes::Bytes;
use cse_client::{
    Body, Error, ObjectLocation, RequestOptions, Transport,
    transport::{CopyObject, DeleteObject, GetObject, HeadObject, PutObject, TransportErrorKind, UploadPart},
};
use cse_reqwest::{Credentials, ReqwestTransport};
use futures_util::{StreamExt, stream};

use crate::support::{
    http, object, scripted,
    scripted::{Scripted, answer},
};

fn done() -> Vec<u8> {
    answer("200 OK", &[("etag", b"\"e\"")], b"")
}

fn streamed(chunks: &'static [&'static str], len: u64) -> Body {
    let chunks = stream::iter(chunks).map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes())));
    Body::from_stream(chunks, Some(len))
}

/// SHA-256 of `stored`.
const STORED_SHA256: &str = "87b04e58961f9a99d853d4046a0b5b793e7c3e4bbd21f5aca8fb17c20cdb1d8b";

#[tokio::test]
async fn headers_of_the_caller_are_signed() {
    let (server, transport) = scripted(vec![done()]);
    let options = RequestOptions::new().header("x-amz-storage-class", "STANDARD_IA").unwrap().request_payer();
    let mut request = PutObject::new(object(), "stored".into()).with_options(options);
    request.metadata.push("Colour", "red");
    request.if_none_match = Some("*".to_owned());
    let written = transport.put_object(request).await.unwrap();
    assert_eq!(written.etag.as_deref(), Some("\"e\""));

    let request = &server.requests()[0];
    assert_eq!((&*request.line, &*request.body), ("PUT /bucket/key", &b"stored"[..]));
    assert_eq!(request.header("x-amz-storage-class"), Some("STANDARD_IA"));
    assert_eq!(request.header("x-amz-meta-colour"), Some("red"));
    assert_eq!(request.header("if-none-match"), Some("*"));
    let signature = request.header("authorization").unwrap();
    for signed in ["x-amz-storage-class", "x-amz-request-payer", "x-amz-meta-colour", "content-length", "host"] {
        assert!(signature.contains(signed), "{signed} in {signature}");
    }
    assert!(request.header("user-agent").unwrap().contains("cse-reqwest/"));
}

#[tokio::test]
async fn bytes_are_hashed_and_streams_are_not_chunked() {
    let (server, transport) = scripted(vec![done(), done(), done(), done()]);
    transport.put_object(PutObject::new(object(), "stored".into())).await.unwrap();
    transport.put_object(PutObject::new(object(), streamed(&["sto", "red"], 6))).await.unwrap();
    transport.put_object(PutObject::new(object(), Body::default())).await.unwrap();
    transport.upload_part(UploadPart::new(object(), "u/+", 7, Bytes::from_static(b"stored"))).await.unwrap();
    let requests = server.requests();
    let [bytes, stream, empty, part] = &requests[..] else { panic!("{requests:?}") };
    for request in [bytes, stream, part] {
        assert_eq!((request.header("content-length"), &*request.body), (Some("6"), &b"stored"[..]));
        assert_eq!(request.header("transfer-encoding"), None);
    }
    assert_eq!(empty.header("content-length"), Some("0"));
    assert_eq!(bytes.header("x-amz-content-sha256"), Some(STORED_SHA256));
    assert_eq!(part.header("x-amz-content-sha256"), Some(STORED_SHA256));
    assert_eq!(stream.header("x-amz-content-sha256"), Some("UNSIGNED-PAYLOAD"));
    assert_eq!(part.line, "PUT /bucket/key?partNumber=7&uploadId=u%2F%2B");
    assert!(requests.iter().all(|request| request.header("content-md5").is_none()));
}

#[tokio::test]
async fn md5_goes_where_locks_want_it() {
    let (server, transport) = scripted(vec![done(), done()]);
    let options = RequestOptions::new().header("x-amz-object-lock-mode", "GOVERNANCE").unwrap();
    transport.put_object(PutObject::new(object(), "stored".into()).with_options(options)).await.unwrap();
    transport.content_md5(true).put_object(PutObject::new(object(), "stored".into())).await.unwrap();
    for request in server.requests() {
        assert_eq!(request.header("content-md5"), Some("ye6QJVzcHvXyRzFwZedBEQ=="));
    }
}

#[tokio::test]
async fn sources_of_copies_are_encoded() {
    let result = b"<CopyObjectResult><ETag>&quot;c&quot;</ETag></CopyObjectResult>";
    let (server, transport) = scripted(vec![answer("200 OK", &[("x-amz-version-id", b"v2")], result)]);
    let source = ObjectLocation::new("other", "a/../b \u{e9}").version("v/1");
    let mut request = CopyObject::new(source, object());
    request.if_none_match = Some("*".to_owned());
    request.source_if_match = Some("\"s\"".to_owned());
    let written = transport.copy_object(request).await.unwrap();
    assert_eq!((written.etag.as_deref(), written.version_id.as_deref()), (Some("\"c\""), Some("v2")));
    let request = &server.requests()[0];
    assert_eq!(request.header("x-amz-copy-source"), Some("other/a/../b%20%C3%A9?versionId=v%2F1"));
    assert_eq!(request.header("content-length"), Some("0"));
    assert_eq!(request.header("if-none-match"), Some("*"));
    assert_eq!(request.header("x-amz-copy-source-if-match"), Some("\"s\""));
}

#[tokio::test]
async fn without_credentials_nothing_is_signed() {
    let server = Scripted::start(vec![done()]);
    let transport = ReqwestTransport::new(http(), "eu-west-1").endpoint(&server.url).unwrap();
    transport.head_object(HeadObject::new(object())).await.unwrap();
    let request = &server.requests()[0];
    for name in ["authorization", "x-amz-content-sha256", "x-amz-date"] {
        assert_eq!(request.header(name), None);
    }
}

#[tokio::test]
async fn temporary_credentials_have_their_token() {
    let server = Scripted::start(vec![done()]);
    let transport = ReqwestTransport::new(http(), "eu-west-1").endpoint(&server.url).unwrap();
    let transport = transport.credentials(Credentials::temporary("AKEXAMPLE", "SKEXAMPLE", "TOKEN"));
    transport.head_object(HeadObject::new(object())).await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.header("x-amz-security-token"), Some("TOKEN"));
    assert!(request.header("authorization").unwrap().contains("x-amz-security-token"));
}

#[tokio::test]
async fn what_names_no_object_is_not_sent() {
    let (server, transport) = scripted(vec![]);
    for (bucket, key) in [("", "key"), ("bucket", ""), ("bucket", "."), ("bucket", ".."), ("../other", "key")] {
        let location = ObjectLocation::new(bucket, key);
        let error = transport.delete_object(DeleteObject::new(location.clone())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::NotSent, "{bucket:?} {key:?}");
        let error = transport.get_object(GetObject::new(location)).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::NotSent, "{bucket:?} {key:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn bodies_that_fail_are_not_sent() {
    let failing = || Body::from_stream(stream::iter([Err::<Bytes, _>(Error::from_stream("no more"))]), Some(6));
    let unknown = || Body::from_stream(stream::iter([Ok::<_, Error>(Bytes::from_static(b"stored"))]), None);
    let bodies = [failing(), unknown(), streamed(&["sto"], 6), streamed(&["sto", "red", "!"], 6)];
    for body in bodies {
        let shown = format!("{body:?}");
        let (_, transport) = scripted(vec![done()]);
        let error = transport.put_object(PutObject::new(object(), body)).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::NotSent, "{shown}: {error:?}");
    }
}

#[cfg(not(any(feature = "native-tls", feature = "rustls", feature = "rustls-no-provider")))]
#[tokio::test]
async fn a_program_without_tls_says_so() {
    let transport = ReqwestTransport::new(http(), "eu-west-1").endpoint("https://127.0.0.1:9").unwrap();
    let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent);
    assert!(error.to_string().contains("TLS"), "{error}");
}

#[tokio::test]
async fn a_stream_is_not_asked_for_more_than_its_end() {
    let (server, transport) = scripted(vec![done()]);
    // Panics if it is polled after its end.
    let chunks = stream::unfold(0, |sent| async move {
        (sent < 3).then(|| (Ok::<_, Error>(Bytes::from(vec![sent; 100_000])), sent + 1))
    });
    transport.put_object(PutObject::new(object(), Body::from_stream(chunks, Some(300_000)))).await.unwrap();
    assert_eq!(server.requests()[0].body.len(), 300_000);
}
