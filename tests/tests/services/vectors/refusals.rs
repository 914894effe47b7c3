//! Reads that must fail: the policy does not allow the object, the key or the context is another one, or the instruction file is not
//! there.

use std::sync::Arc;

use cse_client::{Error, ErrorKind};
use cse_envelope::{EncryptionContext, ReadPolicy};
use cse_keys::ExpectedContext;
use cse_tests::{case::Keys, keys::Opener, policy::Needs, read::Reading};

use super::{
    Done,
    place::{MISSING_SUFFIX, Place, Vector},
    reads::Reader,
};

/// Keys of other objects, to be tried where they must not open.
#[derive(Clone, Debug)]
pub(crate) struct Others(Arc<[Keys]>);

impl Others {
    pub(crate) fn new(vectors: &[Vector]) -> Self {
        Self(vectors.iter().map(|vector| vector.case.keys.clone()).collect())
    }

    /// Of the same kind, so that only the key is wrong; another of every object, as far as there are others.
    fn than(&self, keys: &Keys) -> Option<&Keys> {
        let kind = |keys: &Keys| (keys.aes_key_b64.is_some(), keys.rsa_private_pkcs8_pem_b64.is_some());
        let blobs = |keys: &Keys| keys.kms.iter().map(|answer| answer.ciphertext_blob_b64.clone()).collect::<Vec<_>>();
        let same = |other: &Keys| {
            other.aes_key_b64 == keys.aes_key_b64
                && other.rsa_private_pkcs8_pem_b64 == keys.rsa_private_pkcs8_pem_b64
                && blobs(other) == blobs(keys)
        };
        self.0.iter().find(|other| kind(other) == kind(keys) && !same(other))
    }
}

pub(crate) async fn each(
    place: &Place,
    vector: &Vector,
    reading: &Reading,
    others: &Others,
    done: &mut Done,
) -> Result<(), String> {
    let attempt = Attempt { place, vector, reading };
    attempt.default_policy(done).await?;
    attempt.cbc_unasked(done).await?;
    attempt.missing_file(done).await?;
    attempt.another_context(done).await?;
    let old = vector.case.rotated_from.as_ref().map(|old| &old.keys);
    for keys in others.than(&reading.keys).into_iter().chain(old) {
        attempt.another_key(keys, done).await?;
    }
    Ok(())
}

/// An object, to be read as it must not be.
struct Attempt<'a> {
    place: &'a Place,
    vector: &'a Vector,
    reading: &'a Reading,
}

impl Attempt<'_> {
    /// Reads with these keys under this policy. Also tells how often the key service was asked.
    async fn read(&self, keys: &Keys, policy: ReadPolicy, reading: &Reading) -> (Result<Vec<u8>, Error>, usize) {
        let opener = Opener::new(keys);
        let client = self.place.client(opener.keyring.clone(), policy);
        let reader =
            Reader { client, keyring: opener.keyring.clone(), place: self.place, vector: self.vector, reading };
        let answer = reader.whole().await;
        // CBC with a wrong key may give bytes: never the plaintext.
        let answer = answer.and_then(|(bytes, verified)| match verified || bytes[..] == self.vector.plaintext[..] {
            true => Ok(bytes),
            false => Err(cse_envelope::error::DecryptError::default().into()),
        });
        (answer, opener.kms_calls())
    }

    fn needed(&self) -> ReadPolicy {
        Needs::of(self.reading).policy()
    }

    /// Only V3 is read by default; nobody is asked for the key of anything else.
    async fn default_policy(&self, done: &mut Done) -> Result<(), String> {
        if self.reading.format == "V3" {
            return Ok(());
        }
        let answer = self.read(&self.reading.keys, ReadPolicy::default(), self.reading).await;
        refused("the default policy", answer, &[ErrorKind::Refused], Some(0), done)
    }

    /// A plain get gives verified content, or nothing.
    async fn cbc_unasked(&self, done: &mut Done) -> Result<(), String> {
        let opener = Opener::new(&self.reading.keys);
        let client = self.place.client(opener.keyring.clone(), self.needed());
        let reader = Reader {
            client,
            keyring: opener.keyring.clone(),
            place: self.place,
            vector: self.vector,
            reading: self.reading,
        };
        if !reader.is_cbc() {
            return Ok(());
        }
        let answer = reader.get().send().await.map(|_| Vec::new());
        refused("CBC unasked", (answer, opener.kms_calls()), &[ErrorKind::Refused], Some(0), done)
    }

    async fn missing_file(&self, done: &mut Done) -> Result<(), String> {
        let reading = Reading { suffix: Some(MISSING_SUFFIX.to_owned()), ..self.reading.clone() };
        let answer = self.read(&reading.keys, self.needed(), &reading).await;
        refused("a missing instruction file", answer, &[ErrorKind::MissingInstructionFile], Some(0), done)
    }

    async fn another_context(&self, done: &mut Done) -> Result<(), String> {
        if self.reading.keys.kms.is_empty() {
            return Ok(());
        }
        let wrong = EncryptionContext::from_pairs([("not", "the object's")]).unwrap();
        let reading = Reading { expected: ExpectedContext::Exactly(wrong), ..self.reading.clone() };
        let answer = self.read(&reading.keys, self.needed(), &reading).await;
        refused("another context", answer, &[ErrorKind::Decrypt], None, done)
    }

    /// A key of another kind is told as such; a wrong one is not.
    async fn another_key(&self, keys: &Keys, done: &mut Done) -> Result<(), String> {
        let kind = |keys: &Keys| (keys.aes_key_b64.is_some(), keys.rsa_private_pkcs8_pem_b64.is_some());
        let expected = if kind(keys) == kind(&self.reading.keys) { ErrorKind::Decrypt } else { ErrorKind::KeyService };
        let answer = self.read(keys, self.needed(), self.reading).await;
        refused("another key", answer, &[expected], None, done)
    }
}

fn refused(
    what: &str,
    (answer, calls): (Result<Vec<u8>, Error>, usize),
    kinds: &[ErrorKind],
    calls_expected: Option<usize>,
    done: &mut Done,
) -> Result<(), String> {
    match answer {
        Err(error) if kinds.contains(&error.kind()) && calls_expected.is_none_or(|expected| calls == expected) => {
            done.refused += 1;
            Ok(())
        }
        Err(error) => Err(format!("{what}: {:?} after {calls} calls: {error}", error.kind())),
        Ok(bytes) => Err(format!("{what}: {} bytes came", bytes.len())),
    }
}
