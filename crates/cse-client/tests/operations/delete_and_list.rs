//! Deletes take the instruction file last; lists tell plaintext lengths and hide files on request.

use std::collections::BTreeMap;

use cse_client::{
    Client, ListedSizes, MemoryTransport, Metadata, ObjectLocation,
    memory::{Effect, Fault, Operation},
    transport::TransportErrorKind,
};
use cse_envelope::KeyPlacement;

use crate::support::{BUCKET, client, contents, count, read, store};

async fn put(client: &Client, key: &str, len: usize, placement: KeyPlacement) {
    client.put(BUCKET, key, contents(len)).key_placement(placement).send().await.unwrap();
}

fn keys(store: &MemoryTransport) -> Vec<String> {
    store.objects().into_iter().map(|object| object.key).collect()
}

#[tokio::test]
async fn an_object_goes_before_its_file() {
    let store = store();
    let client = client(&store);
    put(&client, "key", 10, KeyPlacement::InstructionFile).await;
    let delete = || client.delete(ObjectLocation::new(BUCKET, "key"));

    let fault = Fault::new(Effect::Refuse(TransportErrorKind::AccessDenied)).on(Operation::DeleteObject);
    store.inject(fault.clone().nth(1));
    delete().send().await.unwrap_err();
    assert_eq!(read(&client, "key").await.unwrap(), contents(10));

    store.inject(fault.key_suffix(".instruction").nth(1));
    delete().send().await.unwrap_err();
    assert_eq!(keys(&store), ["key.instruction"]);
    delete().send().await.unwrap();
    assert!(keys(&store).is_empty());
    delete().send().await.unwrap();
}

#[tokio::test]
async fn a_version_that_is_named_goes_alone() {
    let store = store().with_versioning();
    let client = client(&store);
    put(&client, "key", 10, KeyPlacement::InstructionFile).await;
    let version = store.stored(BUCKET, "key").unwrap().version_id.unwrap();
    client.delete(ObjectLocation::new(BUCKET, "key").version(version)).send().await.unwrap();
    assert_eq!(keys(&store), ["key.instruction"]);
}

#[tokio::test]
async fn many_go_in_batches_each_before_its_files() {
    let store = store();
    let client = client(&store);
    let names: Vec<String> = (0..2345).map(|number| format!("key {number:04}")).collect();
    for name in &names {
        store.put_raw(BUCKET, name, "x", Metadata::new());
        store.put_raw(BUCKET, &format!("{name}.instruction"), "{}", Metadata::new());
    }
    store.put_raw(BUCKET, "other", "x", Metadata::new());
    let deleted = client.delete_many(BUCKET, names.clone()).send().await.unwrap();
    assert_eq!(deleted.iter().map(|it| it.key.clone()).collect::<Vec<_>>(), names);
    assert!(deleted.iter().all(|it| it.object.is_ok() && it.instruction_file.is_none()));
    assert_eq!(keys(&store), ["other"]);

    let requests = store.requests_of(Operation::DeleteObjects);
    let lens: Vec<_> = requests.iter().map(|request| request.objects.len()).collect();
    assert_eq!(lens, [1000, 1000, 1000, 1000, 345, 345]);
    for pair in requests.chunks(2) {
        let files = pair[0].objects.iter().map(|(key, _)| (format!("{key}.instruction"), None));
        assert_eq!(files.collect::<Vec<_>>(), pair[1].objects);
    }
    assert!(client.delete_many(BUCKET, Vec::<String>::new()).send().await.unwrap().is_empty());
}

#[tokio::test]
async fn files_of_objects_that_stay_stay() {
    let store = store();
    let client = client(&store);
    for key in ["a", "b", "c"] {
        put(&client, key, 10, KeyPlacement::InstructionFile).await;
    }
    let refuse = || Fault::new(Effect::Refuse(TransportErrorKind::AccessDenied)).on(Operation::DeleteObjects);
    store.inject(refuse().key("a"));
    store.inject(refuse().key("b.instruction"));
    let deleted = client.delete_many(BUCKET, ["a", "b", "c"]).send().await.unwrap();
    let outcomes: Vec<_> = deleted.iter().map(|it| (it.object.is_ok(), it.instruction_file.is_none())).collect();
    assert_eq!(outcomes, [(false, true), (true, false), (true, true)]);
    assert_eq!(keys(&store), ["a", "a.instruction", "b.instruction"]);
    assert_eq!(read(&client, "a").await.unwrap(), contents(10));
}

