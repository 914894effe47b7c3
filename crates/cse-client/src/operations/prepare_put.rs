//! Preparing a put that is sent by other means, and the part that every write shares.

use cse_envelope::{EncryptionContext, KeyPlacement, WriteFormat};
use cse_keys::system_rng;

use crate::{
    client::Client,
    error::{Error, InvalidRequest},
    metadata::Metadata,
    plan::{PutPlan, check_user_metadata},
};

/// S3's limit for one request: 5 GiB.
pub(crate) const MAX_PUT_LEN: u64 = 5 * 1024 * 1024 * 1024;

/// Prepares a put without sending it: [`Client::prepare_put`].
///
/// For presigned URLs and for callers with requests of their own: the metadata is known before the body, so it can be signed.
///
/// ```
/// # use cse_client::{Client, MemoryTransport};
/// # use cse_keys::AesKeyring;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = Client::new(MemoryTransport::new(), AesKeyring::new(&[7; 32])?);
/// let plan = client.prepare_put(5).prepare().await?;
/// for (name, value) in plan.metadata().iter() {
///     let _header = (format!("x-amz-meta-{name}"), value); // to be signed and sent
/// }
/// assert_eq!(plan.ciphertext_len(), Some(21));
/// let _body = plan.encrypt("hello")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is prepared until `prepare`"]
pub struct PreparePut {
    client: Client,
    pub(crate) plaintext_len: Option<u64>,
    pub(crate) context: EncryptionContext,
    pub(crate) metadata: Metadata,
    pub(crate) placement: KeyPlacement,
    pub(crate) format: WriteFormat,
}

impl PreparePut {
    pub(crate) fn new(client: Client, plaintext_len: Option<u64>) -> Self {
        let (placement, format) = (client.config.key_placement, client.config.write_format());
        Self { client, plaintext_len, context: EncryptionContext::new(), metadata: Metadata::new(), placement, format }
    }

    /// The encryption context: for KMS keyrings.
    pub fn encryption_context(self, context: EncryptionContext) -> Self {
        Self { context, ..self }
    }

    /// The user's metadata.
    pub fn metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }

    /// Where the wrapped data key is stored.
    pub fn key_placement(self, placement: KeyPlacement) -> Self {
        Self { placement, ..self }
    }

    /// Generates the data key and plans the write.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] and [`Error::Length`] before the keyring is asked; then the keyring's errors.
    pub async fn prepare(self) -> Result<PutPlan, Error> {
        self.check()?;
        let mut rng = system_rng();
        let generated = self.client.keyring.generate_data_key(self.format, &self.context, &mut rng).await?;
        PutPlan::new(generated, self.plaintext_len, self.placement, self.metadata, &mut rng)
    }

    /// Everything that can be checked without a key.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_user_metadata(&self.metadata)?;
        if let Some(len) = self.plaintext_len {
            self.format.suite().ciphertext_len(len)?;
        }
        Ok(())
    }

    /// For a put: its content has a known length, and fits one request.
    pub(crate) fn known_len(self, plaintext_len: Option<u64>) -> Result<Self, Error> {
        let len = plaintext_len.ok_or(InvalidRequest::UnknownLength)?;
        match self.format.suite().ciphertext_len(len)? {
            len if len > MAX_PUT_LEN => Err(InvalidRequest::TooLargeForPut { len }.into()),
            _ => Ok(Self { plaintext_len, ..self }),
        }
    }
}

/// Setters that every write has.
macro_rules! write_setters {
    ($($path:ident)*) => {
        /// The encryption context, for KMS keyrings: it must be named again to read the object.
        pub fn encryption_context(mut self, context: cse_envelope::EncryptionContext) -> Self {
            self.$($path.)*prepare.context = context;
            self
        }

        /// User metadata. Names that the encryption writes are refused.
        pub fn metadata(mut self, metadata: crate::Metadata) -> Self {
            self.$($path.)*prepare.metadata = metadata;
            self
        }

        /// Where the wrapped data key is stored.
        pub fn key_placement(mut self, placement: cse_envelope::KeyPlacement) -> Self {
            self.$($path.)*prepare.placement = placement;
            self
        }

        /// Replaces an instruction file that is there already.
        ///
        /// Between the instruction file's write and the object's, the old object cannot be read by anybody, and if the process is killed in between it
        /// stays so until the object is written again. If the object's write fails, the old file is put back; if that fails too,
        /// [`Error::NotUndone`](crate::Error::NotUndone) has it. A bucket that keeps versions loses nothing.
        pub fn overwrite_instruction_file(mut self) -> Self {
            self.$($path.)*overwrite = crate::instruction::Overwrite::Replace;
            self
        }

        /// Headers for the request: content type, storage class, tagging and so on. The accompanying requests carry some of them, see
        /// [`RequestOptions::companion`](crate::RequestOptions::companion).
        pub fn options(mut self, options: crate::RequestOptions) -> Self {
            self.$($path.)*options = options;
            self
        }

        /// The ETag of the object that may be replaced, with its quotes.
        pub fn if_match(mut self, etag: impl Into<String>) -> Self {
            self.$($path.)*if_match = Some(etag.into());
            self
        }

        /// Writes only if there is no such object yet.
        pub fn if_absent(mut self) -> Self {
            self.$($path.)*if_none_match = Some("*".to_owned());
            self
        }
    };
}
pub(crate) use write_setters;
