//! Streaming: plaintext as it comes, before anything is verified.

use cse_envelope::Unauthenticated;

use super::{
    get::{GetAny, plain},
    read::{Found, read_setters},
};
use crate::{
    body::Body,
    crypt,
    error::Error,
    object::Object,
    plan::{check_whole, plaintext_attributes},
    transport::ObjectResponse,
};

/// Reads an object as a stream that is not verified before its end: made by [`danger::stream`](crate::danger::stream).
#[derive(Clone, Debug)]
#[must_use = "nothing is read until `send`"]
pub struct GetStream {
    get: GetAny,
}

impl GetStream {
    pub(crate) const fn new(get: GetAny) -> Self {
        Self { get }
    }

    read_setters!(get.read);

    /// Starts reading. The last chunk of GCM content comes only after all of it was verified; an error instead means that what came
    /// before it may be anything. AES-CBC content is never verified, and takes [`danger::accept_cbc`](crate::danger::accept_cbc) first.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn send(self) -> Result<Object<Unauthenticated<Body>>, Error> {
        let response = self.get.read.fetch(None).await?;
        self.decrypt(response).await
    }

    /// Goes on from an answer that was fetched by other means.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn decrypt(self, response: ObjectResponse) -> Result<Object<Unauthenticated<Body>>, Error> {
        check_whole(&response.attributes)?;
        let admitted = match self.get.read.find(&response.attributes, self.get.accept.plain).await? {
            Found::Encrypted(admitted) => admitted,
            Found::Plain if self.get.accept.plain => return Ok(plain(response)),
            Found::Plain => return Err(Error::NoEnvelope),
        };
        self.get.accept.check(admitted.suite())?;
        let (envelope, key) = self.get.read.unlock(admitted, &response.attributes).await?;
        let attributes = plaintext_attributes(&response.attributes, Some(envelope.suite()));
        let decryptor = key.decryptor(response.attributes.content_len)?;
        let (read, stored) = (self.get.read, response.attributes);
        let content = match crypt::decrypt_stream(response.body, decryptor, attributes.content_len).await {
            Ok(content) => read.with_causes(content, stored),
            Err(error) => return Err(read.cause(error, &stored).await),
        };
        Ok(Object { content, attributes, envelope: Some(envelope) })
    }
}
