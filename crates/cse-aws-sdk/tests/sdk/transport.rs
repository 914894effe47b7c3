//! `SdkTransport` against answers that no well-behaved server gives on demand.

use crate::support::{
    s3,
    sandbox::keyring,
    scripted::{Scripted, answer, head, s3_error},
};
use bytes::Bytes;
use cse_aws_sdk::{Client, SdkTransport};
use cse_client::{
    Body, Error, ObjectLocation, RequestOptions, Transport,
    transport::{
        AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CopyObject, CreateMultipartUpload, DeleteObjects,
        GetObject, HeadObject, ListObjects, PutObject, TransportErrorKind, UploadPart, UploadedPart,
    },
};
use futures_util::StreamExt;

fn object() -> ObjectLocation {
    ObjectLocation::new("bucket", "key")
}

fn transport(script: Vec<Vec<u8>>) -> (Scripted, SdkTransport) {
    let server = Scripted::start(script);
    let transport = SdkTransport::new(&s3(&server.url));
    (server, transport)
}

#[tokio::test]
async fn user_metadata_arrives_byte_for_byte() {
    let values: [(&str, &[u8]); 5] = [
        ("X-Amz-Meta-X-Amz-Key-V2", b"AAAA"),
        ("x-amz-meta-latin", b"caf\xe9"),
        ("x-amz-meta-utf8", "caf\u{e9}".as_bytes()),
        ("x-amz-meta-twice", b"1"),
        ("x-amz-meta-twice", b"2"),
    ];
    let (_, transport) = transport(vec![answer("200 OK", &values, b"stored")]);
    let response = transport.get_object(GetObject::new(object())).await.unwrap();
    let mut metadata: Vec<_> = response.attributes.metadata.iter().collect();
    metadata.sort_unstable();
    let expected: [(&str, &[u8]); 5] = [
        ("latin", b"caf\xe9"),
        ("twice", b"1"),
        ("twice", b"2"),
        ("utf8", "caf\u{e9}".as_bytes()),
        ("x-amz-key-v2", b"AAAA"),
    ];
    assert_eq!(metadata, expected);
    assert_eq!(response.body.collect().await.unwrap(), "stored");
}

#[tokio::test]
async fn describing_headers_are_kept_and_others_are_not() {
    let headers: [(&str, &[u8]); 9] = [
        ("etag", b"\"e\""),
        ("last-modified", b"Wed, 21 Oct 2015 07:28:00 GMT"),
        ("x-amz-version-id", b"v1"),
        ("content-disposition", b"attachment; filename=caf\xe9"),
        ("x-amz-storage-class", b"GLACIER"),
        ("x-amz-server-side-encryption", b"AES256"),
        ("x-amz-object-lock-mode", b"GOVERNANCE"),
        ("x-amz-checksum-crc32", b"AAAAAA=="),
        ("x-amz-request-id", b"R1"),
    ];
    let (_, transport) = transport(vec![answer("200 OK", &headers, b"")]);
    let attributes = transport.head_object(HeadObject::new(object())).await.unwrap();
    assert_eq!((attributes.etag.as_deref(), attributes.version_id.as_deref()), (Some("\"e\""), Some("v1")));
    assert!(attributes.last_modified.is_some());
    let mut names: Vec<_> = attributes.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected =
        ["content-disposition", "x-amz-object-lock-mode", "x-amz-server-side-encryption", "x-amz-storage-class"];
    assert_eq!(names, expected);
    assert_eq!(attributes.header("content-disposition"), Some("attachment; filename=caf\u{e9}"));
}

#[tokio::test]
async fn a_cut_body_ends_with_an_error() {
    let mut cut = head("200 OK", &[], 100);
    cut.extend_from_slice(b"begun");
    let (_, transport) = transport(vec![cut]);
    let mut body = transport.get_object(GetObject::new(object())).await.unwrap().body;
    let mut last = None;
    while let Some(chunk) = body.next().await {
        last = Some(chunk);
    }
    assert!(matches!(last, Some(Err(Error::Transport(error))) if error.kind() == TransportErrorKind::Unavailable));
}

#[tokio::test]
async fn headers_of_the_caller_are_signed() {
    let (server, transport) = transport(vec![answer("200 OK", &[("etag", b"\"e\"")], b"")]);
    let options = RequestOptions::new().header("x-amz-storage-class", "STANDARD_IA").unwrap().request_payer();
    let mut request = PutObject::new(object(), "stored".into()).with_options(options);
    request.metadata.push("colour", "red");
    request.if_none_match = Some("*".to_owned());
    let written = transport.put_object(request).await.unwrap();
    assert_eq!(written.etag.as_deref(), Some("\"e\""));

    let request = &server.requests()[0];
    assert_eq!(request.body, b"stored");
    assert_eq!(request.header("x-amz-storage-class"), Some("STANDARD_IA"));
    assert_eq!(request.header("x-amz-meta-colour"), Some("red"));
    assert_eq!(request.header("if-none-match"), Some("*"));
    let signature = request.header("authorization").unwrap();
    for signed in ["x-amz-storage-class", "x-amz-request-payer", "x-amz-meta-colour"] {
        assert!(signature.contains(signed), "{signed} in {signature}");
    }
    let agent = format!("lib/cse-aws-sdk/{}", env!("CARGO_PKG_VERSION"));
    assert!(request.header("user-agent").unwrap().contains(&agent));
}

