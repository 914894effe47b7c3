//! Copy: an object with its envelope and its instruction file, without decrypting anything.

use std::sync::Arc;

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
    plan::{InstructionFile, check_key, check_len, check_user_metadata, envelope_entries},
    transport::{
        AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, CopyObject, CreateMultipartUpload, HeadObject,
        ObjectAttributes, Transport, TransportErrorKind, UploadPartCopy, Written,
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
    source_options: Option<RequestOptions>,
    if_none_match: Option<String>,
}

/// A copy whose request an adapter sends: [`Copy::prepare`].
#[derive(Debug)]
#[non_exhaustive]
#[must_use]
pub struct PreparedCopy {
    /// The metadata to give the copy (directive `REPLACE`); `None` if the source's is copied as it is.
    pub metadata: Option<Metadata>,
    /// The ETag that the source must have when it is copied.
    pub source_etag: Option<String>,
    /// The target's instruction file, to be undone if the request fails.
    pub placed: Option<PlacedInstructionFile>,
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
            source_options: None,
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

    /// Headers for the requests that look at the source, where they are not those of the target: another SSE-C key or owner.
    pub fn source_options(self, options: RequestOptions) -> Self {
        Self { source_options: Some(options), ..self }
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
        let placed = self.place(&source).await?;
        match (self.copy_content(&source.attributes, metadata, placed.as_ref()).await, placed) {
            (Err(error), Some(placed)) => Err(placed.undo(error).await),
            (result, _) => result,
        }
    }

    async fn place(&self, source: &Source) -> Result<Option<PlacedInstructionFile>, Error> {
        let Some(file) = &source.file else { return Ok(None) };
        let target = &self.target;
        // Onto itself: the file is there.
        if self.file.of(&self.source) == target.sibling(INSTRUCTION_SUFFIX) {
            return Ok(None);
        }
        let (transport, overwrite) = (&self.client.transport, self.overwrite);
        PlacedInstructionFile::place(transport, target, &source.attributes.metadata, file, overwrite, &self.options)
            .await
            .map(Some)
    }

    /// Everything but the copy itself, for an [adapter](crate::adapter) that sends that by a request of its own.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`InvalidRequest::Unsupported`] for an object that a single request does not copy.
    pub async fn prepare(self) -> Result<PreparedCopy, Error> {
        let source = self.look().await?;
        if source.attributes.content_len.is_some_and(|len| len > MAX_COPY_LEN) {
            let reason = "more than 5 GiB are copied in parts: use the copy of cse_client::Client";
            return Err(InvalidRequest::Unsupported(reason).into());
        }
        let metadata = self.new_metadata(&source.attributes)?;
        let placed = self.place(&source).await?;
        Ok(PreparedCopy { metadata, source_etag: source.attributes.etag, placed })
    }

    /// What the source is, and that the copy will have all that reading needs.
    async fn look(&self) -> Result<Source, Error> {
        check_key(&self.target.key)?;
        let request = HeadObject::new(self.source.clone()).with_options(self.options_of_source());
        let attributes = self.client.transport.head_object(request).await?;
        let stored = parse(attributes.metadata.iter())?;
        let file = if stored.needs_instruction_file() || self.file.is_named() {
            Some(self.needed_file(stored, &attributes).await?)
        } else {
            self.spare_file(stored).await?
        };
        Ok(Source { attributes, file })
    }

    /// The file without which the copy could not be read, or that the caller named.
    async fn needed_file(&self, stored: Stored, attributes: &ObjectAttributes) -> Result<InstructionFile, Error> {
        if self.source.version_id.is_some() && self.file.version_id.is_none() {
            let reason = "an old version of an object goes with an old version of its instruction file: name that as well (instruction_version_id)";
            return Err(InvalidRequest::Unsupported(reason).into());
        }
        match self.fetch_file().await? {
            Some(body) => checked(stored, &body),
            None if self.file.is_named() || !envelope_entries(&attributes.metadata).is_empty() => {
                Err(Error::MissingInstructionFile)
            }
            None => Err(Error::NoEnvelope),
        }
    }

