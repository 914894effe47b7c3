//! Errors say what happened, and whose fault it was.

use std::{error::Error as StdError, io};

use bytes::Bytes;
use cse_client::{
    Body, Content, Error, ErrorKind, Metadata, ObjectLocation, ReadMode, danger,
    error::TransportError,
    memory::{Effect, Fault},
    transport::{GetObject, ObjectResponse, Transport, TransportErrorKind},
};
use cse_envelope::KeyPlacement;
use futures_util::stream;

use crate::support::{BUCKET, client, config, contents, read, store};

fn denied() -> Fault {
    Fault::new(Effect::Refuse(TransportErrorKind::AccessDenied)).key("key.instruction")
}

#[tokio::test]
async fn a_plain_object_is_one_where_s3_does_not_say_that_there_is_no_file() {
    let store = store();
    let client = client(&store);
    store.put_raw(BUCKET, "key", "plain text", Metadata::from_iter([("colour", "blue")]));
    store.inject(denied());
    let get = || danger::accept_plain(client.get(BUCKET, "key"));
    let object = get().send().await.unwrap();
    let Content::Plain(body) = object.content else { panic!("it is plain") };
    assert_eq!(danger::accept_unauthenticated(body).collect().await.unwrap(), "plain text");
    let object = danger::stream(get()).send().await.unwrap();
    assert_eq!(danger::accept_unauthenticated(object.content).collect().await.unwrap(), "plain text");
    let object = danger::range(get(), "bytes=0-4".parse().unwrap()).send().await.unwrap();
    assert_eq!(danger::accept_unauthenticated(object.content).collect().await.unwrap(), "plain");
}

#[tokio::test]
async fn a_file_that_is_denied_is_named_with_the_permission_it_takes() {
    let store = store();
    let client = client(&store);
    store.put_raw(BUCKET, "key", "plain text", Metadata::new());
    store.inject(denied());
    let unasked = client.get(BUCKET, "key").send().await.unwrap_err();
    let cbc = danger::accept_cbc(client.get(BUCKET, "key")).send().await.unwrap_err();
    let head = client.head(ObjectLocation::new(BUCKET, "key")).send().await.unwrap_err();
    for error in [unasked, cbc, head] {
        assert!(error.to_string().contains("s3:ListBucket"), "{error}");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Transport, false));
        assert_eq!(error.transport_error().map(TransportError::kind), Some(TransportErrorKind::AccessDenied));
    }
    // A file that was named has to be there.
    let named = danger::accept_plain(client.get(BUCKET, "key")).instruction_suffix(".instruction");
    assert!(matches!(named.send().await, Err(Error::Transport(_))));
}

#[tokio::test]
async fn an_encrypted_object_is_never_plain_because_its_file_is_denied() {
    let store = store();
    let client = client(&store);
    let put = client.put(BUCKET, "key", contents(50)).key_placement(KeyPlacement::InstructionFile);
    put.send().await.unwrap();
    store.inject(denied());
    let error = danger::accept_plain(client.get(BUCKET, "key")).send().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
    // Any other failure is one.
    store.clear_faults();
    store.put_raw(BUCKET, "key", "plain text", Metadata::new());
    store.inject(Fault::throttle().key("key.instruction"));
    let error = danger::accept_plain(client.get(BUCKET, "key")).send().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)) && error.is_retryable(), "{error}");
}

/// A stream that fails with this after some bytes.
fn failing(error: Error) -> Body {
    Body::from_stream(stream::iter([Ok(contents(200)), Err(error)]), Some(1000))
}

#[tokio::test]
async fn a_source_that_fails_is_the_source_s_fault() {
    let store = store();
    let client = client(&store);
    let gone = || io::Error::new(io::ErrorKind::NotFound, "the disk is gone");
    for error in [Error::from(gone()), Error::from_stream(gone())] {
        let error = client.put(BUCKET, "key", failing(error)).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().contains("the disk is gone") && !error.is_retryable(), "{error}");
    }
    let short = Body::from_stream(stream::iter([Ok::<_, Error>(contents(200))]), Some(1000));
    let error = client.put(BUCKET, "key", short).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    assert!(error.to_string().contains("1000 bytes it declared"), "{error}");
    assert!(store.objects().is_empty());
}

#[test]
fn an_error_of_a_body_is_found_however_deep_it_is() {
    #[derive(Debug, thiserror::Error)]
    #[error("connection error")]
    struct Deep(#[source] Error);

    let request = |source: Box<dyn StdError + Send + Sync>| {
        Error::from(TransportError::new(TransportErrorKind::Unavailable).with_source(source))
    };
    let gone = || Error::from_stream("the disk is gone");
    let sources: [Box<dyn StdError + Send + Sync>; 4] = [
        Box::new(gone()),
        Box::new(Deep(gone())),
        Box::new(io::Error::other(gone())),
        Box::new(io::Error::other(Deep(gone()))),
    ];
    for source in sources {
        let error = request(source);
        assert!(matches!(error, Error::Io(_)) && error.to_string().contains("the disk is gone"), "{error}");
        // Whose request it was is told as well.
        let cause = StdError::source(&error).and_then(StdError::source).unwrap();
        assert!(cause.downcast_ref::<TransportError>().is_some(), "{cause}");
    }
    let others: [Box<dyn StdError + Send + Sync>; 2] =
        [Box::new(io::Error::other("no route")), Box::new(Deep(Error::Replaced))];
    for source in others {
        assert!(matches!(request(source), Error::Transport(_)));
    }
    let cut = request(Box::new(Error::Interrupted { expected: 2, received: 1 }));
    assert!(matches!(cut, Error::Interrupted { expected: 2, received: 1 }));
}

#[test]
fn a_write_at_the_same_moment_is_worth_another_attempt() {
    let conflict = TransportError::from_answer(409, Some("ConditionalRequestConflict"));
    assert!(conflict.is_retryable() && conflict.to_string().contains("try again"), "{conflict}");
    let conflict = Error::from(conflict);
    assert!(conflict.is_retryable() && conflict.to_string().contains("try again"), "{conflict}");
    assert_eq!(conflict.kind(), ErrorKind::Conflict);
    let failed = TransportError::from_answer(412, Some("PreconditionFailed"));
    assert!(!failed.is_retryable() && !failed.to_string().contains("try again"), "{failed}");
    let failed = Error::from(failed);
    assert!(!failed.is_retryable() && !failed.to_string().contains("try again"), "{failed}");
}

#[tokio::test]
async fn a_length_that_does_not_fit_is_an_error() {
    let store = store();
    let client = client(&store).with_config(config().read_mode(ReadMode::Verified { memory_limit: u64::MAX }));
    client.put(BUCKET, "key", contents(50)).send().await.unwrap();
    let mut response = store.get_object(GetObject::new(ObjectLocation::new(BUCKET, "key"))).await.unwrap();
    response.attributes.content_len = None;
    let body = Body::from_stream(stream::iter([Ok::<_, Error>(Bytes::new())]), Some(1 << 62));
    let huge = client.get(BUCKET, "key").decrypt(ObjectResponse::new(response.attributes, body)).await;
    assert!(matches!(huge, Err(Error::TooLarge { len: Some(len), .. }) if len == 1 << 62));
    assert_eq!(read(&client, "key").await.unwrap(), contents(50));
}
