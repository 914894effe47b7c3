//! Parts of a download: all of one object, and asked for again where their body broke off.

use std::fs;

use cse_client::{
    Error,
    memory::{Effect, Fault, Operation},
    transport::TransportErrorKind,
};

use crate::{
    download::{assert_untouched, download, stored, target},
    support::{BUCKET, count},
};

#[tokio::test]
async fn parts_of_different_objects_are_never_mixed() {
    let (other_store, ..) = stored(150).await;
    let other = other_store.stored(BUCKET, "key").unwrap();
    for after in 1..=4 {
        for ignored in [false, true] {
            let (store, client, _) = stored(150).await;
            let replace = Effect::Replace { key: None, bytes: other.bytes.clone(), metadata: other.metadata.clone() };
            store.inject(Fault::new(replace).on(Operation::GetObject).nth(after));
            if ignored {
                store.inject(Fault::new(Effect::IgnoreConditions));
            }
            let (dir, path) = target();
            let error = download(&client).concurrency(1).to_file(&path).await.unwrap_err();
            assert!(matches!(error, Error::Replaced), "{error}");
            assert_untouched(&dir);
        }
    }
}

#[tokio::test]
async fn a_part_whose_body_broke_off_is_asked_for_again() {
    let cuts = [Effect::CutBody { after: 3 }, Effect::ResetBody { after: 3 }, Effect::CutBody { after: 0 }];
    for effect in cuts {
        // 10 bytes are one part, and 150 are five.
        for len in [10, 150] {
            let parts = u64::try_from((len + 16_usize).div_ceil(40)).unwrap();
            for part in 1..=parts {
                for (times, works) in [(1, true), (2, true), (3, false)] {
                    let (store, client, bytes) = stored(len).await;
                    store.inject(Fault::new(effect.clone()).after(part - 1).times(times));
                    let (dir, path) = target();
                    let saved = download(&client).concurrency(1).to_file(&path).await;
                    let requests = store.requests_of(Operation::GetObject);
                    if works {
                        let etag = saved.unwrap().attributes.etag;
                        assert_eq!(fs::read(&path).unwrap(), bytes);
                        assert_eq!(requests.len(), usize::try_from(parts + times).unwrap());
                        assert!(requests.iter().skip(1).all(|request| request.if_match == etag));
                    } else {
                        let error = saved.unwrap_err();
                        assert_eq!(error.is_retryable(), !matches!(error, Error::Io(_)), "{error}");
                        assert!(matches!(error, Error::Interrupted { .. } | Error::Io(_)), "{error}");
                        assert_untouched(&dir);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_part_that_is_asked_for_again_is_of_the_same_object_and_as_long() {
    let (other_store, ..) = stored(150).await;
    let other = other_store.stored(BUCKET, "key").unwrap();
    for part in 1..=3 {
        let (store, client, _) = stored(150).await;
        let replace = Effect::Replace { key: None, bytes: other.bytes.clone(), metadata: other.metadata.clone() };
        store.inject(Fault::new(Effect::CutBody { after: 3 }).nth(part));
        store.inject(Fault::new(replace).nth(part));
        let (dir, path) = target();
        let error = download(&client).concurrency(1).to_file(&path).await.unwrap_err();
        assert!(matches!(error, Error::Replaced), "{error}");
        assert_untouched(&dir);
    }
    // More than there should be, and refused requests, are not repeated.
    for effect in [Effect::LongerBody { by: 1 }, Effect::Refuse(TransportErrorKind::Unavailable)] {
        let (store, client, _) = stored(150).await;
        store.inject(Fault::new(effect).nth(2));
        let (dir, path) = target();
        download(&client).concurrency(1).to_file(&path).await.unwrap_err();
        assert_eq!(count(&store, Operation::GetObject), 2);
        assert_untouched(&dir);
    }
}
