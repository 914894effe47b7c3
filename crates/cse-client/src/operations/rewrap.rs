//! Rewrap: a new wrap of an object's data key, in an instruction file. The object itself stays as it is.
//!
//! Source: the Java client's `ReEncryptInstructionFile`.

use std::sync::Arc;

use cse_envelope::{
    Admitted, DataKey, EncryptionContext, KeyPlacement, Stored, StoredForm, error::DecryptError, open, parse,
};
use cse_keys::{ExpectedContext, Keyring, KeyringError, KmsErrorKind, system_rng};
use subtle::ConstantTimeEq;

use super::read::Read;
use crate::{
    client::Client,
    error::{Error, InvalidRequest},
    instruction,
    location::{INSTRUCTION_SUFFIX, ObjectLocation},
    metadata::Metadata,
    options::RequestOptions,
    transport::{HeadObject, ObjectAttributes, PutObject, TransportErrorKind, Written},
};

/// Wraps an object's data key anew: [`Client::rewrap`].
///
/// ```
/// # use cse_client::{Client, Config, MemoryTransport};
/// use cse_envelope::KeyPlacement;
/// use cse_keys::AesKeyring;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(MemoryTransport::new());
/// let old = Client::new(store.clone(), AesKeyring::new(&[7; 32])?);
/// old.put("bucket", "key", "hello").key_placement(KeyPlacement::InstructionFile).send().await?;
///
/// old.rewrap("bucket", "key", AesKeyring::new(&[8; 32])?).enforce_rotation().send().await?;
///
/// let new = Client::new(store, AesKeyring::new(&[8; 32])?);
/// assert_eq!(new.get("bucket", "key").send().await?.content.collect().await?, "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is wrapped until `send`"]
pub struct Rewrap {
    read: Read,
    keyring: Arc<dyn Keyring>,
    context: Option<EncryptionContext>,
    suffix: String,
    overwrite: bool,
    enforce_rotation: bool,
}

impl Rewrap {
    pub(crate) fn new(client: Client, location: ObjectLocation, keyring: Arc<dyn Keyring>) -> Self {
        Self {
            read: Read::new(client, location),
            keyring,
            context: None,
            suffix: INSTRUCTION_SUFFIX.to_owned(),
            overwrite: false,
            enforce_rotation: false,
        }
    }

    /// The encryption context the object was written with. The new wrap gets the same, unless it has one of its own.
    pub fn encryption_context(mut self, context: EncryptionContext) -> Self {
        self.read.expected = ExpectedContext::Exactly(context);
        self
    }

    /// The encryption context of the new wrap.
    pub fn new_encryption_context(self, context: EncryptionContext) -> Self {
        Self { context: Some(context), ..self }
    }

