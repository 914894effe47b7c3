//! A sandbox with a bucket, and clients for it.

use aws_sdk_s3::{operation::get_object::GetObjectOutput, primitives::ByteStream};
use cse_aws_sdk::{Client, Kms};
use cse_keys::{AesKeyring, KmsKeyring};
use cse_sandbox::Sandbox;

pub(crate) const BUCKET: &str = "bucket";

/// Signs like the owner, but KMS does not let them in.
const S3_ONLY: (&str, &str) = ("AKS3ONLY", "SKS3ONLY");

pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    /// The SDK's own client.
    pub(crate) s3: aws_sdk_s3::Client,
    /// The same, wrapped, with a key of its own.
    pub(crate) cse: Client,
}

impl Place {
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::builder()
            .bucket(BUCKET)
            .min_part_len(1024)
            .s3_only_credentials(S3_ONLY.0, S3_ONLY.1)
            .start()
            .await
            .unwrap();
        let s3 = super::s3_as(&sandbox.endpoint(), sandbox.access_key_id(), sandbox.secret_access_key());
        let cse = Client::new(&s3, keyring());
        Self { sandbox, s3, cse }
    }

    /// Another client, for another thread.
    pub(crate) fn another_s3(&self) -> aws_sdk_s3::Client {
        let sandbox = &self.sandbox;
        super::s3_as(&sandbox.endpoint(), sandbox.access_key_id(), sandbox.secret_access_key())
    }

    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        let sandbox = &self.sandbox;
        super::kms_as(&sandbox.endpoint(), sandbox.access_key_id(), sandbox.secret_access_key())
    }

    /// KMS's client of somebody who may not use KMS.
    pub(crate) fn denied_kms(&self) -> aws_sdk_kms::Client {
        super::kms_as(&self.sandbox.endpoint(), S3_ONLY.0, S3_ONLY.1)
    }

    pub(crate) fn kms_keyring(&self) -> KmsKeyring {
        KmsKeyring::new(Kms::new(&self.kms()), self.sandbox.kms_alias())
    }

    /// An object as it is stored.
    pub(crate) async fn stored(&self, key: &str) -> GetObjectOutput {
        self.s3.get_object().bucket(BUCKET).key(key).send().await.unwrap()
    }

    /// The headers that say its metadata, for a script.
    pub(crate) async fn metadata_headers(&self, key: &str) -> Vec<(String, Vec<u8>)> {
        let metadata = self.stored(key).await.metadata.unwrap();
        metadata.into_iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.into_bytes())).collect()
    }

    pub(crate) async fn exists(&self, key: &str) -> bool {
        self.s3.head_object().bucket(BUCKET).key(key).send().await.is_ok()
    }

    pub(crate) async fn put(&self, key: &str, content: &[u8]) {
        self.cse.put_object().bucket(BUCKET).key(key).body(content.to_vec().into()).send().await.unwrap();
    }

    /// What the wrapped client reads.
    pub(crate) async fn read(&self, key: &str) -> Vec<u8> {
        bytes(self.cse.get_object().bucket(BUCKET).key(key).send().await.unwrap().body).await
    }
}

pub(crate) fn keyring() -> AesKeyring {
    AesKeyring::new(&[7; 32]).unwrap()
}

pub(crate) async fn bytes(body: ByteStream) -> Vec<u8> {
    body.collect().await.unwrap().to_vec()
}
