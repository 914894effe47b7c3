//! Every fault of `MemoryTransport` does what it says, to the requests it names and to no others.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]

use std::{
    error::Error as StdError,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use cse_client::{
    Body, Error, MemoryTransport, Metadata, ObjectLocation, Transport,
    memory::{Effect, Fault, Operation, WordEncoding},
    transport::{
        AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CopyObject, CreateMultipartUpload, DeleteObject,
        DeleteObjects, GetObject, HeadObject, ListObjects, ObjectResponse, PutObject, TransportError,
        TransportErrorKind, UploadPart,
    },
};
use futures_util::{FutureExt, StreamExt};

const CONTENTS: &str = "0123456789abcdef";

fn at(key: &str) -> ObjectLocation {
    ObjectLocation::new("bucket", key)
}

fn filled() -> MemoryTransport {
    let s3 = MemoryTransport::new();
    s3.put_raw(
        "bucket",
        "key",
        CONTENTS,
        Metadata::from_iter([("x-amz-key-v2", "a"), ("colour", "gr\u{fc}n \u{20ac}")]),
    );
    s3.put_raw("bucket", "other", CONTENTS, Metadata::new());
    s3
}

async fn get(s3: &MemoryTransport, key: &str) -> Result<ObjectResponse, TransportError> {
    s3.get_object(GetObject::new(at(key))).await
}

async fn body(s3: &MemoryTransport) -> Result<Bytes, Error> {
    get(s3, "key").await.unwrap().body.collect().await
}

async fn put(s3: &MemoryTransport, key: &str, body: impl Into<Body>) -> Result<(), TransportError> {
    s3.put_object(PutObject::new(at(key), body.into())).await.map(drop)
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    future.poll_unpin(&mut Context::from_waker(Waker::noop()))
}

fn kind<T>(answer: Result<T, TransportError>) -> TransportErrorKind {
    answer.err().unwrap().kind()
}

#[tokio::test]
async fn a_cut_body_just_ends() {
    let s3 = filled();
    let fault = s3.inject(Fault::new(Effect::CutBody { after: 10 }));
    let mut response = get(&s3, "key").await.unwrap();
    assert_eq!(response.attributes.content_len, Some(16));
    assert_eq!(response.body.next().await.unwrap().unwrap(), "0123456789");
    assert!(matches!(response.body.next().await, Some(Err(Error::Interrupted { expected: 16, received: 10 }))));
    assert!(response.body.next().await.is_none());
    assert_eq!(s3.strikes(fault), 1);
}

#[tokio::test]
async fn a_cut_behind_the_end_cuts_nothing() {
    for effect in [Effect::CutBody { after: 16 }, Effect::ResetBody { after: 16 }] {
        let s3 = filled();
        s3.inject(Fault::new(effect));
        assert_eq!(body(&s3).await.unwrap(), CONTENTS);
    }
}

#[tokio::test]
async fn a_reset_body_ends_with_an_error() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::ResetBody { after: 0 }));
    let error = body(&s3).await.unwrap_err();
    assert!(matches!(&error, Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionReset), "{error:?}");
}

#[tokio::test]
async fn the_body_of_a_put_can_be_cut() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::CutBody { after: 5 }).on(Operation::PutObject));
    let pieces = futures_util::stream::iter(["abc", "def", "ghi"].map(|piece| Ok::<_, Error>(Bytes::from(piece))));
    assert_eq!(kind(put(&s3, "key", Body::from_stream(pieces, Some(9))).await), TransportErrorKind::Unavailable);
    assert_eq!(s3.stored("bucket", "key").unwrap().bytes, CONTENTS);
    assert_eq!(s3.requests()[0].body.as_ref().unwrap(), "abcde");
    put(&s3, "key", "short").await.unwrap();
}

#[tokio::test]
async fn a_shorter_body_is_announced_so() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::TruncateBody { to: 4 }));
    assert_eq!(get(&s3, "key").await.unwrap().attributes.content_len, Some(4));
    assert_eq!(body(&s3).await.unwrap(), "0123");
}

#[tokio::test]
async fn a_longer_body_goes_on_behind_its_end() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::LongerBody { by: 3 }));
    assert!(matches!(body(&s3).await, Err(Error::Interrupted { expected: 16, received: 19 })));
    s3.inject(Fault::new(Effect::UnannouncedLen));
    let response = get(&s3, "key").await.unwrap();
    assert_eq!((response.attributes.content_len, response.body.content_len()), (None, None));
    assert_eq!(response.body.collect().await.unwrap(), "0123456789abcdef\0\0\0");
}