    /// The instruction file to read, by the suffix of its key.
    pub fn from_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.read.file.suffix = Some(suffix.into());
        self
    }

    /// The instruction file to write, by the suffix of its key: another one than is read adds a wrap for another reader, who names it with
    /// [`Get::instruction_suffix`](super::Get::instruction_suffix), and leaves the first as it is.
    pub fn to_suffix(self, suffix: impl Into<String>) -> Self {
        Self { suffix: suffix.into(), ..self }
    }

    /// Replaces a file that is there already under another suffix than is read.
    pub fn overwrite(self) -> Self {
        Self { overwrite: true, ..self }
    }

    /// Fails if the old keyring opens the new wrap: then the key was not rotated.
    pub fn enforce_rotation(self) -> Self {
        Self { enforce_rotation: true, ..self }
    }

    /// Headers for the requests: those that accompany an operation, see [`RequestOptions::companion`].
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.read.options = options.companion();
        self
    }

    /// Unwraps the data key with the client's keyring, wraps it with the new one, opens the new wrap as a check, and only then
    /// replaces the instruction file, if that is still the one that was read.
    ///
    /// A keyring that cannot open what it wraps (an RSA public key, a KMS key without that permission) is taken at its word.
    ///
    /// # Errors
    ///
    /// [`Error::MissingInstructionFile`] if there is none: a key in the object's metadata changes only with the object.
    /// [`Error::Replaced`] if somebody else changed the file. The old file is untouched by an error, unless S3 could be reached neither
    /// for the answer nor afterwards: then it is the old or the new one.
    pub async fn send(self) -> Result<Written, Error> {
        let Found { object, stored, file } = self.find().await?;
        let admitted = stored.admit(&self.read.client.config.read_policy)?;
        let context = self.new_context();
        let data_key = self.unwrap(&admitted).await?;
        let new_file = self.wrap(admitted, &data_key, &context).await?;
        let new = parse(object.metadata.iter())?.with_instruction_file(new_file.as_bytes())?;
        let new = new.admit(&self.read.client.config.read_policy)?;
        let expected = ExpectedContext::Exactly(context);
        self.check_new_wrap(&new, &expected, &data_key).await?;
        if self.enforce_rotation {
            self.check_rotation(&new, &expected).await?;
        }
        self.put(new_file, &file).await
    }

    async fn find(&self) -> Result<Found, Error> {
        let transport = &*self.read.client.transport;
        let request = HeadObject::new(self.read.location.clone()).with_options(self.read.options.clone());
        let object = transport.head_object(request).await?;
        let stored = parse(object.metadata.iter())?;
        let file = self.read.file.of(&self.read.location);
        let found = instruction::fetch(transport, file, self.read.options.clone()).await?;
        let (body, file) = found.ok_or(Error::MissingInstructionFile)?;
        Ok(Found { object, stored: stored.with_instruction_file(&body)?, file })
    }

    /// The old keyring must not open the new wrap.
    async fn check_rotation(&self, new: &Admitted, expected: &ExpectedContext) -> Result<(), Error> {
        match self.read.client.keyring.unwrap_data_key(new, expected, &mut system_rng()).await {
            Ok(_) => Err(InvalidRequest::NotRotated.into()),
            Err(KeyringError::KeyService(error)) if error.is_retryable() => Err(KeyringError::KeyService(error).into()),
            Err(_) => Ok(()),
        }
    }

    /// The data key, checked against the key commitment where the object has one.
    async fn unwrap(&self, admitted: &Admitted) -> Result<DataKey, Error> {
        let keyring = &self.read.client.keyring;
        let data_key = keyring.unwrap_data_key(admitted, &self.read.expected, &mut system_rng()).await?;
        let copy = DataKey::from_slice(data_key.expose_secret()).map_err(|_| DecryptError::default())?;
        open(admitted, copy)?;
        Ok(data_key)
    }

    /// The text of the new instruction file.
    async fn wrap(&self, admitted: Admitted, data_key: &DataKey, context: &EncryptionContext) -> Result<String, Error> {
        let cbc = "the content is AES-CBC, for which no new wraps are made: read the object and write it again";
        let format = admitted.envelope().write_format().ok_or(InvalidRequest::Unsupported(cbc))?;
        let key_part = self.keyring.wrap_data_key(data_key, format, context, &mut system_rng()).await?;
        let envelope = admitted.into_envelope().with_key_part(key_part).map_err(KeyringError::from)?;
        let stored = envelope.stored_form(KeyPlacement::InstructionFile);
        Ok(stored.instruction_file.unwrap_or_default())
    }

    /// The context of the new wrap: the old one, where the new keyring takes contexts.
    fn new_context(&self) -> EncryptionContext {
        match (&self.context, &self.read.expected) {
            (Some(context), _) => context.clone(),
            (None, ExpectedContext::Exactly(context)) if self.keyring.material_description().is_none() => {
                context.clone()
            }
            _ => EncryptionContext::new(),
        }
    }

    /// Opens the new wrap as its readers will, before the old one is given up.
    async fn check_new_wrap(
        &self,
        new: &Admitted,
        expected: &ExpectedContext,
        data_key: &DataKey,
    ) -> Result<(), Error> {
        match self.keyring.unwrap_data_key(new, expected, &mut system_rng()).await {
            Ok(again) if again.expose_secret().ct_eq(data_key.expose_secret()).into() => Ok(()),
            Ok(_) => Err(DecryptError::default().into()),
            Err(KeyringError::PublicHalfOnly) => Ok(()),
            Err(KeyringError::KeyService(error)) if error.kind() == KmsErrorKind::AccessDenied => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn put(&self, new_file: String, old_file: &ObjectAttributes) -> Result<Written, Error> {
        let location = self.read.location.sibling(&self.suffix);
        let is_same = self.suffix == self.read.file.suffix.as_deref().unwrap_or(INSTRUCTION_SUFFIX);
        let (transport, options) = (&*self.read.client.transport, &self.read.options);
        let mut request = PutObject::new(location.clone(), new_file.clone().into()).with_options(options.clone());
        request.metadata = Metadata::from_iter([StoredForm::INSTRUCTION_FILE_METADATA]);
        if is_same {
            request.if_match.clone_from(&old_file.etag);
        } else if !self.overwrite {
            request.if_none_match = Some("*".to_owned());
        }
        let error = match transport.put_object(request).await {
            Ok(written) => return Ok(written),
            Err(error) => error,
        };
        if let Ok(Some(there)) = instruction::arrived(transport, &location, &new_file, options, error.kind()).await {
            return Ok(Written { etag: there.etag, version_id: there.version_id });
        }
        Err(match error.kind() {
            // A write at the same moment is none that is there.
            _ if error.is_retryable() => error.into(),
            TransportErrorKind::PreconditionFailed if is_same => Error::Replaced,
            TransportErrorKind::PreconditionFailed => Error::InstructionFileExists,
            _ => error.into(),
        })
    }
}

/// What there is before: the object's attributes, its envelope as the instruction file completes it, and the file's attributes.
struct Found {
    object: ObjectAttributes,
    stored: Stored,
    file: ObjectAttributes,
}
