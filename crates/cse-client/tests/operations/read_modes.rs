//! Nothing is released that is not verified, and what does not fit is refused before the key service is asked.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use cse_client::{
    Body, Client, Config, Error, MemoryTransport, ObjectLocation, ReadMode, Transport, danger,
    memory::{Effect, Fault, Operation},
    transport::{GetObject, ObjectResponse},
};
use cse_envelope::{Admitted, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, Rng, WriteFormat};
use cse_keys::{AesKeyring, BoxFuture, ExpectedContext, Fit, Keyring, KeyringError};
use futures_util::TryStreamExt;
use http_body::Body as _;

use crate::support::{BUCKET, contents, count, keyring, store};

/// A keyring that counts how often it is asked to unwrap.
#[derive(Debug)]
struct Counting {
    inner: AesKeyring,
    unwrapped: AtomicUsize,
}

impl Keyring for Counting {
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        self.inner.generate_data_key(format, context, rng)
    }

    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        self.inner.wrap_data_key(data_key, format, context, rng)
    }

    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        self.unwrapped.fetch_add(1, Ordering::Relaxed);
        self.inner.unwrap_data_key(object, expected, rng)
    }

    fn fit(&self, key_part: &KeyPart) -> Fit {
        self.inner.fit(key_part)
    }
}

fn counted(store: &MemoryTransport, mode: ReadMode) -> (Client, Arc<Counting>) {
    let keyring = Arc::new(Counting { inner: keyring(), unwrapped: AtomicUsize::new(0) });
    let client = Client::new(store.clone(), Arc::clone(&keyring)).with_config(Config::new().read_mode(mode));
    (client, keyring)
}

/// Every mode that verifies, with the number of requests it takes.
fn modes() -> Vec<(ReadMode, usize)> {
    vec![
        (ReadMode::Verified { memory_limit: 3 << 20 }, 1),
        (ReadMode::VerifiedTwice, 2),
        #[cfg(feature = "fs")]
        (ReadMode::VerifiedSpooled { dir: None }, 1),
    ]
}

/// Around the blocks that a second pass compares: 1 MiB of stored bytes.
const LENS: &[usize] = &[0, 1, 1000, (1 << 20) - 16, (1 << 20) - 15, (2 << 20) - 16];

#[tokio::test]
async fn every_mode_gives_the_same() {
    for &len in LENS {
        let (store, bytes) = (store().with_chunk_len(60_000), contents(len));
        for (mode, requests) in modes() {
            let (client, keyring) = counted(&store, mode.clone());
            client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
            store.clear_requests();
            let object = client.get(BUCKET, "key").send().await.unwrap();
            assert_eq!(object.attributes.content_len, u64::try_from(len).ok());
            assert_eq!(object.content.content_len(), u64::try_from(len).ok());
            assert!(object.content.collect().await.unwrap() == bytes, "{len} bytes, {mode:?}");
            assert_eq!(count(&store, Operation::GetObject), requests);
            assert_eq!(keyring.unwrapped.load(Ordering::Relaxed), 1);
        }
    }
}

