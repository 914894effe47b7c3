//! What our clients write is read again, whatever the store does to it; and how the store answers.

use core::time::Duration;
use std::{
    io::{Read, Write},
    net::TcpStream,
};

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use cse_client::{Body, Client, Config, ErrorKind, Metadata, ObjectLocation, danger};
use cse_envelope::KeyPlacement;
use cse_tests::rclone::rclone;

use super::{Store, by_both, keyring};
use crate::service::{Adapter, MIN_PART_LEN, Server};

mod objects_round_trip {
    super::by_both!(super::Store::rclone, super::round_trips);
}

mod uploads_in_parts_round_trip_or_do_not_begin {
    super::by_both!(super::Store::rclone, super::uploads);
}

mod copies_and_rotated_keys_read {
    super::by_both!(super::Store::rclone, super::copies_and_rotation);
}

mod what_must_not_read_is_refused {
    super::by_both!(super::Store::rclone, super::refusals);
}

/// Bytes of which no stretch is like another.
fn contents(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from(i * i % 251).unwrap()).collect()
}

async fn plaintext(client: &Client, bucket: &str, key: &str) -> Bytes {
    let object = client.get(bucket, key).send().await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    object.content.collect().await.unwrap()
}

async fn refused(client: &Client, bucket: &str, key: &str) -> ErrorKind {
    client.get(bucket, key).send().await.unwrap_err().kind()
}

/// Whole, in part, and without its content; only the user's metadata is shown, by its own name.
async fn reads(client: &Client, bucket: &str, key: &str, plain: &[u8]) {
    let object = client.get(bucket, key).send().await.unwrap();
    let names: Vec<_> = object.attributes.metadata.iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!((names, object.attributes.metadata.text("some-colour")), (vec!["some-colour".to_owned()], Some("red")));
    assert_eq!(object.content.collect().await.unwrap(), plain, "{key}");
    let range = danger::range(client.get(bucket, key), "bytes=100-299".parse().unwrap()).send().await.unwrap();
    assert_eq!(danger::accept_unauthenticated(range.content).collect().await.unwrap(), plain[100..300], "{key}");
    let head = client.head(ObjectLocation::new(bucket, key)).send().await.unwrap();
    assert_eq!(head.attributes.content_len, u64::try_from(plain.len()).ok(), "{key}");
    // Longer than the object: the store refuses it instead of answering with all that there is.
    let long = danger::range(client.get(bucket, key), "bytes=-2000000".parse().unwrap());
    assert_eq!(long.send().await.unwrap_err().kind(), ErrorKind::Range, "{key}");
}

fn metadata() -> Metadata {
    Metadata::from_iter([("Some-Colour", "red")])
}

async fn round_trips(store: &Store) {
    let (bucket, client) = (store.bucket("objects").await, store.client(7));
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        for len in [1000, 100_000] {
            let (key, plain) = (format!("{placement:?}/{len}"), contents(len));
            let put = client.put(&bucket, &key, plain.clone()).key_placement(placement).metadata(metadata());
            put.send().await.unwrap();
            reads(&client, &bucket, &key, &plain).await;
        }
    }
}

/// The SDK does not understand how this store begins an upload. That is an error, and nothing is there.
async fn uploads(store: &Store) {
    let (bucket, client, plain) = (store.bucket("uploads").await, store.client(7), contents(5 * MIN_PART_LEN + 3));
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        let key = format!("{placement:?}");
        let begun = client.upload(&bucket, &key).key_placement(placement).metadata(metadata()).start().await;
        let mut upload = match (begun, store.adapter) {
            (Ok(upload), Adapter::Http) => upload,
            (Err(error), Adapter::Sdk) => {
                assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
                assert_eq!(refused(&client, &bucket, &key).await, ErrorKind::NotFound);
                continue;
            }
            (begun, adapter) => panic!("{adapter:?}: {begun:?}"),
        };
        for part in plain.chunks(MIN_PART_LEN) {
            upload.upload_part(part.to_vec()).await.unwrap();
        }
        upload.complete().await.unwrap();
        reads(&client, &bucket, &key, &plain).await;
    }
}