#[tokio::test]
async fn bytes_are_sent_again_and_streams_are_not() {
    let slow_down = || s3_error("503 Slow Down", "SlowDown");
    let (server, transport) = transport(vec![slow_down(), slow_down(), answer("200 OK", &[], b"")]);
    transport.put_object(PutObject::new(object(), "stored".into())).await.unwrap();
    let bodies: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [b"stored", b"stored", b"stored"]);

    let (server, transport) = self::transport(vec![slow_down(), answer("200 OK", &[], b"")]);
    let chunks =
        futures_util::stream::iter(["sto", "red"]).map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes())));
    let error = transport.put_object(PutObject::new(object(), Body::from_stream(chunks, Some(6)))).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Throttled);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn answers_have_kinds() {
    use TransportErrorKind as Kind;
    for (status, code, kind) in [
        ("404 Not Found", "NoSuchKey", Kind::NotFound),
        ("403 Forbidden", "AccessDenied", Kind::AccessDenied),
        ("412 Precondition Failed", "PreconditionFailed", Kind::PreconditionFailed),
        ("409 Conflict", "ConditionalRequestConflict", Kind::PreconditionFailed),
        ("416 Range Not Satisfiable", "InvalidRange", Kind::RangeNotSatisfiable),
        ("400 Bad Request", "InvalidArgument", Kind::Other),
    ] {
        let (_, transport) = transport(vec![s3_error(status, code)]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{status}");
        assert_eq!((error.message(), error.request_id()), (Some("says the script"), Some("R1")));
    }
}

#[tokio::test]
async fn answers_without_a_body_have_kinds() {
    use TransportErrorKind as Kind;
    for (status, kind) in [
        ("304 Not Modified", Kind::PreconditionFailed),
        ("403 Forbidden", Kind::AccessDenied),
        ("404 Not Found", Kind::NotFound),
        ("412 Precondition Failed", Kind::PreconditionFailed),
    ] {
        let (_, transport) = transport(vec![answer(status, &[], b"")]);
        let error = transport.head_object(HeadObject::new(object())).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
    }
}

#[tokio::test]
async fn what_was_signed_is_not_in_the_error() {
    let body = b"<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><CanonicalRequest>c2VjcmV0</CanonicalRequest></Error>";
    let (_, transport) = transport(vec![answer("403 Forbidden", &[], body)]);
    let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::AccessDenied);
    assert!(!format!("{error:?} {error}").contains("c2VjcmV0"));
}

