//! Get and head on the sandbox.

use aws_sdk_s3::types::ChecksumAlgorithm;
use cse_aws_sdk::{DecryptExt, Error, danger, operations::ReadOutput};
use cse_client::{Config, ErrorKind, ReadMode};
use cse_envelope::{KeyPlacement, ReadPolicy};

use crate::support::{
    s3,
    sandbox::{BUCKET, Place, bytes, keyring},
    scripted::{Scripted, answer, borrowed},
};

/// Not all alike.
fn contents(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

#[tokio::test]
async fn the_output_is_about_the_plaintext() {
    let place = Place::start().await;
    let put = place.cse.put_object().bucket(BUCKET).key("k").body(contents(1000).into());
    put.checksum_algorithm(ChecksumAlgorithm::Sha256).metadata("colour", "red").send().await.unwrap();
    let stored = place.stored("k").await;
    let read = place.s3.get_object().bucket(BUCKET).key("k").decrypt(&place.cse).send().await.unwrap();
    assert_eq!((read.content_length, read.content_range), (Some(1000), None));
    assert_eq!((read.checksum_sha256, read.checksum_type, read.parts_count), (None, None, None));
    assert_eq!(read.e_tag, stored.e_tag);
    let metadata: Vec<_> = read.metadata.unwrap().into_iter().collect();
    assert_eq!(metadata, [("colour".to_owned(), "red".to_owned())]);
    assert_eq!(bytes(read.body).await, contents(1000));

    let head = place.s3.head_object().bucket(BUCKET).key("k").decrypt(&place.cse).send().await.unwrap();
    assert_eq!((head.content_length, head.checksum_sha256), (Some(1000), None));
    assert_eq!(head.metadata.unwrap().len(), 1);
}

#[tokio::test]
async fn a_changed_object_gives_nothing() {
    let place = Place::start().await;
    place.put("k", &contents(1000)).await;
    let stored = place.stored("k").await;
    let metadata = stored.metadata.clone();
    let mut changed = bytes(stored.body).await;
    changed[500] ^= 1;
    place.s3.put_object().bucket(BUCKET).key("k").set_metadata(metadata).body(changed.into()).send().await.unwrap();
    let error = place.cse.get_object().bucket(BUCKET).key("k").send().await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Decrypt, false));
}

#[tokio::test]
async fn missing_and_plain_objects_are_told_apart() {
    let place = Place::start().await;
    let get = || place.cse.get_object().bucket(BUCKET).key("k");
    let missing = get().send().await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.as_service_error().unwrap().is_no_such_key());
    let missing = place.cse.head_object().bucket(BUCKET).key("k").send().await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);

    place.s3.put_object().bucket(BUCKET).key("k").body(b"plain".to_vec().into()).send().await.unwrap();
    let plain = get().send().await.unwrap_err();
    assert!(matches!(plain, Error::Cse(cse_client::Error::NoEnvelope)), "{plain:?}");
    let ReadOutput::Plain(output) = danger::accept_plain(get()).send().await.unwrap() else { panic!("it is plain") };
    assert_eq!(bytes(danger::accept_unauthenticated(*output).body).await, b"plain");
    let ReadOutput::Verified(_) = ({
        place.put("k", b"now encrypted").await;
        danger::accept_cbc(danger::accept_plain(get())).send().await.unwrap()
    }) else {
        panic!("it is verified")
    };
}

#[tokio::test]
async fn ranges_are_of_the_plaintext() {
    let place = Place::start().await;
    place.put("k", &contents(1000)).await;
    for (range, from, to) in
        [("bytes=10-19", 10, 20), ("bytes=990-", 990, 1000), ("bytes=-5", 995, 1000), ("bytes=0-5000", 0, 1000)]
    {
        let get = place.cse.get_object().bucket(BUCKET).key("k");
        let output = danger::range(get, range.parse().unwrap()).send().await.unwrap();
        let output = danger::accept_unauthenticated(output);
        assert_eq!(output.content_range, Some(format!("bytes {from}-{}/1000", to - 1)), "{range}");
        assert_eq!(output.content_length, i64::try_from(to - from).ok());
        assert_eq!(bytes(output.body).await, contents(1000)[from..to], "{range}");
    }
    // Bytes of the tag are nobody's.
    let beyond = danger::range(place.cse.get_object().bucket(BUCKET).key("k"), "bytes=1000-1010".parse().unwrap());
    assert_eq!(beyond.send().await.unwrap_err().kind(), ErrorKind::Range);
}

#[tokio::test]
async fn streams_are_verified_at_their_end() {
    let place = Place::start().await;
    place.put("k", &contents(100_000)).await;
    let stream = || danger::stream(place.cse.get_object().bucket(BUCKET).key("k")).send();
    let output = danger::accept_unauthenticated(stream().await.unwrap());
    assert_eq!(output.content_length, Some(100_000));
    assert_eq!(bytes(output.body).await, contents(100_000));

    let stored = place.stored("k").await;
    let metadata = stored.metadata.clone();
    let mut changed = bytes(stored.body).await;
    changed[99_999] ^= 1;
    place.s3.put_object().bucket(BUCKET).key("k").set_metadata(metadata).body(changed.into()).send().await.unwrap();
    let output = danger::accept_unauthenticated(stream().await.unwrap());
    assert!(output.body.collect().await.is_err());
}

