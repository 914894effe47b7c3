//! Upload: one object in parts, encrypted as one continuous content.

use bytes::Bytes;
use cse_envelope::WriteFormat;

use super::{
    prepare_put::{PreparePut, write_setters},
    put::Put,
};
use crate::{
    adapter::UploadSettings,
    body::Body,
    client::Client,
    error::{Error, InvalidRequest},
    instruction::{self, Overwrite, PlacedInstructionFile},
    location::ObjectLocation,
    metadata::Metadata,
    options::RequestOptions,
    plan::{EncryptedPart, InstructionFile, PartEncryptor, PutPlan, check_key},
    transport::{
        AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CreateMultipartUpload, UploadPart, Written,
    },
};

/// Starts an upload in parts: [`Client::upload`].
#[derive(Debug)]
#[must_use = "nothing is started until `start`"]
pub struct StartUpload {
    pub(crate) client: Client,
    location: ObjectLocation,
    pub(crate) prepare: PreparePut,
    pub(crate) overwrite: Overwrite,
    pub(crate) options: RequestOptions,
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
}

impl StartUpload {
    pub(crate) fn new(client: Client, location: ObjectLocation) -> Self {
        let prepare = PreparePut::new(client.clone(), None);
        Self {
            client,
            location,
            prepare,
            overwrite: Overwrite::default(),
            options: RequestOptions::new(),
            if_match: None,
            if_none_match: None,
        }
    }

    write_setters!();

    /// The length of the content in bytes, where it is known: it is held against what really comes.
    pub fn plaintext_len(mut self, len: u64) -> Self {
        self.prepare.plaintext_len = Some(len);
        self
    }

    pub(crate) fn format(mut self, format: WriteFormat) -> Self {
        self.prepare.format = format;
        self
    }

    /// The same write as a put.
    pub(crate) fn into_put(self, body: Body) -> Put {
        let Self { client, location, prepare, overwrite, options, if_match, if_none_match } = self;
        Put { client, location, body, prepare, overwrite, options, if_match, if_none_match }
    }

    /// Generates the data key and begins the upload.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    pub async fn start(self) -> Result<Upload, Error> {
        let Self { client, location, prepare, overwrite, options, if_match, if_none_match } = self;
        check_key(&location.key)?;
        let plan = prepare.prepare().await?;
        let request =
            CreateMultipartUpload { metadata: plan.metadata().clone(), ..CreateMultipartUpload::new(location.clone()) };
        let upload_id = client.transport.create_multipart_upload(request.with_options(options.clone())).await?;
        let overwrite_instruction_file = overwrite == Overwrite::Replace;
        let settings = UploadSettings { options, if_match, if_none_match, overwrite_instruction_file };
        Ok(Upload::resume(client, location, upload_id, plan, settings))
    }
}

/// An upload in progress. Ends with [`complete`](Self::complete) or [`abort`](Self::abort).
///
/// Parts are encrypted in the order in which they are given, as one content; their sizes are the caller's, at least 5 MiB for all but
/// the last. The latest part waits until the next one comes, because the tag joins the last.
///
/// Dropping it leaves the parts that were sent: the transport aborts the upload in the background if it can, otherwise they stay,
/// under [`upload_id`](Self::upload_id), until [`Client::uploads`] or a rule of the bucket removes them.
#[derive(Debug)]
#[must_use = "an upload that is not completed leaves parts behind"]
pub struct Upload {
    client: Client,
    location: ObjectLocation,
    upload_id: String,
    metadata: Metadata,
    instruction_file: Option<InstructionFile>,
    overwrite: Overwrite,
    options: RequestOptions,
    if_match: Option<String>,
    if_none_match: Option<String>,
    completed: Vec<CompletedPart>,
    /// `None` once the upload has failed or ended.
    parts: Option<PartEncryptor>,
    /// Whether S3 holds nothing of it any more.
    ended: bool,
}

impl Upload {
    /// Goes on with an upload that an adapter began with the metadata of `plan`.
    pub(crate) fn resume(
        client: Client,
        location: ObjectLocation,
        upload_id: String,
        plan: PutPlan,
        settings: UploadSettings,
    ) -> Self {
        let (metadata, instruction_file, encryptor) = plan.into_parts();
        let overwrite = if settings.overwrite_instruction_file { Overwrite::Replace } else { Overwrite::Refuse };
        Self {
            client,
            location,
            upload_id,
            metadata,
            instruction_file,
            overwrite,
            options: settings.options,
            if_match: settings.if_match,
            if_none_match: settings.if_none_match,
            completed: Vec::new(),
            parts: Some(PartEncryptor::new(encryptor)),
            ended: false,
        }
    }

    /// S3's name for the upload.
    #[must_use]
    pub fn upload_id(&self) -> &str {
        &self.upload_id
    }

    /// The object that is being written.
    #[must_use]
    pub const fn location(&self) -> &ObjectLocation {
        &self.location
    }

