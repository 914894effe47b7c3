//! From options, environment and profiles to clients, as the aws CLI does it.

use alloc::sync::Arc;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::service_config::ServiceConfigKey;
use cse_aws_sdk::{Kms, SdkTransport};
use cse_client::transport::Transport;
use cse_keys::KmsApi;

use super::http;
use crate::{
    args::Service,
    error::{Failure, Kind},
};

/// The region of stores that have none: they want one in signatures all the same.
const ANY_REGION: Region = Region::from_static("us-east-1");

/// The ways to S3 and KMS.
pub(super) struct Connected {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) kms: Arc<dyn KmsApi>,
}

/// Where S3 and KMS are.
pub(super) struct Places {
    pub(super) config: SdkConfig,
    pub(super) region: Region,
    /// For a store other than Amazon's.
    pub(super) s3_endpoint: Option<String>,
    pub(super) kms_endpoint: Option<String>,
}

pub(super) async fn connect(service: &Service) -> Result<Connected, Failure> {
    let places = find(service).await?;
    if service.http { http::connect(places, !service.no_sign_request).await } else { Ok(by_sdk(places, service)) }
}

async fn find(service: &Service) -> Result<Places, Failure> {
    let s3_endpoint = check_url("--endpoint-url", service.endpoint_url.as_deref())?;
    let kms_endpoint = check_url("--kms-endpoint-url", service.kms_endpoint_url.as_deref())?;
    let config = load(service).await;
    let s3_endpoint = s3_endpoint.or_else(|| configured(&config, "S3"));
    let kms_endpoint = kms_endpoint.or_else(|| configured(&config, "KMS"));
    let region = match (config.region(), &s3_endpoint) {
        (Some(region), _) => region.clone(),
        (None, Some(_)) => ANY_REGION,
        (None, None) => return Err(no_region()),
    };
    Ok(Places { config, region, s3_endpoint, kms_endpoint })
}

fn by_sdk(places: Places, service: &Service) -> Connected {
    let Places { config, region, s3_endpoint, kms_endpoint } = places;
    let mut s3 = aws_sdk_s3::config::Builder::from(&of_s3(&config, service)).region(region.clone());
    if let Some(url) = &s3_endpoint {
        // Buckets as host names need a DNS that knows them, which only Amazon's is sure to be.
        s3 = s3.endpoint_url(url).force_path_style(true);
    }
    if service.no_sign_request {
        s3 = s3.allow_no_auth();
    }
    let mut kms = aws_sdk_kms::config::Builder::from(&config).region(region);
    if let Some(url) = kms_endpoint {
        kms = kms.endpoint_url(url);
    }
    let s3 = aws_sdk_s3::Client::from_conf(s3.build());
    let kms = aws_sdk_kms::Client::from_conf(kms.build());
    Connected { transport: Arc::new(SdkTransport::new(&s3)), kms: Arc::new(Kms::new(&kms)) }
}

async fn load(service: &Service) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(profile) = &service.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &service.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;
    match &service.profile {
        Some(profile) => with_credentials_of(profile, config),
        None => config,
    }
}

/// Whoever names a profile means its credentials, whatever else the environment has: so does the aws CLI.
fn with_credentials_of(profile: &str, config: SdkConfig) -> SdkConfig {
    let here = ProviderConfig::without_region().with_region(config.region().cloned());
    let provider = ProfileFileCredentialsProvider::builder().configure(&here).profile_name(profile).build();
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// Without credentials where none are to be shown to S3; KMS always wants some.
fn of_s3(config: &SdkConfig, service: &Service) -> SdkConfig {
    let mut builder = config.to_builder();
    if service.no_sign_request {
        builder.set_credentials_provider(None);
    }
    builder.build()
}

/// An endpoint of the environment or the profile: the service's own, or that of all services.
fn configured(config: &SdkConfig, service: &'static str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = key.ok().and_then(|key| config.service_config()?.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

fn check_url(option: &str, url: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(url) = url else { return Ok(None) };
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if host.is_some_and(|host| !host.is_empty() && !host.starts_with(['/', ':', '?'])) {
        return Ok(Some(url.to_owned()));
    }
    Err(Failure::usage(
        format!("{option} takes a URL, and its value is none"),
        "write https://HOST or http://HOST:PORT",
    ))
}

fn no_region() -> Failure {
    Failure::new(
        Kind::Settings,
        "no AWS region is set",
        "add --region NAME, set AWS_REGION, or name one in the profile; for another store, add --endpoint-url URL",
    )
}
