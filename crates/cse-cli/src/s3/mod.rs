//! Objects in S3: names, the way there, and what is said about them.

mod connect;
pub(crate) mod failure;
pub(crate) mod feed;
mod guard;
mod http;
pub(crate) mod many;
pub(crate) mod name;
pub(crate) mod object;
pub(crate) mod paths;
pub(crate) mod select;
pub(crate) mod settings;

use alloc::sync::Arc;

use cse_client::{
    Client, Config, INSTRUCTION_SUFFIX, ObjectLocation, RequestOptions,
    transport::{GetObject, HeadObject, ObjectAttributes, Transport as _, TransportError, TransportErrorKind},
};
use cse_keys::{KmsApi, KmsKeyring};

use self::{connect::Connected, guard::Guard};
use crate::{
    args::{InstructionFile, Service},
    error::{Failure, Kind},
    keys::Keys,
    object::Object,
    output::Console,
};

/// More than any instruction file has that can be read, in bytes.
const MAX_INSTRUCTION_FILE: u64 = 512 * 1024;

/// S3 and KMS as the command line names them.
#[derive(Debug)]
pub(crate) struct S3 {
    guard: Guard,
    kms: Arc<dyn KmsApi>,
    /// Headers for every request of the verb.
    pub(crate) options: RequestOptions,
}

impl S3 {
    /// Finds out where S3 and KMS are and who asks. Sends nothing to either.
    pub(crate) async fn connect(service: &Service) -> Result<Self, Failure> {
        let options = settings::request_options(service, [])?;
        let Connected { transport, kms } = connect::connect(service).await?;
        Ok(Self { guard: Guard::new(transport), kms, options })
    }

    /// KMS itself, for keyrings.
    pub(crate) fn kms(&self) -> &Arc<dyn KmsApi> {
        &self.kms
    }

    /// A client with these keys.
    pub(crate) fn client(&self, keys: &Keys, config: Config) -> Client {
        Client::new(self.guard.clone(), keys.keyring()).with_config(config)
    }

    /// A client for what needs no key. Were it to need one, it would be KMS's.
    pub(crate) fn keyless(&self) -> Client {
        Client::new(self.guard.clone(), Arc::new(KmsKeyring::discovery(self.kms.clone())))
    }

    /// What is stored beside an object: its attributes, and all that tells how it is encrypted.
    pub(crate) async fn look(
        &self,
        location: &ObjectLocation,
        file: &InstructionFile,
    ) -> Result<(ObjectAttributes, Object), Failure> {
        let failed = |error: TransportError| failure::failure(location, error.into());
        let head = HeadObject::new(location.clone()).with_options(self.options.clone());
        let attributes = self.guard.head_object(head).await.map_err(failed)?;
        let metadata = attributes.metadata.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
        let mut object = Object { metadata, instruction: None };
        let is_named = file.instruction_suffix.is_some() || file.instruction_version_id.is_some();
        if is_named || object.stored().map_err(|failure| failure.of(location))?.needs_instruction_file() {
            object.instruction = self.instruction_file(location, file).await?;
        }
        if is_named && object.instruction.is_none() {
            return Err(Failure::from(cse_client::Error::MissingInstructionFile).of(location));
        }
        Ok((attributes, object))
    }

    async fn instruction_file(
        &self,
        location: &ObjectLocation,
        file: &InstructionFile,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let suffix = file.instruction_suffix.as_deref().unwrap_or(INSTRUCTION_SUFFIX);
        let mut place = ObjectLocation::new(&*location.bucket, format!("{}{suffix}", location.key));
        place.version_id.clone_from(&file.instruction_version_id);
        let request = GetObject::new(place.clone()).with_options(self.options.companion());
        let body = match self.guard.get_object(request).await {
            Ok(response) => response.body.collect_up_to(MAX_INSTRUCTION_FILE).await,
            Err(error) if error.kind() == TransportErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error.into()),
        };
        body.map(|body| Some(body.to_vec())).map_err(|error| failure::failure(place, error))
    }

    /// Ends what the verb began and did not end, and says what could not be ended.
    pub(crate) async fn tidy(&self, console: &Console) {
        for upload in self.guard.abort_open().await {
            let (location, id) = (&upload.location, &upload.upload_id);
            console.complain(&Failure::new(
                Kind::S3,
                format!("{location}: the upload could not be aborted, and its parts stay stored"),
                format!("abort it with `cse uploads {location} --id {id} --abort`"),
            ));
        }
    }
}