    /// Encrypts a part, and sends the part before it. An empty one is nothing.
    ///
    /// Dropping the future before its end fails the upload: nobody knows whether the part was stored.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write. The upload is aborted then, and takes no more parts.
    pub async fn upload_part(&mut self, plaintext: impl Into<Bytes>) -> Result<(), Error> {
        match self.try_part(plaintext.into()).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.fail(error).await),
        }
    }

    async fn try_part(&mut self, plaintext: Bytes) -> Result<(), Error> {
        // Not there again before the part is: a dropped future leaves a failed upload.
        let mut parts = self.parts.take().ok_or(InvalidRequest::UploadFailed)?;
        if let Some(part) = parts.update(plaintext)? {
            let completed = self.send(part).await?;
            self.completed.push(completed);
        }
        self.parts = Some(parts);
        Ok(())
    }

    /// Sends the last part with the tag, then the instruction file if there is one, and makes the object appear.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write. The upload is aborted then, and the instruction file is as it was before.
    ///
    /// # Cancellation
    ///
    /// As that of a [put](super::Put::send): an instruction file may stay, and one that was to be replaced be lost.
    pub async fn complete(mut self) -> Result<Written, Error> {
        match self.try_complete().await {
            Ok(written) => Ok(written),
            Err(error) => Err(self.fail(error).await),
        }
    }

    async fn try_complete(&mut self) -> Result<Written, Error> {
        let last = self.parts.take().ok_or(InvalidRequest::UploadFailed)?.finish()?;
        let completed = self.send(last).await?;
        self.completed.push(completed);
        let parts = std::mem::take(&mut self.completed);
        self.finish(parts).await
    }

    /// Gives the upload up: S3 removes its parts.
    ///
    /// # Errors
    ///
    /// The transport's; the parts stay then.
    pub async fn abort(mut self) -> Result<(), Error> {
        self.parts = None;
        self.client.transport.abort_multipart_upload(self.abort_request()).await?;
        self.ended = true;
        Ok(())
    }

    /// Encrypts the next part without sending it; `None` means that it waits. For senders of several parts at once.
    pub(crate) fn encrypt(&mut self, plaintext: Bytes) -> Result<Option<EncryptedPart>, Error> {
        self.parts.as_mut().ok_or(InvalidRequest::UploadFailed)?.update(plaintext)
    }

    /// Encrypts the last part without sending it.
    pub(crate) fn encrypt_last(&mut self) -> Result<EncryptedPart, Error> {
        self.parts.take().ok_or(InvalidRequest::UploadFailed)?.finish()
    }

    /// Sends an encrypted part.
    pub(crate) fn send(&self, part: EncryptedPart) -> impl Future<Output = Result<CompletedPart, Error>> + use<> {
        let transport = self.client.transport.clone();
        let request = UploadPart::new(self.location.clone(), &*self.upload_id, part.part_number, part.body)
            .with_options(self.options.companion());
        async move { Ok(CompletedPart::new(part.part_number, transport.upload_part(request).await?)) }
    }

    /// Completes the upload with all of its parts.
    pub(crate) async fn finish(&mut self, mut parts: Vec<CompletedPart>) -> Result<Written, Error> {
        parts.sort_by_key(|part| part.part_number);
        let (transport, options) = (&self.client.transport, &self.options);
        let placed = match &self.instruction_file {
            Some(file) => Some(
                PlacedInstructionFile::place(transport, &self.location, &self.metadata, file, self.overwrite, options)
                    .await?,
            ),
            None => None,
        };
        let mut request = CompleteMultipartUpload::new(self.location.clone(), &*self.upload_id, parts)
            .with_options(options.companion());
        request.if_match.clone_from(&self.if_match);
        request.if_none_match.clone_from(&self.if_none_match);
        let is_callers = request.if_match.is_some() || request.if_none_match.is_some();
        if let (Some(placed), false) = (&placed, is_callers) {
            request.if_match = placed.if_match().map(str::to_owned);
            request.if_none_match = placed.if_none_match().map(str::to_owned);
        }
        let error = match transport.complete_multipart_upload(request).await {
            Ok(written) => {
                self.ended = true;
                return Ok(written);
            }
            Err(error) => error.into(),
        };
        let Some(placed) = placed else { return Err(error) };
        // Aborted first: what is looked at afterwards stays as it is.
        let error = self.fail(instruction::replaced(error, is_callers)).await;
        Err(placed.undo(error).await)
    }

    /// Aborts the upload because of `error`, and gives that back. What cannot be aborted now is found by [`Client::uploads`].
    pub(crate) async fn fail(&mut self, error: Error) -> Error {
        self.parts = None;
        if !self.ended {
            self.ended = self.client.transport.abort_multipart_upload(self.abort_request()).await.is_ok();
        }
        error
    }

    fn abort_request(&self) -> AbortMultipartUpload {
        AbortMultipartUpload::new(self.location.clone(), &*self.upload_id).with_options(self.options.companion())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.ended {
            self.client.transport.abandoned(self.abort_request());
        }
    }
}
