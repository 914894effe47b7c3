//! A service with its users, an adapter, and clients for them.

mod server;

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use cse_client::{Client, Transport};
use cse_keys::{KmsApi, KmsKeyring};
use cse_sandbox::Sandbox;
use cse_tests::moto::{User, moto};

pub(crate) use self::server::{Adapter, Server};

/// Parts may be this short, in bytes, so that tests are small.
pub(crate) const MIN_PART_LEN: usize = 256;

/// S3 and KMS, as one of our adapters reaches them.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) adapter: Adapter,
    pub(crate) server: Server,
    pub(crate) bucket: String,
    pub(crate) kms_key_arn: String,
    pub(crate) kms_alias: String,
    /// May do everything.
    pub(crate) administrator: User,
    /// May use S3 alone.
    pub(crate) s3_only: User,
    /// Serves until it is dropped.
    sandbox: Option<Sandbox>,
}

impl Service {
    /// A sandbox of the test's own.
    pub(crate) async fn sandbox(adapter: Adapter) -> Self {
        let s3_only = User { access_key: "AKS3ONLY".to_owned(), secret_key: "SKS3ONLY".to_owned() };
        let sandbox = Sandbox::builder()
            .bucket("bucket")
            .min_part_len(u64::try_from(MIN_PART_LEN).unwrap())
            .s3_only_credentials(&s3_only.access_key, &s3_only.secret_key)
            .start()
            .await
            .unwrap();
        Self {
            adapter,
            server: Server::new(sandbox.endpoint(), sandbox.region()),
            bucket: "bucket".to_owned(),
            kms_key_arn: sandbox.kms_key_arn(),
            kms_alias: sandbox.kms_alias().to_owned(),
            administrator: User {
                access_key: sandbox.access_key_id().to_owned(),
                secret_key: sandbox.secret_access_key().to_owned(),
            },
            s3_only,
            sandbox: Some(sandbox),
        }
    }

    /// The moto of this program, which all tests share, with a bucket of the test's own.
    pub(crate) async fn moto(adapter: Adapter) -> Self {
        static BUCKETS: AtomicUsize = AtomicUsize::new(0);
        let moto = moto();
        let service = Self {
            adapter,
            server: Server::new(&*moto.url, &*moto.region),
            bucket: format!("{}-{}", moto.bucket, BUCKETS.fetch_add(1, Ordering::Relaxed)),
            kms_key_arn: moto.kms_key_arn.clone(),
            kms_alias: moto.kms_alias.clone(),
            administrator: moto.administrator.clone(),
            s3_only: moto.s3_only.clone(),
            sandbox: None,
        };
        service.s3().create_bucket().bucket(&service.bucket).send().await.unwrap();
        service
    }

    pub(crate) const fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The administrator's S3, past the adapter.
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        self.server.s3(&self.administrator)
    }

    /// The administrator's KMS, past the adapter.
    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        self.server.kms(&self.administrator)
    }

    /// S3, for this user.
    pub(crate) fn transport(&self, user: &User) -> Arc<dyn Transport> {
        self.server.transport(self.adapter, user)
    }

    /// KMS, for this user.
    pub(crate) fn key_service(&self, user: &User) -> Arc<dyn KmsApi> {
        self.server.key_service(self.adapter, user)
    }

    /// Keys of this id in KMS, for this user.
    pub(crate) fn keyring(&self, user: &User, key_id: &str) -> KmsKeyring {
        KmsKeyring::new(self.key_service(user), key_id)
    }

    /// What `cse-client` makes of both, for the administrator.
    pub(crate) fn client(&self) -> Client {
        self.client_of(&self.administrator)
    }

    /// What `cse-client` makes of both, for this user.
    pub(crate) fn client_of(&self, user: &User) -> Client {
        Client::new(self.transport(user), self.keyring(user, &self.kms_alias))
    }
}

/// One test for each adapter on what is made for it: `sdk` and `http`.
macro_rules! by_both {
    ($made:path, $test:path) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn sdk() {
            $test(&$made(crate::service::Adapter::Sdk).await).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn http() {
            $test(&$made(crate::service::Adapter::Http).await).await;
        }
    };
}
pub(crate) use by_both;

/// One test for each adapter on each service: from `name::on_the_sandbox::sdk` to `name::on_moto::http`.
macro_rules! on_both {
    ($($test:ident => $name:ident;)*) => {$(
        mod $name {
            mod on_the_sandbox {
                crate::service::by_both!(crate::service::Service::sandbox, super::super::$test);
            }
            mod on_moto {
                crate::service::by_both!(crate::service::Service::moto, super::super::$test);
            }
        }
    )*};
}
pub(crate) use on_both;
