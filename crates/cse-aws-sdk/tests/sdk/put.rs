//! Put on the sandbox.

use std::{
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use cse_aws_sdk::{Client, EncryptExt, Error, Kms};
use cse_client::{Body, Config, ErrorKind, error::InvalidRequest};
use cse_envelope::{Admitted, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, KeyPlacement, Rng, WriteFormat};
use cse_keys::{BoxFuture, ExpectedContext, Fit, Keyring, KeyringError, KmsKeyring};
use futures_util::stream;

use crate::support::sandbox::{BUCKET, Place, bytes, keyring};

fn text(text: &str) -> ByteStream {
    text.as_bytes().to_vec().into()
}

/// A stream of which the SDK knows the length, or not.
fn streamed(chunks: usize, len: Option<u64>) -> ByteStream {
    let chunks = stream::iter((0..chunks).map(|_| Ok::<_, cse_client::Error>(Bytes::from_static(&[5; 1000]))));
    ByteStream::new(SdkBody::from_body_1_x(Body::from_stream(chunks, len)))
}

#[tokio::test]
async fn what_is_stored_is_encrypted_and_what_is_read_is_not() {
    let place = Place::start().await;
    let put = place.cse.put_object().bucket(BUCKET).key("k").body(text("hello")).content_type("text/plain");
    let output = put.metadata("colour", "red").send().await.unwrap();
    assert!(output.e_tag.is_some());
    assert_eq!((output.checksum_crc32, output.checksum_type), (None, None));

    let stored = place.stored("k").await;
    assert_eq!(stored.content_length, Some(21));
    assert_eq!(stored.content_type.as_deref(), Some("text/plain"));
    let metadata = stored.metadata.unwrap();
    assert_eq!(metadata.get("colour").map(String::as_str), Some("red"));
    assert!(metadata.contains_key("x-amz-3") && metadata.contains_key("x-amz-c"), "{metadata:?}");
    assert!(!bytes(stored.body).await.windows(5).any(|window| window == b"hello"));
    assert_eq!(place.read("k").await, b"hello");
}

#[tokio::test]
async fn the_extension_encrypts_the_sdks_own_builder() {
    let place = Place::start().await;
    let put = place.s3.put_object().bucket(BUCKET).key("k").body(text("hello")).cache_control("no-store");
    put.encrypt(&place.cse).send().await.unwrap();
    assert_eq!(place.stored("k").await.cache_control.as_deref(), Some("no-store"));
    assert_eq!(place.read("k").await, b"hello");
}

#[tokio::test]
async fn nothing_is_a_content_too() {
    let place = Place::start().await;
    place.cse.put_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(place.stored("k").await.content_length, Some(16));
    assert_eq!(place.read("k").await, b"");
}

#[tokio::test]
async fn files_and_streams_of_known_length_are_put() {
    let place = Place::start().await;
    let folder = std::env::temp_dir();
    let path = folder.join(format!("cse-aws-sdk-{}", std::process::id()));
    std::fs::write(&path, vec![3; 100_000]).unwrap();
    let body = ByteStream::from_path(&path).await.unwrap();
    let put = place.cse.put_object().bucket(BUCKET).key("file").body(body).send().await;
    std::fs::remove_file(&path).unwrap();
    put.unwrap();
    assert_eq!(place.read("file").await, vec![3; 100_000]);

    for threshold in [u64::MAX, 10] {
        let cse = place.cse.clone().with_config(Config::new().multipart_threshold(threshold));
        let put = cse.put_object().bucket(BUCKET).key("stream");
        put.body(streamed(50, Some(50_000))).send().await.unwrap();
        assert_eq!(place.read("stream").await, vec![5; 50_000]);
        // The length may come from the caller, if the body does not know it.
        let put = cse.put_object().bucket(BUCKET).key("declared").content_length(50_000);
        put.body(streamed(50, None)).send().await.unwrap();
        assert_eq!(place.read("declared").await, vec![5; 50_000]);
    }
}

#[tokio::test]
async fn an_unknown_or_wrong_length_is_refused() {
    let place = Place::start().await;
    let put = || place.cse.put_object().bucket(BUCKET).key("k");
    let unknown = put().body(streamed(5, None)).send().await.unwrap_err();
    assert!(matches!(unknown, Error::Cse(cse_client::Error::InvalidRequest(InvalidRequest::UnknownLength))));
    assert!(unknown.to_string().contains("upload"), "{unknown}");
    let wrong = put().body(text("hello")).content_length(6).send().await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidRequest);
    assert!(put().body(text("hello")).content_length(-1).send().await.is_err());
    // What turns out to be shorter or longer than was said is never stored.
    for chunks in [4, 6] {
        let put = put().content_length(5000).body(streamed(chunks, None)).send().await.unwrap_err();
        assert!(matches!(put.kind(), ErrorKind::Transport | ErrorKind::InvalidRequest), "{put:?}");
    }
    assert!(!place.exists("k").await);
}

