//! Any key name at all.

use aws_sdk_s3::types::EncodingType;

use crate::clients::{BUCKET, fails, failure, get, keys, put, sandbox};

/// Names that file systems, URLs or XML find special, each beside its neighbours.
fn names() -> Vec<String> {
    let plain = [
        "a",
        "a/b",
        "a//b",
        "a/b/",
        "A",
        "dir/",
        "dir",
        "/x",
        "/",
        "//",
        ".",
        "..",
        "./x",
        "../x",
        "x/../y",
        "x/./y",
        "ü",
        "u\u{308}",
        "日本/語",
        "🦀",
        "a b",
        "a+b",
        "a%20b",
        "a%2Bb",
        "a?b",
        "a#b",
        "a&b=c",
        "a\\b",
        "con",
        "nul.txt",
        "x.",
        "x ",
        " x",
        "~",
        "*",
        "a:b",
        "<a>\"'&amp;",
        "a;b,c",
        "$@!()",
        "bucket.json",
        "x.json",
        "tmp",
    ];
    let long = ["k".repeat(1024), "ü".repeat(512), "d/".repeat(512)];
    plain.into_iter().map(str::to_owned).chain(long).collect()
}

#[tokio::test]
async fn every_name_is_its_own_object() {
    let (_sandbox, client) = sandbox().await;
    for name in names() {
        put(&client, &name, name.as_bytes()).await;
    }
    for name in names() {
        assert_eq!(get(&client, &name).await, name.as_bytes(), "{name:?}");
    }
    let mut sorted = names();
    sorted.sort();
    let listed = client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(keys(&listed), sorted);
    for name in names() {
        client.delete_object().bucket(BUCKET).key(&name).send().await.unwrap();
        let gone = client.head_object().bucket(BUCKET).key(&name).send().await;
        assert_eq!(failure(gone), fails(404, "NotFound"), "{name:?}");
    }
    let listed = client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(listed.key_count(), Some(0));
}

#[tokio::test]
async fn names_are_too_long_above_1024_bytes() {
    let (_sandbox, client) = sandbox().await;
    for name in ["k".repeat(1025), "ü".repeat(513)] {
        let put = client.put_object().bucket(BUCKET).key(name).send().await;
        assert_eq!(failure(put), fails(400, "KeyTooLongError"));
    }
}

#[tokio::test]
async fn encoded_listings_keep_plus_signs_and_spaces_apart() {
    let (_sandbox, client) = sandbox().await;
    for name in ["a+b", "a b", "ü/x", "\u{1}"] {
        put(&client, name, b"").await;
    }
    let listing = client.list_objects_v2().bucket(BUCKET);
    let listed = listing.clone().encoding_type(EncodingType::Url).send().await.unwrap();
    assert_eq!(keys(&listed), ["%01", "a+b", "a%2Bb", "%C3%BC/x"]);
    let prefixed = listing.clone().encoding_type(EncodingType::Url).prefix("ü").delimiter("/").send().await.unwrap();
    assert_eq!(prefixed.prefix(), Some("%C3%BC"));
    assert_eq!(prefixed.common_prefixes()[0].prefix(), Some("%C3%BC/"));
    // XML cannot hold it.
    assert_eq!(failure(listing.clone().send().await), fails(400, "InvalidRequest"));
    let plain = listing.prefix("a").send().await.unwrap();
    assert_eq!(keys(&plain), ["a b", "a+b"]);
}

#[tokio::test]
async fn plus_signs_are_no_spaces_in_copies_and_deletions() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "a+b", b"plus").await;
    put(&client, "a b", b"space").await;
    client.copy_object().bucket(BUCKET).key("copy").copy_source("bucket/a%2Bb").send().await.unwrap();
    assert_eq!(get(&client, "copy").await, b"plus");
    client.delete_object().bucket(BUCKET).key("a+b").send().await.unwrap();
    assert_eq!(get(&client, "a b").await, b"space");
}
