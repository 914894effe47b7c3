//! What is written comes back, in every format and from every place of the key.

use cse_client::{Body, Client, Error, ErrorKind, Metadata, ObjectLocation, memory::Operation};
use cse_envelope::{CommitmentPolicy, EncryptionContext, FormatVersion, KeyPlacement, MaterialDescription, ReadPolicy};
use cse_keys::{AesKeyring, ExpectedContext, KeyringSet, KmsKeyring, LocalKms, system_rng};
use proptest::prelude::*;

use crate::support::{BUCKET, client, config, contents, count, known, read, store, unknown};

const LENS: &[usize] = &[0, 1, 15, 16, 17, 31, 32, 33, 99, 100, 101, 1000, 100_000];

#[tokio::test]
async fn puts_of_every_length_and_placement() {
    for &len in LENS {
        for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
            let (store, bytes) = (store(), contents(len));
            let client = client(&store);
            let metadata = Metadata::from_iter([("colour", "blau"), ("grösse", "x")].into_iter().take(1));
            let put = client.put(BUCKET, "key", known(&bytes, 9)).metadata(metadata.clone()).key_placement(placement);
            let written = put.send().await.unwrap();

            let object = client.get(BUCKET, "key").send().await.unwrap();
            assert_eq!(object.attributes.etag, written.etag);
            assert_eq!(object.attributes.content_len, u64::try_from(len).ok());
            assert_eq!(object.attributes.metadata, metadata);
            assert_eq!(object.envelope.as_ref().map(|envelope| envelope.version()), Some(FormatVersion::V3));
            assert_eq!(object.content.collect().await.unwrap(), bytes, "{len} bytes, {placement:?}");

            let head = client.head(ObjectLocation::new(BUCKET, "key")).send().await.unwrap();
            assert_eq!(head.attributes.content_len, u64::try_from(len).ok());
            assert_eq!(head.stored_len, u64::try_from(len + 16).ok());
            let file = store.stored(BUCKET, "key.instruction");
            assert_eq!(file.is_some(), placement == KeyPlacement::InstructionFile);
            let stored = store.stored(BUCKET, "key").unwrap();
            assert_eq!(stored.bytes.len(), len + 16);
            assert!(len < 16 || !stored.bytes.windows(16).any(|window| window == &bytes[..16]));
        }
    }
}

#[tokio::test]
async fn uploads_of_every_division() {
    for lens in [&[][..], &[0], &[1], &[16, 16], &[40, 0, 3], &[5, 5, 5, 5], &[1000, 1]] {
        for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
            let store = store();
            let client = client(&store);
            let bytes = contents(lens.iter().sum());
            let mut upload = client.upload(BUCKET, "key").key_placement(placement).start().await.unwrap();
            let mut rest = bytes.clone();
            for len in lens {
                upload.upload_part(rest.split_to(*len)).await.unwrap();
            }
            upload.complete().await.unwrap();
            assert_eq!(read(&client, "key").await.unwrap(), bytes, "{lens:?}");
            // An empty upload is one part that holds the tag.
            let parts = lens.iter().filter(|len| **len > 0).count().max(1);
            assert_eq!(count(&store, Operation::UploadPart), parts, "{lens:?}");
            assert!(store.uploads().is_empty());
        }
    }
}

#[tokio::test]
async fn v2_where_the_policy_says_so() {
    let v2 = config().read_policy(ReadPolicy::new(CommitmentPolicy::ForbidEncryptAllowDecrypt));
    for &len in LENS {
        for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
            let (store, bytes) = (store(), contents(len));
            let client = client(&store);
            let old = client.clone().with_config(v2.clone());
            old.put(BUCKET, "key", bytes.clone()).key_placement(placement).send().await.unwrap();
            let object = old.get(BUCKET, "key").send().await.unwrap();
            assert_eq!(object.envelope.as_ref().map(|envelope| envelope.version()), Some(FormatVersion::V2));
            assert_eq!(object.content.collect().await.unwrap(), bytes);

            // The default policy wants key commitment, and says so before it asks for a key.
            let error = read(&client, "key").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        }
    }
}

