//! `--http`: S3 and KMS without the SDK. Where they are, and who asks, is found as for the SDK.

use alloc::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider, error::CredentialsError};
use cse_reqwest::{Credentials, InvalidEndpoint, Kms, ReqwestTransport};
use reqsign_aws_v4::Credential;
use reqsign_core::{Context, Error, ProvideCredential, Result, SigningCredential as _, time::Timestamp};
use tokio::sync::Mutex;

use super::{
    connect::{Connected, Places},
    failure,
};
use crate::error::{Failure, Kind};

pub(super) async fn connect(places: Places, sign: bool) -> core::result::Result<Connected, Failure> {
    refuse_other_hosts(&places)?;
    let client = cse_reqwest::client_builder().build().map_err(|error| no_client(&error))?;
    let region = places.region.to_string();
    let credentials = credentials(places.config.credentials_provider(), sign).await?;
    let mut transport = ReqwestTransport::new(client.clone(), &*region);
    if let Some(url) = &places.s3_endpoint {
        transport = transport.endpoint(url).map_err(|error| no_endpoint("S3", &error))?;
    }
    if sign {
        transport = transport.credentials(credentials.clone());
    }
    let mut kms = Kms::new(client, region, credentials);
    if let Some(url) = &places.kms_endpoint {
        kms = kms.endpoint(url).map_err(|error| no_endpoint("KMS", &error))?;
    }
    Ok(Connected { transport: Arc::new(transport), kms: Arc::new(kms) })
}

/// Whoever wants these must not be served by the usual ones.
fn refuse_other_hosts(places: &Places) -> core::result::Result<(), Failure> {
    let wanted = [("FIPS", places.config.use_fips()), ("dual-stack", places.config.use_dual_stack())];
    match wanted.into_iter().find(|(_, is_wanted)| *is_wanted == Some(true)) {
        None => Ok(()),
        Some((what, _)) => Err(Failure::new(
            Kind::Settings,
            format!("the settings ask for {what} endpoints, which --http does not know"),
            "leave out --http, or change the profile or the environment",
        )),
    }
}

/// What is found for S3 is asked for at once, so that the failure can be told as what it is.
async fn credentials(
    provider: Option<SharedCredentialsProvider>,
    is_needed: bool,
) -> core::result::Result<Credentials, Failure> {
    let missing = || failure::credentials(&CredentialsError::not_loaded_no_source());
    let provider = provider.ok_or_else(missing)?;
    let found = Found { provider, last: Mutex::new(None) };
    if is_needed {
        let first = found.ask().await.map_err(|error| failure::credentials(&error))?;
        *found.last.lock().await = Some(first);
    }
    Ok(Credentials::from_provider(found))
}

/// What aws-config finds, as reqsign takes it. S3 and KMS share it, and it is asked again when what it gave is about to expire.
#[derive(Debug)]
struct Found {
    provider: SharedCredentialsProvider,
    last: Mutex<Option<Credential>>,
}

impl Found {
    async fn ask(&self) -> core::result::Result<Credential, CredentialsError> {
        let found = self.provider.provide_credentials().await?;
        let expires_in = found.expiry().map(timestamp).transpose().map_err(CredentialsError::invalid_configuration)?;
        Ok(Credential {
            access_key_id: found.access_key_id().to_owned(),
            secret_access_key: found.secret_access_key().to_owned(),
            session_token: found.session_token().map(str::to_owned),
            expires_in,
        })
    }
}

impl ProvideCredential for Found {
    type Credential = Credential;

    async fn provide_credential(&self, _: &Context) -> Result<Option<Credential>> {
        let mut last = self.last.lock().await;
        if let Some(credential) = last.as_ref().filter(|credential| credential.is_valid()) {
            return Ok(Some(credential.clone()));
        }
        let failed = |error: CredentialsError| Error::credential_invalid(error.to_string()).with_source(error);
        let credential = self.ask().await.map_err(failed)?;
        *last = Some(credential.clone());
        Ok(Some(credential))
    }
}

fn timestamp(time: SystemTime) -> Result<Timestamp> {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millisecond(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn no_client(error: &(dyn core::error::Error + 'static)) -> Failure {
    Failure::new(
        Kind::Settings,
        format!("HTTPS cannot be set up: {}", failure::chain(error)),
        "see to the certificates and the proxy settings of this machine, or leave out --http",
    )
}

fn no_endpoint(service: &str, error: &InvalidEndpoint) -> Failure {
    Failure::new(
        Kind::Settings,
        format!("the endpoint of {service} is not one that --http can use: {error}"),
        "give http:// or https://, a host and perhaps a path, without a password or a query",
    )
}
