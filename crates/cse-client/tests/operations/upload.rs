//! `transfer`'s uploads.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use cse_client::{
    Body, Error, ErrorKind, Metadata,
    error::InvalidRequest,
    memory::{Effect, Fault, Operation},
    transfer::{self, Progress},
    transport::TransportErrorKind,
};
use cse_envelope::KeyPlacement;
use futures_util::{StreamExt, stream};

use crate::support::{BUCKET, client, contents, count, known, polled, read, store, unknown};

const PART_LEN: u64 = 40;

/// Around nothing, the tag's length, parts and the threshold.
const LENS: &[usize] = &[0, 1, 15, 16, 17, 39, 40, 41, 79, 80, 81, 99, 100, 101, 119, 120, 121, 160, 1000];

#[tokio::test]
async fn every_length_comes_back_from_every_kind_of_source() {
    for &len in LENS {
        let bytes = contents(len);
        let bodies = [
            Body::from(bytes.clone()),
            known(&bytes, 7),
            unknown(&bytes, 1),
            unknown(&bytes, 64),
            unknown(&bytes, 2000),
        ];
        for (index, body) in bodies.into_iter().enumerate() {
            let store = store();
            let client = client(&store);
            transfer::upload(&client, BUCKET, "key").part_len(PART_LEN).send_body(body).await.unwrap();
            assert_eq!(read(&client, "key").await.unwrap(), bytes, "{len} bytes, source {index}");

            let parts: Vec<usize> = store
                .requests_of(Operation::UploadPart)
                .iter()
                .map(|request| request.body.as_ref().unwrap().len())
                .collect();
            if len <= 100 {
                assert_eq!((count(&store, Operation::PutObject), parts.len()), (1, 0), "{len} bytes, source {index}");
            } else {
                let (last, others) = parts.split_last().unwrap();
                assert!(others.iter().all(|part| *part == 40), "{len} bytes: {parts:?}");
                assert!((17..=56).contains(last), "{len} bytes: {parts:?}");
                assert_eq!((count(&store, Operation::PutObject), parts.iter().sum()), (0, len + 16));
            }
            assert!(store.uploads().is_empty());
        }
    }
}

#[tokio::test]
async fn a_known_length_gets_parts_that_fit() {
    let store = store();
    let client = client(&store);
    let bytes = contents(25_000);
    transfer::upload(&client, BUCKET, "key").part_len(1).send_body(bytes.clone()).await.unwrap();
    assert_eq!(count(&store, Operation::UploadPart), 8334);
    assert_eq!(read(&client, "key").await.unwrap(), bytes);
}

#[tokio::test]
async fn an_unknown_length_with_too_many_parts_is_aborted() {
    let store = store();
    let bytes = contents(10_001);
    let upload = transfer::upload(&client(&store), BUCKET, "key").part_len(1);
    let error = upload.send_body(unknown(&bytes, 500)).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(InvalidRequest::TooManyParts)), "{error}");
    assert!(store.objects().is_empty() && store.uploads().is_empty());
}

#[tokio::test]
async fn more_than_a_put_takes_goes_up_in_parts_whatever_the_threshold() {
    let config = crate::support::config().multipart_threshold(u64::MAX);
    let store = store();
    let client = client(&store).with_config(config);
    // The stream ends before it has begun, which ends the upload too.
    let body = Body::from_stream(stream::empty::<Result<Bytes, Error>>(), Some((5 << 30) - 15));
    let error = transfer::upload(&client, BUCKET, "key").send_body(body).await.unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    assert_eq!(count(&store, Operation::CreateMultipartUpload), 1);
}

#[tokio::test]
async fn parts_are_under_way_at_once() {
    for concurrency in [1, 3, 8] {
        let store = store();
        store.inject(Fault::new(Effect::Slow { pending: 5 }).on(Operation::UploadPart));
        let upload = transfer::upload(&client(&store), BUCKET, "key").part_len(PART_LEN).concurrency(concurrency);
        upload.send_body(unknown(&contents(1000), 64)).await.unwrap();
        assert_eq!(store.max_in_flight(), concurrency);
    }
}

