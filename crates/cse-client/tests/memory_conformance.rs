//! The conformance suite on `MemoryTransport`, and on ones that do something wrong, which it has to notice.

#![cfg(feature = "conformance")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]

use std::{
    collections::BTreeSet,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use cse_client::{
    MemoryTransport, Transport,
    conformance::{Feature, Outcome, Settings, assert_conformance, checks, run},
    memory::{Effect, Fault, Operation, WordEncoding},
    transport::TransportErrorKind,
};

const BUCKET: &str = "bucket";
const PART_LEN: u64 = 1000;
/// Checks of megabytes, which take their time where nothing is optimised.
const LARGE: [&str; 3] = ["put_5_mib_and_1", "encrypted_sizes", "encrypted_object_is_read_twice"];

fn strict() -> MemoryTransport {
    MemoryTransport::new().with_buckets([BUCKET]).with_owner("111122223333").with_min_part_len(PART_LEN)
}

fn settings() -> Settings {
    Settings::new().with_missing_bucket("missing").with_owner("111122223333").with_min_part_len(1000)
}

/// How these checks end on a store with a fault, which must strike.
async fn outcomes_with(fault: Fault, names: impl Fn(&str) -> bool) -> Vec<(&'static str, Outcome)> {
    let s3 = strict();
    let fault = s3.inject(fault);
    let mut outcomes = Vec::new();
    for check in checks().into_iter().filter(|check| names(check.name())) {
        outcomes.push((check.name(), check.run(Arc::new(s3.clone()), BUCKET, &settings()).await));
    }
    assert!(s3.strikes(fault) > 0);
    outcomes
}

#[tokio::test]
async fn every_check_passes_with_or_without_versions_and_leaves_nothing_behind() {
    let (plain, versioned) = (strict(), strict().with_versioning().with_chunk_len(999));
    let without = run(Arc::new(plain.clone()), BUCKET, &settings()).await;
    assert!(without.is_success(), "{without}");
    let with = run(Arc::new(versioned.clone()), BUCKET, &settings().with_versions()).await;
    assert!(with.is_success(), "{with}");
    let all: Vec<_> = checks().iter().map(|check| check.name()).collect();
    assert_eq!(with.passed().collect::<Vec<_>>(), all);
    assert_eq!(
        with.passed().filter(|name| !name.starts_with("version_")).collect::<Vec<_>>(),
        without.passed().collect::<Vec<_>>()
    );
    for s3 in [plain, versioned] {
        assert!(s3.objects().is_empty(), "{:?}", s3.objects());
        assert!(s3.uploads().is_empty(), "{:?}", s3.uploads());
        expect_keys_of_their_own(&s3, &all);
    }
}

/// Checks may run at once, because their keys do not meet: each begins with the prefix and the check's name.
fn expect_keys_of_their_own(s3: &MemoryTransport, names: &[&str]) {
    for request in s3.requests().iter().filter(|request| !request.location.key.is_empty()) {
        let key = &request.location.key;
        let below = key.strip_prefix('/').unwrap_or(key).strip_prefix("conformance/");
        let is_own = below.and_then(|key| key.split('/').next()).is_some_and(|name| names.contains(&name));
        assert!(is_own || request.location.bucket == "missing", "{request:?}");
    }
}

#[tokio::test]
async fn parts_of_s3s_own_least_length() {
    let s3: Arc<dyn Transport> = Arc::new(MemoryTransport::new());
    for check in
        checks().into_iter().filter(|check| ["upload_", "part_copy_"].iter().any(|it| check.name().starts_with(it)))
    {
        assert_eq!(check.run(Arc::clone(&s3), BUCKET, &Settings::new()).await, Outcome::Passed, "{}", check.name());
    }
}

#[test]
fn no_runtime_is_needed() {
    let s3: Arc<dyn Transport> = Arc::new(strict());
    let settings = settings();
    let checks = checks().into_iter().filter(|check| !LARGE.contains(&check.name()));
    let mut context = Context::from_waker(Waker::noop());
    for check in checks {
        let mut run = pin!(check.run(Arc::clone(&s3), BUCKET, &settings));
        let outcome = loop {
            if let Poll::Ready(outcome) = run.as_mut().poll(&mut context) {
                break outcome;
            }
        };
        assert!(!matches!(outcome, Outcome::Failed(_)), "{}: {outcome:?}", check.name());
    }
}

#[test]
fn names_of_checks_are_unique() {
    let names: BTreeSet<_> = checks().iter().map(|check| check.name()).collect();
    assert_eq!(names.len(), checks().len());
    assert!(names.len() > 100, "{}", names.len());
}

#[tokio::test]
async fn what_a_store_lacks_is_skipped_and_reported() {
    let fault = || Fault::new(Effect::IgnoreConditions).on(Operation::DeleteObject);
    let broken = outcomes_with(fault(), |name| name.starts_with("delete_")).await;
    let failed: Vec<_> = broken.iter().filter(|it| matches!(it.1, Outcome::Failed(_))).map(|(name, _)| *name).collect();
    assert_eq!(failed, ["delete_if_match"]);
    let s3 = strict();
    s3.inject(fault());
    let lacking = settings().lacking(Feature::DeleteIfMatch);
    let report = run(Arc::new(s3), BUCKET, &lacking).await;
    assert!(report.is_success(), "{report}");
    assert!(report.outcomes().any(|it| it == ("delete_if_match", &Outcome::Skipped(Feature::DeleteIfMatch))));
    assert!(report.to_string().contains("skipped delete_if_match: the store lacks If-Match of deletes"), "{report}");
}

#[tokio::test]
async fn a_failure_says_what_was_expected_and_what_was_answered() {
    let fault = Fault::new(Effect::Refuse(TransportErrorKind::AccessDenied)).on(Operation::HeadObject);
    let outcomes = outcomes_with(fault, |name| name == "head_missing_key").await;
    let [(_, Outcome::Failed(text))] = &*outcomes else { panic!("one check should fail: {outcomes:?}") };
    assert!(text.starts_with("a head of \"conformance/head_missing_key/nothing\""), "{text}");
    assert!(text.contains("S3 denied access"), "{text}");
    assert!(text.contains("expected an error of kind [NotFound]"), "{text}");
}

#[tokio::test]
#[should_panic(expected = "FAILED get_ranges")]
async fn assert_conformance_panics_with_the_list() {
    let s3 = strict();
    s3.inject(Fault::new(Effect::IgnoreRange));
    assert_conformance(Arc::new(s3), BUCKET, &settings()).await;
}

/// Every kind of fault makes the checks fail that are about it.
#[tokio::test]
async fn faults_are_noticed() {
    use Operation as Op;
    let cases: [(Fault, &[&str]); 15] = [
        (Fault::new(Effect::CutBody { after: 10 }).on(Op::GetObject), &["put_sizes", "get_ranges"]),
        (Fault::new(Effect::ResetBody { after: 10 }).on(Op::GetObject), &["put_sizes", "get_ranges"]),
        (Fault::new(Effect::TruncateBody { to: 10 }), &["put_sizes", "get_ranges"]),
        (Fault::new(Effect::LongerBody { by: 1 }), &["put_sizes", "get_if_match"]),
        (Fault::new(Effect::FlipBit { at: 0 }), &["put_sizes", "get_ranges", "copy_replaces"]),
        (Fault::new(Effect::UnannouncedLen), &["put_sizes", "get_ranges", "head_says_what_get_says"]),
        (Fault::new(Effect::IgnoreRange), &["get_ranges", "get_range_outside", "get_range_of_an_empty_object"]),
        (Fault::new(Effect::EncodedWords { encoding: WordEncoding::B, ascii_too: true }), &["metadata_round_trip"]),
        (Fault::new(Effect::Latin1Values), &["metadata_that_is_not_ascii"]),
        (Fault::new(Effect::StaleEtag).on(Op::GetObject), &["put_etag_is_that_of_head_get_and_list"]),
        (
            Fault::new(Effect::StaleEtag).on(Op::HeadObject),
            &["copy_etag_is_that_of_head", "upload_etag_is_that_of_head"],
        ),
        (
            Fault::new(Effect::IgnoreConditions).on(Op::GetObject),
            &["get_if_match", "get_if_none_match", "get_range_if_match"],
        ),
        (Fault::new(Effect::IgnoreConditions).on(Op::PutObject), &["put_if_match", "put_if_none_match"]),
        (Fault::new(Effect::LoseAnswer(TransportErrorKind::Unavailable)).on(Op::PutObject).nth(1), &["put_sizes"]),
        (Fault::throttle().on(Op::ListObjects), &["list_in_pages", "list_by_delimiter"]),
    ];
    for (fault, expected) in cases {
        let shown = format!("{fault:?}");
        let outcomes = outcomes_with(fault, |name| expected.contains(&name)).await;
        assert_eq!(outcomes.len(), expected.len(), "{shown}");
        let passed: Vec<_> = outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Passed).collect();
        assert!(passed.is_empty(), "{shown}: {passed:?}");
    }
}

/// What S3 is free to do makes nothing fail.
#[tokio::test]
async fn freedoms_of_s3_are_no_faults() {
    for effect in [
        Effect::ReverseHeaders,
        Effect::CanonicalNames,
        Effect::EncodedWords { encoding: WordEncoding::Q, ascii_too: false },
        Effect::ChunkLen(7),
        Effect::EmptyChunks,
        Effect::Slow { pending: 1 },
    ] {
        let shown = format!("{effect:?}");
        let outcomes = outcomes_with(Fault::new(effect), |name| !LARGE.contains(&name)).await;
        let failed: Vec<_> = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).collect();
        assert!(failed.is_empty(), "{shown}: {failed:?}");
    }
}
