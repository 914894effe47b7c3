//! Fields that would contradict the encryption, each refused with a reason before anything is sent.

use cse_aws_sdk::{Client, Error};
use cse_client::error::InvalidRequest;

use crate::support::{
    s3,
    sandbox::{BUCKET, keyring},
    scripted::Scripted,
};

fn refused<E: std::fmt::Debug>(result: Result<impl Sized, Error<E>>, field: &str) {
    match result.err() {
        Some(Error::Cse(cse_client::Error::InvalidRequest(InvalidRequest::Field { field: named, reason }))) => {
            assert_eq!(named, field);
            assert!(!reason.is_empty());
        }
        other => panic!("{field}: {other:?}"),
    }
}

macro_rules! refused_of_put {
    ($cse:ident: $($field:ident($value:expr)),* $(,)?) => {
        $(
            let put = $cse.put_object().bucket(BUCKET).key("k").body(b"hello".to_vec().into());
            refused(put.with(|put| put.$field($value)).send().await, stringify!($field));
        )*
    };
}

#[tokio::test]
async fn contradicting_fields_are_refused_with_their_name() {
    let server = Scripted::start(vec![]);
    let cse = Client::new(&s3(&server.url), keyring());
    refused_of_put!(cse:
        content_md5("AA=="), checksum_crc32("AA=="), checksum_crc32_c("AA=="), checksum_crc64_nvme("AA=="),
        checksum_md5("AA=="), checksum_sha1("AA=="), checksum_sha256("AA=="), checksum_sha512("AA=="),
        checksum_xxhash128("AA=="), checksum_xxhash3("AA=="), checksum_xxhash64("AA=="), write_offset_bytes(1),
    );
    let get = || cse.get_object().bucket(BUCKET).key("k");
    refused(get().with(|get| get.range("bytes=0-1")).send().await, "range");
    refused(get().with(|get| get.part_number(1)).send().await, "part_number");
    let ranged = cse_aws_sdk::danger::range(get().with(|get| get.range("bytes=0-1")), "bytes=0-1".parse().unwrap());
    refused(ranged.send().await, "range");
    let head = || cse.head_object().bucket(BUCKET).key("k");
    refused(head().with(|head| head.range("bytes=0-1")).send().await, "range");
    refused(head().with(|head| head.part_number(1)).send().await, "part_number");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn bucket_and_key_are_needed() {
    let server = Scripted::start(vec![]);
    let cse = Client::new(&s3(&server.url), keyring());
    refused(cse.put_object().key("k").send().await, "bucket");
    refused(cse.put_object().bucket(BUCKET).send().await, "key");
    refused(cse.get_object().bucket(BUCKET).send().await, "key");
    refused(cse.head_object().key("k").send().await, "bucket");
    refused(cse.delete_object().bucket(BUCKET).send().await, "key");
    refused(cse.delete_objects().bucket(BUCKET).send().await, "delete");
    refused(cse.copy_object().bucket(BUCKET).key("k").send().await, "copy_source");
    refused(cse.create_multipart_upload().bucket(BUCKET).start().await, "key");
    assert!(server.requests().is_empty());
}