    /// The file of an object whose metadata is whole, as after a rewrap: taken along if it is there and fits.
    async fn spare_file(&self, stored: Stored) -> Result<Option<InstructionFile>, Error> {
        if self.source.version_id.is_some() {
            return Ok(None);
        }
        match self.fetch_file().await {
            Ok(file) => Ok(file.and_then(|body| checked(stored, &body).ok())),
            // Who may not list a bucket is denied what is not there; and what is too long is somebody's object.
            Err(error) if is_denied(&error) || matches!(error, Error::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn fetch_file(&self) -> Result<Option<Bytes>, Error> {
        let file = self.file.of(&self.source);
        let found = instruction::fetch(&*self.client.transport, file, self.options_of_source()).await?;
        Ok(found.map(|(body, _)| body))
    }

    fn options_of_source(&self) -> RequestOptions {
        self.source_options.as_ref().unwrap_or(&self.options).companion()
    }

    /// The metadata to give, if the source's is not copied as it is.
    fn new_metadata(&self, source: &ObjectAttributes) -> Result<Option<Metadata>, Error> {
        let Some(user) = &self.metadata else { return Ok(None) };
        check_user_metadata(user)?;
        let mut metadata = user.clone();
        metadata.extend(envelope_entries(&source.metadata).iter());
        check_len(&metadata)?;
        Ok(Some(metadata))
    }

    async fn copy_content(
        &self,
        source: &ObjectAttributes,
        metadata: Option<Metadata>,
        placed: Option<&PlacedInstructionFile>,
    ) -> Result<Written, Error> {
        if source.content_len.is_some_and(|len| len > MAX_COPY_LEN) {
            let metadata = metadata.unwrap_or_else(|| source.metadata.clone());
            return self.copy_parts(source, metadata, placed).await;
        }
        let options = match metadata {
            Some(_) => self.describing(source)?,
            None => self.options.clone(),
        };
        let options = options.with_source(&self.options_of_source());
        let mut request = CopyObject::new(self.source.clone(), self.target.clone()).with_options(options);
        request.metadata = metadata;
        request.source_if_match.clone_from(&source.etag);
        (request.if_match, request.if_none_match) = self.condition(placed);
        self.client.transport.copy_object(request).await.map_err(|error| self.changed(error))
    }

    async fn copy_parts(
        &self,
        source: &ObjectAttributes,
        metadata: Metadata,
        placed: Option<&PlacedInstructionFile>,
    ) -> Result<Written, Error> {
        let transport = &self.client.transport;
        let create = CreateMultipartUpload { metadata, ..CreateMultipartUpload::new(self.target.clone()) };
        let upload_id = transport.create_multipart_upload(create.with_options(self.describing(source)?)).await?;
        let abort = AbortMultipartUpload::new(self.target.clone(), &*upload_id).with_options(self.options.companion());
        let mut unfinished = Unfinished { transport: transport.clone(), abort: Some(abort) };
        match self.copy_all_parts(source, &upload_id, placed).await {
            Ok(written) => {
                unfinished.abort = None;
                Ok(written)
            }
            Err(error) => {
                if let Some(abort) = unfinished.abort.take() {
                    // What cannot be aborted now is found by `Client::uploads`.
                    let _ = transport.abort_multipart_upload(abort).await;
                }
                Err(error)
            }
        }
    }

    async fn copy_all_parts(
        &self,
        source: &ObjectAttributes,
        upload_id: &str,
        placed: Option<&PlacedInstructionFile>,
    ) -> Result<Written, Error> {
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
        (request.if_match, request.if_none_match) = self.condition(placed);
        self.client.transport.complete_multipart_upload(request).await.map_err(|error| self.changed(error))
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
        let options = self.options.companion().with_source(&self.options_of_source());
        let mut request = UploadPartCopy::new(self.source.clone(), self.target.clone(), upload_id, number, range)
            .with_options(options);
        request.source_if_match.clone_from(&source.etag);
        let part = self.client.transport.upload_part_copy(request).await.map_err(|error| self.changed(error))?;
        Ok(CompletedPart::new(number, part))
    }

    /// What must be where the copy goes: what the caller says, or else that nobody was faster.
    fn condition(&self, placed: Option<&PlacedInstructionFile>) -> (Option<String>, Option<String>) {
        match placed {
            Some(placed) if self.if_none_match.is_none() => {
                (placed.if_match().map(str::to_owned), placed.if_none_match().map(str::to_owned))
            }
            _ => (None, self.if_none_match.clone()),
        }
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

/// Tells the transport of a copy in parts that was dropped before its end.
struct Unfinished {
    transport: Arc<dyn Transport>,
    abort: Option<AbortMultipartUpload>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(abort) = self.abort.take() {
            self.transport.abandoned(abort);
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
