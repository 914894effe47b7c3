//! Get: a whole object, verified.

use cse_envelope::{Admitted, AlgorithmSuite, ContentKey, Decryptor, Envelope, Plaintext};

use super::{
    read::{Found, Read, read_setters},
    twice,
};
use crate::{
    body::Body,
    client::Client,
    config::ReadMode,
    crypt,
    error::Error,
    location::ObjectLocation,
    object::{Content, Object},
    plan::{check_whole, plaintext_attributes},
    transport::{ObjectAttributes, ObjectResponse},
};

/// Reads a whole object and gives its verified plaintext: [`Client::get`].
///
/// What is not verified comes through [`danger`](crate::danger) only: streams, ranges, AES-CBC and plain objects.
#[derive(Clone, Debug)]
#[must_use = "nothing is read until `send`"]
pub struct Get {
    pub(super) read: Read,
}

/// A [`Get`] that accepts AES-CBC content or plain objects, and says what came: made by [`danger`](crate::danger).
#[derive(Clone, Debug)]
#[must_use = "nothing is read until `send`"]
pub struct GetAny {
    pub(super) read: Read,
    pub(super) accept: Accept,
}

/// What besides verified content the caller accepts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Accept {
    pub(crate) cbc: bool,
    pub(crate) plain: bool,
}

impl Accept {
    /// Content of an unauthenticated suite has to be accepted before it is decrypted.
    pub(crate) const fn check(self, suite: AlgorithmSuite) -> Result<(), Error> {
        if self.cbc || suite.is_authenticated() { Ok(()) } else { Err(Error::Unverifiable) }
    }
}

impl From<Get> for GetAny {
    /// Accepts nothing more yet.
    fn from(get: Get) -> Self {
        Self { read: get.read, accept: Accept::default() }
    }
}

impl Get {
    pub(crate) fn new(client: Client, location: ObjectLocation) -> Self {
        Self { read: Read::new(client, location) }
    }

    read_setters!(read);

    /// Reads, decrypts and verifies the object, as the client's [`ReadMode`] says.
    ///
    /// Dropping the future leaves nothing behind.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read. Nothing of the plaintext is released with it.
    pub async fn send(self) -> Result<Object<Body>, Error> {
        let response = self.read.fetch(None).await?;
        self.decrypt(response).await
    }

    /// Goes on from an answer that was fetched by other means, such as a presigned URL. Instruction file and second reads, where they are
    /// needed, come over the client's transport.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn decrypt(self, response: ObjectResponse) -> Result<Object<Body>, Error> {
        let object = GetAny::from(self).decrypt(response).await?;
        match object.content {
            Content::Verified(content) => {
                Ok(Object { content, attributes: object.attributes, envelope: object.envelope })
            }
            // Refused before it was decrypted: nothing of this kind was accepted.
            Content::Unauthenticated(_) | Content::Plain(_) => Err(Error::Unverifiable),
        }
    }
}

impl GetAny {
    read_setters!(read);

    pub(crate) fn accepting(mut self, change: impl FnOnce(&mut Accept)) -> Self {
        change(&mut self.accept);
        self
    }

    /// Reads the object and says what it is.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn send(self) -> Result<Object<Content>, Error> {
        let response = self.read.fetch(None).await?;
        self.decrypt(response).await
    }

    /// Goes on from an answer that was fetched by other means; see [`Get::decrypt`].
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn decrypt(self, response: ObjectResponse) -> Result<Object<Content>, Error> {
        check_whole(&response.attributes)?;
        match self.read.find(&response.attributes, self.accept.plain).await? {
            Found::Encrypted(admitted) => self.decrypt_admitted(response, admitted).await,
            Found::Plain if self.accept.plain => Ok(plain(response).map(Content::Plain)),
            Found::Plain => Err(Error::NoEnvelope),
        }
    }

    async fn decrypt_admitted(self, response: ObjectResponse, admitted: Admitted) -> Result<Object<Content>, Error> {
        let suite = admitted.suite();
        self.accept.check(suite)?;
        let mode = &self.read.client.config.read_mode;
        check_len(suite, response.attributes.content_len, mode)?;
        let ObjectResponse { attributes, body, .. } = response;
        let (envelope, key) = self.read.unlock(admitted, &attributes).await?;
        match self.content(&attributes, body, key).await {
            Ok(content) => Ok(described(content, &attributes, envelope)),
            Err(error) => Err(self.read.cause(error, &attributes).await),
        }
    }

    async fn content(&self, attributes: &ObjectAttributes, body: Body, key: ContentKey) -> Result<Content, Error> {
        let (is_authenticated, len) = (key.suite().is_authenticated(), attributes.content_len);
        Ok(match &self.read.client.config.read_mode {
            ReadMode::Verified { memory_limit } => in_memory(body, &key, len, *memory_limit).await?,
            ReadMode::VerifiedTwice if is_authenticated => {
                Content::Verified(twice::read(self.read.clone(), attributes, body, key).await?)
            }
            #[cfg(feature = "fs")]
            ReadMode::VerifiedSpooled { dir } if is_authenticated => {
                Content::Verified(super::spooled::read(body, &key, len, dir.clone()).await?)
            }
            // CBC gains nothing from being read twice or stored first.
            _ => Content::Unauthenticated(crypt::decrypt_stream(body, key.decryptor(len)?, None).await?),
        })
    }
}

/// The object, with what the caller is told about it; a length that only decryption told is told as well.
fn described(content: Content, stored: &ObjectAttributes, envelope: Envelope) -> Object<Content> {
    let mut attributes = plaintext_attributes(stored, Some(envelope.suite()));
    if let Content::Verified(body) = &content {
        attributes.content_len = attributes.content_len.or_else(|| body.content_len());
    }
    Object { content, attributes, envelope: Some(envelope) }
}

/// A plain object, marked as what nothing authenticates.
pub(super) fn plain(response: ObjectResponse) -> Object<cse_envelope::Unauthenticated<Body>> {
    let attributes = plaintext_attributes(&response.attributes, None);
    Object { content: cse_envelope::Unauthenticated::new(response.body), attributes, envelope: None }
}

/// What the length alone tells, before the key service is asked.
fn check_len(suite: AlgorithmSuite, ciphertext_len: Option<u64>, mode: &ReadMode) -> Result<(), Error> {
    let Some(len) = ciphertext_len else { return Ok(()) };
    if !suite.is_ciphertext_len(len) {
        return Err(cse_envelope::error::DecryptError::default().into());
    }
    match mode {
        ReadMode::Verified { memory_limit } => {
            let len = suite.plaintext_len(len).unwrap_or(len);
            if len > *memory_limit { Err(Error::TooLarge { len: Some(len), limit: *memory_limit }) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

async fn in_memory(body: Body, key: &ContentKey, ciphertext_len: Option<u64>, limit: u64) -> Result<Content, Error> {
    let decryptor: Decryptor = key.decryptor(ciphertext_len)?;
    Ok(match crypt::decrypt_in_memory(body, decryptor, limit).await? {
        Plaintext::Verified(plaintext) => Content::Verified(plaintext.into()),
        Plaintext::Unauthenticated(plaintext) => {
            let body = cse_envelope::danger::accept_unauthenticated(plaintext).into();
            Content::Unauthenticated(cse_envelope::Unauthenticated::new(body))
        }
    })
}
