//! Multipart uploads.

use aws_sdk_s3::{
    Client,
    primitives::ByteStream,
    types::{ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart},
};
use cse_sandbox::Sandbox;

use crate::{
    clients::{BUCKET, bytes, fails, failure, get, put, sandbox, start},
    raw::Request,
};

async fn create(client: &Client, key: &str) -> String {
    let created = client.create_multipart_upload().bucket(BUCKET).key(key).send().await.unwrap();
    created.upload_id.unwrap()
}

async fn part(client: &Client, upload_id: &str, number: i32, body: Vec<u8>) -> CompletedPart {
    let part = client.upload_part().bucket(BUCKET).key("key").upload_id(upload_id).part_number(number);
    let part = part.body(ByteStream::from(body)).send().await.unwrap();
    CompletedPart::builder().part_number(number).e_tag(part.e_tag.unwrap()).build()
}

fn of(parts: &[CompletedPart]) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build()
}

fn complete(
    client: &Client,
    upload_id: &str,
    parts: &[CompletedPart],
) -> aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder {
    client.complete_multipart_upload().bucket(BUCKET).key("key").upload_id(upload_id).multipart_upload(of(parts))
}

#[tokio::test]
async fn parts_become_an_object() {
    let (_sandbox, client) = sandbox().await;
    let create = client.create_multipart_upload().bucket(BUCKET).key("key");
    let create = create.metadata("name", "value").content_type("text/plain").send().await.unwrap();
    let upload_id = create.upload_id().unwrap();
    let first = part(&client, upload_id, 1, bytes(300)).await;
    let second = part(&client, upload_id, 2, bytes(10)).await;
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("key").send().await), fails(404, "NotFound"));
    let done = complete(&client, upload_id, &[first, second]).send().await.unwrap();
    assert!(done.e_tag().unwrap().ends_with("-2\""));
    assert_eq!(get(&client, "key").await, [bytes(300), bytes(10)].concat());
    let range = client.get_object().bucket(BUCKET).key("key").range("bytes=298-301").send().await.unwrap();
    let wanted = [&bytes(300)[298..], &bytes(10)[..2]].concat();
    assert_eq!(range.body.collect().await.unwrap().to_vec(), wanted);
    let head = client.head_object().bucket(BUCKET).key("key").part_number(2).send().await.unwrap();
    assert_eq!((head.content_length(), head.parts_count()), (Some(10), Some(2)));
    assert_eq!(head.content_range(), Some("bytes 300-309/310"));
    assert_eq!((head.content_type(), head.metadata().unwrap()["name"].as_str()), (Some("text/plain"), "value"));
    let again = client.list_parts().bucket(BUCKET).key("key").upload_id(upload_id).send().await;
    assert_eq!(failure(again), fails(404, "NoSuchUpload"));
}

#[tokio::test]
async fn numbers_may_have_gaps_and_a_part_can_be_replaced_or_left_out() {
    let (_sandbox, client) = sandbox().await;
    let upload_id = create(&client, "key").await;
    part(&client, &upload_id, 7, bytes(999)).await;
    let seventh = part(&client, &upload_id, 7, bytes(256)).await;
    let last = part(&client, &upload_id, 10_000, bytes(3)).await;
    part(&client, &upload_id, 8, bytes(256)).await;
    complete(&client, &upload_id, &[seventh, last]).send().await.unwrap();
    assert_eq!(get(&client, "key").await, [bytes(256), bytes(3)].concat());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_the_upload_stays() {
    let (_sandbox, client) = sandbox().await;
    let upload_id = create(&client, "key").await;
    let first = part(&client, &upload_id, 1, bytes(256)).await;
    let small = part(&client, &upload_id, 2, bytes(255)).await;
    let last = part(&client, &upload_id, 3, bytes(1)).await;
    let wrong = CompletedPart::builder().part_number(1).e_tag("\"00000000000000000000000000000000\"").build();
    let missing = CompletedPart::builder().part_number(9).e_tag(first.e_tag().unwrap()).build();
    let cases = [
        (vec![wrong], fails(400, "InvalidPart")),
        (vec![first.clone(), missing], fails(400, "InvalidPart")),
        (vec![last.clone(), first.clone()], fails(400, "InvalidPartOrder")),
        (vec![first.clone(), first.clone()], fails(400, "InvalidPartOrder")),
        (vec![first.clone(), small, last.clone()], fails(400, "EntityTooSmall")),
        (vec![], fails(400, "MalformedXML")),
    ];
    for (parts, failed) in cases {
        assert_eq!(failure(complete(&client, &upload_id, &parts).send().await), failed);
    }
    let wrong_len = complete(&client, &upload_id, &[first.clone(), last.clone()]).mpu_object_size(1).send().await;
    assert_eq!(failure(wrong_len), fails(400, "InvalidPart"));
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("key").send().await), fails(404, "NotFound"));
    complete(&client, &upload_id, &[first, last]).mpu_object_size(257).send().await.unwrap();
}

