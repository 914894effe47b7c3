//! `transfer`'s downloads.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use cse_client::{
    Client, Content, Error, ErrorKind, MemoryTransport, Metadata, ObjectLocation, danger,
    memory::{Effect, Fault, Operation},
    transfer::{self, Download, Progress, Saved},
    transport::ObjectAttributes,
};
use cse_envelope::{ContentRange, KeyPlacement};
use tempfile::TempDir;

use crate::{
    altered::{Alter, Altered},
    support::{BUCKET, client, contents, count, keyring, polled, store},
};

const PART_LEN: u64 = 40;

/// Stored lengths around parts: 16 bytes less than one, two, three parts, and so on.
const LENS: &[usize] = &[0, 1, 15, 16, 17, 23, 24, 25, 39, 40, 41, 63, 64, 65, 1000];

pub(crate) fn download(client: &Client) -> Download {
    transfer::download(client, ObjectLocation::new(BUCKET, "key")).part_len(PART_LEN)
}

/// A folder, and a file in it that holds something older.
pub(crate) fn target() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "old").unwrap();
    (dir, path)
}

/// The older file is there as it was, and nothing else.
pub(crate) fn assert_untouched(dir: &TempDir) {
    assert_eq!(names(dir.path()), ["file"]);
    assert_eq!(fs::read(dir.path().join("file")).unwrap(), b"old");
}

fn names(dir: &Path) -> Vec<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A store that holds an object of this many bytes, a client, and the contents.
pub(crate) async fn stored(len: usize) -> (MemoryTransport, Client, Bytes) {
    let (store, bytes) = (store(), contents(len));
    let client = client(&store);
    client.put(BUCKET, "key", bytes.clone()).send().await.unwrap();
    store.clear_requests();
    (store, client, bytes)
}

#[tokio::test]
async fn every_length_arrives_in_as_few_requests_as_it_takes() {
    for &len in LENS {
        for concurrency in [1, 4] {
            let (store, client, bytes) = stored(len).await;
            let (dir, path) = target();
            let object = download(&client).concurrency(concurrency).to_file(&path).await.unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes, "{len} bytes");
            assert_eq!(names(dir.path()), ["file"]);
            assert_eq!(object.attributes.content_len, u64::try_from(len).ok());
            assert_eq!(object.attributes.content_range, None);
            assert!(object.envelope.is_some() && object.attributes.metadata.is_empty());

            let requests = store.requests();
            assert_eq!(requests.len(), (len + 16).div_ceil(40), "{len} bytes");
            let etag = &object.attributes.etag;
            assert!(requests.iter().skip(1).all(|request| request.if_match == *etag && request.range.is_some()));
        }
    }
}

#[tokio::test]
async fn requests_are_under_way_at_once_and_no_more() {
    for concurrency in [1, 3] {
        let (store, client, bytes) = stored(1000).await;
        // The first one comes before anybody knows that there are more.
        store.inject(Fault::new(Effect::Slow { pending: 5 }).after(1));
        let (_dir, path) = target();
        download(&client).concurrency(concurrency).to_file(&path).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert_eq!(store.max_in_flight(), concurrency);
    }
}

#[tokio::test]
async fn a_wrong_bit_anywhere_leaves_no_file() {
    for len in [0, 20, 24, 25, 150] {
        for part in 1..=u64::try_from((len + 16_usize).div_ceil(40)).unwrap() {
            let (store, client, _) = stored(len).await;
            store.inject(Fault::new(Effect::FlipBit { at: 0 }).nth(part));
            let (dir, path) = target();
            let error = download(&client).to_file(&path).await.unwrap_err();
            assert!(matches!(error, Error::Decrypt(_)), "{len} bytes, part {part}: {error}");
            assert_untouched(&dir);
        }
    }
}