#[tokio::test]
async fn a_cut_of_unknown_length_looks_like_the_end() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::CutBody { after: 4 }));
    s3.inject(Fault::new(Effect::UnannouncedLen));
    assert_eq!(body(&s3).await.unwrap(), "0123");
}

#[tokio::test]
async fn a_bit_is_flipped() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::FlipBit { at: 1 }).times(1));
    assert_eq!(body(&s3).await.unwrap(), "0023456789abcdef");
    assert_eq!(body(&s3).await.unwrap(), CONTENTS);
}

#[tokio::test]
async fn chunks_are_as_long_as_asked_and_empty_ones_come_between() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::ChunkLen(1)).nth(1));
    s3.inject(Fault::new(Effect::ChunkLen(6)).after(1));
    s3.inject(Fault::new(Effect::EmptyChunks).after(1));
    let lens = async || {
        let chunks = get(&s3, "key").await.unwrap().body.map(|chunk| chunk.unwrap().len());
        chunks.collect::<Vec<_>>().await
    };
    assert_eq!(lens().await, [1; 16]);
    assert_eq!(lens().await, [0, 6, 0, 6, 0, 4, 0]);
}

#[tokio::test]
async fn a_slow_request_waits_so_often() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::Slow { pending: 2 }));
    let mut request = Box::pin(get(&s3, "key"));
    assert!(poll(&mut request).is_pending());
    assert!(poll(&mut request).is_pending());
    let Poll::Ready(Ok(mut response)) = poll(&mut request) else { panic!("the third poll should do") };
    for _ in 0..2 {
        assert!(poll(&mut response.body.next()).is_pending());
    }
    assert_eq!(response.body.next().now_or_never().unwrap().unwrap().unwrap(), CONTENTS);
}

#[tokio::test]
async fn slow_requests_are_under_way_at_once_and_dropped_ones_are_not() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::Slow { pending: 1 }));
    futures_util::future::join_all((0..5).map(|_| get(&s3, "key"))).await;
    assert_eq!(s3.max_in_flight(), 5);
    s3.clear_requests();
    let mut dropped = Box::pin(get(&s3, "key"));
    assert!(poll(&mut dropped).is_pending());
    drop(dropped);
    get(&s3, "key").await.unwrap();
    assert_eq!(s3.max_in_flight(), 1);
    assert_eq!(s3.requests().iter().map(|request| request.answer).collect::<Vec<_>>(), [None, Some(Ok(()))]);
}

#[tokio::test]
async fn headers_come_in_reverse() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::ReverseHeaders).on(Operation::GetObject));
    let names = |metadata: &Metadata| metadata.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    let head = s3.head_object(HeadObject::new(at("key"))).await.unwrap();
    assert_eq!(names(&head.metadata), ["x-amz-key-v2", "colour"]);
    assert_eq!(names(&get(&s3, "key").await.unwrap().attributes.metadata), ["colour", "x-amz-key-v2"]);
}

async fn metadata(effect: Effect) -> Vec<(String, Vec<u8>)> {
    let s3 = filled();
    s3.inject(Fault::new(effect));
    let attributes = s3.head_object(HeadObject::new(at("key"))).await.unwrap();
    attributes.metadata.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
}

#[tokio::test]
async fn metadata_takes_other_shapes() {
    let names: Vec<_> = metadata(Effect::CanonicalNames).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["X-Amz-Key-V2", "Colour"]);
    let latin1 = metadata(Effect::Latin1Values).await;
    assert_eq!(latin1[1].1, b"gr\xfcn ?");
    let encoded = async |encoding, ascii_too| metadata(Effect::EncodedWords { encoding, ascii_too }).await;
    let q = encoded(WordEncoding::Q, false).await;
    assert_eq!(q[0].1, b"a");
    assert_eq!(q[1].1, b"=?UTF-8?Q?gr=C3=83=C2=BCn_=C3=A2=C2=82=C2=AC?=");
    let b = encoded(WordEncoding::B, true).await;
    assert_eq!(b[0].1, b"=?UTF-8?B?YQ==?=");
    assert_eq!(b[1].1, b"=?UTF-8?B?Z3LDg8K8biDDosKCwqw=?=");
}

#[tokio::test]
async fn a_stale_etag_matches_nothing() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::StaleEtag).nth(1));
    let etag = s3.head_object(HeadObject::new(at("key"))).await.unwrap().etag;
    assert_ne!(etag.as_deref(), Some(s3.stored("bucket", "key").unwrap().etag.as_str()));
    let mut request = GetObject::new(at("key"));
    request.if_match = etag;
    assert_eq!(kind(s3.get_object(request).await), TransportErrorKind::PreconditionFailed);
}

