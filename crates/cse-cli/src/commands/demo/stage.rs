//! The S3 and the KMS that the demo runs against, inside this process, and the clients of the AWS SDK that reach them.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::config::Credentials;
use bytes::Bytes;
use cse_aws_sdk::{Kms, SdkTransport};
use cse_client::{
    Client, Config, Content, Error, Metadata, ObjectLocation, ReadMode, danger,
    transport::{GetObject, HeadObject, PutObject, Transport as _, TransportErrorKind},
};
use cse_envelope::{CommitmentPolicy, EncryptionContext, KeyPlacement, ReadPolicy, WriteFormat};
use cse_sandbox::Sandbox;
use tempfile::TempDir;

use crate::{
    commands::sandbox::temporary_folder,
    error::{Failure, Kind},
    keys::Keys,
    s3::failure::failure,
};

const BUCKET: &str = "demo";

/// Everything the demo needs, gone when it ends.
pub(super) struct Stage {
    sandbox: Sandbox,
    s3: SdkTransport,
    pub(super) kms: Kms,
    _folder: TempDir,
}

impl Stage {
    pub(super) async fn build() -> Result<Self, Failure> {
        let folder = temporary_folder()?;
        let sandbox = Sandbox::builder().folder(folder.path()).bucket(BUCKET).start().await?;
        let (id, secret) = (sandbox.access_key_id(), sandbox.secret_access_key());
        let credentials = Credentials::new(id, secret, None, None, "cse demo");
        let region = Region::new(sandbox.region().to_owned());
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(sandbox.endpoint())
            .force_path_style(true)
            .credentials_provider(credentials.clone())
            .region(region.clone())
            .build();
        let kms = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(sandbox.endpoint())
            .credentials_provider(credentials)
            .region(region)
            .build();
        let s3 = SdkTransport::new(&aws_sdk_s3::Client::from_conf(s3));
        Ok(Self { kms: Kms::new(&aws_sdk_kms::Client::from_conf(kms)), sandbox, s3, _folder: folder })
    }

    pub(super) async fn end(self) {
        self.sandbox.stop().await;
    }

    /// What the KMS key is called.
    pub(super) fn kms_alias(&self) -> String {
        self.sandbox.kms_alias().to_owned()
    }

    pub(super) fn client(&self, keys: &Keys, policy: ReadPolicy) -> Client {
        let config = Config::new().read_policy(policy).read_mode(ReadMode::Verified { memory_limit: 64 * 1024 * 1024 });
        Client::new(self.s3.clone(), keys.keyring()).with_config(config)
    }

    /// A client with the default settings: V3 only.
    pub(super) fn strict(&self, keys: &Keys) -> Client {
        self.client(keys, ReadPolicy::default())
    }

    /// Encrypts and stores it.
    pub(super) async fn put(&self, keys: &Keys, key: &str, plaintext: &Bytes, how: &How) -> Result<(), Failure> {
        let policy = match how.format {
            WriteFormat::V3 => CommitmentPolicy::RequireEncryptAllowDecrypt,
            _ => CommitmentPolicy::ForbidEncryptAllowDecrypt,
        };
        let put = self.client(keys, ReadPolicy::new(policy)).put(BUCKET, key, plaintext.clone());
        let put = put.encryption_context(how.context.clone()).key_placement(how.placement).send().await;
        put.map(drop).map_err(|error| failure(location(key), error))
    }

    /// Reads it whole; tells whether it was verified.
    pub(super) async fn get(
        &self,
        client: &Client,
        key: &str,
        context: &EncryptionContext,
    ) -> Result<(bool, Bytes), Failure> {
        let failed = |error| failure(location(key), error);
        let get = danger::accept_cbc(client.get(BUCKET, key)).encryption_context(context.clone());
        let (verified, body) = match get.send().await.map_err(failed)?.content {
            Content::Verified(body) => (true, body),
            Content::Unauthenticated(body) | Content::Plain(body) => (false, danger::accept_unauthenticated(body)),
        };
        Ok((verified, body.collect().await.map_err(failed)?))
    }

    /// The bytes and the metadata as they are stored, read without any decryption.
    pub(super) async fn stored(&self, key: &str) -> Result<(Metadata, Bytes), Failure> {
        let failed = |error: Error| failure(location(key), error);
        let response = self.s3.get_object(GetObject::new(location(key))).await.map_err(|error| failed(error.into()))?;
        let body = response.body.collect().await.map_err(failed)?;
        Ok((response.attributes.metadata, body))
    }

    /// Stores bytes as they are.
    pub(super) async fn store(&self, key: &str, metadata: Metadata, body: impl Into<Bytes>) -> Result<(), Failure> {
        let mut request = PutObject::new(location(key), body.into().into());
        request.metadata = metadata;
        self.s3.put_object(request).await.map(drop).map_err(|error| failure(location(key), error.into()))
    }

    pub(super) async fn exists(&self, key: &str) -> Result<bool, Failure> {
        match self.s3.head_object(HeadObject::new(location(key))).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == TransportErrorKind::NotFound => Ok(false),
            Err(error) => Err(failure(location(key), error.into())),
        }
    }
}

/// How an object is put.
#[derive(Clone)]
pub(super) struct How {
    pub(super) format: WriteFormat,
    pub(super) placement: KeyPlacement,
    pub(super) context: EncryptionContext,
}

pub(super) fn location(key: &str) -> ObjectLocation {
    ObjectLocation::new(BUCKET, key)
}

/// Whether it failed as it must when something was changed or the key is another one.
pub(super) fn is_refused<T>(result: &Result<T, Failure>) -> bool {
    result.as_ref().is_err_and(|failure| failure.kind == Kind::Decrypt)
}
