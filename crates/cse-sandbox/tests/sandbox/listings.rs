//! Listings of objects: prefixes, delimiters and pages.

use crate::clients::{BUCKET, fails, failure, keys, put, sandbox};

#[tokio::test]
async fn a_listing_tells_what_there_is_of_each_object() {
    let (_sandbox, client) = sandbox().await;
    let etag = put(&client, "key", b"hello").await;
    let listed = client.list_objects_v2().bucket(BUCKET).fetch_owner(true).send().await.unwrap();
    let object = &listed.contents()[0];
    assert_eq!((object.key(), object.size(), object.e_tag()), (Some("key"), Some(5), Some(etag.as_str())));
    let head = client.head_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(object.last_modified().map(|time| time.secs()), head.last_modified().map(|time| time.secs()));
    assert_eq!(object.storage_class().map(|class| class.as_str()), Some("STANDARD"));
    assert!(object.owner().is_some());
}

#[tokio::test]
async fn prefixes_and_delimiters() {
    let (_sandbox, client) = sandbox().await;
    for key in ["a/1", "a/2", "a/b/3", "b", "c/4", "c/d/5"] {
        put(&client, key, b"").await;
    }
    let list = || client.list_objects_v2().bucket(BUCKET);
    let top = list().delimiter("/").send().await.unwrap();
    let prefixes: Vec<_> = top.common_prefixes().iter().filter_map(|common| common.prefix()).collect();
    assert_eq!((keys(&top), prefixes, top.key_count()), (vec!["b"], vec!["a/", "c/"], Some(3)));
    let below = list().delimiter("/").prefix("a/").send().await.unwrap();
    let prefixes: Vec<_> = below.common_prefixes().iter().filter_map(|common| common.prefix()).collect();
    assert_eq!((keys(&below), prefixes), (vec!["a/1", "a/2"], vec!["a/b/"]));
    assert_eq!(keys(&list().prefix("a").send().await.unwrap()), ["a/1", "a/2", "a/b/3"]);
    assert_eq!(keys(&list().start_after("a/b/3").send().await.unwrap()), ["b", "c/4", "c/d/5"]);
    assert_eq!(keys(&list().start_after("zzz").send().await.unwrap()), Vec::<&str>::new());
    let long = list().delimiter("/b/").send().await.unwrap();
    assert_eq!(long.common_prefixes()[0].prefix(), Some("a/b/"));
}

#[tokio::test]
async fn pages_join_to_the_whole() {
    let (_sandbox, client) = sandbox().await;
    let names: Vec<_> = (0..25).map(|number| format!("{}/{:02}", number % 3, number)).collect();
    for name in &names {
        put(&client, name, b"").await;
    }
    let mut sorted = names.clone();
    sorted.sort();
    for page_len in [1, 7, 25, 1000] {
        let mut found = Vec::new();
        let mut pages = client.list_objects_v2().bucket(BUCKET).max_keys(page_len).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            assert!(page.key_count().unwrap() <= page_len);
            found.extend(keys(&page).into_iter().map(str::to_owned));
        }
        assert_eq!(found, sorted, "{page_len}");
        let mut prefixes = Vec::new();
        let list = client.list_objects_v2().bucket(BUCKET).delimiter("/").max_keys(page_len);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            prefixes.extend(page.unwrap().common_prefixes().iter().map(|common| common.prefix().unwrap().to_owned()));
        }
        assert_eq!(prefixes, ["0/", "1/", "2/"], "{page_len}");
    }
}

#[tokio::test]
async fn pages_end_where_they_should() {
    let (_sandbox, client) = sandbox().await;
    put(&client, "a", b"").await;
    put(&client, "b", b"").await;
    let list = || client.list_objects_v2().bucket(BUCKET);
    let exact = list().max_keys(2).send().await.unwrap();
    assert_eq!((exact.is_truncated(), exact.next_continuation_token()), (Some(false), None));
    let none = list().max_keys(0).send().await.unwrap();
    assert_eq!((none.is_truncated(), none.key_count()), (Some(false), Some(0)));
    let first = list().max_keys(1).send().await.unwrap();
    assert_eq!((first.is_truncated(), keys(&first)), (Some(true), vec!["a"]));
    let too_many = list().max_keys(5000).send().await.unwrap();
    assert_eq!(too_many.key_count(), Some(2));
    assert_eq!(failure(list().max_keys(-1).send().await), fails(400, "InvalidArgument"));
    assert_eq!(failure(list().continuation_token("***").send().await), fails(400, "InvalidArgument"));
}

#[tokio::test]
async fn more_than_a_thousand_objects() {
    let (_sandbox, client) = sandbox().await;
    for number in 0..1010 {
        put(&client, &format!("{number:04}"), b"x").await;
    }
    let first = client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!((first.key_count(), first.is_truncated()), (Some(1000), Some(true)));
    let next = client.list_objects_v2().bucket(BUCKET).continuation_token(first.next_continuation_token().unwrap());
    assert_eq!(keys(&next.send().await.unwrap()).len(), 10);
}

#[tokio::test]
async fn the_old_listing_pages_by_marker() {
    let (_sandbox, client) = sandbox().await;
    for key in ["a", "b/1", "b/2", "c"] {
        put(&client, key, b"").await;
    }
    let mut found = Vec::new();
    let mut marker = String::new();
    loop {
        let list = client.list_objects().bucket(BUCKET).delimiter("/").max_keys(1).marker(&marker);
        let page = list.send().await.unwrap();
        found.extend(page.contents().iter().filter_map(|object| object.key()).map(str::to_owned));
        found.extend(page.common_prefixes().iter().filter_map(|common| common.prefix()).map(str::to_owned));
        match page.next_marker() {
            Some(next) => marker = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, ["a", "b/", "c"]);
}
