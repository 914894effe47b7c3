//! Ways to read an object that end with its plaintext.

use std::sync::Arc;

use cse_client::{Client, Content, Error, ErrorKind, Object, ReadMode, danger, operations::Get};
use cse_envelope::{AlgorithmSuite, ByteRange};
use cse_keys::Keyring;
use cse_tests::{keys::Opener, policy::Needs, read::Reading, store::Wanted};

use super::{
    Done, answers, fluent,
    place::{Also, Place, Vector},
};

/// Where and as what an object is read.
pub(crate) struct Reader<'a> {
    pub(crate) client: Client,
    pub(crate) keyring: Arc<dyn Keyring>,
    pub(crate) place: &'a Place,
    pub(crate) vector: &'a Vector,
    pub(crate) reading: &'a Reading,
}

impl Reader<'_> {
    /// The read as a caller describes it who knows the object.
    pub(crate) fn get(&self) -> Get {
        let get = self.client.get(&self.place.bucket, &self.vector.key);
        let get = get.expected_context(self.reading.expected.clone());
        match &self.reading.suffix {
            Some(suffix) => get.instruction_suffix(suffix),
            None => get,
        }
    }

    pub(crate) fn is_cbc(&self) -> bool {
        self.reading.cek_alg.contains("CBC")
    }

    /// First and last position of what comes; `None` if the range holds nothing, or the store refuses what is asked for it.
    pub(crate) fn answered(&self, wanted: Wanted) -> Option<(usize, usize)> {
        let range: ByteRange = wanted.header().parse().unwrap();
        // CBC is found out about from the answer to a range that suits the others.
        let cbc = self.is_cbc().then_some(AlgorithmSuite::Cbc);
        let mut asked = [AlgorithmSuite::GcmCommitKey].into_iter().chain(cbc).map(|suite| range.covering(suite));
        let stored_len = self.vector.case.ciphertext_len;
        match asked.any(|range| self.place.refuses(range, stored_len)) {
            true => None,
            false => wanted.positions(self.vector.plaintext.len()),
        }
    }

    /// The whole, with CBC accepted where the object has it; whether it was verified is part of the answer.
    pub(crate) async fn whole(&self) -> Result<(Vec<u8>, bool), Error> {
        if !self.is_cbc() {
            let object = self.get().send().await?;
            return Ok((object.content.collect().await?.into(), true));
        }
        match danger::accept_cbc(self.get()).send().await?.content {
            Content::Unauthenticated(body) => Ok((danger::accept_unauthenticated(body).collect().await?.into(), false)),
            other => panic!("CBC content came as {other:?}"),
        }
    }
}

pub(crate) async fn every_way(
    place: &Place,
    vector: &Vector,
    reading: &Reading,
    done: &mut Done,
) -> Result<(), String> {
    let opener = Opener::new(&reading.keys);
    let client = place.client(opener.keyring.clone(), Needs::of(reading).policy());
    let reader = Reader { client, keyring: opener.keyring, place, vector, reading };
    whole(&reader, done).await?;
    head(&reader).await?;
    stream(&reader, done).await?;
    for wanted in ranges(vector.plaintext.len()) {
        range(&reader, wanted, done).await.map_err(|error| format!("{wanted:?}: {error}"))?;
    }
    match &place.also {
        Also::Nothing => Ok(()),
        Also::Builders(s3) => fluent::read(&reader, s3, done).await,
        Also::Answers(urls) => answers::read(&reader, urls, done).await,
    }
}

/// In memory, read twice, and by way of the disk.
async fn whole(reader: &Reader<'_>, done: &mut Done) -> Result<(), String> {
    for mode in [ReadMode::default(), ReadMode::VerifiedTwice, ReadMode::VerifiedSpooled { dir: None }] {
        let config = reader.client.config().clone().read_mode(mode.clone());
        let client = reader.client.clone().with_config(config);
        let reader = Reader { client, keyring: reader.keyring.clone(), ..*reader };
        let (plaintext, verified) = reader.whole().await.map_err(|error| format!("{mode:?}: {error}"))?;
        if plaintext[..] != reader.vector.plaintext[..] || verified == reader.is_cbc() {
            return Err(format!("{mode:?}: {} bytes that are not the plaintext", plaintext.len()));
        }
        done.whole += 1;
    }
    Ok(())
}

