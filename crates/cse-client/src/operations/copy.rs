//! Copy: an object with its envelope and its instruction file, without decrypting anything.

use bytes::Bytes;
use cse_envelope::{ByteRange, Stored, parse};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::read::FileChoice;
use crate::{
    client::Client,
    error::{Error, InvalidRequest},
    instruction::{self, Overwrite, PlacedInstructionFile},
    location::{INSTRUCTION_SUFFIX, ObjectLocation},
    metadata::Metadata,
    options::RequestOptions,
    plan::{InstructionFile, check_user_metadata, envelope_entries},
    transport::{
        AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CopyObject, CreateMultipartUpload, HeadObject,
        ObjectAttributes, TransportErrorKind, UploadPartCopy, Written,
    },
};

/// S3's limit for one request: 5 GiB.
const MAX_COPY_LEN: u64 = 5 * 1024 * 1024 * 1024;

/// Parts of a larger copy: 1 GiB, so that 10,000 of them hold the largest object.
const PART_LEN: u64 = 1024 * 1024 * 1024;

/// Parts that are copied at once.
const CONCURRENCY: usize = 4;

/// What describes an object, and is not copied when its metadata is given anew.
const DESCRIBING: &[&str] =
    &["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"];

/// Copies an encrypted object: [`Client::copy`].
#[derive(Clone, Debug)]
#[must_use = "nothing is copied until `send`"]
pub struct Copy {
    client: Client,
    source: ObjectLocation,
    target: ObjectLocation,
    file: FileChoice,
    metadata: Option<Metadata>,
    overwrite: Overwrite,
    options: RequestOptions,
    if_none_match: Option<String>,
}

/// What is copied: the object as it was looked at, and its instruction file.
struct Source {
    attributes: ObjectAttributes,
    file: Option<InstructionFile>,
}

impl Copy {
    pub(crate) fn new(client: Client, source: ObjectLocation, target: ObjectLocation) -> Self {
        Self {
            client,
            source,
            target,
            file: FileChoice::default(),
            metadata: None,
            overwrite: Overwrite::default(),
            options: RequestOptions::new(),
            if_none_match: None,
        }
    }

    /// New user metadata instead of the source's. The envelope stays.
    pub fn metadata(self, metadata: Metadata) -> Self {
        Self { metadata: Some(metadata), ..self }
    }