#[tokio::test]
async fn what_was_signed_is_not_in_the_sdks_error_as_it_is_shown() {
    let body = |code: &str| {
        format!("<Error><Code>{code}</Code><Message>no</Message><CanonicalRequest>c2VjcmV0</CanonicalRequest></Error>")
    };
    let denied = answer("403 Forbidden", &[], body("SignatureDoesNotMatch").as_bytes());
    let garbled = answer("200 OK", &[("x-amz-missing-meta", b"c2VjcmV0"), ("x-amz-missing-meta", b"2")], b"");
    for (script, says) in [(denied, "SignatureDoesNotMatch"), (garbled, "200")] {
        let server = Scripted::start(vec![script]);
        let cse = Client::new(&s3(&server.url), keyring());
        let get = cse.get_object().bucket("bucket").key("key");
        let error = get.send().await.unwrap_err();
        let cse_aws_sdk::Error::Sdk(sdk) = &error else { panic!("{error:?}") };
        assert!(format!("{sdk:?}").contains("c2VjcmV0"), "the script does not try it");
        assert!(!format!("{error:?} {error:#?} {error}").contains("c2VjcmV0"), "{error:?}");
        assert!(format!("{error:?}").contains(says), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let (_, transport) = transport(vec![]);
    let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unavailable);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_request_that_cannot_be_made_is_not_sent() {
    let (server, transport) = transport(vec![]);
    let error = transport.get_object(GetObject::new(ObjectLocation::new("", "key"))).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_body_that_fails_is_not_sent() {
    let (_, transport) = transport(vec![answer("200 OK", &[], b"")]);
    let chunks = futures_util::stream::iter([Err::<Bytes, _>(Error::from_stream("no more"))]);
    let error = transport.put_object(PutObject::new(object(), Body::from_stream(chunks, Some(6)))).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent, "{error:?}");
}

#[tokio::test]
async fn success_with_an_error_in_the_body_is_an_error() {
    let internal = || s3_error("200 OK", "InternalError");
    let (_, transport) = transport(vec![internal(), internal(), internal()]);
    let parts = vec![CompletedPart::new(1, UploadedPart::new("\"e\""))];
    let error =
        transport.complete_multipart_upload(CompleteMultipartUpload::new(object(), "u", parts)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (TransportErrorKind::Unavailable, Some("InternalError")));

    let (_, transport) = self::transport(vec![internal(), internal(), internal()]);
    let error = transport.copy_object(CopyObject::new(object(), object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unavailable);
}

#[tokio::test]
async fn a_part_that_does_not_say_which_it_is_is_refused() {
    let part = |headers: &[(&str, &[u8])]| answer("206 Partial Content", headers, b"stored");
    for headers in [&[][..], &[("content-range", &b"bytes 5-*/*"[..])]] {
        let (_, transport) = transport(vec![part(headers)]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert!(error.to_string().contains("does not say which"), "{error}");
    }
    let (_, transport) = transport(vec![part(&[("content-range", b"bytes 3-8/20")])]);
    assert_eq!(transport.get_object(GetObject::new(object())).await.unwrap().attributes.content_len, Some(6));
}

/// Some stores write another root element than S3.
#[tokio::test]
async fn success_that_cannot_be_read_is_not_to_be_tried_again() {
    let body = b"<InitiateMultipartUpload><UploadId>u</UploadId></InitiateMultipartUpload>";
    let (_, transport) = transport(vec![answer("200 OK", &[], body)]);
    let error = transport.create_multipart_upload(CreateMultipartUpload::new(object())).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (TransportErrorKind::Other, false));
    let text = error.to_string();
    assert!(text.starts_with("the request to S3 failed: the answer cannot be read as S3's: "), "{text}");
    assert!(text.contains("InitiateMultipartUpload"), "{text}");
}

#[tokio::test]
async fn the_completion_repeats_checksums_of_parts() {
    let uploaded = answer("200 OK", &[("etag", b"\"p1\""), ("x-amz-checksum-sha256", b"c3Vt")], b"");
    let completed = b"<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
    let (server, transport) = transport(vec![uploaded, answer("200 OK", &[], completed)]);
    let part = transport.upload_part(UploadPart::new(object(), "u", 1, Bytes::from_static(b"part"))).await.unwrap();
    assert_eq!(part.checksums, [("ChecksumSHA256", "c3Vt".to_owned())]);
    let parts = vec![CompletedPart::new(1, part)];
    transport.complete_multipart_upload(CompleteMultipartUpload::new(object(), "u", parts)).await.unwrap();
    let body = String::from_utf8(server.requests()[1].body.clone()).unwrap();
    assert!(body.contains("<ChecksumSHA256>c3Vt</ChecksumSHA256>"), "{body}");
    assert!(body.contains("p1") && body.contains("<PartNumber>1</PartNumber>"), "{body}");
}

#[tokio::test]
async fn an_upload_that_is_gone_can_be_aborted() {
    let gone = s3_error("404 Not Found", "NoSuchUpload");
    let (_, transport) = transport(vec![gone, s3_error("404 Not Found", "NoSuchBucket")]);
    let request = AbortMultipartUpload::new(object(), "u");
    transport.abort_multipart_upload(request.clone()).await.unwrap();
    let error = transport.abort_multipart_upload(request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotFound);
}

#[tokio::test]
async fn each_object_of_a_deletion_has_its_own_answer() {
    let body = b"<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>\
        <Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>m</DeleteMarkerVersionId></Deleted>\
        </DeleteResult>";
    let (_, transport) = transport(vec![answer("200 OK", &[], body)]);
    let objects = ["a", "b", "c"].map(|key| (key.to_owned(), None)).to_vec();
    let answers = transport.delete_objects(DeleteObjects::new("bucket", objects)).await.unwrap();
    let [Ok(a), Err(b), Err(c)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!((a.version_id.as_deref(), a.delete_marker), (Some("m"), true));
    assert_eq!(b.kind(), TransportErrorKind::AccessDenied);
    assert_eq!(c.kind(), TransportErrorKind::Other);
}

#[tokio::test]
async fn keys_that_xml_cannot_say_are_listed() {
    let page = |encoding: &str| {
        let body = format!(
            "<ListBucketResult>{encoding}<Contents><Key>a+%01</Key><Size>1</Size></Contents>\
             <CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes></ListBucketResult>"
        );
        answer("200 OK", &[], body.as_bytes())
    };
    let (server, transport) = transport(vec![page("<EncodingType>url</EncodingType>"), page("")]);
    let encoded = transport.list_objects(ListObjects::new("bucket")).await.unwrap();
    assert_eq!((&*encoded.objects[0].key, &*encoded.common_prefixes[0]), ("a \u{1}", "p/"));
    assert!(server.requests()[0].line.contains("encoding-type=url"));
    let literal = transport.list_objects(ListObjects::new("bucket")).await.unwrap();
    assert_eq!((&*literal.objects[0].key, &*literal.common_prefixes[0]), ("a+%01", "p%2F"));
}

#[tokio::test]
async fn an_upload_without_an_id_is_an_error() {
    let body = b"<InitiateMultipartUploadResult></InitiateMultipartUploadResult>";
    let (_, transport) = transport(vec![answer("200 OK", &[], body)]);
    let error = transport.create_multipart_upload(CreateMultipartUpload::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
}
