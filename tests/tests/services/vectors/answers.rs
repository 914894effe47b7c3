//! The same from answers that the caller fetched by URL.

use cse_client::{Body, Content, Error, ErrorKind, danger, operations::Get};
use cse_envelope::Unauthenticated;
use cse_reqwest::object_response;
use cse_tests::store::Wanted;

use super::{Done, place::Urls, reads::Reader};

pub(crate) async fn read(reader: &Reader<'_>, urls: &Urls, done: &mut Done) -> Result<(), String> {
    whole(reader, urls).await.map_err(|error| format!("an answer: {error}"))?;
    stream(reader, urls).await.map_err(|error| format!("an answer, streaming: {error}"))?;
    for wanted in [Wanted::FirstLast(1, 40), Wanted::Last(33)] {
        range(reader, urls, wanted).await.map_err(|error| format!("an answer, {wanted:?}: {error}"))?;
    }
    done.answers += 1;
    Ok(())
}

/// An object that holds its key is read without any transport.
fn get(reader: &Reader<'_>, urls: &Urls) -> Get {
    if reader.reading.file.is_some() {
        return reader.get();
    }
    let client = cse_client::Client::new(urls.no_transport(), reader.keyring.clone());
    let client = client.with_config(reader.client.config().clone());
    client.get("", &reader.vector.key).expected_context(reader.reading.expected.clone())
}

async fn whole(reader: &Reader<'_>, urls: &Urls) -> Result<(), String> {
    let response = object_response(urls.fetch(&reader.vector.key, None).await).await.map_err(text)?;
    let plaintext = if reader.is_cbc() {
        match danger::accept_cbc(get(reader, urls)).decrypt(response).await.map_err(text)?.content {
            Content::Unauthenticated(body) => bytes(body).await.map_err(text)?,
            other => return Err(format!("CBC content came as {other:?}")),
        }
    } else {
        let object = get(reader, urls).decrypt(response).await.map_err(text)?;
        object.content.collect().await.map_err(text)?.into()
    };
    expect(&plaintext, &reader.vector.plaintext)
}

async fn stream(reader: &Reader<'_>, urls: &Urls) -> Result<(), String> {
    let response = object_response(urls.fetch(&reader.vector.key, None).await).await.map_err(text)?;
    let read = danger::stream(danger::accept_cbc(get(reader, urls)));
    let object = read.decrypt(response).await.map_err(text)?;
    expect(&bytes(object.content).await.map_err(text)?, &reader.vector.plaintext)
}

async fn range(reader: &Reader<'_>, urls: &Urls, wanted: Wanted) -> Result<(), String> {
    let answer = part(reader, urls, wanted).await;
    match (answer, reader.answered(wanted)) {
        (Ok(part), Some((first, last))) => expect(&part, &reader.vector.plaintext[first..=last]),
        (Err(error), None) if error.kind() == ErrorKind::Range => Ok(()),
        (Err(error), _) => Err(error.to_string()),
        (Ok(part), None) => Err(format!("{} bytes came", part.len())),
    }
}

/// CBC needs a range of other bytes than was fetched, and has the transport fetch it.
async fn part(reader: &Reader<'_>, urls: &Urls, wanted: Wanted) -> Result<Vec<u8>, Error> {
    let get = if reader.is_cbc() { danger::accept_cbc(reader.get()) } else { get(reader, urls).into() };
    let read = danger::range(get, wanted.header().parse().unwrap());
    let stored_range = read.stored_range().to_string();
    let response = object_response(urls.fetch(&reader.vector.key, Some(&stored_range)).await).await?;
    bytes(read.decrypt(response).await?.content).await
}

async fn bytes(body: Unauthenticated<Body>) -> Result<Vec<u8>, Error> {
    Ok(danger::accept_unauthenticated(body).collect().await?.into())
}

fn expect(bytes: &[u8], plaintext: &[u8]) -> Result<(), String> {
    if bytes == plaintext { Ok(()) } else { Err(format!("{} wrong bytes", bytes.len())) }
}

fn text(error: impl core::fmt::Display) -> String {
    error.to_string()
}