#[tokio::test]
async fn an_old_version_is_read_to_its_end() {
    let store = store().with_versioning();
    let client = client(&store);
    client.put(BUCKET, "key", contents(150)).send().await.unwrap();
    let version = store.stored(BUCKET, "key").unwrap().version_id.unwrap();
    client.put(BUCKET, "key", contents(151)).send().await.unwrap();
    let (_dir, path) = target();
    let location = ObjectLocation::new(BUCKET, "key").version(version);
    transfer::download(&client, location).part_len(PART_LEN).to_file(&path).await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), contents(150));

    // The newest one, replaced meanwhile, is still there as a version.
    let replace = Effect::Replace { key: None, bytes: "other".into(), metadata: Metadata::new() };
    store.inject(Fault::new(replace).on(Operation::GetObject).nth(1));
    // Nobody named that version, and asking for it takes another permission.
    assert!(matches!(download(&client).to_file(&path).await, Err(Error::Replaced)));
    assert_eq!(fs::read(&path).unwrap(), contents(150));
}

#[tokio::test]
async fn stores_that_ignore_ranges_take_one_request() {
    for unannounced in [false, true] {
        let (store, client, bytes) = stored(1000).await;
        store.inject(Fault::new(Effect::IgnoreRange));
        if unannounced {
            store.inject(Fault::new(Effect::UnannouncedLen));
        }
        let (_dir, path) = target();
        let object = download(&client).to_file(&path).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert_eq!(object.attributes.content_len, Some(1000));
        assert_eq!(count(&store, Operation::GetObject), 1);
    }
}

#[tokio::test]
async fn stores_that_do_not_tell_enough_for_further_requests_take_one() {
    let no_len = |attributes: &mut ObjectAttributes| {
        let served = attributes.content_range;
        attributes.content_range = served.map(|it| ContentRange::new(it.first(), it.last(), None).unwrap());
    };
    let no_etag = |attributes: &mut ObjectAttributes| attributes.etag = None;
    let answers: [(Alter, usize); 2] = [(no_len, 2), (no_etag, 1)];
    for (answer, requests_if_small) in answers {
        for (len, requests) in [(10, requests_if_small), (24, requests_if_small), (25, 2), (150, 2)] {
            let (store, _, bytes) = stored(len).await;
            let client = Client::new(Altered::answers(&store, answer), keyring());
            let (_dir, path) = target();
            download(&client).to_file(&path).await.unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes, "{len} bytes");
            assert_eq!(count(&store, Operation::GetObject), requests, "{len} bytes");
        }
    }
}

#[tokio::test]
async fn other_ranges_than_those_asked_for_are_refused() {
    for (nth, range) in
        [(1, "bytes=0-20"), (1, "bytes=1-40"), (1, "bytes=0-90"), (2, "bytes=0-39"), (3, "bytes=80-100")]
    {
        let (store, client, _) = stored(150).await;
        store.inject(Fault::new(Effect::ServeRange(range.parse().unwrap())).nth(nth));
        let (dir, path) = target();
        let error = download(&client).to_file(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Range, "{range}: {error}");
        assert_untouched(&dir);
    }
    // A later answer with all of the object is not a part of it.
    let (store, client, _) = stored(150).await;
    store.inject(Fault::new(Effect::IgnoreRange).nth(2));
    let (dir, path) = target();
    assert_eq!(download(&client).to_file(&path).await.unwrap_err().kind(), ErrorKind::Range);
    assert_untouched(&dir);
}

