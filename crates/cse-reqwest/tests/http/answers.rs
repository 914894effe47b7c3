//! What answers mean.

use bytes::Bytes;
use cse_client::{
    Error, Transport,
    transport::{
        AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CopyObject, CreateMultipartUpload, DeleteObjects,
        GetObject, HeadObject, ListObjects, PutObject, TransportErrorKind, UploadPart, UploadedPart,
    },
};
use futures_util::StreamExt;

use crate::support::{
    object, scripted,
    scripted::{answer, head, s3_error},
};

#[tokio::test]
async fn user_metadata_arrives_byte_for_byte() {
    let values: [(&str, &[u8]); 5] = [
        ("X-Amz-Meta-X-Amz-Key-V2", b"AAAA"),
        ("x-amz-meta-latin", b"caf\xe9"),
        ("x-amz-meta-utf8", "caf\u{e9}".as_bytes()),
        ("x-amz-meta-twice", b"1"),
        ("x-amz-meta-twice", b"2"),
    ];
    let (_, transport) = scripted(vec![answer("200 OK", &values, b"stored")]);
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
    let (_, transport) = scripted(vec![answer("200 OK", &headers, b"")]);
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
    let (_, transport) = scripted(vec![cut]);
    let mut body = transport.get_object(GetObject::new(object())).await.unwrap().body;
    let mut last = None;
    while let Some(chunk) = body.next().await {
        last = Some(chunk);
    }
    assert!(matches!(last, Some(Err(Error::Transport(error))) if error.kind() == TransportErrorKind::Unavailable));
}

#[tokio::test]
async fn a_body_of_unknown_length_is_refused() {
    let unknown = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhow much is missing?".to_vec();
    let (_, transport) = scripted(vec![unknown]);
    let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
    assert!(error.to_string().contains("client_builder"), "{error}");
}

#[tokio::test]
async fn a_chunked_body_is_read_to_its_end() {
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nstored\r\n0\r\n\r\n".to_vec();
    let cut = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n6\r\nstored\r\n".to_vec();
    let (_, transport) = scripted(vec![chunked, cut]);
    let whole = transport.get_object(GetObject::new(object())).await.unwrap();
    assert_eq!(whole.body.collect().await.unwrap(), "stored");
    let cut = transport.get_object(GetObject::new(object())).await.unwrap();
    assert!(cut.body.collect().await.is_err());
}

#[tokio::test]
async fn what_is_said_to_be_gzip_arrives_as_it_is() {
    let (_, transport) = scripted(vec![answer("200 OK", &[("content-encoding", b"gzip")], b"no gzip")]);
    let response = transport.get_object(GetObject::new(object())).await.unwrap();
    assert_eq!(response.attributes.header("content-encoding"), Some("gzip"));
    assert_eq!(response.body.collect().await.unwrap(), "no gzip");
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
        ("501 Not Implemented", "NotImplemented", Kind::Unavailable),
    ] {
        let (server, transport) = scripted(vec![s3_error(status, code)]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{status}");
        assert_eq!((error.message(), error.request_id()), (Some("says the script"), Some("R1")));
        assert_eq!(server.requests().len(), 1);
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
        let (_, transport) = scripted(vec![answer(status, &[("x-amz-request-id", b"R2")], b"")]);
        let error = transport.head_object(HeadObject::new(object())).await.unwrap_err();
        assert_eq!((error.kind(), error.request_id()), (kind, Some("R2")), "{status}");
    }
}

#[tokio::test]
async fn errors_that_are_no_xml_have_kinds() {
    let bodies: [&[u8]; 6] =
        [b"<html><body>Forbidden", b"{\"error\":\"no\"}", b"plain", b"\xff\xfe", b"<Error><Code>", b"<Error/>"];
    for body in bodies {
        let (_, transport) = scripted(vec![answer("403 Forbidden", &[], body)]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (TransportErrorKind::AccessDenied, None), "{body:?}");
        assert!(error.to_string().contains("403"), "{error}");
    }
    let mut cut = head("403 Forbidden", &[], 1000);
    cut.extend_from_slice(b"<Error>");
    let endless = answer("403 Forbidden", &[], &vec![b' '; 1 << 20]);
    for script in [cut, endless] {
        let (_, transport) = scripted(vec![script]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::AccessDenied);
    }
}