#[tokio::test]
async fn contexts_must_be_named_again() {
    let store = store();
    let mut kms = LocalKms::new();
    kms.create_key("key", &mut system_rng()).unwrap();
    let client = Client::new(store.clone(), KmsKeyring::new(kms, "key")).with_config(config());
    let context = |value: &str| EncryptionContext::from_pairs([("department", value)]).unwrap();
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        let put = client.put(BUCKET, "key", "hello").encryption_context(context("one")).key_placement(placement);
        put.overwrite_instruction_file().send().await.unwrap();
        let get = || client.get(BUCKET, "key");
        for get in [get().encryption_context(context("one")), get().expected_context(ExpectedContext::AcceptStored)] {
            assert_eq!(get.send().await.unwrap().content.collect().await.unwrap(), "hello");
        }
        for get in [get(), get().encryption_context(context("two")), get().encryption_context(EncryptionContext::new())]
        {
            let error = get.send().await.unwrap_err();
            assert!(matches!(error, Error::Decrypt(_)), "{error}");
        }
    }
    // A key of one's own has no context.
    let error =
        crate::support::client(&store).put(BUCKET, "other", "x").encryption_context(context("one")).send().await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::KeyService);
    assert!(store.stored(BUCKET, "other").is_none());
}

#[tokio::test]
async fn other_keys_open_nothing() {
    let store = store();
    let described = |key: u8, name: &str| {
        let description = MaterialDescription::from_pairs([("name", name)]).unwrap();
        AesKeyring::new(&[key; 32]).unwrap().with_description(description)
    };
    let writer = Client::new(store.clone(), described(1, "one"));
    writer.put(BUCKET, "key", "hello").send().await.unwrap();
    let error = read(&Client::new(store.clone(), described(2, "one")), "key").await.unwrap_err();
    assert!(matches!(error, Error::Decrypt(_)), "{error}");
    let both = KeyringSet::new(described(2, "two")).with(described(1, "one"));
    assert_eq!(read(&Client::new(store, both), "key").await.unwrap(), "hello");
}

#[tokio::test]
async fn every_object_has_a_key_of_its_own() {
    let store = store();
    let client = client(&store);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        client.put(BUCKET, "key", contents(64)).send().await.unwrap();
        assert!(seen.insert(store.stored(BUCKET, "key").unwrap().bytes));
    }
}

#[tokio::test]
async fn a_length_that_cannot_be_collected_is_an_error() {
    let body = Body::from_stream(futures_util::stream::empty::<Result<_, Error>>(), Some(u64::MAX));
    let error = body.collect().await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { len: Some(u64::MAX), .. }), "{error}");
}

#[tokio::test]
async fn a_version_that_is_named_is_the_one_that_is_read() {
    let store = store().with_versioning();
    let client = client(&store);
    let mut versions = Vec::new();
    for text in ["one", "two"] {
        let put =
            client.put(BUCKET, "key", text).key_placement(KeyPlacement::InstructionFile).overwrite_instruction_file();
        let object = put.send().await.unwrap().version_id.unwrap();
        versions.push((text, object, store.stored(BUCKET, "key.instruction").unwrap().version_id.unwrap()));
    }
    for (text, object, file) in versions {
        let get = client.get_at(ObjectLocation::new(BUCKET, "key").version(object)).instruction_version_id(file);
        assert_eq!(get.send().await.unwrap().content.collect().await.unwrap(), text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chunks_make_no_difference(
        len in 0_usize..600,
        chunk_len in 1_usize..300,
        stored_chunk_len in 1_usize..300,
        part_len in 1_u64..300,
        is_known: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = store().with_chunk_len(stored_chunk_len);
            let (client, bytes) = (client(&store), contents(len));
            let body = || -> Body { if is_known { known(&bytes, chunk_len) } else { unknown(&bytes, chunk_len) } };
            let upload = cse_client::transfer::upload(&client, BUCKET, "up").part_len(part_len);
            upload.send_body(body()).await.unwrap();
            prop_assert_eq!(&read(&client, "up").await.unwrap(), &bytes);
            client.put(BUCKET, "put", known(&bytes, chunk_len)).send().await.unwrap();
            prop_assert_eq!(&read(&client, "put").await.unwrap(), &bytes);
            Ok(())
        })?;
    }
}
