//! The client: the SDK's, wrapped.

use std::sync::Arc;

use cse_client::Config;
use cse_keys::Keyring;

use crate::{
    operations::{
        CopyObject, CreateMultipartUpload, DeleteObject, DeleteObjects, GetObject, HeadObject, ListObjectsV2, PutObject,
    },
    transport::SdkTransport,
};

/// An [`aws_sdk_s3::Client`] that encrypts what it writes and verifies what it reads.
///
/// Cheap to clone. It has the SDK's builders for the operations that know encryption, and no others: nothing is written in the clear by
/// accident.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let s3 = aws_sdk_s3::Client::from_conf(
/// #     aws_sdk_s3::Config::builder().behavior_version(aws_sdk_s3::config::BehaviorVersion::latest()).build(),
/// # );
/// use cse_aws_sdk::Client;
/// use cse_keys::AesKeyring;
///
/// let s3 = Client::new(&s3, AesKeyring::new(&[7; 32])?);
/// # let _ = s3;
/// # Ok(())
/// # }
/// ```
///
/// A wrapped client cannot be wrapped again, which would encrypt twice:
///
/// ```compile_fail,E0308
/// # fn wrap(s3: &aws_sdk_s3::Client, keyring: cse_keys::AesKeyring, other: cse_keys::AesKeyring) {
/// let s3 = cse_aws_sdk::Client::new(s3, keyring);
/// let s3 = cse_aws_sdk::Client::new(&s3, other);
/// # }
/// ```
///
/// Operations that would write in the clear are not there, such as the parts of an upload; see
/// [`create_multipart_upload`](Self::create_multipart_upload):
///
/// ```compile_fail,E0599
/// # fn write(s3: cse_aws_sdk::Client) {
/// s3.upload_part();
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    s3: aws_sdk_s3::Client,
    keyring: Arc<dyn Keyring>,
    cse: cse_client::Client,
}

impl Client {
    /// Wraps a client, which stays as it is. An `Arc` of a keyring is one, too.
    pub fn new(s3: &aws_sdk_s3::Client, keyring: impl Keyring) -> Self {
        let keyring: Arc<dyn Keyring> = Arc::new(keyring);
        let cse = cse_client::Client::new(SdkTransport::new(s3), Arc::clone(&keyring));
        Self { s3: s3.clone(), keyring, cse }
    }

    /// The same with other settings: how objects are read, where data keys are stored, which policy holds.
    #[must_use]
    pub fn with_config(self, config: Config) -> Self {
        Self { cse: self.cse.with_config(config), ..self }
    }

    /// Its settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.cse.config()
    }

    /// The operations without the SDK's builders, over the same client and keys: rewrap, files of any size, parallel downloads.
    #[must_use]
    pub const fn operations(&self) -> &cse_client::Client {
        &self.cse
    }

    /// The client that was wrapped, for everything that has no content: buckets, tags, locks.
    ///
    /// # Security
    ///
    /// What is written through it is **not encrypted**, and what is read through it is not decrypted.
    #[must_use]
    pub const fn unencrypted(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }

    /// `PutObject`, encrypted.
    pub fn put_object(&self) -> PutObject {
        PutObject::new(self.clone(), self.s3.put_object())
    }

    /// `GetObject`, decrypted and verified.
    pub fn get_object(&self) -> GetObject {
        GetObject::new(self.clone(), self.s3.get_object())
    }

    /// `HeadObject`, with the plaintext's length.
    pub fn head_object(&self) -> HeadObject {
        HeadObject::new(self.clone(), self.s3.head_object())
    }

    /// `DeleteObject`, and then the object's instruction file.
    pub fn delete_object(&self) -> DeleteObject {
        DeleteObject::new(self.clone(), self.s3.delete_object())
    }

    /// `DeleteObjects`, and then the instruction files of the objects that went.
    pub fn delete_objects(&self) -> DeleteObjects {
        DeleteObjects::new(self.clone(), self.s3.delete_objects())
    }

    /// `CopyObject`, with envelope and instruction file.
    pub fn copy_object(&self) -> CopyObject {
        CopyObject::new(self.clone(), self.s3.copy_object())
    }

    /// `ListObjectsV2`: as S3 answers it, unless asked otherwise.
    pub fn list_objects_v2(&self) -> ListObjectsV2 {
        ListObjectsV2::new(self.clone(), self.s3.list_objects_v2())
    }

    /// `CreateMultipartUpload`: starts an upload whose parts are encrypted as one content.
    pub fn create_multipart_upload(&self) -> CreateMultipartUpload {
        CreateMultipartUpload::new(self.clone(), self.s3.create_multipart_upload())
    }

    /// The same client over a transport with settings of its own.
    pub(crate) fn over(&self, transport: SdkTransport) -> cse_client::Client {
        cse_client::Client::new(transport, Arc::clone(&self.keyring)).with_config(self.config().clone())
    }

    pub(crate) fn transport(&self) -> SdkTransport {
        SdkTransport::new(&self.s3)
    }
}
