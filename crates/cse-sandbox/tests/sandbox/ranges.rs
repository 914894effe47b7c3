//! Every form of range.

use crate::clients::{BUCKET, fails, failure, put, sandbox};

#[tokio::test]
async fn ranges_give_what_they_name() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "key", b"0123456789").await;
    let cases = [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=7-99", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-10", "0123456789", "bytes 0-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
        ("bytes=0-", "0123456789", "bytes 0-9/10"),
    ];
    for (range, body, content_range) in cases {
        let got = client.get_object().bucket(BUCKET).key("key").range(range).send().await.unwrap();
        assert_eq!(got.content_range(), Some(content_range), "{range}");
        assert_eq!(got.content_length(), i64::try_from(body.len()).ok(), "{range}");
        assert_eq!(got.body.collect().await.unwrap().to_vec(), body.as_bytes(), "{range}");
        let head = client.head_object().bucket(BUCKET).key("key").range(range).send().await.unwrap();
        assert_eq!(head.content_range(), Some(content_range), "{range}");
        assert_eq!(head.content_length(), i64::try_from(body.len()).ok(), "{range}");
    }
}

#[tokio::test]
async fn ranges_outside_are_refused() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "key", b"0123456789").await;
    put(&client, "empty", b"").await;
    let cases = [
        ("key", "bytes=10-"),
        ("key", "bytes=10-20"),
        ("key", "bytes=-0"),
        ("empty", "bytes=0-"),
        ("empty", "bytes=0-0"),
    ];
    for (key, range) in cases {
        let got = client.get_object().bucket(BUCKET).key(key).range(range).send().await;
        assert_eq!(failure(got), fails(416, "InvalidRange"), "{key} {range}");
    }
}

#[tokio::test]
async fn the_end_of_nothing_is_nothing() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "empty", b"").await;
    let got = client.get_object().bucket(BUCKET).key("empty").range("bytes=-5").send().await.unwrap();
    assert_eq!((got.content_range(), got.content_length()), (None, Some(0)));
    assert!(got.body.collect().await.unwrap().to_vec().is_empty());
}

#[tokio::test]
async fn malformed_and_several_ranges_are_ignored() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "key", b"0123456789").await;
    for range in ["bytes=5-2", "bytes=a-b", "bytes=", "items=0-1", "bytes=0-1,4-5", "bytes=1", "bytes=-", "nonsense"] {
        let got = client.get_object().bucket(BUCKET).key("key").range(range).send().await.unwrap();
        assert_eq!((got.content_range(), got.content_length()), (None, Some(10)), "{range}");
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"0123456789", "{range}");
        let head = client.head_object().bucket(BUCKET).key("key").range(range).send().await.unwrap();
        assert_eq!((head.content_range(), head.content_length()), (None, Some(10)), "{range}");
        let none = client.get_object().bucket(BUCKET).key("none").range(range).send().await;
        assert_eq!(failure(none), fails(404, "NoSuchKey"), "{range}");
    }
}

#[tokio::test]
async fn a_range_says_206_on_head_too() {
    let (sandbox, client) = sandbox().await;
    put(&client, "key", b"0123456789").await;
    for (method, range, status) in [
        ("GET", "bytes=1-2", 206),
        ("HEAD", "bytes=1-2", 206),
        ("GET", "bytes=2-1", 200),
        ("HEAD", "bytes=2-1", 200),
        ("HEAD", "bytes=10-", 416),
    ] {
        let request = crate::raw::Request::new(method, "/bucket/key", b"").header("range", range);
        assert_eq!(request.send(&sandbox).await.status, status, "{method} {range}");
    }
}

#[tokio::test]
async fn part_numbers_of_an_object_in_one_part() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "key", b"0123456789").await;
    let get = |number| client.get_object().bucket(BUCKET).key("key").part_number(number).send();
    assert_eq!(get(1).await.unwrap().content_range(), Some("bytes 0-9/10"));
    assert_eq!(failure(get(2).await), fails(416, "InvalidPartNumber"));
    let both = client.get_object().bucket(BUCKET).key("key").part_number(1).range("bytes=0-1").send().await;
    assert_eq!(failure(both), fails(400, "InvalidRequest"));
}
