//! The same through the builders that mirror the SDK's.

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use cse_aws_sdk::{
    Client, danger,
    operations::{GetObject, ReadOutput},
};

use super::{
    Done,
    reads::{Reader, len},
};
use cse_tests::store::Wanted;

/// The read as a caller describes it who knows the object.
fn get(reader: &Reader<'_>, client: &Client) -> GetObject {
    let get = client.get_object().bucket(&reader.place.bucket).key(&reader.vector.key);
    let get = get.expected_context(reader.reading.expected.clone());
    match &reader.reading.suffix {
        Some(suffix) => get.instruction_suffix(suffix),
        None => get,
    }
}

pub(crate) async fn read(reader: &Reader<'_>, s3: &aws_sdk_s3::Client, done: &mut Done) -> Result<(), String> {
    let client = Client::new(s3, reader.keyring.clone()).with_config(reader.client.config().clone());
    whole(reader, &client).await.map_err(|error| format!("get_object: {error}"))?;
    let stream = danger::stream(danger::accept_cbc(get(reader, &client)))
        .send()
        .await
        .map_err(|error| format!("stream: {error}"))?;
    expect(danger::accept_unauthenticated(stream), &reader.vector.plaintext).await?;
    for wanted in [Wanted::FirstLast(1, 40), Wanted::Last(33)] {
        range(reader, &client, wanted).await.map_err(|error| format!("get_object, {wanted:?}: {error}"))?;
    }
    done.fluent += 1;
    Ok(())
}

async fn whole(reader: &Reader<'_>, client: &Client) -> Result<(), String> {
    let output = if reader.is_cbc() {
        let answer = danger::accept_cbc(get(reader, client)).send().await.map_err(|error| error.to_string())?;
        let ReadOutput::Unauthenticated(output) = answer else { return Err("CBC content came unmarked".to_owned()) };
        danger::accept_unauthenticated(*output)
    } else {
        let output = get(reader, client).send().await.map_err(|error| error.to_string())?;
        if output.content_length() != i64::try_from(reader.vector.plaintext.len()).ok() {
            return Err(format!("{:?} bytes are told", output.content_length()));
        }
        output
    };
    if let Some(name) = output.metadata().unwrap().keys().find(|name| name.starts_with("x-amz-")) {
        return Err(format!("{name} is shown as the user's"));
    }
    expect(output, &reader.vector.plaintext).await
}

async fn range(reader: &Reader<'_>, client: &Client, wanted: Wanted) -> Result<(), String> {
    let answer = danger::range(danger::accept_cbc(get(reader, client)), wanted.header().parse().unwrap()).send().await;
    match (answer, reader.answered(wanted)) {
        (Ok(output), Some((first, last))) => {
            let output = danger::accept_unauthenticated(output);
            let told = output.content_range().unwrap_or_default();
            if !told.starts_with(&format!("bytes {first}-{last}/")) {
                return Err(format!("{told:?} is told"));
            }
            expect(output, &reader.vector.plaintext[first..=last]).await
        }
        (Err(error), None) if error.kind() == cse_client::ErrorKind::Range => Ok(()),
        (Err(error), _) => Err(error.to_string()),
        (Ok(output), None) => {
            Err(format!("{:?} of {} came", danger::accept_unauthenticated(output), len(&reader.vector.plaintext)))
        }
    }
}

async fn expect(output: GetObjectOutput, plaintext: &[u8]) -> Result<(), String> {
    let bytes = output.body.collect().await.map_err(|error| error.to_string())?.to_vec();
    if bytes == plaintext { Ok(()) } else { Err(format!("{} wrong bytes", bytes.len())) }
}