#[tokio::test]
async fn parts_need_5_mib_unless_told_otherwise() {
    let (_sandbox, client) = start(Sandbox::builder().bucket(BUCKET)).await;
    let upload_id = create(&client, "key").await;
    let small = part(&client, &upload_id, 1, bytes(5 * 1024 * 1024 - 1)).await;
    let last = part(&client, &upload_id, 2, bytes(1)).await;
    let refused = complete(&client, &upload_id, &[small, last.clone()]).send().await;
    assert_eq!(failure(refused), fails(400, "EntityTooSmall"));
    let enough = part(&client, &upload_id, 1, bytes(5 * 1024 * 1024)).await;
    complete(&client, &upload_id, &[enough, last]).send().await.unwrap();
}

#[tokio::test]
async fn after_an_abort_there_is_no_upload() {
    let (_sandbox, client) = sandbox().await;
    let upload_id = create(&client, "key").await;
    let first = part(&client, &upload_id, 1, bytes(300)).await;
    let abort = || client.abort_multipart_upload().bucket(BUCKET).key("key").upload_id(&upload_id).send();
    abort().await.unwrap();
    let gone = fails(404, "NoSuchUpload");
    assert_eq!(failure(abort().await), gone);
    let late = client.upload_part().bucket(BUCKET).key("key").upload_id(&upload_id).part_number(2);
    assert_eq!(failure(late.body(ByteStream::from_static(b"x")).send().await), gone);
    assert_eq!(failure(complete(&client, &upload_id, &[first]).send().await), gone);
    assert_eq!(failure(client.list_parts().bucket(BUCKET).key("key").upload_id(&upload_id).send().await), gone);
    let other_key = create(&client, "other").await;
    assert_eq!(failure(client.list_parts().bucket(BUCKET).key("key").upload_id(&other_key).send().await), gone);
}

#[tokio::test]
async fn part_numbers_are_1_to_10000() {
    let (_sandbox, client) = sandbox().await;
    let upload_id = create(&client, "key").await;
    for number in [0, 10_001, -1] {
        let part = client.upload_part().bucket(BUCKET).key("key").upload_id(&upload_id).part_number(number);
        assert_eq!(failure(part.send().await), fails(400, "InvalidArgument"), "{number}");
    }
}

#[tokio::test]
async fn completing_can_depend_on_what_is_there() {
    let (_sandbox, client) = sandbox().await;
    let etag = put(&client, "key", b"old").await;
    let upload_id = create(&client, "key").await;
    let parts = [part(&client, &upload_id, 1, bytes(10)).await];
    let refused = complete(&client, &upload_id, &parts).if_none_match("*").send().await;
    assert_eq!(failure(refused), fails(412, "PreconditionFailed"));
    let refused = complete(&client, &upload_id, &parts).if_match("\"0\"").send().await;
    assert_eq!(failure(refused), fails(412, "PreconditionFailed"));
    assert_eq!(get(&client, "key").await, b"old");
    complete(&client, &upload_id, &parts).if_match(etag).send().await.unwrap();
    assert_eq!(get(&client, "key").await, bytes(10));
}

