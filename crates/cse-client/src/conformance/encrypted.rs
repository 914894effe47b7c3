//! The encrypted operations over the transport: what they write they read, and nothing else.

use bytes::Bytes;
use cse_keys::AesKeyring;

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, contents, done, ensure, same, same_bytes, streamed},
};
use crate::{
    client::Client,
    config::{Config, ReadMode},
    danger,
    error::{Error, ErrorKind},
    location::ObjectLocation,
    metadata::Metadata,
    options::RequestOptions,
    transport::{HeadObject, PutObject},
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(encrypted_sizes),
        check!(encrypted_stream_is_put),
        check!(encrypted_metadata_and_headers),
        check!(encrypted_object_is_read_twice),
        check!(encrypted_object_is_streamed),
        check!(encrypted_ranges),
        check!(encrypted_head_tells_the_plaintext),
        check!(encrypted_with_another_key),
        check!(encrypted_and_changed),
        check!(encrypted_object_that_is_missing),
        check!(encrypted_object_that_is_plain),
        check!(encrypted_put_if_absent, PutIfNoneMatch),
        check!(encrypted_upload),
        check!(encrypted_upload_of_nothing),
        check!(encrypted_upload_that_is_aborted),
        check!(encrypted_upload_that_is_left_behind, ListUploads),
    ]
}

/// A client with the keyring of this number.
pub(super) fn client(trial: &Trial, key: u8) -> Result<Client, Failure> {
    let keyring = keyring(key)?;
    Ok(Client::new(std::sync::Arc::clone(&trial.transport), keyring))
}

pub(super) fn keyring(key: u8) -> Result<AesKeyring, Failure> {
    AesKeyring::new(&[key; 32]).map_err(|error| Failure::of("the keyring", &error))
}

/// The answer to an operation that has to work.
pub(super) async fn works<T>(what: &str, operation: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    operation.await.map_err(|error| Failure::of(what, &error))
}

/// The error of an operation that must not work.
pub(super) async fn fails<T>(
    what: &str,
    kind: ErrorKind,
    operation: impl Future<Output = Result<T, Error>>,
) -> Verdict {
    match operation.await {
        Ok(_) => Err(Failure(format!("{what} was done; expected an error of kind {kind:?}"))),
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => {
            let (answered, other) = (Failure::of(what, &error).0, error.kind());
            Err(Failure(format!("{answered} (kind {other:?}); expected an error of kind {kind:?}")))
        }
    }
}

pub(super) async fn put(client: &Client, location: &ObjectLocation, bytes: &Bytes) -> Verdict {
    let what = format!("an encrypted put of {} bytes", bytes.len());
    works(&what, client.put(&*location.bucket, &*location.key, bytes.clone()).send()).await.map(drop)
}

/// The plaintext is this one.
pub(super) async fn expect(client: &Client, location: &ObjectLocation, expected: &[u8]) -> Verdict {
    let what = format!("an encrypted object of {} bytes", expected.len());
    let object = works(&what, client.get_at(location.clone()).send()).await?;
    let bytes = works(&what, object.content.collect()).await?;
    same_bytes(&what, expected, &bytes)
}

/// The object as a plain get answers it is not the plaintext, and as long as GCM makes it.
async fn expect_stored(trial: &Trial, location: &ObjectLocation, plaintext: &[u8]) -> Verdict {
    let (_, stored) = trial.get(location).await?;
    same("the length that is stored", &plaintext.len().saturating_add(16), &stored.len())?;
    let is_plain = plaintext.len() >= 16 && stored.starts_with(plaintext);
    ensure!(!is_plain, "the plaintext is stored");
    Ok(())
}

async fn encrypted_sizes(trial: &Trial) -> Verdict {
    let client = client(trial, 1)?;
    for len in [0, 1, 15, 16, 17, (64 << 10) + 1, (1 << 20) + 1] {
        let (location, bytes) = (trial.location(&len.to_string()), contents(len));
        put(&client, &location, &bytes).await?;
        expect_stored(trial, &location, &bytes).await?;
        expect(&client, &location, &bytes).await?;
    }
    Ok(())
}