    /// The source's instruction file, by the suffix of its key. It is copied to the default one.
    pub fn instruction_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.file.suffix = Some(suffix.into());
        self
    }

    /// The version of the source's instruction file, for an old version of the source.
    pub fn instruction_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.file.version_id = Some(version_id.into());
        self
    }

    /// Replaces an instruction file that the target has already; see [`Put::overwrite_instruction_file`](super::Put::overwrite_instruction_file).
    pub fn overwrite_instruction_file(self) -> Self {
        Self { overwrite: Overwrite::Replace, ..self }
    }

    /// Copies only if the target is not there yet.
    pub fn if_absent(self) -> Self {
        Self { if_none_match: Some("*".to_owned()), ..self }
    }

    /// Headers for the request that copies.
    pub fn options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }

    /// Copies the instruction file, if there is one, and then the object; the source must not change meanwhile.
    ///
    /// Objects of more than 5 GiB are copied in parts.
    ///
    /// # Errors
    ///
    /// [`Error::NoEnvelope`] for a plain object, and [`Error::MissingInstructionFile`] where the copy could not be read. If the copy fails
    /// the target's instruction file is as it was.
    pub async fn send(self) -> Result<Written, Error> {
        let source = self.look().await?;
        self.copy(source).await
    }

    async fn copy(self, source: Source) -> Result<Written, Error> {
        let metadata = self.new_metadata(&source.attributes)?;
        let placed = match &source.file {
            // Onto itself: the file is there.
            Some(_) if self.file.of(&self.source) == self.target.sibling(INSTRUCTION_SUFFIX) => None,
            Some(file) => {
                let (transport, overwrite) = (&self.client.transport, self.overwrite);
                let target = &self.target;
                Some(
                    PlacedInstructionFile::place(transport, target, INSTRUCTION_SUFFIX, file, overwrite, &self.options)
                        .await?,
                )
            }
            None => None,
        };
        match (self.copy_content(&source.attributes, metadata).await, placed) {
            (Err(error), Some(placed)) => Err(placed.undo(error).await),
            (result, _) => result,
        }
    }

    /// What the source is, and that the copy will have all that reading needs.
    async fn look(&self) -> Result<Source, Error> {
        let request = HeadObject::new(self.source.clone()).with_options(self.options.companion());
        let attributes = self.client.transport.head_object(request).await?;
        let stored = parse(attributes.metadata.iter())?;
        let needs_file = stored.needs_instruction_file();
        let file = match self.fetch_file().await {
            Ok(file) => file,
            // Who may not list a bucket is denied what is not there.
            Err(error) if !needs_file && is_denied(&error) => None,
            Err(error) => return Err(error),
        };
        let file = match file {
            Some(body) => Some(checked(stored, &body)?),
            None if needs_file && envelope_entries(&attributes.metadata).is_empty() => return Err(Error::NoEnvelope),
            None if needs_file || self.file.suffix.is_some() => return Err(Error::MissingInstructionFile),
            None => None,
        };
        Ok(Source { attributes, file })
    }

    async fn fetch_file(&self) -> Result<Option<Bytes>, Error> {
        let file = self.file.of(&self.source);
        let found = instruction::fetch(&*self.client.transport, file, self.options.companion()).await?;
        Ok(found.map(|(body, _)| body))
    }

    /// The metadata to give, if the source's is not copied as it is.
    fn new_metadata(&self, source: &ObjectAttributes) -> Result<Option<Metadata>, Error> {
        let Some(user) = &self.metadata else { return Ok(None) };
        check_user_metadata(user)?;
        let mut metadata = user.clone();
        metadata.extend(envelope_entries(&source.metadata).iter().map(|(name, value)| (name, value)));
        Ok(Some(metadata))
    }

    async fn copy_content(&self, source: &ObjectAttributes, metadata: Option<Metadata>) -> Result<Written, Error> {
        if source.content_len.is_some_and(|len| len > MAX_COPY_LEN) {
            let metadata = metadata.unwrap_or_else(|| source.metadata.clone());
            return self.copy_parts(source, metadata).await;
        }
        let options = match metadata {
            Some(_) => self.describing(source)?,
            None => self.options.clone(),
        };
        let mut request = CopyObject::new(self.source.clone(), self.target.clone()).with_options(options);
        request.metadata = metadata;
        request.source_if_match.clone_from(&source.etag);
        request.if_none_match.clone_from(&self.if_none_match);
        self.client.transport.copy_object(request).await.map_err(|error| self.changed(error))
    }

    async fn copy_parts(&self, source: &ObjectAttributes, metadata: Metadata) -> Result<Written, Error> {
        let transport = &self.client.transport;
        let create = CreateMultipartUpload { metadata, ..CreateMultipartUpload::new(self.target.clone()) };
        let upload_id = transport.create_multipart_upload(create.with_options(self.describing(source)?)).await?;
        match self.copy_all_parts(source, &upload_id).await {
            Ok(written) => Ok(written),
            Err(error) => {
                let abort = AbortMultipartUpload::new(self.target.clone(), &*upload_id);
                // What cannot be aborted now is found by `Client::uploads`.
                let _ = transport.abort_multipart_upload(abort.with_options(self.options.companion())).await;
                Err(error)
            }
        }
    }

    async fn copy_all_parts(&self, source: &ObjectAttributes, upload_id: &str) -> Result<Written, Error> {
        let len = source.content_len.unwrap_or_default();
        let parts = (1..).zip((0..len).step_by(usize::try_from(PART_LEN).unwrap_or(usize::MAX)));
        let mut completed: Vec<CompletedPart> = stream::iter(parts)
            .map(|(number, first)| self.copy_part(source, upload_id, number, first, len))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        completed.sort_by_key(|part| part.part_number);
        let mut request = CompleteMultipartUpload::new(self.target.clone(), upload_id, completed)
            .with_options(self.options.companion());
        request.if_none_match.clone_from(&self.if_none_match);
        Ok(self.client.transport.complete_multipart_upload(request).await?)
    }

    async fn copy_part(
        &self,
        source: &ObjectAttributes,
        upload_id: &str,
        number: u16,
        first: u64,
        len: u64,
    ) -> Result<CompletedPart, Error> {
        let range = ByteRange::from_bounds(first..len.min(first.saturating_add(PART_LEN)))?;
        let mut request = UploadPartCopy::new(self.source.clone(), self.target.clone(), upload_id, number, range)
            .with_options(self.options.companion());
        request.source_if_match.clone_from(&source.etag);
        let part = self.client.transport.upload_part_copy(request).await.map_err(|error| self.changed(error))?;
        Ok(CompletedPart::new(number, part))
    }

    /// The caller's headers, and the source's own description where the caller says nothing.
    fn describing(&self, source: &ObjectAttributes) -> Result<RequestOptions, InvalidRequest> {
        let mut options = self.options.clone();
        for name in DESCRIBING {
            let is_given = options.headers().any(|(given, _)| given == *name);
            if let Some(value) = source.header(name).filter(|_| !is_given) {
                options = options.header(name, value)?;
            }
        }
        Ok(options)
    }

    /// A condition that does not hold is the source's, unless the caller made one of its own.
    fn changed(&self, error: crate::transport::TransportError) -> Error {
        match error.kind() {
            TransportErrorKind::PreconditionFailed if self.if_none_match.is_none() => Error::Replaced,
            _ => error.into(),
        }
    }
}

/// The file's text, if it completes the envelope: a file that does not belong to the object is not copied.
fn checked(stored: Stored, body: &Bytes) -> Result<InstructionFile, Error> {
    stored.with_instruction_file(body)?;
    let text = String::from_utf8(body.to_vec());
    text.map(InstructionFile).map_err(|_| InvalidRequest::Unsupported("the instruction file is not text").into())
}

fn is_denied(error: &Error) -> bool {
    error.transport_error().is_some_and(|error| error.kind() == TransportErrorKind::AccessDenied)
}
