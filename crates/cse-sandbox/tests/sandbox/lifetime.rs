//! Folders, restarts, what a killed process leaves, and stopping.

use std::{fs, path::Path};

use aws_sdk_kms::primitives::Blob;
use aws_sdk_s3::{
    primitives::ByteStream,
    types::{BucketVersioningStatus, CompletedMultipartUpload, CompletedPart, VersioningConfiguration},
};
use cse_sandbox::{Sandbox, SandboxError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::clients::{BUCKET, bytes, fails, failure, get, keys, kms, put, sandbox, start};

fn in_folder(folder: &Path) -> cse_sandbox::SandboxBuilder {
    Sandbox::builder().folder(folder).min_part_len(256).bucket(BUCKET)
}

/// Names of the files with bytes.
fn bodies(folder: &Path) -> Vec<String> {
    let bodies = fs::read_dir(folder.join("buckets/b-bucket/bodies")).unwrap();
    bodies.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_restarted_sandbox_has_the_same_objects_uploads_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (first, client) = start(in_folder(folder.path())).await;
    put(&client, "before", b"before").await;
    let config = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client.put_bucket_versioning().bucket(BUCKET).versioning_configuration(config).send().await.unwrap();
    let put_version = client.put_object().bucket(BUCKET).key("key").metadata("name", "ü").body(bytes(1000).into());
    let old = put_version.send().await.unwrap().version_id.unwrap();
    put(&client, "key", b"new").await;
    let upload = client.create_multipart_upload().bucket(BUCKET).key("upload").send().await.unwrap();
    let part = client.upload_part().bucket(BUCKET).key("upload").upload_id(upload.upload_id().unwrap()).part_number(1);
    let part = part.body(bytes(300).into()).send().await.unwrap();
    let kms_client = kms(&first, first.access_key_id(), first.secret_access_key());
    let encrypt = kms_client.encrypt().key_id(first.kms_alias()).plaintext(Blob::new([7; 32]));
    let blob = encrypt.send().await.unwrap().ciphertext_blob.unwrap();
    let made = kms_client.create_key().send().await.unwrap().key_metadata.unwrap();
    let arn = first.kms_key_arn();
    first.stop().await;

    let (second, client) = start(in_folder(folder.path())).await;
    assert_eq!(second.kms_key_arn(), arn);
    assert_eq!(get(&client, "before").await, b"before");
    assert_eq!(get(&client, "key").await, b"new");
    let version = client.get_object().bucket(BUCKET).key("key").version_id(&old).send().await.unwrap();
    assert_eq!(version.metadata().unwrap()["name"], "=?UTF-8?B?w7w=?=");
    assert_eq!(version.body.collect().await.unwrap().to_vec(), bytes(1000));
    let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    let complete = client.complete_multipart_upload().bucket(BUCKET).key("upload").multipart_upload(parts);
    complete.set_upload_id(upload.upload_id).send().await.unwrap();
    assert_eq!(get(&client, "upload").await, bytes(300));
    let kms_client = kms(&second, second.access_key_id(), second.secret_access_key());
    let decrypted = kms_client.decrypt().ciphertext_blob(blob).send().await.unwrap();
    assert_eq!(decrypted.plaintext().unwrap().as_ref(), [7; 32]);
    kms_client.describe_key().key_id(made.key_id()).send().await.unwrap();
}

#[tokio::test]
async fn what_a_killed_process_leaves_is_neither_listed_nor_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (first, client) = start(in_folder(folder.path())).await;
    put(&client, "key", b"whole").await;
    first.stop().await;
    let bucket = folder.path().join("buckets/b-bucket");
    fs::write(folder.path().join("tmp/half"), b"half a body").unwrap();
    fs::write(bucket.join("bodies/orphan"), b"a body nothing names yet").unwrap();
    fs::create_dir_all(folder.path().join("buckets/b-half-deleted/bodies")).unwrap();
    let (_second, client) = start(in_folder(folder.path())).await;
    assert_eq!(keys(&client.list_objects_v2().bucket(BUCKET).send().await.unwrap()), ["key"]);
    assert_eq!(get(&client, "key").await, b"whole");
    assert_eq!(bodies(folder.path()).len(), 1);
    assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    assert_eq!(client.list_buckets().send().await.unwrap().buckets().len(), 1);
}

#[tokio::test]
async fn an_upload_completed_but_not_cleared_away_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    let (first, client) = start(in_folder(folder.path())).await;
    let upload = client.create_multipart_upload().bucket(BUCKET).key("key").send().await.unwrap();
    let upload_id = upload.upload_id().unwrap();
    let mut parts = Vec::new();
    for number in [1, 2] {
        let part = client.upload_part().bucket(BUCKET).key("key").upload_id(upload_id).part_number(number);
        let part = part.body(bytes(300).into()).send().await.unwrap();
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build());
    }
    let uploads = folder.path().join("buckets/b-bucket/uploads");
    let saved: Vec<_> = fs::read_dir(&uploads).unwrap().map(|entry| entry.unwrap().path()).collect();
    let saved: Vec<_> = saved.into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect();
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts[..1].to_vec())).build();
    let complete = client.complete_multipart_upload().bucket(BUCKET).key("key").upload_id(upload_id);
    complete.multipart_upload(parts).send().await.unwrap();
    first.stop().await;
    for (json, path) in &saved {
        fs::write(path, json).unwrap();
    }
    let (_second, client) = start(in_folder(folder.path())).await;
    assert_eq!(get(&client, "key").await, bytes(300));
    assert!(client.list_multipart_uploads().bucket(BUCKET).send().await.unwrap().uploads().is_empty());
    assert_eq!((bodies(folder.path()).len(), fs::read_dir(&uploads).unwrap().count()), (1, 0));
}

