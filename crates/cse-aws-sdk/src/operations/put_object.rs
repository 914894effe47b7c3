//! Put: encrypted just before the SDK serializes it.

use std::{collections::HashMap, fmt};

use aws_sdk_s3::{
    operation::put_object::{
        PutObjectError, PutObjectInput, PutObjectOutput,
        builders::{PutObjectFluentBuilder, PutObjectInputBuilder},
    },
    primitives::{ByteStream, DateTime},
    types::{
        ChecksumAlgorithm, ObjectCannedAcl, ObjectLockLegalHoldStatus, ObjectLockMode, RequestPayer,
        ServerSideEncryption, StorageClass,
    },
};
use cse_client::{
    ObjectLocation, PutPlan, RequestOptions,
    adapter::{check_key, multipart_threshold, place_instruction_file},
    error::{Error as CseError, InvalidRequest},
    operations::PreparePut,
};
use cse_envelope::{EncryptionContext, KeyPlacement};

use super::{
    guard, output,
    placed::{Condition, PlacedFile},
    replay::replayable,
};
use crate::{
    builder::{Customization, delegate, open_builder},
    client::Client,
    error::Error,
    fields::Request,
    hook::BeforeSending,
    transport::{from_caller, into_sdk, metadata},
    wire::UserAgent,
};

/// `PutObject`, encrypted: [`Client::put_object`].
///
/// Checksums that the SDK adds are of the stored bytes, as is the ETag.
#[must_use = "nothing is written until `send`"]
pub struct PutObject {
    pub(super) client: Client,
    pub(super) inner: PutObjectFluentBuilder,
    pub(super) customization: Customization<PutObjectOutput, PutObjectError, PutObjectFluentBuilder>,
    pub(super) settings: WriteSettings,
}

/// What a write needs to know besides the SDK's fields.
#[derive(Clone, Debug, Default)]
pub(super) struct WriteSettings {
    pub(super) context: EncryptionContext,
    pub(super) placement: Option<KeyPlacement>,
    pub(super) overwrite_instruction_file: bool,
}

impl WriteSettings {
    pub(super) fn apply(&self, prepare: PreparePut, metadata: Option<&HashMap<String, String>>) -> PreparePut {
        let prepare = prepare.encryption_context(self.context.clone()).metadata(guard::user_metadata(metadata));
        match self.placement {
            Some(placement) => prepare.key_placement(placement),
            None => prepare,
        }
    }
}

/// Setters that every write of this crate has.
macro_rules! write_setters {
    () => {
        /// The encryption context, for KMS keyrings: it must be named again to read the object.
        pub fn encryption_context(mut self, context: cse_envelope::EncryptionContext) -> Self {
            self.settings.context = context;
            self
        }

        /// Where the wrapped data key is stored.
        pub fn key_placement(mut self, placement: cse_envelope::KeyPlacement) -> Self {
            self.settings.placement = Some(placement);
            self
        }

        /// Replaces an instruction file that is there already.
        ///
        /// Between the instruction file's write and the object's, the old object cannot be read by anybody. If the object's write
        /// fails, the old file is put back.
        ///
        /// # Cancellation
        ///
        /// Between the two writes the old object is there without its key. Dropping the future then, or a killed process, leaves it so. Use a
        /// bucket with versions, where the old file can be got back, and do not wrap this write into a timeout.
        pub fn overwrite_instruction_file(mut self) -> Self {
            self.settings.overwrite_instruction_file = true;
            self
        }
    };
}
pub(super) use write_setters;

impl PutObject {
    pub(crate) fn new(client: Client, inner: PutObjectFluentBuilder) -> Self {
        Self { client, inner, customization: Customization::default(), settings: WriteSettings::default() }
    }

    delegate! {
        bucket(bucket: impl Into<String>);
        key(key: impl Into<String>);
        body(body: ByteStream);
        metadata(name: impl Into<String>, value: impl Into<String>);
        set_metadata(metadata: Option<HashMap<String, String>>);
        acl(acl: ObjectCannedAcl);
        bucket_key_enabled(enabled: bool);
        cache_control(value: impl Into<String>);
        checksum_algorithm(algorithm: ChecksumAlgorithm);
        content_disposition(value: impl Into<String>);
        content_encoding(value: impl Into<String>);
        content_language(value: impl Into<String>);
        content_length(plaintext_len: i64);
        content_type(value: impl Into<String>);
        expected_bucket_owner(account: impl Into<String>);
        expires(time: DateTime);
        if_match(etag: impl Into<String>);
        if_none_match(etag: impl Into<String>);
        object_lock_legal_hold_status(status: ObjectLockLegalHoldStatus);
        object_lock_mode(mode: ObjectLockMode);
        object_lock_retain_until_date(time: DateTime);
        request_payer(payer: RequestPayer);
        server_side_encryption(encryption: ServerSideEncryption);
        sse_customer_algorithm(algorithm: impl Into<String>);
        sse_customer_key(key: impl Into<String>);
        sse_customer_key_md5(md5: impl Into<String>);
        ssekms_encryption_context(context: impl Into<String>);
        ssekms_key_id(key_id: impl Into<String>);
        storage_class(class: StorageClass);
        tagging(tags: impl Into<String>);
        website_redirect_location(location: impl Into<String>);
    }

