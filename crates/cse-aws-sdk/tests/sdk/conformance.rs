//! The suite that every transport must pass, over the SDK, on the sandbox.

use std::sync::Arc;

use crate::support::sandbox::{BUCKET, Place};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use cse_aws_sdk::SdkTransport;
use cse_client::conformance::{Settings, run};

fn settings() -> Settings {
    Settings::new().with_min_part_len(1024).with_missing_bucket("missing-bucket")
}

#[tokio::test]
async fn on_a_plain_bucket() {
    let place = Place::start().await;
    let report = run(Arc::new(SdkTransport::new(&place.s3)), BUCKET, &settings()).await;
    assert!(report.is_success(), "{report}");
}

#[tokio::test]
async fn on_a_bucket_that_keeps_versions() {
    let place = Place::start().await;
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    place.s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await.unwrap();
    let report = run(Arc::new(SdkTransport::new(&place.s3)), BUCKET, &settings().with_versions()).await;
    assert!(report.is_success(), "{report}");
}
