//! Requests that were never sent: no credentials, no region, no endpoint.
//!
//! The SDK says of them what it says of a broken connection, after which nobody knows what S3 did. Only whoever watches all attempts can
//! tell: the last one may have found no credentials after the first was sent.

use std::{error::Error as StdError, fmt};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    config::{ConfigBag, interceptors::FinalizerInterceptorContextMut},
    error::BoxError,
};
use aws_smithy_runtime_api::client::{orchestrator::OrchestratorError, result::ConnectorError};
use aws_smithy_types::config_bag::{Storable, StoreReplace};

/// Why no attempt came as far as the network. `Display` says what to do, and the cause is the SDK's.
#[derive(Debug)]
pub(crate) struct Unsent(BoxError);

/// An attempt of the operation reached the network.
#[derive(Debug)]
struct Transmitted;

impl Storable for Transmitted {
    type Storer = StoreReplace<Self>;
}

/// Before an attempt is sent.
pub(crate) fn transmitting(settings: &mut ConfigBag) {
    settings.interceptor_state().store_put(Transmitted);
}

/// After an attempt: marks its error if none has been sent so far.
pub(crate) fn mark(context: &mut FinalizerInterceptorContextMut<'_>, settings: &ConfigBag) {
    if settings.load::<Transmitted>().is_some() {
        return;
    }
    if let Some(Err(error)) = context.output_or_error_mut() {
        // The SDK tries again after a timeout, which it must be able to tell.
        if !error.is_timeout_error() && find::<Unsent>(error).is_none() {
            let cause = std::mem::replace(error, OrchestratorError::other("marking"));
            *error = OrchestratorError::other(Unsent(cause.into()));
        }
    }
}

/// The error of this type in a chain.
pub(crate) fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The cause that says what to do, without the connector's error around it, which says nothing.
pub(crate) fn advice(cause: BoxError) -> BoxError {
    match cause.downcast::<ConnectorError>() {
        Ok(connector) if find::<Unsent>(&*connector).is_some() => connector.into_source(),
        Ok(connector) => connector,
        Err(other) => other,
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match find(&*self.0) {
            Some(CredentialsError::CredentialsNotLoaded(_)) => {
                "no AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the client a credentials provider"
            }
            Some(_) => "the AWS credentials could not be loaded: check the profile, and sign in again (aws sso login)",
            None => "check the client's credentials, region and endpoint, and the bucket's name",
        })
    }
}

impl StdError for Unsent {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}