#[tokio::test]
async fn parts_that_arrive_wrong_are_refused() {
    let (sandbox, client) = sandbox().await;
    let upload_id = create(&client, "key").await;
    let query = format!("partNumber=1&uploadId={upload_id}");
    for (name, value) in [
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("x-amz-checksum-crc32", "NhCmhg=="),
        ("x-amz-checksum-sha256", "AAAA"),
    ] {
        let request = Request { query: &query, ..Request::new("PUT", "/bucket/key", b"hullo").header(name, value) };
        let answer = request.send(&sandbox).await;
        assert_eq!((answer.status, answer.code()), fails(400, "BadDigest"), "{name}");
    }
    let listed = client.list_parts().bucket(BUCKET).key("key").upload_id(&upload_id).send().await.unwrap();
    assert!(listed.parts().is_empty());
}

#[tokio::test]
async fn the_whole_has_the_checksum_of_its_parts() {
    let (_sandbox, client) = sandbox().await;
    let whole = [bytes(300), bytes(77)].concat();
    for (algorithm, kind, composite) in [
        (ChecksumAlgorithm::Crc32, None, true),
        (ChecksumAlgorithm::Sha256, None, true),
        (ChecksumAlgorithm::Crc32C, Some(ChecksumType::FullObject), false),
        (ChecksumAlgorithm::Crc32, Some(ChecksumType::FullObject), false),
        (ChecksumAlgorithm::Crc64Nvme, None, false),
    ] {
        let create = client.create_multipart_upload().bucket(BUCKET).key("key").checksum_algorithm(algorithm.clone());
        let upload_id = create.set_checksum_type(kind).send().await.unwrap().upload_id.unwrap();
        let mut parts = Vec::new();
        for (number, body) in [(1, bytes(300)), (2, bytes(77))] {
            let part = client.upload_part().bucket(BUCKET).key("key").upload_id(&upload_id).part_number(number);
            let part = part.checksum_algorithm(algorithm.clone()).body(ByteStream::from(body)).send().await.unwrap();
            let part = CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag)
                .set_checksum_crc32(part.checksum_crc32)
                .set_checksum_sha256(part.checksum_sha256);
            parts.push(part.build());
        }
        let done = complete(&client, &upload_id, &parts).send().await.unwrap();
        let put = client.put_object().bucket(BUCKET).key("whole").checksum_algorithm(algorithm.clone());
        let put = put.body(ByteStream::from(whole.clone())).send().await.unwrap();
        let of_whole = [put.checksum_crc32(), put.checksum_crc32_c(), put.checksum_crc64_nvme(), put.checksum_sha256()];
        let of_parts =
            [done.checksum_crc32(), done.checksum_crc32_c(), done.checksum_crc64_nvme(), done.checksum_sha256()];
        if composite {
            assert!(of_parts.iter().flatten().all(|sum| sum.ends_with("-2")), "{of_parts:?}");
            assert_eq!(of_parts.iter().flatten().count(), 1);
        } else {
            assert_eq!(of_parts, of_whole, "{algorithm:?}");
        }
        let got =
            client.get_object().bucket(BUCKET).key("key").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().to_vec(), whole);
    }
}

#[tokio::test]
async fn the_whole_must_have_the_checksum_it_is_said_to_have() {
    let (_sandbox, client) = sandbox().await;
    let create = client.create_multipart_upload().bucket(BUCKET).key("key");
    let create = create.checksum_algorithm(ChecksumAlgorithm::Crc32).checksum_type(ChecksumType::FullObject);
    let upload_id = create.send().await.unwrap().upload_id.unwrap();
    let parts = [part(&client, &upload_id, 1, b"hello".to_vec()).await];
    let wrong = complete(&client, &upload_id, &parts).checksum_crc32("AAAAAA==").send().await;
    assert_eq!(failure(wrong), fails(400, "BadDigest"));
    let right = complete(&client, &upload_id, &parts).checksum_crc32("NhCmhg==").send().await.unwrap();
    assert_eq!(right.checksum_crc32(), Some("NhCmhg=="));
    let sha = client.create_multipart_upload().bucket(BUCKET).key("key").checksum_type(ChecksumType::FullObject);
    let sha = sha.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await;
    assert_eq!(failure(sha), fails(400, "InvalidRequest"));
}