#[tokio::test]
async fn read_modes_hold() {
    let place = Place::start().await;
    place.put("k", &contents(100_000)).await;
    let with = |mode| place.cse.clone().with_config(Config::new().read_mode(mode)).get_object().bucket(BUCKET).key("k");
    let large = with(ReadMode::Verified { memory_limit: 99_999 }).send().await.unwrap_err();
    assert_eq!(large.kind(), ErrorKind::TooLarge);
    let modes = [
        ReadMode::Verified { memory_limit: 100_000 },
        ReadMode::VerifiedTwice,
        #[cfg(feature = "fs")]
        ReadMode::VerifiedSpooled { dir: None },
    ];
    for mode in modes {
        let output = with(mode.clone()).send().await.unwrap();
        assert_eq!(output.content_length, Some(100_000), "{mode:?}");
        assert_eq!(bytes(output.body).await, contents(100_000), "{mode:?}");
    }
}

#[tokio::test]
async fn the_policy_holds() {
    let place = Place::start().await;
    let forbids = cse_envelope::CommitmentPolicy::ForbidEncryptAllowDecrypt;
    let old = place.cse.clone().with_config(Config::new().read_policy(ReadPolicy::new(forbids)));
    old.put_object().bucket(BUCKET).key("v2").body(b"hello".to_vec().into()).send().await.unwrap();
    assert!(place.stored("v2").await.metadata.unwrap().contains_key("x-amz-key-v2"));
    let refused = place.cse.get_object().bucket(BUCKET).key("v2").send().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(bytes(old.get_object().bucket(BUCKET).key("v2").send().await.unwrap().body).await, b"hello");
}

#[tokio::test]
async fn instruction_files_are_found_and_missed() {
    let place = Place::start().await;
    let put = place.cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into());
    put.key_placement(KeyPlacement::InstructionFile).send().await.unwrap();
    assert_eq!(place.read("k").await, b"hello");
    let head = place.cse.head_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(head.content_length, Some(5));

    let file = bytes(place.stored("k.instruction").await.body).await;
    place.s3.delete_object().bucket(BUCKET).key("k.instruction").send().await.unwrap();
    let lost = place.cse.get_object().bucket(BUCKET).key("k").send().await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::MissingInstructionFile);
    assert!(place.cse.head_object().bucket(BUCKET).key("k").send().await.is_err());

    place.s3.put_object().bucket(BUCKET).key("k.other").body(file.into()).send().await.unwrap();
    let get = place.cse.get_object().bucket(BUCKET).key("k").instruction_suffix(".other");
    assert_eq!(bytes(get.send().await.unwrap().body).await, b"hello");
}

#[tokio::test]
async fn latin_1_metadata_does_not_fail_a_read() {
    let place = Place::start().await;
    place.put("k", b"hello").await;
    let metadata = place.metadata_headers("k").await;
    let body = bytes(place.stored("k").await.body).await;
    let mut headers = borrowed(&metadata);
    headers.extend([("x-amz-meta-author", &b"Andr\xe9"[..]), ("x-amz-meta-tag", b"a"), ("x-amz-meta-tag", b"b")]);
    let server = Scripted::start(vec![answer("200 OK", &headers, &body)]);
    let cse = cse_aws_sdk::Client::new(&s3(&server.url), keyring());
    let read = cse.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    let metadata = read.metadata.clone().unwrap();
    assert_eq!(metadata.get("author").map(String::as_str), Some("Andr\u{e9}"));
    assert_eq!(metadata.get("tag").map(String::as_str), Some("a, b"));
    assert_eq!(metadata.len(), 2);
    assert_eq!(bytes(read.body).await, b"hello");
}

#[cfg(feature = "legacy")]
#[tokio::test]
async fn cbc_needs_its_switch_and_comes_marked() {
    let place = Place::start().await;
    let encrypt_old = cse_envelope::CommitmentPolicy::ForbidEncryptAllowDecrypt;
    let policy = cse_envelope::danger::allow_legacy(ReadPolicy::new(encrypt_old));
    let old = place.cse.clone().with_config(Config::new().read_policy(policy));
    let put = old.operations().put(BUCKET, "cbc", contents(1000));
    let _ = cse_client::danger::write_legacy(put, cse_envelope::danger::write_v1()).send().await.unwrap();
    let get = || old.get_object().bucket(BUCKET).key("cbc");

    let refused = place.cse.get_object().bucket(BUCKET).key("cbc").send().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    let unverifiable = get().send().await.unwrap_err();
    assert!(matches!(unverifiable, Error::Cse(cse_client::Error::Unverifiable)), "{unverifiable:?}");

    let ReadOutput::Unauthenticated(output) = danger::accept_cbc(get()).send().await.unwrap() else {
        panic!("nothing authenticates it")
    };
    assert_eq!(bytes(danger::accept_unauthenticated(*output).body).await, contents(1000));
    let output = danger::range(danger::accept_cbc(get()), "bytes=-7".parse().unwrap()).send().await.unwrap();
    let output = danger::accept_unauthenticated(output);
    assert_eq!(output.content_range.as_deref(), Some("bytes 993-999/1000"));
    assert_eq!(bytes(output.body).await, contents(1000)[993..]);
    // Only its end tells how long the plaintext is.
    let head = old.head_object().bucket(BUCKET).key("cbc").send().await.unwrap();
    assert_eq!(head.content_length, None);
}
