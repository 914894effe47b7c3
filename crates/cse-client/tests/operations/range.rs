//! Ranges are of the plaintext: each is what a slice of it is.

use bytes::Bytes;
use cse_client::{
    Client, Error, ErrorKind, Metadata, danger,
    memory::{Effect, Fault},
};
use cse_envelope::ByteRange;
use proptest::prelude::*;

use crate::support::{BUCKET, client, contents, store};

/// The bytes of a range, with the content range that was told.
async fn range(client: &Client, range: ByteRange) -> Result<(Bytes, String), Error> {
    let object = danger::range(danger::accept_cbc(client.get(BUCKET, "key")), range).send().await?;
    let (told, len) = (object.attributes.content_range.unwrap(), object.attributes.content_len);
    let bytes = danger::accept_unauthenticated(object.content).collect().await?;
    assert_eq!(len, u64::try_from(bytes.len()).ok());
    Ok((bytes, told.to_string()))
}

/// What RFC 9110 says a range of these bytes is.
fn slice(bytes: &Bytes, text: &str) -> Option<(Bytes, String)> {
    let len = bytes.len();
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (first, end) = match (first, last) {
        ("", suffix) => (len.saturating_sub(suffix.parse().ok()?), len),
        (first, "") => (first.parse().ok()?, len),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.saturating_add(1).min(len)),
    };
    (first < end).then(|| (bytes.slice(first..end), format!("bytes {first}-{}/{len}", end - 1)))
}

async fn compare(client: &Client, bytes: &Bytes, text: &str) {
    let got = range(client, text.parse().unwrap()).await;
    match slice(bytes, text) {
        Some(expected) => assert_eq!(got.unwrap(), expected, "{text} of {} bytes", bytes.len()),
        None => assert_eq!(got.unwrap_err().kind(), ErrorKind::Range, "{text} of {} bytes", bytes.len()),
    }
}

#[tokio::test]
async fn ranges_of_small_objects_are_slices() {
    for len in [0, 1, 2, 15, 16, 17, 33] {
        let (store, bytes) = (store(), contents(len));
        let client = client(&store);
        client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
        for first in 0..=len + 17 {
            compare(&client, &bytes, &format!("bytes={first}-")).await;
            compare(&client, &bytes, &format!("bytes=-{first}")).await;
            for last in [first, first + 1, len.saturating_sub(1).max(first), first + len, first + len + 16] {
                compare(&client, &bytes, &format!("bytes={first}-{last}")).await;
            }
        }
    }
}

#[tokio::test]
async fn ranges_of_stores_that_ignore_them_are_slices_too() {
    let (store, bytes) = (store(), contents(50));
    let client = client(&store);
    client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
    store.inject(Fault::new(Effect::IgnoreRange));
    for text in ["bytes=0-9", "bytes=49-49", "bytes=10-", "bytes=-5", "bytes=-500", "bytes=50-", "bytes=50-70"] {
        compare(&client, &bytes, text).await;
    }
}

#[tokio::test]
async fn answers_of_other_ranges_are_refused() {
    for served in ["bytes=0-9", "bytes=11-20", "bytes=10-19"] {
        let store = store();
        let client = client(&store);
        client.put(BUCKET, "key", contents(50)).send().await.unwrap();
        store.inject(Fault::new(Effect::ServeRange(served.parse().unwrap())));
        let error = range(&client, "bytes=10-20".parse().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Range, "{served}: {error}");
    }
}

#[tokio::test]
async fn plain_objects_take_a_word() {
    let (store, bytes) = (store(), contents(50));
    let client = client(&store);
    store.put_raw(BUCKET, "key", bytes.clone(), Metadata::new());
    for text in ["bytes=0-9", "bytes=10-", "bytes=-5", "bytes=-500", "bytes=0-"] {
        assert!(matches!(range(&client, text.parse().unwrap()).await, Err(Error::NoEnvelope)));
        let get = danger::accept_plain(client.get(BUCKET, "key"));
        let object = danger::range(get, text.parse().unwrap()).send().await.unwrap();
        let told = object.attributes.content_range.unwrap().to_string();
        let got = danger::accept_unauthenticated(object.content).collect().await.unwrap();
        assert_eq!((got, told), slice(&bytes, text).unwrap(), "{text}");
    }
}

