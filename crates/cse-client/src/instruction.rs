//! Instruction files: read with their object, and placed before it so that a failed write leaves nothing that does not match.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use cse_envelope::{StoredForm, error::Place, parse};

use crate::{
    body::Body,
    error::Error,
    location::{INSTRUCTION_SUFFIX, MAX_KEY_LEN, ObjectLocation},
    metadata::Metadata,
    options::RequestOptions,
    plan::{InstructionFile, check_whole, envelope_entries},
    transport::{
        DeleteObject, GetObject, HeadObject, ObjectAttributes, PutObject, Transport, TransportError, TransportErrorKind,
    },
};

/// More than any instruction file has that can be read, in bytes.
const MAX_LEN: u64 = 512 * 1024;

/// Reads an instruction file; `None` if it is not there.
pub(crate) async fn fetch(
    transport: &dyn Transport,
    location: ObjectLocation,
    options: RequestOptions,
) -> Result<Option<(Bytes, ObjectAttributes)>, Error> {
    match transport.get_object(GetObject::new(location).with_options(options)).await {
        Ok(response) => {
            check_whole(&response.attributes)?;
            Ok(Some((response.body.collect_up_to(MAX_LEN).await?, response.attributes)))
        }
        Err(error) if error.kind() == TransportErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What a write does with an instruction file that is there already.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Overwrite {
    /// The write is refused.
    #[default]
    Refuse,
    /// It is replaced, and put back if the write fails.
    Replace,
}

/// An instruction file that was put before its object. Ends with [`undo`](Self::undo) if the object's write failed.
///
/// `Debug` shows where it is, and not what is in it: wrapped data keys.
#[must_use]
pub struct PlacedInstructionFile {
    transport: Arc<dyn Transport>,
    object: ObjectLocation,
    file: ObjectLocation,
    options: RequestOptions,
    etag: Option<String>,
    previous: Option<(Bytes, Metadata)>,
    object_before: Before,
    /// What tells the new object from others: the encryption's entries in its own metadata. V1 and V2 have none there.
    mark: Metadata,
}

/// The object as it was before the write, as far as its reader may know.
#[derive(Debug, Eq, PartialEq)]
enum Before {
    Absent,
    Present { etag: Option<String> },
    Unknown,
}

impl PlacedInstructionFile {
    /// Puts the instruction file of an object that is about to be written with this metadata.
    pub(crate) async fn place(
        transport: &Arc<dyn Transport>,
        object: &ObjectLocation,
        metadata: &Metadata,
        body: &InstructionFile,
        overwrite: Overwrite,
        options: &RequestOptions,
    ) -> Result<Self, Error> {
        let (file, options) = (object.sibling(INSTRUCTION_SUFFIX), options.companion());
        let previous = match overwrite {
            Overwrite::Refuse => None,
            Overwrite::Replace => fetch(&**transport, file.clone(), options.clone()).await?,
        };
        let object_before = Before::look(&**transport, object, &options).await;
        let mut request = put_request(file.clone(), body.0.clone().into(), &options);
        match &previous {
            Some((_, attributes)) => request.if_match.clone_from(&attributes.etag),
            None => request.if_none_match = Some("*".to_owned()),
        }
        let etag = match transport.put_object(request).await {
            Ok(written) => written.etag,
            Err(error) => etag_of_arrived(&**transport, &file, body, overwrite, &options, error).await?,
        };
        Ok(Self {
            transport: Arc::clone(transport),
            object: object.clone(),
            file,
            options,
            etag,
            previous: previous.map(|(body, attributes)| (body, attributes.metadata)),
            object_before,
            mark: envelope_entries(metadata),
        })
    }

    /// The ETag that the object's own write must require, if its caller required nothing.
    ///
    /// It must still be the object that was there when the file was put: another writer's file and object may have come in between.
    #[must_use]
    pub fn if_match(&self) -> Option<&str> {
        match &self.object_before {
            Before::Present { etag } => etag.as_deref(),
            Before::Absent | Before::Unknown => None,
        }
    }

    /// `*`, if there must still be no such object.
    #[must_use]
    pub fn if_none_match(&self) -> Option<&str> {
        (self.object_before == Before::Absent).then_some("*")
    }

    /// The instruction file that was there before, in case it has to be saved elsewhere.
    #[must_use]
    pub fn previous(&self) -> Option<&Bytes> {
        self.previous.as_ref().map(|(body, _)| body)
    }

    /// The object's write failed with `cause`: puts the old file back, or removes the new one, and gives the error to return.
    ///
    /// Where nobody knows whether the object was written, the object itself is asked; if it is a new one, its file stays. If undoing fails,
    /// [`Error::NotUndone`] has this value, to try again.
    pub async fn undo(self, cause: Error) -> Error {
        match self.try_undo(&cause).await {
            Ok(()) => cause,
            Err(undo) => {
                Error::NotUndone { cause: Box::new(cause), undo: Box::new(undo), placed: Some(Box::new(self)) }
            }
        }
    }

    async fn try_undo(&self, cause: &Error) -> Result<(), Error> {
        if may_be_written(cause) && self.is_written().await? {
            return Ok(());
        }
        match self.put_back().await {
            Err(error) if error.kind() == TransportErrorKind::PreconditionFailed && !self.is_there().await? => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(()),
        }
    }

    /// Whether the file that was placed is still there: another writer's goes with that writer's object.
    async fn is_there(&self) -> Result<bool, Error> {
        let now = fetch(&*self.transport, self.file.clone(), self.options.clone()).await?;
        Ok(now.is_some_and(|(_, attributes)| attributes.etag == self.etag))
    }

    async fn put_back(&self) -> Result<(), TransportError> {
        let (transport, file) = (&self.transport, self.file.clone());
        match &self.previous {
            Some((body, metadata)) => {
                let mut request = put_request(file, body.clone().into(), &self.options);
                request.metadata = metadata.clone();
                request.if_match.clone_from(&self.etag);
                transport.put_object(request).await.map(drop)
            }
            None => {
                let mut request = DeleteObject::new(file).with_options(self.options.clone());
                request.if_match.clone_from(&self.etag);
                transport.delete_object(request).await.map(drop)
            }
        }
    }

    async fn is_written(&self) -> Result<bool, Error> {
        let request = HeadObject::new(self.object.clone()).with_options(self.options.clone());
        let now = match self.transport.head_object(request).await {
            Ok(now) => now,
            Err(error) if error.kind() == TransportErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        match &self.object_before {
            Before::Present { etag } if etag.is_some() && *etag == now.etag => Ok(false),
            _ if !self.mark.is_empty() => Ok(self.is_marked(&now.metadata)),
            Before::Absent | Before::Present { .. } => Ok(true),
            Before::Unknown => Err(TransportError::new(TransportErrorKind::Other)
                .with_message("the object could not be looked at before")
                .into()),
        }
    }

    /// Whether the metadata is the new object's. An encoded word cannot be compared; then it may be.
    fn is_marked(&self, metadata: &Metadata) -> bool {
        let is_same = |stored: &str, value: &[u8]| {
            stored.as_bytes() == value || stored.starts_with("=?") || value.starts_with(b"=?")
        };
        self.mark.iter().all(|(name, value)| metadata.text(name).is_some_and(|stored| is_same(stored, value)))
    }
}

impl fmt::Debug for PlacedInstructionFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let previous = self.previous.is_some();
        f.debug_struct("PlacedInstructionFile")
            .field("file", &self.file)
            .field("previous", &previous)
            .finish_non_exhaustive()
    }
}

impl Before {
    async fn look(transport: &dyn Transport, object: &ObjectLocation, options: &RequestOptions) -> Self {
        match transport.head_object(HeadObject::new(object.clone()).with_options(options.clone())).await {
            Ok(attributes) => Self::Present { etag: attributes.etag },
            Err(error) if error.kind() == TransportErrorKind::NotFound => Self::Absent,
            // A writer need not be a reader.
            Err(_) => Self::Unknown,
        }
    }
}

fn put_request(file: ObjectLocation, body: Body, options: &RequestOptions) -> PutObject {
    let mut request = PutObject::new(file, body).with_options(options.clone());
    request.metadata = Metadata::from_iter([StoredForm::INSTRUCTION_FILE_METADATA]);
    request
}

/// The put of a file failed with `error`. If the file is there nevertheless, because only the answer was lost, its ETag.
async fn etag_of_arrived(
    transport: &dyn Transport,
    file: &ObjectLocation,
    body: &InstructionFile,
    overwrite: Overwrite,
    options: &RequestOptions,
    error: TransportError,
) -> Result<Option<String>, Error> {
    let (kind, cause) = (error.kind(), occupied(error, overwrite));
    match arrived(transport, file, &body.0, options, kind).await {
        Ok(Some(attributes)) => Ok(attributes.etag),
        Ok(None) => Err(cause),
        // Who may write and not read is told of a file that is there, as by S3.
        Err(_) if kind == TransportErrorKind::PreconditionFailed && overwrite == Overwrite::Refuse => Err(cause),
        // Who may neither write nor read it has not written it.
        Err(_) if kind == TransportErrorKind::AccessDenied => Err(cause),
        Err(undo) => Err(Error::NotUndone { cause: Box::new(cause), undo: Box::new(undo), placed: None }),
    }
}

/// The file, if it is there although its put failed with an error of `kind`.
pub(crate) async fn arrived(
    transport: &dyn Transport,
    file: &ObjectLocation,
    body: &str,
    options: &RequestOptions,
    kind: TransportErrorKind,
) -> Result<Option<ObjectAttributes>, Error> {
    if !may_have_arrived(kind) {
        return Ok(None);
    }
    let found = fetch(transport, file.clone(), options.clone()).await?;
    // No other write has the same wrapped key.
    Ok(found.filter(|(found, _)| found == body.as_bytes()).map(|(_, attributes)| attributes))
}

fn occupied(error: TransportError, overwrite: Overwrite) -> Error {
    match (error.kind(), overwrite) {
        // Two writers at the very same time: neither has been refused for good.
        _ if error.is_retryable() => error.into(),
        (TransportErrorKind::PreconditionFailed, Overwrite::Refuse) => Error::InstructionFileExists,
        (TransportErrorKind::PreconditionFailed, Overwrite::Replace) => Error::Replaced,
        _ => error.into(),
    }
}

/// A copy's condition on its source is [`Error::Replaced`].
fn may_be_written(cause: &Error) -> bool {
    matches!(cause, Error::Replaced) || cause.transport_error().is_some_and(|error| may_have_arrived(error.kind()))
}

/// Whether what was written may be there in spite of the error. Whatever S3 answered may be about the transport's own second attempt,
/// after its first one was done and only the answer to it was lost.
const fn may_have_arrived(kind: TransportErrorKind) -> bool {
    !matches!(kind, TransportErrorKind::NotSent)
}

/// Whether a condition that nobody but this crate made does not hold: the object is another one than was looked at.
pub(crate) fn replaced(error: Error, is_callers: bool) -> Error {
    match error {
        Error::Condition(_) if !is_callers => Error::Replaced,
        other => other,
    }
}

/// Whether this is an instruction file's content, of whichever client and version.
fn is_instruction_file(body: &[u8]) -> bool {
    let nothing: [(&str, &str); 0] = [];
    match parse(nothing).and_then(|stored| stored.with_instruction_file(body)) {
        Ok(_) => true,
        // A file of V3, whose object must hold the rest, names a key.
        Err(malformed) => malformed.place != Place::InstructionFile,
    }
}

/// Deletes the instruction file of an object that is gone, if there is one, and if it is one.
pub(crate) async fn delete(
    transport: &dyn Transport,
    object: &ObjectLocation,
    options: &RequestOptions,
) -> Result<(), Error> {
    let (file, options) = (object.sibling(INSTRUCTION_SUFFIX), options.companion());
    if file.key.len() > MAX_KEY_LEN {
        return Ok(());
    }
    let mut request = DeleteObject::new(file.clone()).with_options(options.clone());
    match fetch(transport, file, options).await {
        Ok(Some((body, attributes))) if is_instruction_file(&body) => request.if_match = attributes.etag,
        // Somebody's object that only has such a name.
        Ok(_) | Err(Error::TooLarge { .. }) => return Ok(()),
        // Who may delete need not be a reader; then it is deleted unseen, as other clients do.
        Err(error) if error.transport_error().is_some_and(|error| error.kind() == TransportErrorKind::AccessDenied) => {
        }
        Err(error) => return Err(error),
    }
    match transport.delete_object(request).await {
        Ok(_) => Ok(()),
        // Another writer's file by now: it belongs to a new object.
        Err(error) if error.kind() == TransportErrorKind::PreconditionFailed => Ok(()),
        Err(error) if error.kind() == TransportErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}
