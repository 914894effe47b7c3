//! Delete: the object first, then its instruction file.

use crate::{
    client::Client,
    error::Error,
    instruction,
    location::ObjectLocation,
    options::RequestOptions,
    transport::{DeleteObject, DeletedObject},
};

/// Deletes an object and its instruction file: [`Client::delete`].
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until `send`"]
pub struct Delete {
    client: Client,
    request: DeleteObject,
}

impl Delete {
    pub(crate) fn new(client: Client, location: ObjectLocation) -> Self {
        Self { client, request: DeleteObject::new(location) }
    }

    /// Headers for the request; the instruction file's carries some of them.
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.request.options = options;
        self
    }

    /// The ETag the object must have, with its quotes.
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.request.if_match = Some(etag.into());
        self
    }

    /// Deletes the object, and then its instruction file: what is there under that name is looked at first, and left alone if it is none.
    /// Who may not read has it deleted unseen.
    ///
    /// A single version that is named is deleted alone: the instruction file belongs to the newest version. An object that is not there
    /// is no error.
    ///
    /// # Errors
    ///
    /// The transport's. If the instruction file could not be deleted the object is gone nevertheless; deleting again, without
    /// a condition, ends it.
    pub async fn send(self) -> Result<DeletedObject, Error> {
        let Self { client, request } = self;
        let (location, options) = (request.location.clone(), request.options.companion());
        let deleted = client.transport.delete_object(request).await?;
        if location.version_id.is_none() {
            instruction::delete(&*client.transport, &location, &options).await?;
        }
        Ok(deleted)
    }
}