#[tokio::test]
async fn a_put_broken_off_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, client) = start(in_folder(folder.path())).await;
    let presigning = aws_sdk_s3::presigning::PresigningConfig::expires_in(core::time::Duration::from_secs(60)).unwrap();
    let presigned = client.put_object().bucket(BUCKET).key("key").presigned(presigning).await.unwrap();
    let target = presigned.uri().split_once(&sandbox.endpoint()).unwrap().1;
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let head = format!("PUT {target} HTTP/1.1\r\nhost: {}\r\ncontent-length: 1000\r\n\r\n", sandbox.address());
    stream.write_all(&[head.as_bytes(), &bytes(400)].concat()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // The sandbox may answer or just hang up; either way it has noticed by then.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200"));
    sandbox.stop().await;
    let (_sandbox, client) = start(in_folder(folder.path())).await;
    assert_eq!(failure(client.head_object().bucket(BUCKET).key("key").send().await), fails(404, "NotFound"));
    assert!(bodies(folder.path()).is_empty());
}

#[tokio::test]
async fn bytes_nobody_needs_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (_sandbox, client) = start(in_folder(folder.path())).await;
    for _ in 0..3 {
        put(&client, "key", b"x").await;
    }
    let refused = client.put_object().bucket(BUCKET).key("key").if_none_match("*").body(ByteStream::from_static(b"y"));
    assert_eq!(failure(refused.send().await), fails(412, "PreconditionFailed"));
    assert_eq!(bodies(folder.path()).len(), 1);
    client.delete_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert!(bodies(folder.path()).is_empty());
}

#[tokio::test]
async fn one_folder_has_one_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let (first, _) = start(in_folder(folder.path())).await;
    let second = in_folder(folder.path()).start().await;
    assert!(matches!(second, Err(SandboxError::InUse { .. })), "{second:?}");
    first.stop().await;
    let third = in_folder(folder.path()).start().await.unwrap();
    drop(third);
    // Dropped, it lets go of the folder as soon as the runtime has dropped its task.
    loop {
        match in_folder(folder.path()).start().await {
            Err(SandboxError::InUse { .. }) => tokio::task::yield_now().await,
            fourth => break fourth.unwrap().stop().await,
        }
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_named() {
    let (first, _) = sandbox().await;
    let port = Sandbox::builder().port(first.address().port()).start().await.unwrap_err();
    assert!(port.to_string().contains("choose another one"), "{port}");
    let bucket = Sandbox::builder().bucket("No").start().await.unwrap_err();
    assert!(matches!(bucket, SandboxError::BucketName { .. }), "{bucket:?}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let folder = Sandbox::builder().folder(file.path()).start().await.unwrap_err();
    assert!(matches!(folder, SandboxError::Folder { .. }), "{folder:?}");
    let broken = tempfile::tempdir().unwrap();
    fs::write(broken.path().join("kms.json"), b"{").unwrap();
    let broken = Sandbox::builder().folder(broken.path()).start().await.unwrap_err();
    assert!(matches!(broken, SandboxError::Folder { .. }), "{broken:?}");
}

#[tokio::test]
async fn a_temporary_folder_goes_with_the_sandbox() {
    for stop in [true, false] {
        let (sandbox, client) = sandbox().await;
        put(&client, "key", b"x").await;
        let (folder, address) = (sandbox.folder().to_owned(), sandbox.address());
        assert!(folder.exists());
        if stop {
            sandbox.stop().await;
        } else {
            drop(sandbox);
            // The port is closed once the runtime has dropped the task.
            while TcpStream::connect(address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        }
        assert!(!folder.exists());
        assert!(TcpStream::connect(address).await.is_err());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_keys() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, _) = sandbox().await;
    let mode = fs::metadata(sandbox.folder().join("kms.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn clients_that_wait_to_be_asked_for_the_body_are_asked() {
    let (sandbox, client) = sandbox().await;
    let presigning = aws_sdk_s3::presigning::PresigningConfig::expires_in(core::time::Duration::from_secs(60)).unwrap();
    let presigned = client.put_object().bucket(BUCKET).key("key").presigned(presigning).await.unwrap();
    let target = presigned.uri().split_once(&sandbox.endpoint()).unwrap().1;
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let head = format!(
        "PUT {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n",
        sandbox.address()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let asked = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut answer = vec![0; asked.len()];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, asked);
    stream.write_all(b"hello").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_eq!(crate::raw::parse(&answer).status, 200);
    assert_eq!(get(&client, "key").await, b"hello");
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let (sandbox, _) = start(Sandbox::builder().credentials("ID", "very-secret")).await;
    let shown = format!("{sandbox:?}");
    assert!(shown.contains("ID") && !shown.contains("very-secret"), "{shown}");
}