/// The plaintext's length, where anybody can know it, and none of the encryption's metadata.
async fn head(reader: &Reader<'_>) -> Result<(), String> {
    let location = cse_client::ObjectLocation::new(&reader.place.bucket, &reader.vector.key);
    let mut head = reader.client.head(location);
    if let Some(suffix) = &reader.reading.suffix {
        head = head.instruction_suffix(suffix);
    }
    let head = head.send().await.map_err(|error| format!("head: {error}"))?;
    let known = (!reader.is_cbc()).then(|| len(&reader.vector.plaintext));
    if head.attributes.content_len != known || head.stored_len != u64::try_from(reader.vector.case.ciphertext_len).ok()
    {
        return Err(format!("head: {:?} of {:?} bytes", head.attributes.content_len, head.stored_len));
    }
    match head.attributes.metadata.iter().find(|(name, _)| reader.reading.stores(name) && is_envelope_name(name)) {
        Some((name, _)) => Err(format!("head: {name} is shown as the user's")),
        None => Ok(()),
    }
}

async fn stream(reader: &Reader<'_>, done: &mut Done) -> Result<(), String> {
    let object =
        danger::stream(danger::accept_cbc(reader.get())).send().await.map_err(|error| format!("stream: {error}"))?;
    let plaintext = bytes(object).await.map_err(|error| format!("stream: {error}"))?;
    if plaintext[..] != reader.vector.plaintext[..] {
        return Err(format!("stream: {} bytes that are not the plaintext", plaintext.len()));
    }
    done.streamed += 1;
    Ok(())
}

/// Inside, to the end, from the end, more than there is, and outside.
fn ranges(len: usize) -> Vec<Wanted> {
    let at = |position: usize| u64::try_from(position).unwrap();
    vec![
        Wanted::FirstLast(at(len / 3), at(len / 2)),
        Wanted::From(at(len - len / 4)),
        Wanted::Last(17),
        Wanted::Last(at(len) + 1000),
        Wanted::FirstLast(at(len), at(len) + 5),
    ]
}

async fn range(reader: &Reader<'_>, wanted: Wanted, done: &mut Done) -> Result<(), String> {
    let plaintext = &reader.vector.plaintext;
    let answer = danger::range(danger::accept_cbc(reader.get()), wanted.header().parse().unwrap()).send().await;
    match (answer, reader.answered(wanted)) {
        (Ok(object), Some((first, last))) => {
            let served = object.attributes.content_range.unwrap();
            let places = (usize::try_from(served.first()).unwrap(), usize::try_from(served.last()).unwrap());
            if places != (first, last) || served.complete_len().is_some_and(|complete| complete != len(plaintext)) {
                return Err(format!("reported as {served}"));
            }
            let bytes = bytes(object).await.map_err(|error| error.to_string())?;
            if bytes != plaintext[first..=last] {
                return Err(format!("{} wrong bytes", bytes.len()));
            }
            done.ranges += 1;
        }
        (Err(error), None) if error.kind() == ErrorKind::Range => done.outside += 1,
        (Err(error), _) => return Err(error.to_string()),
        (Ok(object), None) => return Err(format!("{:?} came", object.attributes.content_range)),
    }
    Ok(())
}

async fn bytes(object: Object<cse_envelope::Unauthenticated<cse_client::Body>>) -> Result<Vec<u8>, Error> {
    Ok(danger::accept_unauthenticated(object.content).collect().await?.into())
}

fn is_envelope_name(name: &str) -> bool {
    name.starts_with("x-amz-")
}

pub(crate) fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}
