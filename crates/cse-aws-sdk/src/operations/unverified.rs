//! Reads of what is not verified, or not yet: made by [`danger`](crate::danger).

use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectInput, GetObjectOutput};
use cse_client::{Body, Content, Object, danger};
use cse_envelope::{ByteRange, Unauthenticated};

use super::{get_object::GetObject, output};
use crate::{error::Error, fields::Request};

/// A [`GetObject`] that accepts AES-CBC content or plain objects, and says what came.
#[derive(Debug)]
#[must_use = "nothing is read until `send`"]
pub struct GetObjectAny {
    get: GetObject,
    cbc: bool,
    plain: bool,
}

/// A [`GetObject`] whose body streams before it is verified.
#[derive(Debug)]
#[must_use = "nothing is read until `send`"]
pub struct GetObjectStream {
    any: GetObjectAny,
}

/// A [`GetObject`] of a range of the plaintext, which nothing can verify.
#[derive(Debug)]
#[must_use = "nothing is read until `send`"]
pub struct GetObjectRange {
    any: GetObjectAny,
    range: ByteRange,
}

/// What came, where the object decides what it is.
#[derive(Debug)]
#[must_use]
pub enum ReadOutput {
    /// Verified: the content is what was encrypted.
    Verified(Box<GetObjectOutput>),
    /// AES-CBC: decrypted, and nothing authenticates it.
    Unauthenticated(Box<Unauthenticated<GetObjectOutput>>),
    /// Not encrypted at all: anybody who can write to the bucket could have written it.
    Plain(Box<Unauthenticated<GetObjectOutput>>),
}

impl From<GetObject> for GetObjectAny {
    /// Accepts nothing more yet.
    fn from(get: GetObject) -> Self {
        Self { get, cbc: false, plain: false }
    }
}

impl GetObjectAny {
    pub(crate) fn accepting_cbc(self) -> Self {
        Self { cbc: true, ..self }
    }

    pub(crate) fn accepting_plain(self) -> Self {
        Self { plain: true, ..self }
    }

    pub(crate) const fn streaming(self) -> GetObjectStream {
        GetObjectStream { any: self }
    }

    pub(crate) const fn range(self, range: ByteRange) -> GetObjectRange {
        GetObjectRange { any: self, range }
    }

    /// Reads the object and says what it is.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of a read.
    pub async fn send(self) -> Result<ReadOutput, Error<GetObjectError>> {
        let get = self.planned()?;
        let (answer, response) = self.get.fetch(None).await?;
        let Object { content, attributes, .. } = get.decrypt(response).await?;
        let finish = |body: Body| output::read(answer, &attributes, body);
        Ok(match content {
            Content::Verified(body) => ReadOutput::Verified(Box::new(finish(body))),
            Content::Unauthenticated(body) => ReadOutput::Unauthenticated(Box::new(marked(body, finish))),
            Content::Plain(body) => ReadOutput::Plain(Box::new(marked(body, finish))),
        })
    }

    fn planned(&self) -> Result<cse_client::operations::GetAny, Error<GetObjectError>> {
        GetObjectInput::check(self.get.inner.as_input())?;
        let mut get = cse_client::operations::GetAny::from(self.get.core()?);
        if self.cbc {
            get = danger::accept_cbc(get);
        }
        if self.plain {
            get = danger::accept_plain(get);
        }
        Ok(get)
    }
}

impl GetObjectStream {
    /// Starts reading. For GCM content the end of the body means that it was verified; an error instead of the end means that what came
    /// before it may be anything.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of a read.
    pub async fn send(self) -> Result<Unauthenticated<GetObjectOutput>, Error<GetObjectError>> {
        let get = danger::stream(self.any.planned()?);
        let (answer, response) = self.any.get.fetch(None).await?;
        let Object { content, attributes, .. } = get.decrypt(response).await?;
        Ok(marked(content, |body| output::read(answer, &attributes, body)))
    }
}

impl GetObjectRange {
    /// Starts reading. The output tells length and content range of the plaintext.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of a read; [`cse_client::Error::Range`] if no byte of the range is in the plaintext.
    pub async fn send(self) -> Result<Unauthenticated<GetObjectOutput>, Error<GetObjectError>> {
        let get = danger::range(self.any.planned()?, self.range);
        let (answer, response) = self.any.get.fetch(Some(get.stored_range().to_string())).await?;
        let Object { content, attributes, .. } = get.decrypt(response).await?;
        Ok(marked(content, |body| output::read(answer, &attributes, body)))
    }
}

/// Moves the mark from the body to the output that holds it.
fn marked(
    body: Unauthenticated<Body>,
    finish: impl FnOnce(Body) -> GetObjectOutput,
) -> Unauthenticated<GetObjectOutput> {
    Unauthenticated::new(finish(danger::accept_unauthenticated(body)))
}