async fn encrypted_stream_is_put(trial: &Trial) -> Verdict {
    let client = client(trial, 1)?.with_config(Config::new().multipart_threshold(1000));
    let (location, bytes) = (trial.location("object"), contents(300_000));
    let body = streamed(&bytes, 10_001);
    works("an encrypted put of a stream", client.put(&*location.bucket, &*location.key, body).send()).await?;
    expect_stored(trial, &location, &bytes).await?;
    expect(&client, &location, &bytes).await
}

async fn encrypted_metadata_and_headers(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("object"));
    let options = RequestOptions::new().header("content-type", "application/pdf").map_err(Error::from);
    let options = options.map_err(|error| Failure::of("the headers", &error))?;
    let put = client.put(&*location.bucket, &*location.key, "contents");
    let put = put.metadata(Metadata::from_iter([("colour", "red")])).options(options);
    works("an encrypted put with metadata", put.send()).await?;
    let object = works("an encrypted get", client.get_at(location).send()).await?;
    let entries: Vec<_> = object.attributes.metadata.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    same("the names of the user's metadata", &vec!["colour".to_owned()], &entries)?;
    same("the user's metadata", &Some("red"), &object.attributes.metadata.text("colour"))?;
    same("the content type", &Some("application/pdf"), &object.attributes.header("content-type"))?;
    same("the length", &Some(8), &object.attributes.content_len)
}

async fn encrypted_object_is_read_twice(trial: &Trial) -> Verdict {
    let client = client(trial, 1)?.with_config(Config::new().read_mode(ReadMode::VerifiedTwice));
    let (location, bytes) = (trial.location("object"), contents(2_500_000));
    put(&client, &location, &bytes).await?;
    expect(&client, &location, &bytes).await
}

async fn encrypted_object_is_streamed(trial: &Trial) -> Verdict {
    let (client, location, bytes) = (client(trial, 1)?, trial.location("object"), contents(300_000));
    put(&client, &location, &bytes).await?;
    let object = works("a streamed get", danger::stream(client.get_at(location)).send()).await?;
    let got = works("a streamed body", danger::accept_unauthenticated(object.content).collect()).await?;
    same_bytes("a streamed body", &bytes, &got)
}

async fn encrypted_ranges(trial: &Trial) -> Verdict {
    let (client, location, bytes) = (client(trial, 1)?, trial.location("object"), contents(10_000));
    put(&client, &location, &bytes).await?;
    for (text, first, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=17-4096", 17, 4097),
        ("bytes=9990-20000", 9990, 10_000),
        ("bytes=9999-", 9999, 10_000),
        ("bytes=-17", 9983, 10_000),
        ("bytes=-20000", 0, 10_000),
    ] {
        let range = text.parse().map_err(|error| Failure::of(text, &error))?;
        let object = works(text, danger::range(client.get_at(location.clone()), range).send()).await?;
        let got = works(text, danger::accept_unauthenticated(object.content).collect()).await?;
        same_bytes(text, &bytes.slice(first..end), &got)?;
    }
    let range = "bytes=10000-".parse().map_err(|error| Failure::of("a range", &error))?;
    let what = "a range behind the plaintext, where the tag is,";
    fails(what, ErrorKind::Range, danger::range(client.get_at(location), range).send()).await
}

async fn encrypted_head_tells_the_plaintext(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("object"));
    put(&client, &location, &contents(100)).await?;
    let head = works("an encrypted head", client.head(location).send()).await?;
    same("the plaintext's length", &Some(100), &head.attributes.content_len)?;
    same("the stored length", &Some(116), &head.stored_len)
}

async fn encrypted_with_another_key(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    put(&client(trial, 1)?, &location, &contents(100)).await?;
    fails("a get with another key", ErrorKind::Decrypt, client(trial, 2)?.get_at(location).send()).await
}