#[tokio::test]
async fn memory_is_bounded_whatever_the_length() {
    let (store, concurrency) = (store(), 3);
    store.inject(Fault::new(Effect::Slow { pending: 20 }).on(Operation::UploadPart));
    let (taken, confirmed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let most = Arc::new(AtomicU64::new(0));
    let source = {
        let (taken, confirmed, most) = (Arc::clone(&taken), Arc::clone(&confirmed), Arc::clone(&most));
        stream::iter(contents(4000)).chunks(10).map(move |chunk| {
            let taken = taken.fetch_add(10, Ordering::Relaxed) + 10;
            most.fetch_max(taken - confirmed.load(Ordering::Relaxed), Ordering::Relaxed);
            Ok::<_, Error>(Bytes::from(chunk))
        })
    };
    let observed = Arc::clone(&confirmed);
    transfer::upload(&client(&store), BUCKET, "key")
        .part_len(PART_LEN)
        .concurrency(concurrency)
        .progress(move |progress| observed.store(progress.transferred, Ordering::Relaxed))
        .send_body(Body::from_stream(source, None))
        .await
        .unwrap();
    let bound = PART_LEN * (u64::try_from(concurrency).unwrap() + 2);
    assert!(most.load(Ordering::Relaxed) <= bound, "{} of {bound}", most.load(Ordering::Relaxed));
    assert_eq!(confirmed.load(Ordering::Relaxed), 4000);
}

#[tokio::test]
async fn progress_begins_at_nothing_and_ends_at_all() {
    for (len, total) in [(0, Some(0)), (50, Some(50)), (50, None), (1000, Some(1000)), (1000, None)] {
        let seen = Arc::new(Mutex::new(Vec::<Progress>::new()));
        let observer = Arc::clone(&seen);
        let bytes = contents(len);
        let body = if total.is_some() { known(&bytes, 9) } else { unknown(&bytes, 9) };
        transfer::upload(&client(&store()), BUCKET, "key")
            .part_len(PART_LEN)
            .progress(move |progress| observer.lock().unwrap().push(progress))
            .send_body(body)
            .await
            .unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(seen.first().unwrap().transferred, 0);
        assert_eq!(seen.last().unwrap().transferred, u64::try_from(len).unwrap());
        assert!(seen.is_sorted_by(|one, next| one.transferred < next.transferred), "{seen:?}");
        // A stream that turned out to be small has a known length by then.
        assert!(seen.iter().all(|progress| progress.total == total || (total.is_none() && len == 50)), "{seen:?}");
    }
}

#[tokio::test]
async fn the_first_part_that_fails_ends_the_upload() {
    for part in [1, 2, 3, 26] {
        let store = store();
        let client = client(&store);
        client.put(BUCKET, "key", "old").send().await.unwrap();
        store.inject(Fault::new(Effect::Refuse(TransportErrorKind::AccessDenied)).on(Operation::UploadPart).part(part));
        store.inject(Fault::new(Effect::Slow { pending: 3 }).on(Operation::UploadPart));
        let upload = transfer::upload(&client, BUCKET, "key").part_len(PART_LEN).concurrency(2);
        let error = upload.send_body(contents(1010)).await.unwrap_err();
        assert_eq!(error.transport_error().unwrap().kind(), TransportErrorKind::AccessDenied);
        assert!(count(&store, Operation::UploadPart) <= usize::from(part) + 1);
        assert_eq!(count(&store, Operation::AbortMultipartUpload), 1);
        assert!(store.uploads().is_empty());
        assert_eq!(read(&client, "key").await.unwrap(), "old");
    }
}

#[tokio::test]
async fn an_error_of_the_source_ends_the_upload() {
    for (before, uploads) in [(10, 0), (500, 1)] {
        let store = store();
        let chunks = stream::iter([Ok(contents(before)), Err(Error::from_stream("the source broke"))]);
        let upload = transfer::upload(&client(&store), BUCKET, "key").part_len(PART_LEN);
        let error = upload.send_body(Body::from_stream(chunks, None)).await.unwrap_err();
        assert!(matches!(error, Error::Io(_)) && error.to_string().contains("the source broke"), "{error}");
        assert_eq!(count(&store, Operation::CreateMultipartUpload), uploads);
        assert_eq!(count(&store, Operation::AbortMultipartUpload), uploads);
        assert!(store.objects().is_empty() && store.uploads().is_empty());
    }
}

#[tokio::test]
async fn a_source_must_have_the_length_it_declares() {
    for (declared, len) in [(50, 49), (50, 51), (50, 0), (500, 499), (500, 501), (500, 50)] {
        let store = store();
        let chunks = stream::iter([Ok::<_, Error>(contents(len))]);
        let upload = transfer::upload(&client(&store), BUCKET, "key").part_len(PART_LEN);
        let error = upload.send_body(Body::from_stream(chunks, Some(declared))).await.unwrap_err();
        assert!(matches!(error, Error::Interrupted { expected, .. } if expected == declared), "{error}");
        assert!(store.objects().is_empty() && store.uploads().is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_before_any_request() {
    let store = store();
    let upload = || transfer::upload(&client(&store), BUCKET, "key");
    let reserved = Metadata::from_iter([("x-amz-iv", "1")]);
    let error = upload().metadata(reserved).send_body(unknown(&contents(500), 9)).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(InvalidRequest::ReservedMetadata { .. })), "{error}");
    let long = Metadata::from_iter([("a", "x".repeat(1900))]);
    for len in [10, 500] {
        let error = upload().metadata(long.clone()).send_body(contents(len)).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(InvalidRequest::MetadataTooLong { .. })), "{error}");
    }
    let too_long = Body::from_stream(stream::iter([Ok::<_, Error>(contents(1))]), Some(1 << 40));
    assert!(matches!(upload().send_body(too_long).await, Err(Error::Length(_))));
    assert!(store.requests().is_empty());
}

