//! Put: one object, one request.

use cse_envelope::WriteFormat;

use super::prepare_put::{PreparePut, write_setters};
use crate::{
    body::Body,
    client::Client,
    crypt,
    error::Error,
    instruction::{Overwrite, PlacedInstructionFile, replaced},
    location::ObjectLocation,
    options::RequestOptions,
    plan::check_key,
    transport::{PutObject, Written},
};

/// Encrypts and writes an object: [`Client::put`].
#[derive(Debug)]
#[must_use = "nothing is written until `send`"]
pub struct Put {
    pub(super) client: Client,
    pub(super) location: ObjectLocation,
    pub(super) body: Body,
    pub(super) prepare: PreparePut,
    pub(super) overwrite: Overwrite,
    pub(super) options: RequestOptions,
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
}

impl Put {
    pub(crate) fn new(client: Client, location: ObjectLocation, body: Body) -> Self {
        let prepare = PreparePut::new(client.clone(), None);
        Self {
            client,
            location,
            body,
            prepare,
            overwrite: Overwrite::default(),
            options: RequestOptions::new(),
            if_match: None,
            if_none_match: None,
        }
    }

    write_setters!();

    pub(crate) fn format(mut self, format: WriteFormat) -> Self {
        self.prepare.format = format;
        self
    }

    /// Encrypts the content and writes it.
    ///
    /// Up to [`Config::multipart_threshold`](crate::Config::multipart_threshold) the ciphertext is in memory, so that the transport can send it again; above it is sent once,
    /// and a failure is the caller's to repeat: large contents do better with [`Client::upload`] or `transfer`.
    ///
    /// # Cancellation
    ///
    /// Dropping the future before its end may leave an instruction file whose object was not written, never a part of an object. With
    /// [`overwrite_instruction_file`](Self::overwrite_instruction_file) the old object then has lost its key: do not drop such a write, with a timeout for
    /// example, outside of a bucket that keeps versions.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write; nothing is sent for [`Error::InvalidRequest`] and [`Error::Length`].
    pub async fn send(self) -> Result<Written, Error> {
        let Self { client, location, body, prepare, overwrite, options, if_match, if_none_match } = self;
        check_key(&location.key)?;
        let len = body.content_len();
        let plan = prepare.known_len(len)?.prepare().await?;
        let (metadata, file, encryptor) = plan.into_parts();
        let is_streamed = len.is_none_or(|len| len > client.config.multipart_threshold);
        let body = if is_streamed {
            crypt::encrypt_stream(body, encryptor)
        } else {
            crypt::encrypt_in_memory(body, encryptor).await?.into()
        };
        let transport = &client.transport;
        let placed = match &file {
            Some(file) => {
                let placed = PlacedInstructionFile::place(transport, &location, &metadata, file, overwrite, &options);
                Some(placed.await?)
            }
            None => None,
        };
        let mut request =
            PutObject { metadata, if_match, if_none_match, ..PutObject::new(location, body).with_options(options) };
        let is_callers = request.if_match.is_some() || request.if_none_match.is_some();
        if let (Some(placed), false) = (&placed, is_callers) {
            request.if_match = placed.if_match().map(str::to_owned);
            request.if_none_match = placed.if_none_match().map(str::to_owned);
        }
        let error = match transport.put_object(request).await.map_err(Error::from) {
            Ok(written) => return Ok(written),
            Err(error @ Error::Transport(_)) if is_streamed => Error::StreamedOnce(Box::new(error)),
            Err(error) => replaced(error, is_callers),
        };
        match placed {
            Some(placed) => Err(placed.undo(error).await),
            None => Err(error),
        }
    }
}