#[tokio::test]
async fn metadata_is_checked_before_anything_is_sent() {
    let place = Place::start().await;
    let put = || place.cse.put_object().bucket(BUCKET).key("k").body(text("hello"));
    let reserved = put().metadata("X-Amz-Key-V2", "mine").send().await.unwrap_err();
    assert!(matches!(reserved, Error::Cse(cse_client::Error::InvalidRequest(InvalidRequest::ReservedMetadata { .. }))));
    let long = put().metadata("long", "x".repeat(2000)).send().await.unwrap_err();
    assert!(matches!(long, Error::Cse(cse_client::Error::InvalidRequest(InvalidRequest::MetadataTooLong { .. }))));
    let syntax = put().metadata("two words", "x").send().await.unwrap_err();
    assert_eq!(syntax.kind(), ErrorKind::InvalidRequest);
    assert!(!place.exists("k").await);
}

#[tokio::test]
async fn metadata_that_is_not_ascii_is_written() {
    let place = Place::start().await;
    let put = place.cse.put_object().bucket(BUCKET).key("k").body(text("hello")).metadata("name", "caf\u{e9}");
    put.send().await.unwrap();
    // S3 answers an encoded word, which the wrapper shows as the SDK does.
    let read = place.cse.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    let shown = read.metadata.as_ref().and_then(|metadata| metadata.get("name")).cloned();
    assert_eq!(shown, place.stored("k").await.metadata.and_then(|metadata| metadata.get("name").cloned()));
    assert_eq!(shown.as_deref(), Some("=?UTF-8?B?Y2Fmw6k=?="));
    assert_eq!(bytes(read.body).await, b"hello");
}

#[tokio::test]
async fn instruction_files_come_first_and_go_back() {
    let place = Place::start().await;
    let put = || {
        let put = place.cse.put_object().bucket(BUCKET).key("k").body(text("hello"));
        put.key_placement(KeyPlacement::InstructionFile)
    };
    put().send().await.unwrap();
    let file = bytes(place.stored("k.instruction").await.body).await;
    assert_eq!(place.read("k").await, b"hello");

    let taken = put().send().await.unwrap_err();
    assert!(matches!(taken, Error::Cse(cse_client::Error::InstructionFileExists)), "{taken:?}");

    // The object's put fails: the old file is there again, and the old object is readable.
    let failed = put().overwrite_instruction_file().if_none_match("*").send().await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Conflict, "{failed:?}");
    assert_eq!(failed.as_service_error().and_then(|error| error.meta().code()), Some("PreconditionFailed"));
    assert_eq!(bytes(place.stored("k.instruction").await.body).await, file);
    assert_eq!(place.read("k").await, b"hello");

    put().overwrite_instruction_file().send().await.unwrap();
    assert_ne!(bytes(place.stored("k.instruction").await.body).await, file);
    assert_eq!(place.read("k").await, b"hello");
}

#[tokio::test]
async fn a_kms_keyring_binds_its_context() {
    let place = Place::start().await;
    let cse = Client::new(&place.s3, place.kms_keyring());
    let context = EncryptionContext::from_pairs([("tenant", "a")]).unwrap();
    let put = cse.put_object().bucket(BUCKET).key("k").body(text("hello"));
    put.encryption_context(context.clone()).send().await.unwrap();
    let get = || cse.get_object().bucket(BUCKET).key("k");
    let read = get().encryption_context(context).send().await.unwrap();
    assert_eq!(bytes(read.body).await, b"hello");
    let read = get().expected_context(ExpectedContext::AcceptStored).send().await.unwrap();
    assert_eq!(bytes(read.body).await, b"hello");
    assert_eq!(get().send().await.unwrap_err().kind(), ErrorKind::Decrypt);
    let denied = Client::new(&place.s3, KmsKeyring::new(Kms::new(&place.denied_kms()), "alias/sandbox"));
    let error = denied.put_object().bucket(BUCKET).key("denied").body(text("hello")).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyService);
    assert!(!place.exists("denied").await);
}

#[tokio::test]
async fn debug_shows_no_plaintext() {
    let place = Place::start().await;
    let put = place.cse.put_object().bucket(BUCKET).key("k").body(text("a secret"));
    assert!(!format!("{put:?}").contains("secret"));
}

/// Counts how often it is asked for a key.
#[derive(Clone, Debug)]
struct Counting(Arc<AtomicUsize>);

impl Keyring for Counting {
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { keyring().generate_data_key(format, context, rng).await })
    }

    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        Box::pin(async move { keyring().wrap_data_key(data_key, format, context, rng).await })
    }

    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { keyring().unwrap_data_key(object, expected, rng).await })
    }

    fn fit(&self, key_part: &KeyPart) -> Fit {
        keyring().fit(key_part)
    }
}

#[tokio::test]
async fn a_refused_put_asks_no_key_service() {
    let place = Place::start().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let cse = Client::new(&place.s3, Counting(asked.clone()));
    let put = || cse.put_object().bucket(BUCKET).key("k").body(text("hello"));
    for refused in [
        put().with(|put| put.content_md5("kAFQmDzST7DWlj99KOF/cg==")),
        put().metadata("x-amz-iv", "mine"),
        put().body(streamed(1, None)),
        cse.put_object().bucket(BUCKET).body(text("hello")),
    ] {
        assert_eq!(refused.send().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    put().send().await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
