//! Instruction files: read with their object, and placed before it so that a failed write leaves nothing that does not match.

use std::sync::Arc;

use bytes::Bytes;
use cse_envelope::StoredForm;

use crate::{
    body::Body,
    error::Error,
    location::ObjectLocation,
    metadata::Metadata,
    options::RequestOptions,
    plan::{InstructionFile, check_whole},
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
#[derive(Debug)]
#[must_use]
pub struct PlacedInstructionFile {
    transport: Arc<dyn Transport>,
    object: ObjectLocation,
    file: ObjectLocation,
    options: RequestOptions,
    etag: Option<String>,
    previous: Option<(Bytes, Metadata)>,
    object_before: Before,
}

/// The object as it was before the write, as far as its reader may know.
#[derive(Debug, Eq, PartialEq)]
enum Before {
    Absent,
    Present { etag: Option<String> },
    Unknown,
}

impl PlacedInstructionFile {
    /// Puts the instruction file of an object that is about to be written.
    pub(crate) async fn place(
        transport: &Arc<dyn Transport>,
        object: &ObjectLocation,
        suffix: &str,
        body: &InstructionFile,
        overwrite: Overwrite,
        options: &RequestOptions,
    ) -> Result<Self, Error> {
        let (file, options) = (object.sibling(suffix), options.companion());
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
        })
    }

    /// The object's write failed with `cause`: puts the old file back, or removes the new one, and gives the error to return.
    ///
    /// Where nobody knows whether the object was written, the object itself is asked; if it is a new one, its file stays.
    pub async fn undo(self, cause: Error) -> Error {
        match self.try_undo(&cause).await {
            Ok(()) => cause,
            Err(undo) => Error::NotUndone { cause: Box::new(cause), undo: Box::new(undo) },
        }
    }

    async fn try_undo(self, cause: &Error) -> Result<(), Error> {
        if may_be_written(cause) && self.is_written().await? {
            return Ok(());
        }
        let Self { transport, file, options, etag, previous, .. } = self;
        match previous {
            Some((body, metadata)) => {
                let mut request = put_request(file, body.into(), &options);
                request.metadata = metadata;
                request.if_match = etag;
                transport.put_object(request).await?;
            }
            None => {
                let mut request = DeleteObject::new(file).with_options(options);
                request.if_match = etag;
                transport.delete_object(request).await?;
            }
        }
        Ok(())
    }

    async fn is_written(&self) -> Result<bool, Error> {
        match Before::look(&*self.transport, &self.object, &self.options).await {
            Before::Unknown => Err(TransportError::new(TransportErrorKind::Unavailable)
                .with_message("the object cannot be looked at")
                .into()),
            _ if self.object_before == Before::Unknown => Err(TransportError::new(TransportErrorKind::Other)
                .with_message("the object could not be looked at before")
                .into()),
            now => Ok(now != self.object_before),
        }
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
        Err(undo) => Err(Error::NotUndone { cause: Box::new(cause), undo: Box::new(undo) }),
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
        (TransportErrorKind::PreconditionFailed, Overwrite::Refuse) => Error::InstructionFileExists,
        (TransportErrorKind::PreconditionFailed, Overwrite::Replace) => Error::Replaced,
        _ => error.into(),
    }
}

/// A copy's condition on its source is [`Error::Replaced`].
fn may_be_written(cause: &Error) -> bool {
    matches!(cause, Error::Replaced) || cause.transport_error().is_some_and(|error| may_have_arrived(error.kind()))
}

/// Whether what was written may be there in spite of the error. A condition that does not hold may be the transport's own second
/// attempt meeting what its first one wrote, whose answer was lost.
const fn may_have_arrived(kind: TransportErrorKind) -> bool {
    !matches!(kind, TransportErrorKind::AccessDenied | TransportErrorKind::NotSent)
}