#[tokio::test]
async fn plain_objects_take_a_word_and_are_marked() {
    for len in [0, 1, 39, 40, 41, 150] {
        let (store, bytes) = (store(), contents(len));
        let client = client(&store);
        store.put_raw(BUCKET, "key", bytes.clone(), Metadata::new());
        let (dir, path) = target();
        let error = download(&client).to_file(&path).await.unwrap_err();
        assert!(matches!(error, Error::NoEnvelope), "{error}");
        assert!(matches!(danger::download_cbc(download(&client)).to_file(&path).await, Err(Error::NoEnvelope)));
        assert_untouched(&dir);

        let object = danger::download_plain(download(&client)).to_file(&path).await.unwrap();
        assert_eq!((object.content, object.attributes.content_len), (Saved::Plain, u64::try_from(len).ok()));
        assert!(object.envelope.is_none());
        assert_eq!(fs::read(&path).unwrap(), bytes);

        let object = danger::download_plain(download(&client)).spooled(None).await.unwrap();
        let Content::Plain(body) = object.content else { panic!("{len} bytes") };
        assert_eq!(danger::accept_unauthenticated(body).collect().await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn encrypted_objects_stay_verified_where_more_is_accepted() {
    let (_, client, bytes) = stored(150).await;
    let (_dir, path) = target();
    let any = || danger::download_cbc(danger::download_plain(download(&client)));
    assert_eq!(any().to_file(&path).await.unwrap().content, Saved::Verified);
    let Content::Verified(body) = any().spooled(None).await.unwrap().content else { panic!("not verified") };
    assert_eq!(body.collect().await.unwrap(), bytes);
}

#[cfg(feature = "legacy")]
#[tokio::test]
async fn cbc_takes_a_word_and_is_marked() {
    use cse_envelope::{CommitmentPolicy, ReadPolicy};

    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let config = crate::support::config().read_policy(cse_envelope::danger::allow_legacy(policy));
    for len in [0, 15, 16, 23, 24, 31, 150] {
        let (store, bytes) = (store(), contents(len));
        let client = client(&store).with_config(config.clone());
        let put = client.put(BUCKET, "key", bytes.clone());
        let _ = danger::write_legacy(put, cse_envelope::danger::write_v1()).send().await.unwrap();
        let (dir, path) = target();
        assert!(matches!(download(&client).to_file(&path).await, Err(Error::Unverifiable)));
        assert_untouched(&dir);

        let object = danger::download_cbc(download(&client)).to_file(&path).await.unwrap();
        assert_eq!((object.content, object.attributes.content_len), (Saved::Unauthenticated, u64::try_from(len).ok()));
        assert_eq!(fs::read(&path).unwrap(), bytes);
        let object = danger::download_cbc(download(&client)).spooled(None).await.unwrap();
        assert!(matches!(object.content, Content::Unauthenticated(_)));
    }
}

#[tokio::test]
async fn a_spooled_download_is_a_verified_stream_and_leaves_nothing() {
    for &len in LENS {
        let (_, client, bytes) = stored(len).await;
        let dir = tempfile::tempdir().unwrap();
        let object = download(&client).spooled(Some(dir.path().to_owned())).await.unwrap();
        assert_eq!(object.content.content_len(), u64::try_from(len).ok());
        assert_eq!(object.content.collect().await.unwrap(), bytes);
        assert!(names(dir.path()).is_empty());
    }
    let (store, client, _) = stored(150).await;
    store.inject(Fault::new(Effect::FlipBit { at: 0 }).nth(4));
    assert!(matches!(download(&client).spooled(None).await, Err(Error::Decrypt(_))));
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_before_any_request() {
    let (store, client, _) = stored(150).await;
    let (dir, path) = target();
    let error = download(&client).overwrite(false).to_file(&path).await.unwrap_err();
    assert!(matches!(&error, Error::Io(error) if error.kind() == std::io::ErrorKind::AlreadyExists), "{error}");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    for bad in [dir.path().to_owned(), dir.path().join("missing/file"), dir.path().join(".."), PathBuf::new()] {
        let error = download(&client).to_file(&bad).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{}: {error}", bad.display());
    }
    let error = download(&client).spooled(Some(dir.path().join("missing"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_untouched(&dir);
    assert!(store.requests().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn devices_are_not_replaced_and_links_are() {
    let (store, client, bytes) = stored(150).await;
    let (dir, path) = target();
    let device = dir.path().join("device");
    let _socket = std::os::unix::net::UnixListener::bind(&device).unwrap();
    let error = download(&client).to_file(&device).await.unwrap_err();
    assert!(error.to_string().contains("no regular file"), "{error}");
    assert!(!fs::metadata(&device).unwrap().is_file() && store.requests().is_empty());

    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    download(&client).to_file(&link).await.unwrap();
    assert_eq!((fs::read(&link).unwrap(), fs::read(&path).unwrap()), (bytes.to_vec(), b"old".to_vec()));
}

#[tokio::test]
async fn a_file_that_appears_meanwhile_is_not_replaced_unasked() {
    let (_, client, _) = stored(150).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let other = path.clone();
    let appears = move |_| fs::write(&other, "old").unwrap();
    let error = download(&client).overwrite(false).progress(appears).to_file(&path).await.unwrap_err();
    assert!(matches!(&error, Error::Io(error) if error.kind() == std::io::ErrorKind::AlreadyExists), "{error}");
    assert_untouched(&dir);
}

#[cfg(unix)]
#[tokio::test]
async fn permissions_are_the_old_files_or_usual_ones() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (_, client, _) = stored(150).await;
    let (dir, path) = target();
    let usual = mode(&path);
    for old in [0o600, 0o640, 0o444] {
        fs::set_permissions(&path, PermissionsExt::from_mode(old)).unwrap();
        download(&client).to_file(&path).await.unwrap();
        assert_eq!(mode(&path), old);
    }
    let new = dir.path().join("new");
    let (seen, folder) = (Arc::new(Mutex::new(Vec::new())), dir.path().to_owned());
    let observer = Arc::clone(&seen);
    let look = move |_| {
        let names = names(&folder).into_iter().filter(|name| name.starts_with(".cse-"));
        observer.lock().unwrap().extend(names.map(|name| mode(&folder.join(name))));
    };
    download(&client).progress(look).to_file(&new).await.unwrap();
    assert_eq!(mode(&new), usual);
    // Before it is verified it is its owner's alone.
    assert!(!seen.lock().unwrap().is_empty() && seen.lock().unwrap().iter().all(|mode| *mode == 0o600));
}

#[tokio::test]
async fn progress_counts_the_plaintext() {
    for len in [0, 10, 1000] {
        let (_, client, _) = stored(len).await;
        let seen = Arc::new(Mutex::new(Vec::<Progress>::new()));
        let observer = Arc::clone(&seen);
        let (_dir, path) = target();
        download(&client)
            .progress(move |progress| observer.lock().unwrap().push(progress))
            .to_file(&path)
            .await
            .unwrap();
        let (seen, len) = (seen.lock().unwrap(), u64::try_from(len).unwrap());
        assert_eq!((seen.first().unwrap().transferred, seen.last().unwrap().transferred), (0, len));
        assert!(seen.iter().all(|progress| progress.total == Some(len)));
        assert!(seen.is_sorted_by(|one, next| one.transferred < next.transferred), "{seen:?}");
    }
}

#[test]
fn a_dropped_download_leaves_nothing() {
    // With one thread for files, whatever was under way has ended when work that is given to it later has.
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        for polls in 1..40 {
            let (store, client, bytes) = stored(500).await;
            store.inject(Fault::new(Effect::Slow { pending: 3 }));
            let (dir, path) = target();
            if polled(download(&client).concurrency(2).to_file(&path), polls).await.is_some() {
                assert_eq!(fs::read(&path).unwrap(), bytes);
            } else {
                tokio::task::spawn_blocking(|| ()).await.unwrap();
                assert_untouched(&dir);
            }
        }
    });
}

#[tokio::test]
async fn instruction_files_are_read_once() {
    let store = store();
    let client = client(&store);
    client.put(BUCKET, "key", contents(500)).key_placement(KeyPlacement::InstructionFile).send().await.unwrap();
    store.clear_requests();
    let (dir, path) = target();
    download(&client).to_file(&path).await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), contents(500));
    let files = store.requests().iter().filter(|request| request.location.key.ends_with(".instruction")).count();
    assert_eq!(files, 1);

    fs::write(&path, "old").unwrap();
    store.inject(Fault::new(Effect::Remove { key: Some("key.instruction".to_owned()) }).nth(1));
    assert!(matches!(download(&client).to_file(&path).await, Err(Error::MissingInstructionFile)));
    assert_untouched(&dir);
}
