//! A sandbox, a server that answers from a script, and transports to them.

pub(crate) mod scripted;

use std::{error::Error, time::Duration};

use cse_client::ObjectLocation;
use cse_reqwest::{Credentials, Kms, ReqwestTransport, RetryPolicy};
use cse_sandbox::Sandbox;
use scripted::Scripted;

/// Parts may be this short, in bytes, so that tests are small.
pub(crate) const MIN_PART_LEN: usize = 256;

pub(crate) fn http() -> reqwest::Client {
    cse_reqwest::client_builder().build().unwrap()
}

pub(crate) fn object() -> ObjectLocation {
    ObjectLocation::new("bucket", "key")
}

/// An error and its causes.
pub(crate) fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let (mut causes, mut next) = (Vec::new(), Some(error));
    while let Some(error) = next {
        causes.push(error);
        next = error.source();
    }
    causes
}

/// As they show themselves.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    causes(error).into_iter().map(|error| format!("{error}\n{error:?}\n")).collect()
}

/// Up to three attempts, one right after the other.
pub(crate) fn hasty() -> RetryPolicy {
    RetryPolicy::new().initial_delay(Duration::ZERO)
}

pub(crate) async fn sandbox() -> Sandbox {
    let min_part_len = u64::try_from(MIN_PART_LEN).unwrap();
    let builder = Sandbox::builder().bucket("bucket").min_part_len(min_part_len);
    builder.s3_only_credentials("AKS3ONLY", "SKS3ONLY").start().await.unwrap()
}

pub(crate) fn credentials(sandbox: &Sandbox) -> Credentials {
    Credentials::new(sandbox.access_key_id(), sandbox.secret_access_key())
}

/// S3 of a sandbox, signed.
pub(crate) fn s3(sandbox: &Sandbox) -> ReqwestTransport {
    let s3 = ReqwestTransport::new(http(), sandbox.region()).endpoint(&sandbox.endpoint()).unwrap();
    s3.credentials(credentials(sandbox)).retry(RetryPolicy::never())
}

/// KMS of a sandbox.
pub(crate) fn kms(sandbox: &Sandbox) -> Kms {
    let kms = Kms::new(http(), sandbox.region(), credentials(sandbox));
    kms.endpoint(&sandbox.endpoint()).unwrap().retry(RetryPolicy::never())
}

/// S3 of a script, signed.
pub(crate) fn scripted(script: Vec<Vec<u8>>) -> (Scripted, ReqwestTransport) {
    let server = Scripted::start(script);
    let s3 = ReqwestTransport::new(http(), "eu-west-1").endpoint(&server.url).unwrap();
    (server, s3.credentials(Credentials::new("AKEXAMPLE", "SKEXAMPLE")).retry(hasty()))
}

/// KMS of a script.
pub(crate) fn scripted_kms(script: Vec<Vec<u8>>) -> (Scripted, Kms) {
    let server = Scripted::start(script);
    let kms = Kms::new(http(), "eu-west-1", Credentials::new("AKEXAMPLE", "SKEXAMPLE"));
    let kms = kms.endpoint(&server.url).unwrap().retry(hasty());
    (server, kms)
}
