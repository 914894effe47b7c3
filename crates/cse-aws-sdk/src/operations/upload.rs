//! Upload: one object in parts, encrypted as one content.

use std::{collections::HashMap, fmt, sync::Arc};

use aws_sdk_s3::{
    operation::{
        complete_multipart_upload::CompleteMultipartUploadOutput,
        create_multipart_upload::{
            CreateMultipartUploadError, CreateMultipartUploadInput, CreateMultipartUploadOutput,
            builders::{CreateMultipartUploadFluentBuilder, CreateMultipartUploadInputBuilder},
        },
    },
    primitives::DateTime,
    types::{
        ChecksumAlgorithm, ChecksumType, ObjectCannedAcl, ObjectLockLegalHoldStatus, ObjectLockMode, RequestPayer,
        ServerSideEncryption, StorageClass,
    },
};
use bytes::Bytes;
use cse_client::{
    ObjectLocation, PutPlan, Upload,
    adapter::{UploadSettings, check_key, prepare_upload, resume_upload},
    transport::{TransportError, TransportErrorKind},
};

use super::{
    guard, output,
    put_object::{WriteSettings, write_setters},
};
use crate::{
    builder::{Customization, delegate, open_builder},
    client::Client,
    error::Error,
    fields::{Request, Target},
    hook::BeforeSending,
    transport::{UploadFields, metadata},
    wire::UserAgent,
};

/// `CreateMultipartUpload`, for parts that are encrypted: [`Client::create_multipart_upload`].
///
/// ```no_run
/// # async fn upload(s3: cse_aws_sdk::Client, mut parts: Vec<Vec<u8>>) -> Result<(), Box<dyn std::error::Error>> {
/// let mut upload = s3.create_multipart_upload().bucket("bucket").key("key").start().await?;
/// for part in parts {
///     upload.upload_part(part).await?; // at least 5 MiB, but for the last
/// }
/// upload.complete().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is started until `start`"]
pub struct CreateMultipartUpload {
    client: Client,
    inner: CreateMultipartUploadFluentBuilder,
    customization:
        Customization<CreateMultipartUploadOutput, CreateMultipartUploadError, CreateMultipartUploadFluentBuilder>,
    settings: WriteSettings,
    plaintext_len: Option<u64>,
    if_match: Option<String>,
    if_none_match: Option<String>,
}

impl CreateMultipartUpload {
    pub(crate) fn new(client: Client, inner: CreateMultipartUploadFluentBuilder) -> Self {
        Self {
            client,
            inner,
            customization: Customization::default(),
            settings: WriteSettings::default(),
            plaintext_len: None,
            if_match: None,
            if_none_match: None,
        }
    }

    delegate! {
        bucket(bucket: impl Into<String>);
        key(key: impl Into<String>);
        metadata(name: impl Into<String>, value: impl Into<String>);
        set_metadata(metadata: Option<HashMap<String, String>>);
        acl(acl: ObjectCannedAcl);
        bucket_key_enabled(enabled: bool);
        cache_control(value: impl Into<String>);
        checksum_algorithm(algorithm: ChecksumAlgorithm);
        checksum_type(kind: ChecksumType);
        content_disposition(value: impl Into<String>);
        content_encoding(value: impl Into<String>);
        content_language(value: impl Into<String>);
        content_type(value: impl Into<String>);
        expected_bucket_owner(account: impl Into<String>);
        expires(time: DateTime);
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

    open_builder!(CreateMultipartUploadFluentBuilder, CreateMultipartUploadOutput, CreateMultipartUploadError);

    write_setters!();

    /// The length of the content in bytes, where it is known: it is held against what really comes.
    pub fn plaintext_len(mut self, len: u64) -> Self {
        self.plaintext_len = Some(len);
        self
    }

    /// The ETag of the object that may be replaced: a field of the completion.
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.if_match = Some(etag.into());
        self
    }

    /// `*`, if there must be no such object yet: a field of the completion.
    pub fn if_none_match(mut self, etag: impl Into<String>) -> Self {
        self.if_none_match = Some(etag.into());
        self
    }