    open_builder!(PutObjectFluentBuilder, PutObjectOutput, PutObjectError);

    write_setters!();

    /// Encrypts the body and sends it.
    ///
    /// Bytes in memory, and any body up to [`Config::multipart_threshold`](cse_client::Config::multipart_threshold), are encrypted
    /// once and may be sent again by the SDK; a longer stream is sent once, and does better as an
    /// [upload](Client::create_multipart_upload). A body of unknown length needs `content_length`, or an upload.
    ///
    /// Dropping the future before its end may leave an instruction file whose object was not written, never a part of an object.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of a write. Nothing is sent, and no key service asked, for a field that is refused, for metadata that S3
    /// would not store, and for a body of unknown length.
    pub async fn send(self) -> Result<PutObjectOutput, Error<PutObjectError>> {
        let planned = self.plan().await?;
        let Planned { plan, location, options, plaintext_len } = planned;
        let overwrite = self.settings.overwrite_instruction_file;
        let cse = self.client.operations();
        let placed = PlacedFile::from(place_instruction_file(cse, &location, &plan, overwrite, &options).await?);

        let (user_metadata, condition) = (self.inner.as_input().get_metadata().clone(), placed.condition());
        let client = self.client.clone();
        let encryption = Encryption { plan, location, plaintext_len, user_metadata, condition, client };
        let (hook, failure) = BeforeSending::new(move |input| encryption.apply(input));
        let operation = self.customization.apply(self.inner.customize()).interceptor(UserAgent).interceptor(hook);
        match operation.send().await {
            Ok(sent) => Ok(output::put(sent)),
            Err(error) => Err(placed.undo(failure.or(error)).await),
        }
    }

    /// Every check that needs no key, and then the data key.
    async fn plan(&self) -> Result<Planned, Error<PutObjectError>> {
        let input = self.inner.as_input();
        PutObjectInput::check(input)?;
        let location = guard::location(target(input))?;
        check_key(&location.key)?;
        let options = PutObjectInput::companion(input)?;
        let plaintext_len = plaintext_len(input)?;
        let prepare = self.client.operations().prepare_put(plaintext_len);
        let plan = self.settings.apply(prepare, input.get_metadata().as_ref()).prepare().await?;
        Ok(Planned { plan, location, options, plaintext_len })
    }
}

/// Shows no body: it is the plaintext.
impl fmt::Debug for PutObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = target(self.inner.as_input());
        f.debug_struct("PutObject").field("bucket", &target.bucket).field("key", &target.key).finish_non_exhaustive()
    }
}

struct Planned {
    plan: PutPlan,
    location: ObjectLocation,
    options: RequestOptions,
    plaintext_len: u64,
}

/// What the hook does to the input: the only place where a body is encrypted.
struct Encryption {
    plan: PutPlan,
    location: ObjectLocation,
    plaintext_len: u64,
    user_metadata: Option<HashMap<String, String>>,
    condition: Condition,
    client: Client,
}

impl Encryption {
    fn apply(mut self, input: &mut PutObjectInput) -> Result<(), CseError> {
        guard::check_sent(input, &self.location)?;
        guard::check_metadata(input.metadata.as_ref(), self.user_metadata.as_ref())?;
        input.metadata = Some(metadata(self.plan.metadata())?);
        std::mem::take(&mut self.condition).apply(&mut input.if_match, &mut input.if_none_match);
        // Of the plaintext; the SDK measures the stored bytes.
        input.content_length = None;
        let plaintext = std::mem::take(&mut input.body);
        input.body = self.encrypt(plaintext)?;
        Ok(())
    }

    fn encrypt(self, plaintext: ByteStream) -> Result<ByteStream, CseError> {
        if let Some(bytes) = plaintext.bytes() {
            return Ok(self.plan.encrypt(bytes)?.into());
        }
        let ciphertext_len = self.plan.ciphertext_len();
        let ciphertext = self.plan.encrypt_stream(from_caller(plaintext, self.plaintext_len));
        Ok(match ciphertext_len {
            Some(len) if self.plaintext_len <= multipart_threshold(self.client.operations()) => {
                replayable(ciphertext, len)
            }
            _ => into_sdk(ciphertext),
        })
    }
}

pub(super) fn target(input: &PutObjectInputBuilder) -> crate::fields::Target<'_> {
    crate::fields::Target { bucket: input.get_bucket().as_deref(), key: input.get_key().as_deref(), version_id: None }
}

/// The length of the body, or what the caller declared where the body does not know it.
fn plaintext_len(input: &PutObjectInputBuilder) -> Result<u64, InvalidRequest> {
    let declared = match *input.get_content_length() {
        Some(len) => Some(u64::try_from(len).map_err(|_| wrong_len("it is negative"))?),
        None => None,
    };
    let body_len = match input.get_body().as_ref().map(ByteStream::size_hint) {
        None => Some(0),
        Some((least, most)) => most.filter(|most| *most == least),
    };
    match (body_len, declared) {
        (Some(len), Some(declared)) if len != declared => Err(wrong_len("it is not the body's length")),
        (Some(len), _) | (None, Some(len)) => Ok(len),
        (None, None) => Err(InvalidRequest::UnknownLength),
    }
}

const fn wrong_len(reason: &'static str) -> InvalidRequest {
    InvalidRequest::Field { field: "content_length", reason }
}
