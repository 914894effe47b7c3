//! The suite that every transport must pass, for the adapter's on each service.

use std::sync::Arc;

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use cse_client::conformance::{Feature, Outcome, Settings, checks};

use crate::service::{MIN_PART_LEN, Service};

/// What a service cannot do.
struct Lacks {
    features: &'static [Feature],
    /// Checks that fail for no fault of the adapter.
    checks: &'static [&'static str],
}

const NOTHING: Lacks = Lacks { features: &[], checks: &[] };

/// moto takes these conditions and does not look at them, has no limit for metadata, and signs other bytes than ASCII in its own way. For
/// an upload that is gone it answers 500.
const MOTO: Lacks = Lacks {
    features: &[
        Feature::ConditionalComplete,
        Feature::CopyIfNoneMatch,
        Feature::CopySourceIfMatch,
        Feature::MetadataLimit,
        Feature::NonAsciiMetadata,
    ],
    checks: &["upload_abort_is_idempotent", "upload_that_does_not_exist"],
};

/// moto does not tell that what it deleted was a delete marker.
const MOTO_WITH_VERSIONS: Lacks = Lacks { features: &[], checks: &["version_hidden_by_a_delete_marker"] };

/// What neither bucket nor service is set up for.
const UNUSED: [Feature; 2] = [Feature::Versions, Feature::BucketOwner];

fn settings() -> Settings {
    Settings::new().with_min_part_len(MIN_PART_LEN).with_missing_bucket("no-such-bucket")
}

/// Runs the checks of these names. Exactly those fail, or are skipped, that the service cannot do.
async fn conforms(service: &Service, bucket: &str, settings: Settings, lacks: &Lacks, names: impl Fn(&str) -> bool) {
    let settings = lacks.features.iter().fold(settings, |settings, feature| settings.lacking(*feature));
    let transport = Arc::new(service.transport(&service.administrator));
    let (mut passed, mut failed, mut skipped) = (0, Vec::new(), Vec::new());
    for check in checks().into_iter().filter(|check| names(check.name())) {
        match check.run(transport.clone(), bucket, &settings).await {
            Outcome::Passed => passed += 1,
            Outcome::Skipped(feature) => skipped.push(feature),
            Outcome::Failed(message) => failed.push((check.name(), message)),
            other => panic!("{}: {other:?}", check.name()),
        }
    }
    println!("{passed} checks passed, {} skipped, {} failed", skipped.len(), failed.len());
    let failures: Vec<_> = failed.iter().map(|(name, _)| *name).collect();
    assert_eq!(failures, lacks.checks, "{failed:#?}");
    let unexpected = |feature: &&Feature| !lacks.features.contains(feature) && !UNUSED.contains(feature);
    assert_eq!(skipped.iter().find(unexpected), None);
    assert!(passed > skipped.len(), "{passed} passed, skipped {skipped:?}");
}

/// The checks of versions, in a bucket that keeps them.
async fn conforms_with_versions(service: &Service, lacks: &Lacks) {
    let (s3, bucket) = (service.s3(&service.administrator), "versions");
    s3.create_bucket().bucket(bucket).send().await.unwrap();
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(bucket).versioning_configuration(enabled).send().await.unwrap();
    let settings = settings().with_versions();
    conforms(service, bucket, settings, lacks, |name| name.starts_with("version")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adapter_conforms_on_the_sandbox() {
    let service = Service::sandbox().await;
    conforms(&service, &service.bucket, settings(), &NOTHING, |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adapter_conforms_on_moto() {
    let service = Service::moto();
    conforms(&service, &service.bucket, settings(), &MOTO, |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adapter_conforms_on_the_sandbox_with_versions() {
    conforms_with_versions(&Service::sandbox().await, &NOTHING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adapter_conforms_on_moto_with_versions() {
    conforms_with_versions(&Service::moto(), &MOTO_WITH_VERSIONS).await;
}