    /// Generates the data key and begins the upload.
    ///
    /// Parts and completion carry request payer, expected bucket owner and SSE-C as given here; parts are checked by
    /// `checksum_algorithm`, and the completion repeats `checksum_type`.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of a write.
    pub async fn start(self) -> Result<EncryptedUpload, Error<CreateMultipartUploadError>> {
        let input = self.inner.as_input();
        CreateMultipartUploadInput::check(input)?;
        let (location, options) = (guard::location(target(input))?, CreateMultipartUploadInput::companion(input)?);
        check_key(&location.key)?;
        let fields = UploadFields::new(input.get_checksum_algorithm().clone(), input.get_checksum_type().clone());
        let user_metadata = input.get_metadata().clone();
        let prepare = prepare_upload(self.client.operations(), self.plaintext_len);
        let plan = self.settings.apply(prepare, user_metadata.as_ref()).prepare().await?;

        let stored = metadata(plan.metadata()).map_err(cse_client::Error::from)?;
        let planned = location.clone();
        let (hook, failure) = BeforeSending::new(move |input: &mut CreateMultipartUploadInput| {
            guard::check_sent(input, &planned)?;
            guard::check_metadata(input.metadata.as_ref(), user_metadata.as_ref())?;
            input.metadata = Some(stored);
            Ok(())
        });
        let settings = UploadSettings {
            options,
            if_match: self.if_match,
            if_none_match: self.if_none_match,
            overwrite_instruction_file: self.settings.overwrite_instruction_file,
        };
        let operation = self.customization.apply(self.inner.customize()).interceptor(UserAgent).interceptor(hook);
        let created = operation.send().await.map_err(|error| failure.or(error))?;
        Ok(EncryptedUpload::new(&self.client, location, created, plan, settings, fields)?)
    }
}

/// An upload in progress: [`CreateMultipartUpload::start`]. Ends with [`complete`](Self::complete) or [`abort`](Self::abort).
///
/// Parts are encrypted in the order in which they are given, as one content; all but the last have at least 5 MiB. The latest part waits
/// until the next one comes, because the tag joins the last. Dropping it aborts the upload in the background where a Tokio runtime is
/// there.
#[derive(Debug)]
#[must_use = "an upload that is not completed leaves parts behind"]
pub struct EncryptedUpload {
    upload: Upload,
    created: CreateMultipartUploadOutput,
    fields: Arc<UploadFields>,
}

impl EncryptedUpload {
    fn new(
        client: &Client,
        location: ObjectLocation,
        created: CreateMultipartUploadOutput,
        plan: PutPlan,
        settings: UploadSettings,
        fields: Arc<UploadFields>,
    ) -> Result<Self, cse_client::Error> {
        let upload_id = created.upload_id.clone().ok_or_else(|| {
            TransportError::new(TransportErrorKind::Other).with_message("S3 answered without an upload id")
        })?;
        let core = client.over(client.transport().for_upload(Arc::clone(&fields)));
        let upload = resume_upload(&core, location, upload_id, plan, settings);
        Ok(Self { upload, created, fields })
    }

    /// What S3 answered when the upload was begun.
    #[must_use]
    pub const fn created(&self) -> &CreateMultipartUploadOutput {
        &self.created
    }

    /// S3's name for the upload.
    #[must_use]
    pub fn upload_id(&self) -> &str {
        self.upload.upload_id()
    }

    /// Encrypts a part, and sends the part before it. An empty one is nothing.
    ///
    /// Dropping the future before its end fails the upload: nobody knows whether the part was stored.
    ///
    /// # Errors
    ///
    /// Any [`cse_client::Error`] of a write. The upload is aborted then, and takes no more parts.
    pub async fn upload_part(&mut self, plaintext: impl Into<Bytes>) -> Result<(), cse_client::Error> {
        self.upload.upload_part(plaintext).await
    }

    /// Sends the last part with the tag, then the instruction file if there is one, and makes the object appear.
    ///
    /// # Errors
    ///
    /// Any [`cse_client::Error`] of a write. The upload is aborted then, and the instruction file is as it was before.
    pub async fn complete(self) -> Result<CompleteMultipartUploadOutput, cse_client::Error> {
        let written = self.upload.complete().await?;
        let answer = self.fields.completed().unwrap_or_else(|| {
            let output = CompleteMultipartUploadOutput::builder();
            output.set_e_tag(written.etag).set_version_id(written.version_id).build()
        });
        Ok(output::completed(answer))
    }

    /// Gives the upload up: S3 removes its parts.
    ///
    /// # Errors
    ///
    /// The transport's; the parts stay then.
    pub async fn abort(self) -> Result<(), cse_client::Error> {
        self.upload.abort().await
    }
}

fn target(input: &CreateMultipartUploadInputBuilder) -> Target<'_> {
    Target { bucket: input.get_bucket().as_deref(), key: input.get_key().as_deref(), version_id: None }
}

impl fmt::Debug for CreateMultipartUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateMultipartUpload").field("inner", &self.inner).finish_non_exhaustive()
    }
}
