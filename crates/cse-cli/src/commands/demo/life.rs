//! The life of one object: put, looked at, got, changed, rotated, deleted.

use bytes::Bytes;
use cse_client::{Error, danger, transfer};
use cse_envelope::{EncryptionContext, KeyPlacement, WriteFormat};
use cse_keys::{AesKeyring, KmsKeyring};

use super::{
    Row,
    stage::{How, Stage, is_refused, location},
};
use crate::{error::Failure, keys::Keys, s3::failure::failure};

const KEY: &str = "report.txt";

/// More than one part.
const LARGE_LEN: usize = 17 * 1024 * 1024;

pub(super) async fn run(stage: &Stage, plaintext: &Bytes) -> Result<Vec<Row>, Failure> {
    let kms = Keys::of(KmsKeyring::new(stage.kms.clone(), stage.kms_alias()));
    let mut rows = Vec::new();
    put(stage, &kms, plaintext, &mut rows).await?;
    read(stage, &kms, plaintext, &mut rows).await;
    rotate(stage, &kms, plaintext, &mut rows).await?;
    change(stage, &mut rows).await?;
    large(stage, &kms, &mut rows).await?;
    delete(stage, &kms, &mut rows).await?;
    Ok(rows)
}

/// Puts it under the KMS key, and shows what is stored.
async fn put(stage: &Stage, kms: &Keys, plaintext: &Bytes, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let how = How { format: WriteFormat::V3, placement: KeyPlacement::InstructionFile, context: super::purpose() };
    stage.put(kms, KEY, plaintext, &how).await?;
    rows.push(Row::of("put", format!("{} bytes: {} ...", plaintext.len(), hex(plaintext)), true));
    let (metadata, body) = stage.stored(KEY).await?;
    let is_ciphertext =
        body.len() == plaintext.len() + 16 && !body.windows(16).any(|window| plaintext.starts_with(window));
    rows.push(Row::of("what S3 stores", format!("{} bytes: {} ...", body.len(), hex(&body)), is_ciphertext));
    let names: Vec<_> = metadata.iter().map(|(name, _)| name).collect();
    rows.push(Row::of("its metadata", names.join(" "), !names.is_empty()));
    let (_, file) = stage.stored(&format!("{KEY}.instruction")).await?;
    rows.push(Row::of(
        "its instruction file",
        format!("{} bytes, with the wrapped data key", file.len()),
        !file.is_empty(),
    ));
    Ok(())
}

async fn read(stage: &Stage, kms: &Keys, plaintext: &Bytes, rows: &mut Vec<Row>) {
    let client = stage.strict(kms);
    let got = stage.get(&client, KEY, &super::purpose()).await;
    rows.push(Row::new(["get"], "verified", got.map(|(verified, read)| (verified, read == plaintext)), true));
    let other = stage.get(&client, KEY, &EncryptionContext::new()).await;
    rows.push(refusal("get without its encryption context", &other));
    let range = range(&client, plaintext).await;
    rows.push(Row::new(["bytes 1000-1043"], "unauthenticated, as every range", range, false));
}

async fn range(client: &cse_client::Client, plaintext: &Bytes) -> Result<(bool, bool), Failure> {
    let failed = |error: Error| failure(location(KEY), error);
    let get = client.get_at(location(KEY)).encryption_context(super::purpose());
    let object = danger::range(get, crate::setup::range("bytes=1000-1043")?).send().await.map_err(failed)?;
    let read = danger::accept_unauthenticated(object.content).collect().await.map_err(failed)?;
    Ok((false, Some(&*read) == plaintext.get(1000..1044)))
}

/// From the KMS key to a key of the user's own: only the instruction file changes.
async fn rotate(stage: &Stage, kms: &Keys, plaintext: &Bytes, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let (_, before) = stage.stored(KEY).await?;
    let new = own_key()?;
    let location = location(KEY);
    let rewrap = stage.strict(kms).rewrap(&*location.bucket, &*location.key, new.keyring());
    let rewrapped = rewrap.encryption_context(super::purpose()).enforce_rotation().send().await;
    rewrapped.map_err(|error| failure(&location, error))?;
    let (_, after) = stage.stored(KEY).await?;
    rows.push(Row::of("rotate to an AES key", "the object itself is as it was".to_owned(), before == after));
    let got = stage.get(&stage.strict(&new), KEY, &EncryptionContext::new()).await;
    rows.push(Row::new(
        ["get with the new key"],
        "verified",
        got.map(|(verified, read)| (verified, read == plaintext)),
        true,
    ));
    let old = stage.get(&stage.strict(kms), KEY, &super::purpose()).await;
    rows.push(Row::of("get with the old key", "refused".to_owned(), old.is_err()));
    Ok(())
}

fn own_key() -> Result<Keys, Failure> {
    Ok(Keys::of(AesKeyring::new(&[9; 32])?))
}

/// Somebody who can write to the bucket flips a bit.
async fn change(stage: &Stage, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let (metadata, body) = stage.stored(KEY).await?;
    let mut body = body.to_vec();
    if let Some(byte) = body.get_mut(50_000) {
        *byte ^= 1;
    }
    stage.store(KEY, metadata, body).await?;
    let got = stage.get(&stage.strict(&own_key()?), KEY, &EncryptionContext::new()).await;
    rows.push(refusal("one bit flipped", &got));
    Ok(())
}

/// In parts, there and back.
async fn large(stage: &Stage, kms: &Keys, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let (key, plaintext) = ("large.bin", Bytes::from(vec![0x5a; LARGE_LEN]));
    let client = stage.strict(kms);
    let place = location(key);
    let sent = transfer::upload(&client, &*place.bucket, key).send_body(plaintext.clone()).await;
    sent.map_err(|error| failure(&place, error))?;
    let got = stage.get(&client, key, &EncryptionContext::new()).await;
    let happened = got.map(|(verified, read)| (verified, read == plaintext));
    rows.push(Row::new(["17 MiB in parts"], "verified", happened, true));
    Ok(())
}

async fn delete(stage: &Stage, kms: &Keys, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let deleted = stage.strict(kms).delete(location(KEY)).send().await;
    deleted.map_err(|error| failure(location(KEY), error))?;
    let is_gone = !stage.exists(KEY).await? && !stage.exists(&format!("{KEY}.instruction")).await?;
    rows.push(Row::of("delete", "object and instruction file are gone".to_owned(), is_gone));
    Ok(())
}

fn refusal<T>(what: &str, got: &Result<T, Failure>) -> Row {
    Row::of(what, "refused, and nothing was released".to_owned(), is_refused(got))
}

/// The first bytes.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
