//! The suite that every transport must pass, for each adapter on each service.

use std::sync::Arc;

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use cse_client::{
    Transport,
    conformance::{Feature, Outcome, Settings, checks},
};

use crate::service::{Adapter, MIN_PART_LEN, Service, on_both};

on_both! {
    without_versions => the_adapter_conforms;
    with_versions => the_adapter_conforms_with_versions;
}

/// What a service cannot do.
pub(crate) struct Lacks {
    pub(crate) features: &'static [Feature],
    /// Checks that fail for no fault of the adapter.
    pub(crate) checks: &'static [&'static str],
}

const NOTHING: Lacks = Lacks { features: &[], checks: &[] };

/// moto takes these conditions and does not look at them, has no limit for metadata, and signs other bytes than ASCII in its own way. For
/// an upload that is gone it answers 500.
const MOTO_BY_SDK: Lacks = Lacks {
    features: &[
        Feature::ConditionalComplete,
        Feature::CopyIfNoneMatch,
        Feature::CopySourceIfMatch,
        Feature::MetadataLimit,
        Feature::NonAsciiMetadata,
    ],
    checks: &["upload_abort_is_idempotent", "upload_that_does_not_exist"],
};

/// The same, but for metadata that is not ASCII, which `cse-reqwest` writes as encoded words. And moto signs the path that it decoded:
/// slashes that travel as `%2F`, as those beside `.` and `..` must in a URL, are others there.
const MOTO_BY_HTTP: Lacks = Lacks {
    features: &[
        Feature::ConditionalComplete,
        Feature::CopyIfNoneMatch,
        Feature::CopySourceIfMatch,
        Feature::MetadataLimit,
    ],
    checks: &["keys_like_paths", "upload_abort_is_idempotent", "upload_that_does_not_exist"],
};

/// moto does not tell that what it deleted was a delete marker.
const MOTO_WITH_VERSIONS: Lacks = Lacks { features: &[], checks: &["version_hidden_by_a_delete_marker"] };

/// What neither bucket nor service is set up for.
const UNUSED: [Feature; 2] = [Feature::Versions, Feature::BucketOwner];

pub(crate) fn settings() -> Settings {
    Settings::new().with_min_part_len(MIN_PART_LEN).with_missing_bucket("no-such-bucket")
}

async fn without_versions(service: &Service) {
    let lacks = match (service.is_sandbox(), service.adapter) {
        (true, _) => NOTHING,
        (false, Adapter::Sdk) => MOTO_BY_SDK,
        (false, Adapter::Http) => MOTO_BY_HTTP,
    };
    let transport = service.transport(&service.administrator);
    conforms(transport, &service.bucket, settings(), &lacks, |_| true).await;
}

/// The checks of versions, in a bucket that keeps them.
async fn with_versions(service: &Service) {
    let (s3, bucket) = (service.s3(), format!("versions-{}", service.adapter.name()));
    s3.create_bucket().bucket(&bucket).send().await.unwrap();
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(&bucket).versioning_configuration(enabled).send().await.unwrap();
    let lacks = if service.is_sandbox() { NOTHING } else { MOTO_WITH_VERSIONS };
    let (transport, settings) = (service.transport(&service.administrator), settings().with_versions());
    conforms(transport, &bucket, settings, &lacks, |name| name.starts_with("version")).await;
}

/// Runs the checks of these names. Exactly those fail, or are skipped, that the service cannot do.
pub(crate) async fn conforms(
    transport: Arc<dyn Transport>,
    bucket: &str,
    settings: Settings,
    lacks: &Lacks,
    names: impl Fn(&str) -> bool,
) {
    let settings = lacks.features.iter().fold(settings, |settings, feature| settings.lacking(*feature));
    let (mut passed, mut failed, mut skipped) = (0, Vec::new(), Vec::new());
    for check in checks().into_iter().filter(|check| names(check.name())) {
        match check.run(Arc::clone(&transport), bucket, &settings).await {
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
