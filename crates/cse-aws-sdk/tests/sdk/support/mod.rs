//! A server that answers from a script, byte for byte, and clients that talk to it.

pub(crate) mod sandbox;
pub(crate) mod scripted;

use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_smithy_http_client::Builder;

/// An S3 client for a server on loopback, which tries three times at most.
pub(crate) fn s3(url: &str) -> aws_sdk_s3::Client {
    s3_as(url, "access", "secret")
}

/// The same for somebody.
pub(crate) fn s3_as(url: &str, access_key_id: &str, secret_access_key: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new(access_key_id, secret_access_key, None, None, "test"))
        .endpoint_url(url)
        .force_path_style(true)
        .http_client(Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// A KMS client for a server on loopback, which tries once.
pub(crate) fn kms_as(url: &str, access_key_id: &str, secret_access_key: &str) -> aws_sdk_kms::Client {
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new(access_key_id, secret_access_key, None, None, "test"))
        .endpoint_url(url)
        .http_client(Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_kms::Client::from_conf(config)
}
