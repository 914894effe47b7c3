//! A look at what is stored beside an object, whether it can be read or not.

use cse_client::{
    Error, INSTRUCTION_SUFFIX, ObjectLocation,
    transport::{GetObject, HeadObject, ObjectAttributes, Transport as _, TransportError, TransportErrorKind},
};

use super::{S3, failure::failure};
use crate::{args::InstructionFile, error::Failure, object::Object};

/// More than any instruction file has that can be read, in bytes.
const MAX_INSTRUCTION_FILE: u64 = 512 * 1024;

/// What is stored beside an object: its attributes, and all that tells how it is encrypted.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) attributes: ObjectAttributes,
    pub(crate) object: Object,
    /// An instruction file that no reader uses unless it is named.
    pub(crate) spare: Option<Spare>,
}

/// An instruction file beside an object whose key is in its metadata.
#[derive(Clone, Debug)]
pub(crate) struct Spare {
    pub(crate) location: ObjectLocation,
    /// Whether it is certain that it is another object's. V3 files do not tell.
    pub(crate) is_foreign: bool,
}

impl S3 {
    /// Looks at an object. What is there and not well formed is for the caller to find out.
    pub(crate) async fn look(&self, location: &ObjectLocation, file: &InstructionFile) -> Result<Looked, Failure> {
        let failed = |error: TransportError| failure(location, error.into());
        let head = HeadObject::new(location.clone()).with_options(self.options.clone());
        let attributes = self.guard.head_object(head).await.map_err(failed)?;
        let metadata = attributes.metadata.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
        let mut object = Object { metadata, instruction: None };
        let is_named = file.instruction_suffix.is_some() || file.instruction_version_id.is_some();
        let is_needed = object.stored().map_or(true, |stored| stored.needs_instruction_file());
        let mut spare = None;
        if is_named || is_needed {
            let place = file_of(location, file);
            object.instruction = self.instruction_file(&place).await.map_err(|error| failure(&place, error))?;
        } else if location.version_id.is_none() {
            spare = self.spare(location, &object).await?;
        }
        if is_named && object.instruction.is_none() {
            return Err(Failure::from(Error::MissingInstructionFile).of(location));
        }
        Ok(Looked { attributes, object, spare })
    }

    /// What another object of this name may have left.
    async fn spare(&self, location: &ObjectLocation, object: &Object) -> Result<Option<Spare>, Failure> {
        let place = ObjectLocation::new(&*location.bucket, format!("{}{INSTRUCTION_SUFFIX}", location.key));
        let body = match self.instruction_file(&place).await {
            Ok(Some(body)) => body,
            // What is too long is somebody's object, and who may not list a bucket is denied what is not there.
            Ok(None) | Err(Error::TooLarge { .. }) => return Ok(None),
            Err(error) if error.transport_error().is_some_and(is_denial) => return Ok(None),
            Err(error) => return Err(failure(place, error)),
        };
        let fits = object.stored()?.with_instruction_file(&body).is_ok();
        Ok(Some(Spare { location: place, is_foreign: !fits }))
    }

    async fn instruction_file(&self, place: &ObjectLocation) -> Result<Option<Vec<u8>>, Error> {
        let request = GetObject::new(place.clone()).with_options(self.options.companion());
        match self.guard.get_object(request).await {
            Ok(response) => Ok(Some(response.body.collect_up_to(MAX_INSTRUCTION_FILE).await?.to_vec())),
            Err(error) if error.kind() == TransportErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn file_of(location: &ObjectLocation, file: &InstructionFile) -> ObjectLocation {
    let suffix = file.instruction_suffix.as_deref().unwrap_or(INSTRUCTION_SUFFIX);
    let mut place = ObjectLocation::new(&*location.bucket, format!("{}{suffix}", location.key));
    place.version_id.clone_from(&file.instruction_version_id);
    place
}

fn is_denial(error: &TransportError) -> bool {
    error.kind() == TransportErrorKind::AccessDenied
}
