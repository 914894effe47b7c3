//! Real clients of a sandbox.

use aws_sdk_s3::{
    config::{BehaviorVersion, Credentials, Region, http::HttpResponse},
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
};
use cse_sandbox::{Sandbox, SandboxBuilder};

pub(crate) const BUCKET: &str = "bucket";

/// A sandbox for one test: parts may be as small as 256 bytes.
pub(crate) async fn sandbox() -> (Sandbox, aws_sdk_s3::Client) {
    start(Sandbox::builder().min_part_len(256).bucket(BUCKET)).await
}

pub(crate) async fn start(builder: SandboxBuilder) -> (Sandbox, aws_sdk_s3::Client) {
    let sandbox = builder.start().await.unwrap();
    let client = s3(&sandbox, sandbox.access_key_id(), sandbox.secret_access_key());
    (sandbox, client)
}

pub(crate) fn s3(sandbox: &Sandbox, id: &str, secret: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(id, secret, None, None, "test"))
        .region(Region::new(sandbox.region().to_owned()))
        .endpoint_url(sandbox.endpoint())
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    aws_sdk_s3::Client::from_conf(config.build())
}

pub(crate) fn kms(sandbox: &Sandbox, id: &str, secret: &str) -> aws_sdk_kms::Client {
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(id, secret, None, None, "test"))
        .region(Region::new(sandbox.region().to_owned()))
        .endpoint_url(sandbox.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    aws_sdk_kms::Client::from_conf(config.build())
}

/// Gives the ETag.
pub(crate) async fn put(client: &aws_sdk_s3::Client, key: &str, body: &[u8]) -> String {
    let put = client.put_object().bucket(BUCKET).key(key).body(ByteStream::from(body.to_vec())).send().await;
    put.unwrap().e_tag.unwrap()
}

pub(crate) async fn get(client: &aws_sdk_s3::Client, key: &str) -> Vec<u8> {
    let got = client.get_object().bucket(BUCKET).key(key).send().await.unwrap();
    got.body.collect().await.unwrap().to_vec()
}

/// Keys of a page of a listing.
pub(crate) fn keys(listed: &aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output) -> Vec<&str> {
    listed.contents().iter().filter_map(|object| object.key()).collect()
}

/// Status and code of a call that failed.
pub(crate) fn failure<T, E>(result: Result<T, SdkError<E, HttpResponse>>) -> (u16, String)
where
    T: core::fmt::Debug,
    E: ProvideErrorMetadata + core::fmt::Debug,
{
    let error = result.expect_err("the call should have failed");
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().unwrap_or_default().to_owned();
    (status.unwrap_or_else(|| panic!("no answer: {error:?}")), code)
}

/// What is expected of a failure.
pub(crate) fn fails(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Bytes that are not all the same.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
}