/// All pages of a list.
async fn list(client: &Client, sizes: ListedSizes, hide: bool) -> BTreeMap<String, u64> {
    let (mut all, mut token) = (BTreeMap::new(), None::<String>);
    loop {
        let mut list = client.list(BUCKET).sizes(sizes);
        if hide {
            list = list.hide_instruction_files();
        }
        if let Some(token) = token {
            list = list.continuation_token(token);
        }
        let page = list.send().await.unwrap();
        all.extend(page.objects.into_iter().map(|object| (object.key, object.len)));
        token = page.next;
        if token.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn lists_tell_and_hide_what_is_asked_for() {
    for page_len in [1, 2, 3, 1000] {
        let store = store().with_page_len(page_len);
        let client = client(&store);
        put(&client, "a", 10, KeyPlacement::InstructionFile).await;
        put(&client, "b", 20, KeyPlacement::ObjectMetadata).await;
        put(&client, "lost", 30, KeyPlacement::InstructionFile).await;
        client.delete(ObjectLocation::new(BUCKET, "lost.instruction")).send().await.unwrap();
        store.put_raw(BUCKET, "orphan.instruction", "{}", Metadata::new());
        store.put_raw(BUCKET, "plain", "plain text", Metadata::new());
        let file = u64::try_from(store.stored(BUCKET, "a.instruction").unwrap().bytes.len()).unwrap();

        let map = |entries: &[(&str, u64)]| -> BTreeMap<String, u64> {
            entries.iter().map(|(key, len)| ((*key).to_owned(), *len)).collect()
        };
        let all =
            [("a", 26), ("a.instruction", file), ("b", 36), ("lost", 46), ("orphan.instruction", 2), ("plain", 10)];
        assert_eq!(list(&client, ListedSizes::Stored, false).await, map(&all));
        let hidden = [("a", 26), ("b", 36), ("lost", 46), ("orphan.instruction", 2), ("plain", 10)];
        assert_eq!(list(&client, ListedSizes::Stored, true).await, map(&hidden), "pages of {page_len}");
        // What is shorter than a tag keeps its length.
        let assumed =
            [("a", 10), ("a.instruction", file), ("b", 20), ("lost", 30), ("orphan.instruction", 2), ("plain", 10)];
        assert_eq!(list(&client, ListedSizes::AssumeGcm, false).await, map(&assumed));
        // What does not tell keeps its length.
        let known =
            [("a", 10), ("a.instruction", file), ("b", 20), ("lost", 46), ("orphan.instruction", 2), ("plain", 10)];
        assert_eq!(list(&client, ListedSizes::Head, false).await, map(&known));
    }
}

#[tokio::test]
async fn an_object_that_may_not_be_looked_at_keeps_its_stored_length() {
    let denied = Effect::Refuse(TransportErrorKind::AccessDenied);
    let store = store();
    let client = client(&store);
    put(&client, "a", 10, KeyPlacement::ObjectMetadata).await;
    put(&client, "b", 20, KeyPlacement::ObjectMetadata).await;
    store.put_raw(BUCKET, "plain", "plain text", Metadata::new());
    store.inject(Fault::new(denied.clone()).on(Operation::HeadObject).key("a"));
    store.inject(Fault::new(denied).key("plain.instruction"));
    let lens: Vec<_> = list(&client, ListedSizes::Head, false).await.into_values().collect();
    assert_eq!(lens, [26, 20, 10]);
    // What fails for another reason may be told wrongly.
    store.inject(Fault::throttle().on(Operation::HeadObject).key("b"));
    assert!(client.list(BUCKET).sizes(ListedSizes::Head).send().await.is_err());
}

#[tokio::test]
async fn a_list_that_asks_for_nothing_is_one_request() {
    let store = store();
    let client = client(&store);
    put(&client, "a", 10, KeyPlacement::InstructionFile).await;
    store.clear_requests();
    client.list(BUCKET).send().await.unwrap();
    client.list(BUCKET).sizes(ListedSizes::AssumeGcm).hide_instruction_files().send().await.unwrap();
    assert_eq!((count(&store, Operation::ListObjects), store.requests().len()), (2, 2));
}

#[tokio::test]
async fn unfinished_uploads_are_found_and_aborted() {
    let store = store().with_page_len(2);
    let client = client(&store);
    let mut open = Vec::new();
    for key in ["a/1", "a/2", "a/3", "b/1"] {
        open.push(client.upload(BUCKET, key).start().await.unwrap());
    }
    let found = client.uploads(BUCKET).prefix("a/").send().await.unwrap();
    assert_eq!(found.iter().map(|upload| &*upload.key).collect::<Vec<_>>(), ["a/1", "a/2", "a/3"]);
    for upload in &found {
        client.uploads(BUCKET).abort(upload).await.unwrap();
    }
    assert_eq!(client.uploads(BUCKET).send().await.unwrap().len(), 1);
    drop(open);
    // The transport was told of those that were dropped.
    assert!(client.uploads(BUCKET).send().await.unwrap().is_empty());
}