/// A bit of the ciphertext, and one of the tag.
async fn encrypted_and_changed(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("object"));
    put(&client, &location, &contents(100)).await?;
    let (attributes, stored) = trial.get(&location).await?;
    for place in [0, 99, 100, 115] {
        let mut changed = stored.to_vec();
        changed.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1);
        let mut request = PutObject::new(location.clone(), changed.into());
        request.metadata = attributes.metadata.clone();
        done("a put of a changed object", trial.transport.put_object(request)).await?;
        let what = format!("a get of an object whose byte {place} was changed");
        fails(&what, ErrorKind::Decrypt, client.get_at(location.clone()).send()).await?;
    }
    Ok(())
}

async fn encrypted_object_that_is_missing(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("nothing"));
    fails("an encrypted get of nothing", ErrorKind::NotFound, client.get_at(location.clone()).send()).await?;
    fails("an encrypted head of nothing", ErrorKind::NotFound, client.head(location).send()).await
}

async fn encrypted_object_that_is_plain(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    trial.put(&location, "not encrypted").await?;
    let get = client(trial, 1)?.get_at(location);
    fails("an encrypted get of a plain object", ErrorKind::NoEnvelope, get.send()).await
}

async fn encrypted_put_if_absent(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("object"));
    let put = || client.put(&*location.bucket, &*location.key, "first").if_absent().send();
    works("an encrypted put where nothing is", put()).await?;
    fails("an encrypted put where something is", ErrorKind::Conflict, put()).await?;
    expect(&client, &location, b"first").await
}

async fn encrypted_upload(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("object"));
    let part_len = trial.settings.min_part_len;
    let bytes = contents(part_len.saturating_mul(2).saturating_add(100));
    let start = client.upload(&*location.bucket, &*location.key).metadata(Metadata::from_iter([("colour", "red")]));
    let mut upload = works("the start of an encrypted upload", start.start()).await?;
    for part in bytes.chunks(part_len) {
        works("a part of an encrypted upload", upload.upload_part(bytes.slice_ref(part))).await?;
    }
    trial.expect_missing(&location).await?;
    works("the completion of an encrypted upload", upload.complete()).await?;
    expect_stored(trial, &location, &bytes).await?;
    expect(&client, &location, &bytes).await?;
    let head = works("an encrypted head", client.head(location).send()).await?;
    same("the user's metadata of an upload", &Some("red"), &head.attributes.metadata.text("colour"))
}

async fn encrypted_upload_of_nothing(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("object"));
    let start = client.upload(&*location.bucket, &*location.key);
    let upload = works("the start of an encrypted upload", start.start()).await?;
    works("the completion of an encrypted upload of nothing", upload.complete()).await?;
    expect_stored(trial, &location, b"").await?;
    expect(&client, &location, b"").await
}

async fn encrypted_upload_that_is_aborted(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("object"));
    let start = client.upload(&*location.bucket, &*location.key);
    let mut upload = works("the start of an encrypted upload", start.start()).await?;
    works("a part of an encrypted upload", upload.upload_part(contents(100))).await?;
    works("the abort of an encrypted upload", upload.abort()).await?;
    trial.expect_missing(&location).await
}

async fn encrypted_upload_that_is_left_behind(trial: &Trial) -> Verdict {
    let (client, location) = (client(trial, 1)?, trial.location("object"));
    let upload_id = trial.create_upload(crate::transport::CreateMultipartUpload::new(location.clone())).await?;
    let uploads = client.uploads(&*location.bucket).prefix(&*trial.prefix);
    let left = works("a list of uploads", uploads.send()).await?;
    let ids: Vec<_> = left.iter().map(|upload| upload.upload_id.clone()).collect();
    same("the uploads that were left behind", &vec![upload_id], &ids)?;
    for upload in &left {
        works("the abort of an upload that was left behind", uploads.abort(upload)).await?;
    }
    let left = works("a list of uploads", uploads.send()).await?;
    ensure!(left.is_empty(), "uploads that were aborted are listed: {left:?}");
    let answer = trial.transport.head_object(HeadObject::new(location));
    ensure!(answer.await.is_err(), "an upload that was aborted made an object");
    Ok(())
}
