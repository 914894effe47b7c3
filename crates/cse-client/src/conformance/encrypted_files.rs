//! Encrypted objects whose data key is in an instruction file: put, rewrap, copy, delete and list keep both together.

use cse_envelope::KeyPlacement;

use super::{
    Check, check,
    encrypted::{client, expect, fails, keyring, put, works},
    trial::{Trial, Verdict, contents, ensure, same},
};
use crate::{
    client::Client,
    error::ErrorKind,
    location::{INSTRUCTION_SUFFIX, ObjectLocation},
    metadata::Metadata,
    operations::ListedSizes,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(file_beside_an_object),
        check!(file_of_an_upload),
        check!(file_that_is_there_already, PutIfNoneMatch),
        check!(file_that_is_lost),
        check!(file_rewrapped),
        check!(file_rewrapped_for_another_reader),
        check!(copy_of_an_encrypted_object),
        check!(copy_takes_the_file_along),
        check!(delete_takes_the_file_along),
        check!(delete_many_takes_the_files_along),
        check!(list_hides_files),
    ]
}

/// An object of the check's own, and its instruction file.
fn pair(trial: &Trial, name: &str) -> (ObjectLocation, ObjectLocation) {
    (trial.location(name), trial.location(&format!("{name}{INSTRUCTION_SUFFIX}")))
}

async fn put_with_file(client: &Client, location: &ObjectLocation, contents: &'static str) -> Verdict {
    let put = client.put(&*location.bucket, &*location.key, contents).key_placement(KeyPlacement::InstructionFile);
    works("an encrypted put with an instruction file", put.send()).await.map(drop)
}

async fn file_beside_an_object(trial: &Trial) -> Verdict {
    let (client, (location, file)) = (client(trial, 1)?, pair(trial, "object"));
    put_with_file(&client, &location, "contents").await?;
    trial.head(&file).await?;
    expect(&client, &location, b"contents").await
}

async fn file_of_an_upload(trial: &Trial) -> Verdict {
    let (client, (location, file)) = (client(trial, 1)?, pair(trial, "object"));
    let start = client.upload(&*location.bucket, &*location.key).key_placement(KeyPlacement::InstructionFile);
    let mut upload = works("the start of an encrypted upload", start.start()).await?;
    works("a part of an encrypted upload", upload.upload_part(contents(100))).await?;
    trial.expect_missing(&file).await?;
    works("the completion of an encrypted upload", upload.complete()).await?;
    trial.head(&file).await?;
    expect(&client, &location, &contents(100)).await
}

async fn file_that_is_there_already(trial: &Trial) -> Verdict {
    let (client, (location, _)) = (client(trial, 1)?, pair(trial, "object"));
    put_with_file(&client, &location, "first").await?;
    let put = || {
        let put = client.put(&*location.bucket, &*location.key, "second");
        put.key_placement(KeyPlacement::InstructionFile)
    };
    fails("a put onto an instruction file", ErrorKind::Conflict, put().send()).await?;
    expect(&client, &location, b"first").await?;
    works("a put that replaces the instruction file", put().overwrite_instruction_file().send()).await?;
    expect(&client, &location, b"second").await
}

async fn file_that_is_lost(trial: &Trial) -> Verdict {
    let (client, (location, file)) = (client(trial, 1)?, pair(trial, "object"));
    put_with_file(&client, &location, "contents").await?;
    trial.delete(&file).await?;
    let what = "a get without the instruction file";
    fails(what, ErrorKind::MissingInstructionFile, client.get_at(location).send()).await
}

async fn file_rewrapped(trial: &Trial) -> Verdict {
    let (old, new, (location, _)) = (client(trial, 1)?, client(trial, 2)?, pair(trial, "object"));
    put_with_file(&old, &location, "contents").await?;
    let before = trial.head(&location).await?.etag;
    let rewrap = old.rewrap(&*location.bucket, &*location.key, keyring(2)?).enforce_rotation();
    works("a rewrap", rewrap.send()).await?;
    expect(&new, &location, b"contents").await?;
    fails("a get with the old key", ErrorKind::Decrypt, old.get_at(location.clone()).send()).await?;
    same("the entity tag of a rewrapped object", &before, &trial.head(&location).await?.etag)
}