#[tokio::test]
async fn a_dropped_upload_is_abandoned_and_leaves_no_object() {
    let mut came_to_its_end = false;
    for polls in 1..200 {
        let store = store();
        let client = client(&store);
        client.put(BUCKET, "key", "old").send().await.unwrap();
        store.inject(Fault::new(Effect::Slow { pending: 4 }));
        let upload = transfer::upload(&client, BUCKET, "key").part_len(PART_LEN).concurrency(2);
        let written = polled(upload.send_body(contents(500)), polls).await;
        store.clear_faults();
        let created = store.requests_of(Operation::CreateMultipartUpload).iter().all(|it| it.answer.is_some());
        assert!(!created || store.uploads().is_empty(), "after {polls} polls");
        came_to_its_end = written.is_some();
        let expected = if came_to_its_end { contents(500) } else { "old".into() };
        assert_eq!(read(&client, "key").await.unwrap(), expected, "after {polls} polls");
        if came_to_its_end {
            written.unwrap().unwrap();
            break;
        }
    }
    assert!(came_to_its_end);
}

#[tokio::test]
async fn settings_of_a_write_hold_for_puts_and_for_parts() {
    for len in [50, 500] {
        let store = store();
        let client = client(&store);
        let upload = || {
            transfer::upload(&client, BUCKET, "key")
                .part_len(PART_LEN)
                .metadata(Metadata::from_iter([("colour", "blue")]))
                .key_placement(KeyPlacement::InstructionFile)
        };
        upload().if_absent().send_body(contents(len)).await.unwrap();
        let object = client.get(BUCKET, "key").send().await.unwrap();
        assert_eq!(object.attributes.metadata.text("colour"), Some("blue"));
        assert!(store.stored(BUCKET, "key.instruction").is_some());

        let error = upload().send_body(contents(len)).await.unwrap_err();
        assert!(matches!(error, Error::InstructionFileExists), "{error}");
        let error = upload().overwrite_instruction_file().if_absent().send_body(contents(len)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert_eq!(read(&client, "key").await.unwrap(), contents(len));

        upload().overwrite_instruction_file().send_body(contents(len + 1)).await.unwrap();
        assert_eq!(read(&client, "key").await.unwrap(), contents(len + 1));
        assert!(store.uploads().is_empty());
    }
}

#[cfg(feature = "legacy")]
#[tokio::test]
async fn legacy_formats_are_written_through_danger() {
    use cse_client::{Client, Content, danger};
    use cse_envelope::{CommitmentPolicy, ReadPolicy};
    use cse_keys::{AesKeyring, KmsKeyring, LocalKms, system_rng};

    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let config = crate::support::config().read_policy(cse_envelope::danger::allow_legacy(policy));
    let mut kms = LocalKms::new();
    kms.create_key("key", &mut system_rng()).unwrap();
    let kms = Arc::new(KmsKeyring::new(kms, "key"));
    for len in [0, 15, 16, 50, 101, 160, 500] {
        let store = store();
        let clients = [
            (Client::new(store.clone(), AesKeyring::new(&[7; 32]).unwrap()), cse_envelope::danger::write_v1()),
            (Client::new(store.clone(), Arc::clone(&kms)), cse_envelope::danger::write_v2_kms_cbc()),
        ];
        for (client, format) in clients {
            let client = client.with_config(config.clone());
            let upload = transfer::upload(&client, BUCKET, "key").part_len(48);
            let written = danger::transfer_legacy(upload, format).send_body(unknown(&contents(len), 9)).await.unwrap();
            assert!(written.accept().etag.is_some());
            let object = danger::accept_cbc(client.get(BUCKET, "key")).send().await.unwrap();
            let Content::Unauthenticated(content) = object.content else { panic!("{object:?}") };
            assert_eq!(danger::accept_unauthenticated(content).collect().await.unwrap(), contents(len), "{len}");
        }
    }
}

#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: T) {}
    let client = client(&store());
    is_send(transfer::upload(&client, BUCKET, "key").send_body(Body::default()));
    is_send(transfer::upload(&client, BUCKET, "key").send_body("text"));
    #[cfg(feature = "fs")]
    {
        use cse_client::ObjectLocation;
        is_send(transfer::upload(&client, BUCKET, "key").send_file("file"));
        let download = || transfer::download(&client, ObjectLocation::new(BUCKET, "key"));
        is_send(download().to_file("file"));
        is_send(download().spooled(None));
    }
}