#[tokio::test]
async fn an_object_is_replaced_or_removed_behind_a_request() {
    let s3 = filled();
    let replace = |key: Option<&str>, bytes: &'static str| Effect::Replace {
        key: key.map(str::to_owned),
        bytes: Bytes::from(bytes),
        metadata: Metadata::from_iter([("new", "one")]),
    };
    s3.inject(Fault::new(replace(None, "replaced")).key("key").nth(2));
    s3.inject(Fault::new(replace(Some("third"), "beside")).key("key").nth(2));
    s3.inject(Fault::new(Effect::Remove { key: None }).key("other").nth(1));
    assert_eq!(body(&s3).await.unwrap(), CONTENTS);
    assert_eq!(body(&s3).await.unwrap(), CONTENTS);
    assert_eq!(body(&s3).await.unwrap(), "replaced");
    assert_eq!(s3.stored("bucket", "key").unwrap().metadata.text("new"), Some("one"));
    assert_eq!(s3.stored("bucket", "third").unwrap().bytes, "beside");
    get(&s3, "other").await.unwrap();
    assert_eq!(kind(get(&s3, "other").await), TransportErrorKind::NotFound);
}

#[tokio::test]
async fn ranges_are_ignored_or_taken_for_others() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::IgnoreRange).nth(1));
    s3.inject(Fault::new(Effect::ServeRange("bytes=5-6".parse().unwrap())).nth(2));
    let mut request = GetObject::new(at("key"));
    request.range = Some("bytes=1-3".parse().unwrap());
    let whole = s3.get_object(request.clone()).await.unwrap();
    assert_eq!((whole.attributes.content_range, whole.attributes.content_len), (None, Some(16)));
    assert_eq!(whole.body.collect().await.unwrap(), CONTENTS);
    let other = s3.get_object(request.clone()).await.unwrap();
    assert_eq!(other.attributes.content_range.unwrap().to_string(), "bytes 5-6/16");
    assert_eq!(other.body.collect().await.unwrap(), "56");
    assert_eq!(s3.get_object(request).await.unwrap().body.collect().await.unwrap(), "123");
}

#[tokio::test]
async fn conditions_are_ignored() {
    let s3 = filled();
    let wrong = || Some("\"no such tag\"".to_owned());
    let ask = async || {
        let (mut get, mut head) = (GetObject::new(at("key")), HeadObject::new(at("key")));
        let (mut put, mut delete) = (PutObject::new(at("key"), CONTENTS.into()), DeleteObject::new(at("other")));
        let mut copy = CopyObject::new(at("key"), at("copy"));
        (get.if_match, head.if_match, put.if_match, delete.if_match) = (wrong(), wrong(), wrong(), wrong());
        copy.source_if_match = wrong();
        [
            s3.get_object(get).await.is_ok(),
            s3.head_object(head).await.is_ok(),
            s3.put_object(put).await.is_ok(),
            s3.copy_object(copy).await.is_ok(),
            s3.delete_object(delete).await.is_ok(),
        ]
    };
    assert_eq!(ask().await, [false; 5]);
    s3.inject(Fault::new(Effect::IgnoreConditions));
    assert_eq!(ask().await, [true; 5]);
}

#[tokio::test]
async fn a_refused_request_is_not_done_and_a_lost_answer_is_of_one_that_was() {
    use TransportErrorKind as Kind;
    for error in [
        Kind::NotFound,
        Kind::AccessDenied,
        Kind::PreconditionFailed,
        Kind::RangeNotSatisfiable,
        Kind::Throttled,
        Kind::Unavailable,
        Kind::NotSent,
        Kind::Other,
    ] {
        let s3 = filled();
        s3.inject(Fault::new(Effect::Refuse(error)).nth(1));
        s3.inject(Fault::new(Effect::LoseAnswer(error)).nth(2));
        assert_eq!(kind(put(&s3, "key", "first").await), error);
        assert_eq!(s3.stored("bucket", "key").unwrap().bytes, CONTENTS);
        assert_eq!(kind(put(&s3, "key", "second").await), error);
        assert_eq!(s3.stored("bucket", "key").unwrap().bytes, "second");
        put(&s3, "key", "third").await.unwrap();
        let answers: Vec<_> = s3.requests().iter().map(|request| request.answer.unwrap()).collect();
        assert_eq!(answers, [Err(error), Err(error), Ok(())]);
    }
}

