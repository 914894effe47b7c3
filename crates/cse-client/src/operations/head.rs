//! Head: what is stored beside an object, without a key and without its bytes.

use cse_envelope::{AlgorithmSuite, Envelope, Stored};

use super::read::{Read, read_setters};
use crate::{
    client::Client,
    error::Error,
    location::ObjectLocation,
    plan::{envelope_entries, plaintext_attributes},
    transport::{self, ObjectAttributes},
};

/// Looks at an object: [`Client::head`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read until `send`"]
pub struct Head {
    read: Read,
}

/// What is stored beside an object.
#[derive(Debug)]
#[non_exhaustive]
pub struct HeadObject {
    /// Lengths are the plaintext's where the algorithm suite tells it: always for GCM, never for CBC. The metadata is the user's.
    pub attributes: ObjectAttributes,
    /// How many bytes are stored.
    pub stored_len: Option<u64>,
    stored: Stored,
}

impl HeadObject {
    /// The envelope, as it is stored: no policy has admitted it. `None` for a plain object, or one whose instruction file is lost.
    #[must_use]
    pub const fn envelope(&self) -> Option<&Envelope> {
        self.stored.envelope()
    }

    /// The suite of the content, if the object is encrypted.
    #[must_use]
    pub fn suite(&self) -> Option<AlgorithmSuite> {
        self.envelope().map(Envelope::suite)
    }

    /// The envelope with everything that a read would need to be allowed.
    #[must_use]
    pub const fn stored(&self) -> &Stored {
        &self.stored
    }
}

impl Head {
    pub(crate) fn new(client: Client, location: ObjectLocation) -> Self {
        Self { read: Read::new(client, location) }
    }

    read_setters!(read);

    /// Asks for the object's attributes, and for its instruction file where the metadata holds no whole envelope.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Malformed`], [`Error::MissingInstructionFile`] for an object that shows that it has one, and the
    /// transport's.
    pub async fn send(self) -> Result<HeadObject, Error> {
        let mut request =
            transport::HeadObject::new(self.read.location.clone()).with_options(self.read.options.clone());
        request.if_match.clone_from(&self.read.if_match);
        let attributes = self.read.client.transport.head_object(request).await?;
        self.describe(attributes).await
    }

    /// Goes on from attributes that were fetched by other means.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn describe(self, attributes: ObjectAttributes) -> Result<HeadObject, Error> {
        let stored = self.read.stored(&attributes).await?;
        if stored.envelope().is_none() && !envelope_entries(&attributes.metadata).is_empty() {
            return Err(Error::MissingInstructionFile);
        }
        let suite = stored.envelope().map(Envelope::suite);
        Ok(HeadObject {
            stored_len: attributes.content_len,
            attributes: plaintext_attributes(&attributes, suite),
            stored,
        })
    }
}