#[tokio::test]
async fn uploads_and_parts_are_listed_in_pages() {
    let (_sandbox, client) = sandbox().await;
    let mut created = Vec::new();
    for key in ["a/1", "a/2", "a/2", "b"] {
        created.push((key.to_owned(), create(&client, key).await));
    }
    created.sort();
    let mut found = Vec::new();
    let mut next = (None, None);
    loop {
        let list = client.list_multipart_uploads().bucket(BUCKET).max_uploads(1);
        let page = list.set_key_marker(next.0).set_upload_id_marker(next.1).send().await.unwrap();
        for upload in page.uploads() {
            found.push((upload.key().unwrap().to_owned(), upload.upload_id().unwrap().to_owned()));
        }
        if page.is_truncated() != Some(true) {
            break;
        }
        next = (page.next_key_marker, page.next_upload_id_marker);
    }
    assert_eq!(found, created);
    let prefixed = client.list_multipart_uploads().bucket(BUCKET).prefix("a/").send().await.unwrap();
    assert_eq!(prefixed.uploads().len(), 3);
    let common = client.list_multipart_uploads().bucket(BUCKET).delimiter("/").send().await.unwrap();
    assert_eq!((common.uploads().len(), common.common_prefixes()[0].prefix()), (1, Some("a/")));
    assert_eq!(failure(client.delete_bucket().bucket(BUCKET).send().await), fails(409, "BucketNotEmpty"));

    let upload_id = create(&client, "key").await;
    for number in [1, 3, 5] {
        part(&client, &upload_id, number, bytes(300)).await;
    }
    let list = || client.list_parts().bucket(BUCKET).key("key").upload_id(&upload_id);
    let page = list().max_parts(2).send().await.unwrap();
    let numbers: Vec<_> = page.parts().iter().filter_map(|part| part.part_number()).collect();
    assert_eq!((numbers, page.is_truncated(), page.next_part_number_marker()), (vec![1, 3], Some(true), Some("3")));
    let page = list().part_number_marker("3").send().await.unwrap();
    assert_eq!((page.parts().len(), page.is_truncated(), page.parts()[0].size()), (1, Some(false), Some(300)));
}

#[tokio::test]
async fn parts_can_be_copied() {
    let (_sandbox, client) = sandbox().await;
    let etag = put(&client, "source", &bytes(1000)).await;
    let upload_id = create(&client, "key").await;
    let copy = |number: i32, range: Option<&str>| {
        let copy = client.upload_part_copy().bucket(BUCKET).key("key").upload_id(&upload_id).part_number(number);
        copy.copy_source("bucket/source").set_copy_source_range(range.map(str::to_owned))
    };
    for range in ["bytes=0-1000", "bytes=5-", "bytes=-5", "5-6", "bytes=1000-1001"] {
        assert_eq!(failure(copy(1, Some(range)).send().await), fails(400, "InvalidArgument"), "{range}");
    }
    let refused = copy(1, None).copy_source_if_none_match(&etag).send().await;
    assert_eq!(failure(refused), fails(412, "PreconditionFailed"));
    let missing = client.upload_part_copy().bucket(BUCKET).key("key").upload_id(&upload_id).part_number(1);
    assert_eq!(failure(missing.copy_source("bucket/none").send().await), fails(404, "NoSuchKey"));
    let mut parts = Vec::new();
    for (number, range) in [(1, None), (2, Some("bytes=990-999"))] {
        let copied = copy(number, range).send().await.unwrap().copy_part_result.unwrap();
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(copied.e_tag).build());
    }
    complete(&client, &upload_id, &parts).send().await.unwrap();
    assert_eq!(get(&client, "key").await, [&bytes(1000)[..], &bytes(1000)[990..]].concat());
}
