//! `transfer`'s uploads of files.

use std::fs;

use cse_client::{
    Error, ErrorKind, ObjectLocation,
    memory::Operation,
    transfer::{self, Progress},
};
use cse_envelope::error::LengthError;

use crate::support::{BUCKET, client, contents, count, read, store};

const PART_LEN: u64 = 40;

#[tokio::test]
async fn files_go_up_and_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    for len in [0, 1, 99, 100, 101, 1000, 3 << 20] {
        let store = store().with_chunk_len(64 << 10);
        let client = client(&store);
        fs::write(&source, contents(len)).unwrap();
        let part_len = if len > 1000 { 1 << 20 } else { PART_LEN };
        transfer::upload(&client, BUCKET, "key").part_len(part_len).send_file(&source).await.unwrap();
        let download = transfer::download(&client, ObjectLocation::new(BUCKET, "key"));
        download.part_len(part_len).to_file(&target).await.unwrap();
        assert_eq!(fs::read(&target).unwrap(), contents(len), "{len} bytes");
        assert_eq!(count(&store, Operation::PutObject), usize::from(len <= 100));
    }
}

#[tokio::test]
async fn a_file_that_changes_its_length_is_not_uploaded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let old = 3 << 20;
    for new in [0, 1, old - 1, old + 1, old * 2] {
        let store = store();
        let client = client(&store);
        client.put(BUCKET, "key", "old").send().await.unwrap();
        fs::write(&path, contents(old)).unwrap();
        let changed = path.clone();
        let change = move |progress: Progress| {
            if progress.transferred == 0 {
                fs::OpenOptions::new()
                    .write(true)
                    .open(&changed)
                    .unwrap()
                    .set_len(u64::try_from(new).unwrap())
                    .unwrap();
            }
        };
        let upload = transfer::upload(&client, BUCKET, "key").part_len(1 << 20).progress(change);
        let error = upload.send_file(&path).await.unwrap_err();
        assert!(matches!(error, Error::Length(LengthError::NotAsDeclared { .. })), "{new}: {error}");
        assert!(store.uploads().is_empty());
        assert_eq!(read(&client, "key").await.unwrap(), "old");
    }
}

#[tokio::test]
async fn what_is_no_file_is_not_uploaded() {
    let (store, dir) = (store(), tempfile::tempdir().unwrap());
    for path in [dir.path().to_owned(), dir.path().join("missing")] {
        let error = transfer::upload(&client(&store), BUCKET, "key").send_file(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
    assert!(store.requests().is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_pipe_is_a_stream_of_unknown_length() {
    use std::{io::Write, os::fd::AsRawFd};

    let (reader, mut writer) = std::io::pipe().unwrap();
    let bytes = contents(1000);
    writer.write_all(&bytes).unwrap();
    drop(writer);
    let client = client(&store());
    let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
    transfer::upload(&client, BUCKET, "key").part_len(PART_LEN).send_file(path).await.unwrap();
    assert_eq!(read(&client, "key").await.unwrap(), bytes);
}