#[tokio::test]
async fn a_wrong_bit_anywhere_gives_nothing() {
    for (mode, _) in modes() {
        for at in [0, 500, 999, 1000, 1015] {
            let store = store();
            let (client, _) = counted(&store, mode.clone());
            client.put(BUCKET, "key", contents(1000)).send().await.unwrap();
            store.inject(Fault::new(Effect::FlipBit { at }));
            let error = client.get(BUCKET, "key").send().await.unwrap_err();
            assert!(matches!(error, Error::Decrypt(_)), "{at}, {mode:?}: {error}");
        }
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_the_key_service_is_asked() {
    for (len, limit, fits) in [(100, 100, true), (101, 100, false), (0, 0, true), (1, 0, false)] {
        let store = store();
        let (client, keyring) = counted(&store, ReadMode::Verified { memory_limit: limit });
        client.put(BUCKET, "key", contents(len)).send().await.unwrap();
        let read = client.get(BUCKET, "key").send().await;
        assert_eq!(keyring.unwrapped.load(Ordering::Relaxed), usize::from(fits));
        match read {
            Ok(object) => assert!(fits && object.content.collect().await.unwrap() == contents(len)),
            Err(error) => {
                let told = matches!(error, Error::TooLarge { len: told, limit: most } if told == u64::try_from(len).ok() && most == limit);
                assert!(!fits && told, "{error}");
                assert!(error.to_string().contains("VerifiedSpooled"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_length_that_is_not_told_is_limited_all_the_same() {
    let store = store();
    let (client, _) = counted(&store, ReadMode::Verified { memory_limit: 100 });
    store.inject(Fault::new(Effect::UnannouncedLen));
    for (len, fits) in [(100, true), (101, false)] {
        client.put(BUCKET, "key", contents(len)).send().await.unwrap();
        match client.get(BUCKET, "key").send().await {
            Ok(object) => {
                assert!(fits);
                assert_eq!(object.attributes.content_len, Some(100));
                assert_eq!(object.content.collect().await.unwrap(), contents(len));
            }
            Err(error) => assert!(!fits && matches!(error, Error::TooLarge { len: None, limit: 100 }), "{error}"),
        }
    }
}

#[tokio::test]
async fn lengths_that_no_object_has_are_refused_before_the_key_service_is_asked() {
    for (mode, _) in modes() {
        let store = store();
        let (client, keyring) = counted(&store, mode);
        client.put(BUCKET, "key", contents(100)).send().await.unwrap();
        store.inject(Fault::new(Effect::TruncateBody { to: 15 }));
        assert!(matches!(client.get(BUCKET, "key").send().await, Err(Error::Decrypt(_))));
        assert_eq!(keyring.unwrapped.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn a_second_answer_is_compared_before_it_is_released() {
    // Another wrong bit in each block, in the second answer only.
    for (at, released) in [(0, 0), ((1 << 20) - 1, 0), (1 << 20, 1 << 20), (2_500_015, 2 << 20)] {
        let store = store().with_chunk_len(60_000);
        let (client, _) = counted(&store, ReadMode::VerifiedTwice);
        let bytes = contents(2_500_000);
        client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
        store.inject(Fault::new(Effect::FlipBit { at }).on(Operation::GetObject).nth(2));
        let mut content = client.get(BUCKET, "key").send().await.unwrap().content;
        let mut got = Vec::new();
        let error = loop {
            match content.try_next().await {
                Ok(Some(chunk)) => got.extend_from_slice(&chunk),
                Ok(None) => panic!("the stream ended well"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Replaced), "{error}");
        assert!(got == bytes[..released], "{at}: {} bytes were released", got.len());
        assert!(content.try_next().await.unwrap().is_none(), "nothing comes after an error");
    }
}

#[tokio::test]
async fn a_stream_ends_well_only_if_it_is_verified() {
    let (store, bytes) = (store(), contents(1000));
    let (client, _) = counted(&store, ReadMode::default());
    client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
    let stream = || async {
        let object = danger::stream(client.get(BUCKET, "key")).send().await?;
        danger::accept_unauthenticated(object.content).collect().await
    };
    assert_eq!(stream().await.unwrap(), bytes);
    for at in [0, 999, 1000, 1015] {
        store.clear_faults();
        store.inject(Fault::new(Effect::FlipBit { at }));
        assert!(matches!(stream().await, Err(Error::Decrypt(_))), "{at}");
    }
}

/// The bytes that a reader takes who stops at the length that is told, as HTTP stacks do.
async fn up_to_the_hint(mut body: Body) -> Result<Vec<u8>, Error> {
    let mut got = Vec::new();
    while body.size_hint().exact() != Some(0) {
        let Some(chunk) = body.try_next().await? else { break };
        got.extend_from_slice(&chunk);
    }
    Ok(got)
}

#[tokio::test]
async fn a_stream_holds_its_last_bytes_back_until_it_is_verified() {
    for len in [0, 1, 6, 7, 8, 14, 1000] {
        for chunk_len in [1, 7, 10_000] {
            let (store, bytes) = (store().with_chunk_len(chunk_len), contents(len));
            let (client, _) = counted(&store, ReadMode::default());
            client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
            let stream = || async {
                let object = danger::stream(client.get(BUCKET, "key")).send().await?;
                assert_eq!(object.attributes.content_len, u64::try_from(len).ok());
                up_to_the_hint(danger::accept_unauthenticated(object.content)).await
            };
            assert_eq!(stream().await.unwrap(), bytes);
            for at in [0, len, len + 15] {
                store.clear_faults();
                store.inject(Fault::new(Effect::FlipBit { at: u64::try_from(at).unwrap() }));
                let error = stream().await.unwrap_err();
                assert!(matches!(error, Error::Decrypt(_)), "{len} bytes, {at}: {error}");
            }
        }
    }
}

#[cfg(feature = "fs")]
#[tokio::test]
async fn a_spool_is_in_the_folder_that_is_named_and_has_no_name() {
    let (store, dir) = (store(), tempfile::tempdir().unwrap());
    let (client, _) = counted(&store, ReadMode::VerifiedSpooled { dir: Some(dir.path().to_owned()) });
    client.put(BUCKET, "key", contents(1000)).send().await.unwrap();
    let object = client.get(BUCKET, "key").send().await.unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    assert_eq!(object.content.collect().await.unwrap(), contents(1000));

    let missing = ReadMode::VerifiedSpooled { dir: Some(dir.path().join("missing")) };
    assert!(matches!(counted(&store, missing).0.get(BUCKET, "key").send().await, Err(Error::Io(_))));
}

#[tokio::test]
async fn a_part_is_not_taken_for_the_whole() {
    let (store, bytes) = (store(), contents(100));
    let client = Client::new(store.clone(), keyring());
    client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
    let get = || client.get(BUCKET, "key");
    for range in ["bytes=0-99", "bytes=0-114", "bytes=16-", "bytes=-16"] {
        let part = || answer(&store, range);
        let errors = [
            get().decrypt(part().await).await.unwrap_err(),
            danger::accept_plain(danger::accept_cbc(get())).decrypt(part().await).await.unwrap_err(),
            danger::stream(get()).decrypt(part().await).await.unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().contains("a part of the object"), "{range}: {error}");
        }
    }
    // A range may be all there is.
    for range in ["bytes=0-", "bytes=-116", "bytes=0-115"] {
        let object = get().decrypt(answer(&store, range).await).await.unwrap();
        assert_eq!(object.content.collect().await.unwrap(), bytes, "{range}");
    }
}

/// What the store answers to a range of the ciphertext.
async fn answer(store: &MemoryTransport, range: &str) -> ObjectResponse {
    let mut request = GetObject::new(ObjectLocation::new(BUCKET, "key"));
    request.range = Some(range.parse().unwrap());
    store.get_object(request).await.unwrap()
}