#[tokio::test]
async fn what_was_signed_is_not_in_the_error() {
    let body = b"<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><CanonicalRequest>c2VjcmV0</CanonicalRequest></Error>";
    let (_, transport) = scripted(vec![answer("403 Forbidden", &[], body)]);
    let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::AccessDenied);
    assert!(!format!("{error:?} {error} {transport:?}").contains("c2VjcmV0"));
    assert!(!format!("{transport:?}").contains("SKEXAMPLE"));
}

#[tokio::test]
async fn answers_say_what_to_do() {
    let said = |status: &str, code: &str, message: &str| {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        answer(status, &[("date", b"Wed, 21 Oct 2015 07:28:00 GMT")], body.as_bytes())
    };
    for (answer, advice) in [
        (said("403 Forbidden", "AccessDenied", "Request has expired"), Some("sign the URL anew")),
        (said("403 Forbidden", "AccessDenied", "Access Denied"), None),
        (said("400 Bad Request", "ExpiredToken", "The provided token has expired."), Some("new credentials")),
        (said("403 Forbidden", "RequestTimeTooSkewed", "too large"), Some("clock: the server's says Wed, 21 Oct 2015")),
        (said("400 Bad Request", "InvalidArgument", "expired"), None),
    ] {
        let (server, transport) = scripted(vec![answer]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err().to_string();
        match advice {
            Some(advice) => assert!(error.contains(advice), "{error}"),
            None => assert!(!error.contains(';'), "{error}"),
        }
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn throttling_has_many_names() {
    for (status, code) in [
        ("503 Slow Down", "SlowDown"),
        ("400 Bad Request", "SlowDown"),
        ("400 Bad Request", "ThrottlingException"),
        ("400 Bad Request", "TooManyRequests"),
        ("400 Bad Request", "RequestThrottled"),
        ("403 Forbidden", "RequestLimitExceeded"),
        ("429 Too Many Requests", "Unheard"),
    ] {
        let (server, transport) = scripted(vec![s3_error(status, code); 3]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (TransportErrorKind::Throttled, Some(code)), "{status}");
        assert_eq!(server.requests().len(), 3, "{status} {code}");
    }
}

fn complete() -> CompleteMultipartUpload {
    CompleteMultipartUpload::new(object(), "u", vec![CompletedPart::new(1, UploadedPart::new("\"e\""))])
}

#[tokio::test]
async fn success_with_an_error_in_the_body_is_an_error() {
    let internal = || s3_error("200 OK", "InternalError");
    let (server, transport) = scripted(vec![internal(), internal(), internal()]);
    let error = transport.complete_multipart_upload(complete()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (TransportErrorKind::Unavailable, Some("InternalError")));
    assert_eq!(server.requests().len(), 3);

    let (_, transport) = scripted(vec![s3_error("200 OK", "AccessDenied")]);
    let error = transport.copy_object(CopyObject::new(object(), object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::AccessDenied);

    let (_, transport) = scripted(vec![s3_error("200 OK", "PreconditionFailed")]);
    let error = transport.complete_multipart_upload(complete()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::PreconditionFailed);
}

#[tokio::test]
async fn success_that_says_nothing_is_an_error() {
    for body in ["", "<CompleteMultipartUploadResult>", "<CompleteMultipartUploadResult/>", "   ", "<html/>"] {
        let (_, transport) = scripted(vec![answer("200 OK", &[], body.as_bytes())]);
        let error = transport.complete_multipart_upload(complete()).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Other, "{body}");
    }
    for body in ["", "<html/>", "<CopyObjectResult>", "<html><ETag>e</ETag></html>"] {
        let (_, transport) = scripted(vec![answer("200 OK", &[("etag", b"\"e\"")], body.as_bytes())]);
        let error = transport.copy_object(CopyObject::new(object(), object())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Other, "{body}");
    }
    let (_, transport) = scripted(vec![answer("200 OK", &[], b"<InitiateMultipartUploadResult/>")]);
    let error = transport.create_multipart_upload(CreateMultipartUpload::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
}

#[tokio::test]
async fn the_completion_repeats_checksums_of_parts() {
    let uploaded = answer("200 OK", &[("etag", b"\"p1\""), ("x-amz-checksum-sha256", b"c3Vt")], b"");
    let waiting = b"<?xml version=\"1.0\"?>\n  \n <CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>";
    let (server, transport) = scripted(vec![uploaded, answer("200 OK", &[], waiting)]);
    let part = transport.upload_part(UploadPart::new(object(), "u", 1, Bytes::from_static(b"part"))).await.unwrap();
    assert_eq!(part.checksums, [("ChecksumSHA256", "c3Vt".to_owned())]);
    let request = CompleteMultipartUpload::new(object(), "u", vec![CompletedPart::new(1, part)]);
    let written = transport.complete_multipart_upload(request).await.unwrap();
    assert_eq!(written.etag.as_deref(), Some("\"e\""));
    let body = String::from_utf8(server.requests()[1].body.clone()).unwrap();
    assert!(body.contains("<ChecksumSHA256>c3Vt</ChecksumSHA256>"), "{body}");
    assert!(body.contains("p1") && body.contains("<PartNumber>1</PartNumber>"), "{body}");
}

#[tokio::test]
async fn an_upload_that_is_gone_can_be_aborted() {
    let gone = s3_error("404 Not Found", "NoSuchUpload");
    let (_, transport) = scripted(vec![gone, s3_error("404 Not Found", "NoSuchBucket")]);
    let request = AbortMultipartUpload::new(object(), "u");
    transport.abort_multipart_upload(request.clone()).await.unwrap();
    let error = transport.abort_multipart_upload(request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotFound);
}

#[tokio::test]
async fn each_object_of_a_deletion_has_its_own_answer() {
    let body = b"<DeleteResult><Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker>\
        <DeleteMarkerVersionId>m</DeleteMarkerVersionId></Deleted>\
        <Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>\
        <Deleted><Key>d&#13;</Key></Deleted></DeleteResult>";
    let (server, transport) = scripted(vec![answer("200 OK", &[], body)]);
    let objects = ["a", "b", "c", "d\r"].map(|key| (key.to_owned(), None)).to_vec();
    let answers = transport.delete_objects(DeleteObjects::new("bucket", objects)).await.unwrap();
    let [Ok(a), Err(b), Err(c), Ok(_)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!((a.version_id.as_deref(), a.delete_marker), (Some("m"), true));
    assert_eq!(b.kind(), TransportErrorKind::AccessDenied);
    assert_eq!(c.kind(), TransportErrorKind::Other);
    let request = &server.requests()[0];
    assert!(request.header("content-md5").is_some());
    assert!(request.body.windows(7).any(|bytes| bytes == b"d&#13;<"));
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
    let (server, transport) = scripted(vec![page("<EncodingType>url</EncodingType>"), page("")]);
    let encoded = transport.list_objects(ListObjects::new("bucket")).await.unwrap();
    assert_eq!((&*encoded.objects[0].key, &*encoded.common_prefixes[0]), ("a \u{1}", "p/"));
    assert!(server.requests()[0].line.contains("encoding-type=url"));
    let literal = transport.list_objects(ListObjects::new("bucket")).await.unwrap();
    assert_eq!((&*literal.objects[0].key, &*literal.common_prefixes[0]), ("a+%01", "p%2F"));
}

#[tokio::test]
async fn a_part_that_does_not_say_which_it_is_is_refused() {
    let part = |headers: &[(&str, &[u8])]| answer("206 Partial Content", headers, b"stored");
    for headers in [&[][..], &[("content-range", &b"bytes 5-*/*"[..])]] {
        let (_, transport) = scripted(vec![part(headers)]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Other);
        assert!(error.to_string().contains("does not say which"), "{error}");
    }
    let (_, transport) = scripted(vec![part(&[("content-range", b"bytes 3-8/20")])]);
    assert_eq!(transport.get_object(GetObject::new(object())).await.unwrap().attributes.content_len, Some(6));
}

#[tokio::test]
async fn a_put_without_an_etag_is_no_success() {
    let (_, transport) = scripted(vec![answer("200 OK", &[], b"<html>Welcome to our network</html>")]);
    let error = transport.put_object(PutObject::new(object(), "stored".into())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
    assert!(error.to_string().contains("ETag"), "{error}");
}

#[tokio::test]
async fn a_list_that_leads_to_itself_is_refused() {
    let page = b"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>";
    let (_, transport) = scripted(vec![answer("200 OK", &[], page), answer("200 OK", &[], page)]);
    let mut request = ListObjects::new("bucket");
    assert_eq!(transport.list_objects(request.clone()).await.unwrap().next.as_deref(), Some("t"));
    request.continuation_token = Some("t".to_owned());
    assert!(transport.list_objects(request).await.is_err());
}
