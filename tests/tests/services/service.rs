//! A service with its users, and clients for them.

use aws_sdk_s3::config::{Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::Builder;
use cse_aws_sdk::{Kms, SdkTransport};
use cse_keys::KmsKeyring;
use cse_sandbox::Sandbox;
use cse_tests::moto::{User, moto};

/// Parts may be this short, in bytes, so that tests are small.
pub(crate) const MIN_PART_LEN: usize = 256;

/// S3 and KMS.
#[derive(Debug)]
pub(crate) struct Service {
    url: String,
    region: String,
    http: SharedHttpClient,
    pub(crate) bucket: String,
    pub(crate) kms_key_arn: String,
    pub(crate) kms_alias: String,
    /// May do everything.
    pub(crate) administrator: User,
    /// May use S3 alone.
    pub(crate) s3_only: User,
    /// Serves until it is dropped.
    _sandbox: Option<Sandbox>,
}

impl Service {
    /// A sandbox of the test's own.
    pub(crate) async fn sandbox() -> Self {
        let s3_only = User { access_key: "AKS3ONLY".to_owned(), secret_key: "SKS3ONLY".to_owned() };
        let sandbox = Sandbox::builder()
            .bucket("bucket")
            .min_part_len(u64::try_from(MIN_PART_LEN).unwrap())
            .s3_only_credentials(&s3_only.access_key, &s3_only.secret_key)
            .start()
            .await
            .unwrap();
        Self {
            url: sandbox.endpoint(),
            region: sandbox.region().to_owned(),
            http: http(),
            bucket: "bucket".to_owned(),
            kms_key_arn: sandbox.kms_key_arn(),
            kms_alias: sandbox.kms_alias().to_owned(),
            administrator: User {
                access_key: sandbox.access_key_id().to_owned(),
                secret_key: sandbox.secret_access_key().to_owned(),
            },
            s3_only,
            _sandbox: Some(sandbox),
        }
    }

    /// The moto of this program, which all tests share.
    pub(crate) fn moto() -> Self {
        let moto = moto();
        Self {
            url: moto.url.clone(),
            region: moto.region.clone(),
            http: http(),
            bucket: moto.bucket.clone(),
            kms_key_arn: moto.kms_key_arn.clone(),
            kms_alias: moto.kms_alias.clone(),
            administrator: moto.administrator.clone(),
            s3_only: moto.s3_only.clone(),
            _sandbox: None,
        }
    }

    /// S3, for this user.
    pub(crate) fn s3(&self, user: &User) -> aws_sdk_s3::Client {
        s3_at(&self.url, &self.region, user, &self.http)
    }

    /// S3, for this user, as `cse-client` takes it.
    pub(crate) fn transport(&self, user: &User) -> SdkTransport {
        SdkTransport::new(&self.s3(user))
    }

    /// Keys of this id in KMS, for this user.
    pub(crate) fn keyring(&self, user: &User, key_id: &str) -> KmsKeyring {
        KmsKeyring::new(Kms::new(&self.kms(user)), key_id)
    }

    /// KMS, for this user.
    pub(crate) fn kms(&self, user: &User) -> aws_sdk_kms::Client {
        let config = aws_sdk_kms::Config::builder()
            .behavior_version(aws_sdk_kms::config::BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(credentials(user))
            .endpoint_url(&self.url)
            .http_client(self.http.clone())
            .build();
        aws_sdk_kms::Client::from_conf(config)
    }

    /// What `cse-client` makes of both, for the administrator.
    pub(crate) fn client(&self) -> cse_client::Client {
        self.client_of(&self.administrator)
    }

    /// What `cse-client` makes of both, for this user.
    pub(crate) fn client_of(&self, user: &User) -> cse_client::Client {
        cse_client::Client::new(self.transport(user), self.keyring(user, &self.kms_alias))
    }
}

/// One test for each service.
macro_rules! on_both {
    ($($test:ident => $on_sandbox:ident, $on_moto:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $on_sandbox() {
            $test(&Service::sandbox().await).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn $on_moto() {
            $test(&Service::moto()).await;
        }
    )*};
}
pub(crate) use on_both;

/// S3 at a server that checks nothing.
pub(crate) fn s3_of_anybody(url: &str) -> aws_sdk_s3::Client {
    let user = User { access_key: "anybody".to_owned(), secret_key: "anything".to_owned() };
    s3_at(url, "us-east-1", &user, &http())
}

fn s3_at(url: &str, region: &str, user: &User, http: &SharedHttpClient) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials(user))
        .endpoint_url(url)
        .force_path_style(true)
        .http_client(http.clone())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

fn credentials(user: &User) -> Credentials {
    Credentials::new(&user.access_key, &user.secret_key, None, None, "test")
}

/// Loopback needs no TLS.
fn http() -> SharedHttpClient {
    Builder::new().build_http()
}
