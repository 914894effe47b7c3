//! A server, and what each adapter and the SDK make of it.

use std::sync::Arc;

use aws_sdk_s3::config::{
    Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient,
};
use aws_smithy_http_client::Builder;
use cse_aws_sdk::SdkTransport;
use cse_client::Transport;
use cse_keys::KmsApi;
use cse_reqwest::{ReqwestTransport, UrlTransport};
use cse_tests::moto::User;

/// Which of our adapters speaks to the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Adapter {
    /// `cse-aws-sdk`.
    Sdk,
    /// `cse-reqwest`.
    Http,
}

impl Adapter {
    /// A word for names of buckets and keys.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sdk => "sdk",
            Self::Http => "http",
        }
    }
}

/// Where S3 is, and perhaps KMS, over HTTP without TLS.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    region: String,
    sdk: SharedHttpClient,
    sdk_checksums: bool,
    /// For requests made by hand, too.
    pub(crate) http: reqwest::Client,
}

impl Server {
    pub(crate) fn new(url: impl Into<String>, region: impl Into<String>) -> Self {
        let http = cse_reqwest::client_builder().build().unwrap();
        Self { url: url.into(), region: region.into(), sdk: Builder::new().build_http(), sdk_checksums: true, http }
    }

    /// The SDK adds checksums to what it sends, and compares those of answers, only where S3 demands it.
    pub(crate) fn without_checksums(self) -> Self {
        Self { sdk_checksums: false, ..self }
    }

    /// S3 through the SDK, for what tests set up and look at.
    pub(crate) fn s3(&self, user: &User) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(credentials(user))
            .endpoint_url(&self.url)
            .force_path_style(true)
            .http_client(self.sdk.clone());
        let config = match self.sdk_checksums {
            true => config,
            false => config
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired),
        };
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// KMS through the SDK, for the same.
    pub(crate) fn kms(&self, user: &User) -> aws_sdk_kms::Client {
        let config = aws_sdk_kms::Config::builder()
            .behavior_version(aws_sdk_kms::config::BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(credentials(user))
            .endpoint_url(&self.url)
            .http_client(self.sdk.clone())
            .build();
        aws_sdk_kms::Client::from_conf(config)
    }

    /// S3 through an adapter.
    pub(crate) fn transport(&self, adapter: Adapter, user: &User) -> Arc<dyn Transport> {
        match adapter {
            Adapter::Sdk => Arc::new(SdkTransport::new(&self.s3(user))),
            Adapter::Http => Arc::new(self.http_transport(user)),
        }
    }

    /// KMS through an adapter.
    pub(crate) fn key_service(&self, adapter: Adapter, user: &User) -> Arc<dyn KmsApi> {
        match adapter {
            Adapter::Sdk => Arc::new(cse_aws_sdk::Kms::new(&self.kms(user))),
            Adapter::Http => {
                let credentials = cse_reqwest::Credentials::new(&user.access_key, &user.secret_key);
                let kms = cse_reqwest::Kms::new(self.http.clone(), &*self.region, credentials);
                Arc::new(kms.endpoint(&self.url).unwrap())
            }
        }
    }

    /// S3 through `cse-reqwest`, by its type.
    pub(crate) fn http_transport(&self, user: &User) -> ReqwestTransport {
        let credentials = cse_reqwest::Credentials::new(&user.access_key, &user.secret_key);
        let transport = ReqwestTransport::new(self.http.clone(), &*self.region).endpoint(&self.url).unwrap();
        transport.credentials(credentials)
    }

    /// Knows no URL yet.
    pub(crate) fn url_transport(&self) -> UrlTransport {
        UrlTransport::new(self.http.clone())
    }
}

fn credentials(user: &User) -> Credentials {
    Credentials::new(&user.access_key, &user.secret_key, None, None, "test")
}
