//! A range of an object: never verified, because a tag covers the whole object only.

use bytes::Bytes;
use cse_envelope::{
    AlgorithmSuite, ByteRange, ContentKey, ContentRange, Unauthenticated, danger::accept_unauthenticated,
    error::RangeError,
};
use futures_util::TryStreamExt;

use super::{
    get::GetAny,
    read::{Found, read_setters},
};
use crate::{
    body::Body,
    config::{DEFAULT_MEMORY_LIMIT, ReadMode},
    crypt,
    error::Error,
    object::Object,
    plan::{check_served, plaintext_attributes},
    transport::{ObjectAttributes, ObjectResponse},
};

/// Reads a range of the plaintext: made by [`danger::range`](crate::danger::range).
#[derive(Clone, Debug)]
#[must_use = "nothing is read until `send`"]
pub struct GetRange {
    get: GetAny,
    range: ByteRange,
}

impl GetRange {
    pub(crate) const fn new(get: GetAny, range: ByteRange) -> Self {
        Self { get, range }
    }

    read_setters!(get.read);

    /// Starts reading. The attributes tell length and content range of the plaintext. AES-CBC content takes
    /// [`danger::accept_cbc`](crate::danger::accept_cbc) first; its range is collected in memory, because only its end tells how long it
    /// is.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read; [`Error::Range`] if no byte of the range is in the plaintext.
    pub async fn send(self) -> Result<Object<Unauthenticated<Body>>, Error> {
        // Before the first answer nobody knows the suite. GCM's range is the one to ask for, and CBC's is asked for again.
        let response = self.get.read.fetch(Some(self.range.covering(AlgorithmSuite::GcmCommitKey))).await?;
        self.decrypt(response).await
    }

    /// The range of the stored bytes to ask for, where an answer is fetched by other means.
    #[must_use]
    pub fn stored_range(&self) -> ByteRange {
        self.range.covering(AlgorithmSuite::GcmCommitKey)
    }

    /// Goes on from an answer to [`stored_range`](Self::stored_range).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn decrypt(self, response: ObjectResponse) -> Result<Object<Unauthenticated<Body>>, Error> {
        match self.get.read.find(&response.attributes, self.get.accept.plain).await? {
            Found::Encrypted(admitted) if admitted.suite() == AlgorithmSuite::Cbc => {
                self.get.accept.check(admitted.suite())?;
                let (envelope, key) = self.get.read.unlock(admitted, &response.attributes).await?;
                let covering = self.range.covering(AlgorithmSuite::Cbc);
                let response = self.get.read.fetch_again(&response.attributes, Some(covering)).await?;
                let object = self.cbc_range(response, &key).await?;
                Ok(Object { envelope: Some(envelope), ..object })
            }
            Found::Encrypted(admitted) => {
                let (envelope, key) = self.get.read.unlock(admitted, &response.attributes).await?;
                let object = self.gcm_range(response, &key, envelope.suite())?;
                Ok(Object { envelope: Some(envelope), ..object })
            }
            Found::Plain if self.get.accept.plain => self.plain_range(response).await,
            Found::Plain => Err(Error::NoEnvelope),
        }
    }

    fn gcm_range(
        &self,
        response: ObjectResponse,
        key: &ContentKey,
        suite: AlgorithmSuite,
    ) -> Result<Object<Unauthenticated<Body>>, Error> {
        let served = check_served(&response.attributes)?;
        let decryptor = key.range_decryptor(self.range, served)?;
        let plaintext_len = served.complete_len().and_then(|len| suite.plaintext_len(len));
        let range = self.range.resolve(plaintext_len.unwrap_or_default())?;
        let content = crypt::decrypt_range(response.body, decryptor, range_len(range));
        Ok(described(content, &response.attributes, range))
    }

    /// Only the end of a CBC object tells how long its plaintext is, so the range is read before it is described.
    async fn cbc_range(
        &self,
        mut response: ObjectResponse,
        key: &ContentKey,
    ) -> Result<Object<Unauthenticated<Body>>, Error> {
        let limit = match self.get.read.client.config.read_mode {
            ReadMode::Verified { memory_limit } => memory_limit,
            _ => DEFAULT_MEMORY_LIMIT,
        };
        if response.attributes.content_len.is_some_and(|len| len > limit) {
            return Err(Error::TooLarge { len: response.attributes.content_len, limit });
        }
        let mut decryptor = key.range_decryptor(self.range, check_served(&response.attributes)?)?;
        let (mut plaintext, mut received) = (Unauthenticated::new(Vec::new()), 0_u64);
        while let Some(chunk) = response.body.try_next().await? {
            // What came, not what it gave: a suffix is held in the decryptor until its end.
            received = received.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if received > limit {
                return Err(Error::TooLarge { len: None, limit });
            }
            plaintext.append(decryptor.update(chunk.into())?);
        }
        let end = decryptor.finish()?;
        plaintext.append(end.tail);
        let content = Unauthenticated::new(Bytes::from(accept_unauthenticated(plaintext)).into());
        Ok(described(content, &response.attributes, end.content_range))
    }

    async fn plain_range(self, response: ObjectResponse) -> Result<Object<Unauthenticated<Body>>, Error> {
        let served = check_served(&response.attributes)?;
        let range = self.range.resolve(served.complete_len().unwrap_or_default())?;
        let response = if served == range {
            response
        } else {
            // The answer covers what encryption would have needed: ask for what was meant.
            self.get.read.fetch_again(&response.attributes, Some(self.range)).await?
        };
        if check_served(&response.attributes)? != range {
            return Err(RangeError::NotServed.into());
        }
        Ok(described(Unauthenticated::new(response.body), &response.attributes, range))
    }
}

fn described(
    content: Unauthenticated<Body>,
    stored: &ObjectAttributes,
    range: ContentRange,
) -> Object<Unauthenticated<Body>> {
    let attributes = ObjectAttributes {
        content_len: range_len(range),
        content_range: Some(range),
        ..plaintext_attributes(stored, None)
    };
    Object { content, attributes, envelope: None }
}

fn range_len(range: ContentRange) -> Option<u64> {
    range.last().checked_sub(range.first())?.checked_add(1)
}