async fn copies_and_rotation(store: &Store) {
    let (bucket, old, new) = (store.bucket("copies").await, store.client(7), store.client(8));
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        let key = format!("{placement:?}");
        old.put(&bucket, &key, "secret").key_placement(placement).send().await.unwrap();
        old.copy(ObjectLocation::new(&bucket, &key), &bucket, format!("{key} copied")).send().await.unwrap();
        assert_eq!(plaintext(&old, &bucket, &format!("{key} copied")).await, "secret");
    }
    let key = format!("{:?}", KeyPlacement::InstructionFile);
    old.rewrap(&bucket, &key, keyring(8)).enforce_rotation().send().await.unwrap();
    assert_eq!(plaintext(&new, &bucket, &key).await, "secret");
    assert_eq!(refused(&old, &bucket, &key).await, ErrorKind::Decrypt);
    let copied = format!("{key} copied");
    assert_eq!(plaintext(&old, &bucket, &copied).await, "secret");
    assert_eq!(refused(&new, &bucket, &copied).await, ErrorKind::Decrypt);
}

async fn refusals(store: &Store) {
    let (bucket, client, s3) = (store.bucket("refusals").await, store.client(7), store.server.s3(&store.user));
    client.put(&bucket, "object", "secret").send().await.unwrap();
    assert_eq!(refused(&store.client(8), &bucket, "object").await, ErrorKind::Decrypt);
    assert_eq!(refused(&client, &bucket, "nothing").await, ErrorKind::NotFound);

    let stored = s3.get_object().bucket(&bucket).key("object").send().await.unwrap();
    let (metadata, body) = (stored.metadata().cloned(), stored.body.collect().await.unwrap().to_vec());
    for place in [0, body.len() - 1] {
        let mut changed = body.clone();
        changed[place] ^= 1;
        let put = s3.put_object().bucket(&bucket).key("changed").set_metadata(metadata.clone());
        put.body(ByteStream::from(changed)).send().await.unwrap();
        assert_eq!(refused(&client, &bucket, "changed").await, ErrorKind::Decrypt);
    }

    let put = client.put(&bucket, "lost", "secret").key_placement(KeyPlacement::InstructionFile);
    put.send().await.unwrap();
    s3.delete_object().bucket(&bucket).key("lost.instruction").send().await.unwrap();
    assert_eq!(refused(&client, &bucket, "lost").await, ErrorKind::MissingInstructionFile);
}

/// The point of this store. No client shows it, because HTTP libraries change names to lower case.
#[tokio::test(flavor = "multi_thread")]
async fn metadata_names_come_in_canonical_case() {
    let store = Store::rclone(Adapter::Http).await;
    let bucket = store.bucket("names").await;
    store.client(7).put(&bucket, "object", "secret").send().await.unwrap();
    let signing = store.server.http_transport(&store.user);
    let url = signing.presign_get(&ObjectLocation::new(&bucket, "object"), Duration::from_secs(60)).await.unwrap();
    let (host, target) = (url.authority(), format!("{}?{}", url.path(), url.query().unwrap()));
    let mut connection = TcpStream::connect(host).unwrap();
    write!(connection, "GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let names: Vec<_> = answer.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    for name in ["X-Amz-Meta-X-Amz-C", "X-Amz-Meta-X-Amz-3", "X-Amz-Meta-X-Amz-I"] {
        assert!(names.contains(&name), "{answer}");
    }
    assert!(!names.iter().any(|name| name.starts_with("x-amz-meta-")), "{answer}");
}

/// With the checksums that the SDK adds and compares unasked, a range fails on the checksum of the whole object, and a stream is stored
/// with the framing of its checksum: what was written so is not read as anything else.
#[tokio::test(flavor = "multi_thread")]
async fn unasked_checksums_of_the_sdk_end_in_errors() {
    let (store, rclone) = (Store::rclone(Adapter::Sdk).await, rclone());
    let bucket = store.bucket("checksums").await;
    let checking = Server::new(&*rclone.url, &*rclone.region).transport(Adapter::Sdk, &rclone.user);
    let (checking, plain) = (Client::new(checking, keyring(7)), contents(300_000));

    checking.put(&bucket, "memory", plain.clone()).send().await.unwrap();
    assert_eq!(plaintext(&checking, &bucket, "memory").await, plain);
    let range = danger::range(checking.get(&bucket, "memory"), "bytes=100-299".parse().unwrap()).send().await.unwrap();
    let error = danger::accept_unauthenticated(range.content).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");

    let stream =
        Body::from_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(plain))]), Some(300_000));
    let streaming = checking.clone().with_config(Config::new().multipart_threshold(1000));
    streaming.put(&bucket, "stream", stream).send().await.unwrap();
    for client in [&checking, &store.client(7)] {
        assert_eq!(refused(client, &bucket, "stream").await, ErrorKind::Decrypt);
    }
}