async fn file_rewrapped_for_another_reader(trial: &Trial) -> Verdict {
    let (old, new, (location, _)) = (client(trial, 1)?, client(trial, 2)?, pair(trial, "object"));
    trial.location("object.partner");
    put_with_file(&old, &location, "contents").await?;
    let rewrap = old.rewrap(&*location.bucket, &*location.key, keyring(2)?).to_suffix(".partner");
    works("a rewrap for another reader", rewrap.send()).await?;
    expect(&old, &location, b"contents").await?;
    let get = new.get_at(location).instruction_suffix(".partner");
    let object = works("a get of the other reader", get.send()).await?;
    let bytes = works("the other reader's body", object.content.collect()).await?;
    ensure!(bytes == "contents", "the other reader gets other bytes");
    Ok(())
}

async fn copy_of_an_encrypted_object(trial: &Trial) -> Verdict {
    let (client, source, copy) = (client(trial, 1)?, trial.location("source"), trial.location("copy"));
    put(&client, &source, &contents(100)).await?;
    let copied = client.copy(source, &*copy.bucket, &*copy.key).metadata(Metadata::from_iter([("colour", "red")]));
    works("an encrypted copy with new metadata", copied.send()).await?;
    expect(&client, &copy, &contents(100)).await?;
    let head = works("an encrypted head", client.head(copy).send()).await?;
    same("the new metadata of an encrypted copy", &Some("red"), &head.attributes.metadata.text("colour"))
}

async fn copy_takes_the_file_along(trial: &Trial) -> Verdict {
    let (client, (source, file), (copy, _)) = (client(trial, 1)?, pair(trial, "source"), pair(trial, "copy"));
    put_with_file(&client, &source, "contents").await?;
    works("an encrypted copy", client.copy(source.clone(), &*copy.bucket, &*copy.key).send()).await?;
    trial.delete(&source).await?;
    trial.delete(&file).await?;
    expect(&client, &copy, b"contents").await
}

async fn delete_takes_the_file_along(trial: &Trial) -> Verdict {
    let (client, (location, file)) = (client(trial, 1)?, pair(trial, "object"));
    put_with_file(&client, &location, "contents").await?;
    works("an encrypted delete", client.delete(location.clone()).send()).await?;
    trial.expect_missing(&location).await?;
    trial.expect_missing(&file).await
}

async fn delete_many_takes_the_files_along(trial: &Trial) -> Verdict {
    let client = client(trial, 1)?;
    let pairs = ["a", "b"].map(|name| pair(trial, name));
    for (location, _) in &pairs {
        put_with_file(&client, location, "contents").await?;
    }
    let keys: Vec<_> = pairs.iter().map(|(location, _)| location.key.clone()).collect();
    let deleted = works("an encrypted delete of many", client.delete_many(&*trial.bucket, keys).send()).await?;
    for deleted in &deleted {
        let gone = deleted.object.is_ok() && deleted.instruction_file.is_none();
        ensure!(gone, "an object or its instruction file was not deleted: {deleted:?}");
    }
    for (location, file) in &pairs {
        trial.expect_missing(location).await?;
        trial.expect_missing(file).await?;
    }
    Ok(())
}

async fn list_hides_files(trial: &Trial) -> Verdict {
    let (client, (location, _)) = (client(trial, 1)?, pair(trial, "object"));
    put_with_file(&client, &location, "contents").await?;
    let list = client.list(&*trial.bucket).prefix(&*trial.prefix);
    let all = works("an encrypted list", list.clone().send()).await?;
    same("the objects of a list with instruction files", &2, &all.objects.len())?;
    let list = list.hide_instruction_files().sizes(ListedSizes::Head);
    let page = works("an encrypted list without instruction files", list.send()).await?;
    let listed: Vec<_> = page.objects.into_iter().map(|object| (object.key, object.len)).collect();
    same("the objects of a list, with their plaintext's lengths", &vec![(location.key, 8)], &listed)
}
