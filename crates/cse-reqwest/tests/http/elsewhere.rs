//! Answers that point to another place.

use cse_client::{
    RequestOptions, Transport,
    transport::{GetObject, HeadObject, PutObject, TransportErrorKind},
};
use cse_reqwest::{Credentials, ReqwestTransport};

use crate::support::{
    hasty, object, scripted,
    scripted::{Scripted, answer},
};

#[tokio::test]
async fn nothing_is_sent_to_where_an_answer_points() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Moved"] {
        let other = Scripted::start(vec![answer("200 OK", &[], b"")]);
        let redirect = answer(status, &[("location", format!("{}/bucket/key", other.url).as_bytes())], b"");
        let (server, transport) = scripted(vec![redirect.clone(), redirect]);
        let key = RequestOptions::new().header("x-amz-server-side-encryption-customer-key", "c2VjcmV0").unwrap();
        let get = GetObject::new(object()).with_options(key.clone());
        let error = transport.get_object(get).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Other, "{status}");
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
        transport.put_object(PutObject::new(object(), "stored".into()).with_options(key)).await.unwrap_err();
        assert_eq!((server.requests().len(), other.requests().len()), (2, 0), "{status}");
    }
}

#[tokio::test]
async fn the_region_of_the_bucket_is_named() {
    let body = b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message><Endpoint>b.s3.eu-north-1.amazonaws.com</Endpoint></Error>";
    let region: (&str, &[u8]) = ("x-amz-bucket-region", b"eu-north-1");
    let malformed =
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>eu-north-1</Region></Error>";
    let answers = [
        answer("301 Moved Permanently", &[region], body),
        answer("301 Moved Permanently", &[], body),
        answer("301 Moved Permanently", &[region], b""),
        answer("400 Bad Request", &[], malformed),
    ];
    for answer in answers {
        let (_, transport) = scripted(vec![answer]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Other);
        assert!(error.to_string().contains("eu-north-1"), "{error}");
    }
    let (_, transport) = scripted(vec![answer("301 Moved Permanently", &[region], b"")]);
    let error = transport.head_object(HeadObject::new(object())).await.unwrap_err();
    assert!(error.to_string().contains("eu-north-1"), "{error}");
}

#[tokio::test]
async fn a_region_that_is_not_the_matter_is_not_named() {
    let header: (&str, &[u8]) = ("x-amz-bucket-region", b"eu-north-1");
    let invalid = b"<Error><Code>InvalidArgument</Code><Message>wrong</Message></Error>";
    for (status, body) in [
        ("304 Not Modified", &b""[..]),
        ("400 Bad Request", invalid),
        ("403 Forbidden", b""),
        ("404 Not Found", b""),
        ("412 Precondition Failed", b""),
    ] {
        let (_, transport) = scripted(vec![answer(status, &[header], body)]);
        let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
        assert!(!error.to_string().contains("eu-north-1"), "{error}");
    }
    // To a HEAD there is no body that could say why.
    let (_, transport) = scripted(vec![answer("400 Bad Request", &[header], b"")]);
    let error = transport.head_object(HeadObject::new(object())).await.unwrap_err();
    assert!(error.to_string().contains("eu-north-1"), "{error}");
}

/// A client that follows redirections all the same: what comes from elsewhere is not taken for an answer.
#[tokio::test]
async fn an_answer_from_elsewhere_is_refused() {
    let other = Scripted::start(vec![answer("200 OK", &[], b"another object")]);
    let redirect = answer("302 Found", &[("location", format!("{}/elsewhere", other.url).as_bytes())], b"");
    let server = Scripted::start(vec![redirect]);
    let client = reqwest::Client::new();
    let transport = ReqwestTransport::new(client, "eu-west-1").endpoint(&server.url).unwrap().retry(hasty());
    let transport = transport.credentials(Credentials::new("AKEXAMPLE", "SKEXAMPLE"));
    let error = transport.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
    assert!(error.to_string().contains("client_builder"), "{error}");
}