#[tokio::test]
async fn a_lost_answer_does_not_hide_a_refusal() {
    let s3 = filled();
    s3.inject(Fault::new(Effect::LoseAnswer(TransportErrorKind::Unavailable)));
    assert_eq!(kind(get(&s3, "nothing").await), TransportErrorKind::NotFound);
    assert_eq!(kind(get(&s3, "key").await), TransportErrorKind::Unavailable);
}

#[tokio::test]
async fn throttling_has_s3s_code() {
    let s3 = filled();
    s3.inject(Fault::throttle().on(Operation::ListObjects));
    let error = s3.list_objects(ListObjects::new("bucket")).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), (Some("SlowDown"), true));
    get(&s3, "key").await.unwrap();
}

#[tokio::test]
async fn faults_strike_only_what_they_name() {
    let s3 = filled();
    let refuse = || Fault::new(Effect::Refuse(TransportErrorKind::Other));
    let by_suffix = s3.inject(refuse().key_suffix("er").on(Operation::GetObject));
    let twice = s3.inject(refuse().key("key").on(Operation::GetObject).after(1).times(2));
    let never = s3.inject(refuse().on(Operation::ListMultipartUploads));
    get(&s3, "key").await.unwrap();
    get(&s3, "key").await.unwrap_err();
    get(&s3, "other").await.unwrap_err();
    get(&s3, "key").await.unwrap_err();
    get(&s3, "key").await.unwrap();
    s3.head_object(HeadObject::new(at("other"))).await.unwrap();
    assert_eq!([by_suffix, twice, never].map(|fault| s3.strikes(fault)), [1, 2, 0]);
    s3.clear_faults();
    get(&s3, "other").await.unwrap();
    assert_eq!(s3.strikes(by_suffix), 1);
}

#[tokio::test]
async fn one_part_can_fail() {
    let s3 = MemoryTransport::new().with_min_part_len(1);
    s3.inject(Fault::new(Effect::Refuse(TransportErrorKind::Unavailable)).part(2).times(1));
    let upload = s3.create_multipart_upload(CreateMultipartUpload::new(at("key"))).await.unwrap();
    let part = async |number| s3.upload_part(UploadPart::new(at("key"), &*upload, number, Bytes::from("x"))).await;
    let first = part(1).await.unwrap();
    assert_eq!(kind(part(2).await), TransportErrorKind::Unavailable);
    let parts = vec![CompletedPart::new(1, first), CompletedPart::new(2, part(2).await.unwrap())];
    s3.complete_multipart_upload(CompleteMultipartUpload::new(at("key"), upload, parts)).await.unwrap();
    assert_eq!(s3.stored("bucket", "key").unwrap().bytes, "xx");
}

#[tokio::test]
async fn one_of_many_deletes_can_fail() {
    let s3 = filled();
    let denied = s3.inject(Fault::new(Effect::Refuse(TransportErrorKind::AccessDenied)).key("key"));
    let both = || DeleteObjects::new("bucket", vec![("other".to_owned(), None), ("key".to_owned(), None)]);
    let answers = s3.delete_objects(both()).await.unwrap();
    assert!(answers[0].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err().kind(), TransportErrorKind::AccessDenied);
    assert_eq!(s3.objects(), [at("key")]);
    assert_eq!(s3.strikes(denied), 1);
    s3.inject(Fault::throttle().on(Operation::DeleteObjects));
    assert_eq!(kind(s3.delete_objects(both()).await), TransportErrorKind::Throttled);
}

#[tokio::test]
async fn an_abandoned_upload_is_aborted_unless_a_fault_keeps_it() {
    let s3 = MemoryTransport::new();
    let begin = || s3.create_multipart_upload(CreateMultipartUpload::new(at("key")));
    let kept = s3.inject(Fault::new(Effect::Refuse(TransportErrorKind::Unavailable)).on(Operation::Abandoned).nth(1));
    let (first, second) = (begin().await.unwrap(), begin().await.unwrap());
    s3.abandoned(AbortMultipartUpload::new(at("key"), &*first));
    s3.abandoned(AbortMultipartUpload::new(at("key"), second));
    assert_eq!(s3.uploads().into_iter().map(|upload| upload.upload_id).collect::<Vec<_>>(), [first]);
    assert_eq!((s3.strikes(kept), s3.requests_of(Operation::Abandoned).len()), (1, 2));
}

#[tokio::test]
async fn the_error_of_a_caller_s_stream_is_the_cause() {
    let s3 = filled();
    let failing = futures_util::stream::iter([Err::<Bytes, _>(Error::from_stream("the disk is on fire"))]);
    let error = put(&s3, "key", Body::from_stream(failing, Some(1))).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent);
    assert!(error.source().unwrap().to_string().contains("the disk is on fire"));
}
