//! Requests that come no further than this process: nobody should be told to try again, nor that S3 failed.

use std::{
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_credential_types::provider::{error::CredentialsError, future};
use aws_sdk_s3::config::{BehaviorVersion, Credentials, IdentityCache, ProvideCredentials, Region, retry::RetryConfig};
use aws_smithy_http_client::Builder;
use cse_aws_sdk::{Client, Error, Kms, SdkTransport};
use cse_client::{
    ErrorKind, ObjectLocation, Transport,
    transport::{PutObject, TransportErrorKind},
};
use cse_envelope::EncryptionContext;
use cse_keys::{DecryptRequest, KmsApi, KmsErrorKind};

use crate::support::{
    sandbox::keyring,
    scripted::{Scripted, s3_error},
};

/// Gives credentials so many times, and none after that.
#[derive(Clone, Debug)]
struct Runs(Arc<AtomicUsize>, fn() -> CredentialsError);

impl ProvideCredentials for Runs {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let credentials = left.map(|_| Credentials::new("access", "secret", None, None, "test"));
        future::ProvideCredentials::ready(credentials.map_err(|_| (self.1)()))
    }
}

fn runs(times: usize, error: fn() -> CredentialsError) -> Runs {
    Runs(Arc::new(AtomicUsize::new(times)), error)
}

fn config(url: &str) -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .force_path_style(true)
        .identity_cache(IdentityCache::no_cache())
        .http_client(Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
}

fn s3(config: aws_sdk_s3::config::Builder) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(config.build())
}

fn not_loaded() -> CredentialsError {
    CredentialsError::not_loaded("nowhere")
}

fn is_in_chain(error: &(dyn StdError + 'static), is: fn(&CredentialsError) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.downcast_ref().is_some_and(is) {
            return true;
        }
        next = error.source();
    }
    false
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_the_error_says_what_to_do() {
    let server = Scripted::start(vec![]);
    let region = || config(&server.url).region(Region::new("eu-west-1"));
    for (config, says) in [
        (region().credentials_provider(runs(0, not_loaded)), "set AWS_PROFILE"),
        (
            region().credentials_provider(runs(0, || CredentialsError::provider_error("the session is over"))),
            "sso login",
        ),
        (config(&server.url).credentials_provider(runs(9, not_loaded)), "region"),
    ] {
        let s3 = s3(config);
        let put = PutObject::new(ObjectLocation::new("bucket", "key"), "stored".into());
        let error = SdkTransport::new(&s3).put_object(put).await.unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (TransportErrorKind::NotSent, false), "{says} {error:?}");
        assert!(error.to_string().contains(says) && !error.to_string().contains("try again"), "{error}");

        let put = Client::new(&s3, keyring()).put_object().bucket("bucket").key("key").body(b"hello".to_vec().into());
        let error = put.send().await.unwrap_err();
        assert!(matches!(error, Error::Sdk(_)), "{error:?}");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Transport, false));
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_credentials_error_stays_in_the_chain() {
    let server = Scripted::start(vec![]);
    let s3 = s3(config(&server.url).region(Region::new("eu-west-1")).credentials_provider(runs(0, not_loaded)));
    let put = PutObject::new(ObjectLocation::new("bucket", "key"), "stored".into());
    let error = SdkTransport::new(&s3).put_object(put).await.unwrap_err();
    assert!(is_in_chain(&error, |error| matches!(error, CredentialsError::CredentialsNotLoaded(_))), "{error:?}");
}

/// The first attempt was sent, and S3 may have done what it asked for, whatever became of the second.
#[tokio::test]
async fn credentials_that_run_out_between_attempts_leave_the_write_unknown() {
    let server = Scripted::start(vec![s3_error("500 Internal Server Error", "InternalError")]);
    let s3 = s3(config(&server.url).region(Region::new("eu-west-1")).credentials_provider(runs(1, not_loaded)));
    let put = PutObject::new(ObjectLocation::new("bucket", "key"), "stored".into());
    let error = SdkTransport::new(&s3).put_object(put).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unavailable, "{error:?}");
    assert!(is_in_chain(&error, |_| true), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn kms_without_credentials_is_not_to_be_tried_again() {
    let server = Scripted::start(vec![]);
    let config = || {
        aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&server.url)
            .http_client(Builder::new().build_http())
    };
    for (config, says) in [
        (config().region(Region::new("eu-west-1")).credentials_provider(runs(0, not_loaded)), "AWS_PROFILE"),
        (config().region(Region::new("eu-west-1")), "credentials"),
        (config().credentials_provider(runs(9, not_loaded)), "region"),
    ] {
        let kms = Kms::new(&aws_sdk_kms::Client::from_conf(config.build()));
        let context = EncryptionContext::new();
        let request = DecryptRequest::new(None, b"blob", &context, &[]);
        let error = kms.decrypt(request).await.unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (KmsErrorKind::Other, false), "{error:?}");
        assert!(error.source().is_some_and(|cause| cause.to_string().contains(says)), "{error:?}");
    }
    assert!(server.requests().is_empty());
}
