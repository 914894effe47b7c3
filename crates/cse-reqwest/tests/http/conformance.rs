//! The suite that every transport must pass, on the sandbox, which checks signatures.

use std::sync::Arc;

use bytes::Bytes;
use cse_client::conformance::{Feature, Outcome, Report, Settings, run};
use cse_sandbox::Sandbox;
use reqsign_aws_v4::{RequestSigner, StaticCredentialProvider};

use crate::support::{MIN_PART_LEN, http, s3, sandbox};

fn settings() -> Settings {
    Settings::new().with_min_part_len(MIN_PART_LEN).with_missing_bucket("no-such-bucket")
}

fn check(report: &Report, may_lack: &[Feature]) {
    assert!(report.is_success(), "{report}");
    for (name, outcome) in report.outcomes() {
        if let Outcome::Skipped(feature) = outcome {
            assert!(may_lack.contains(feature), "{name} was skipped: {feature}");
        }
    }
    assert!(report.passed().count() > 100, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transport_conforms() {
    let sandbox = sandbox().await;
    let report = run(Arc::new(s3(&sandbox)), "bucket", &settings()).await;
    check(&report, &[Feature::Versions, Feature::BucketOwner]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transport_conforms_with_versions() {
    let sandbox = sandbox().await;
    keep_versions(&sandbox).await;
    let report = run(Arc::new(s3(&sandbox)), "bucket", &settings().with_versions()).await;
    check(&report, &[Feature::BucketOwner]);
}

/// A request that the transport does not know.
async fn keep_versions(sandbox: &Sandbox) {
    let body = Bytes::from_static(b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    let request = http::Request::put(format!("{}/bucket?versioning=", sandbox.endpoint())).body(body).unwrap();
    let (mut parts, body) = request.into_parts();
    let credentials = StaticCredentialProvider::new(sandbox.access_key_id(), sandbox.secret_access_key());
    let signer = RequestSigner::new("s3", sandbox.region());
    let signer = reqsign_core::Signer::new(reqsign_core::Context::new(), credentials, signer);
    signer.sign(&mut parts, None).await.unwrap();
    let request = reqwest::Request::try_from(http::Request::from_parts(parts, body)).unwrap();
    let answer = http().execute(request).await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}