#[cfg(feature = "legacy")]
#[tokio::test]
async fn ranges_of_cbc_are_slices() {
    use cse_envelope::{CommitmentPolicy, ReadPolicy};

    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let config = crate::support::config().read_policy(cse_envelope::danger::allow_legacy(policy));
    for len in [0, 1, 15, 16, 17, 50] {
        let (store, bytes) = (store(), contents(len));
        let client = client(&store).with_config(config.clone());
        let put = client.put(BUCKET, "key", bytes.clone());
        let _ = danger::write_legacy(put, cse_envelope::danger::write_v1()).send().await.unwrap();
        // Only the end of the object tells how long it is.
        let without_len = |(bytes, told): (Bytes, String)| (bytes, told.split('/').next().map(str::to_owned));
        for first in 0..=len + 1 {
            for text in [format!("bytes={first}-"), format!("bytes=-{first}"), format!("bytes={first}-{}", first + 20)]
            {
                let got = range(&client, text.parse().unwrap()).await;
                match slice(&bytes, &text) {
                    Some(expected) => assert_eq!(without_len(got.unwrap()), without_len(expected), "{text} of {len}"),
                    None => assert_eq!(got.unwrap_err().kind(), ErrorKind::Range, "{text} of {len}"),
                }
            }
        }
    }
}

#[cfg(feature = "legacy")]
#[tokio::test]
async fn cbc_takes_a_word_as_a_range_and_as_a_stream_and_keeps_to_the_limit() {
    use cse_client::ReadMode;
    use cse_envelope::{CommitmentPolicy, ReadPolicy};

    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let config = crate::support::config().read_policy(cse_envelope::danger::allow_legacy(policy));
    let (store, bytes) = (store(), contents(50));
    let client = client(&store).with_config(config.clone());
    let put = client.put(BUCKET, "key", bytes.clone());
    let _ = danger::write_legacy(put, cse_envelope::danger::write_v1()).send().await.unwrap();
    let all = || "bytes=0-".parse().unwrap();

    let unasked = danger::range(client.get(BUCKET, "key"), all()).send().await;
    assert!(matches!(unasked, Err(Error::Unverifiable)));
    let unasked = danger::stream(client.get(BUCKET, "key")).send().await;
    assert!(matches!(unasked, Err(Error::Unverifiable)));
    let stream = danger::stream(danger::accept_cbc(client.get(BUCKET, "key"))).send().await.unwrap();
    assert_eq!(danger::accept_unauthenticated(stream.content).collect().await.unwrap(), bytes);

    // Told and untold lengths are limited.
    let limited = client.with_config(config.read_mode(ReadMode::Verified { memory_limit: 49 }));
    assert!(matches!(range(&limited, all()).await, Err(Error::TooLarge { limit: 49, .. })));
    let no_len = |attributes: &mut cse_client::transport::ObjectAttributes| attributes.content_len = None;
    let untold = Client::new(crate::altered::Altered::answers(&store, no_len), crate::support::keyring());
    let untold = untold.with_config(limited.config().clone());
    assert!(matches!(range(&untold, all()).await, Err(Error::TooLarge { len: None, limit: 49 })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_range_is_a_slice(len in 0_usize..500, first in 0_usize..600, more in 0_usize..600, form in 0..3) {
        let text = match form {
            0 => format!("bytes={first}-"),
            1 => format!("bytes=-{first}"),
            _ => format!("bytes={first}-{}", first + more),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, bytes) = (store(), contents(len));
            let client = client(&store);
            client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
            compare(&client, &bytes, &text).await;
        });
    }
}
