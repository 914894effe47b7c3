//! The suite that every [`Transport`] must pass.
//!
//! First each request of S3, then the encrypted operations over them. Each check has a name, a place of its own in the bucket, and says what it expected and what was answered. It needs no runtime
//! of its own: it runs in whatever the transport runs in.
//!
//! ```
//! use std::sync::Arc;
//!
//! use cse_client::{MemoryTransport, conformance::{Feature, Settings, run}};
//!
//! # async fn check() {
//! let settings = Settings::new().lacking(Feature::DeleteIfMatch);
//! let report = run(Arc::new(MemoryTransport::new()), "bucket", &settings).await;
//! assert!(report.is_success(), "{report}");
//! # }
//! ```

mod settings;
mod trial;

mod copy;
mod delete;
mod encrypted;
mod encrypted_files;
mod get;
mod head;
mod keys;
mod list;
mod metadata;
mod multipart;
mod part_copy;
mod put;
mod uploads;
mod versions;
mod writes_if;

use std::{fmt, sync::Arc};

use cse_keys::BoxFuture;

pub use self::settings::{Feature, Settings};
use self::trial::{Failure, Trial, Verdict};
use crate::transport::Transport;

/// One check of the suite.
#[derive(Clone, Copy)]
pub struct Check {
    name: &'static str,
    needs: &'static [Feature],
    run: for<'a> fn(&'a Trial) -> BoxFuture<'a, Verdict>,
}

/// How a check ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// All was as expected.
    Passed,
    /// The settings say that the store lacks what it needs.
    Skipped(Feature),
    /// What was expected, and what was answered.
    Failed(String),
}

/// How the checks ended, in their order. `Display` lists those that failed or were skipped.
#[derive(Clone, Debug)]
pub struct Report(Vec<(&'static str, Outcome)>);

/// A check by the name of its function, with what it needs.
macro_rules! check {
    ($name:ident $(, $feature:ident)*) => {
        $crate::conformance::Check {
            name: stringify!($name),
            needs: &[$($crate::conformance::Feature::$feature),*],
            run: |trial| Box::pin($name(trial)),
        }
    };
}
use check;

/// All checks.
#[must_use]
pub fn checks() -> Vec<Check> {
    let groups = [
        put::checks(),
        writes_if::checks(),
        metadata::checks(),
        keys::checks(),
        get::checks(),
        head::checks(),
        delete::checks(),
        copy::checks(),
        list::checks(),
        multipart::checks(),
        part_copy::checks(),
        uploads::checks(),
        versions::checks(),
        encrypted::checks(),
        encrypted_files::checks(),
    ];
    groups.concat()
}

/// Runs all checks, one after the other, in a bucket that exists.
pub async fn run(transport: Arc<dyn Transport>, bucket: &str, settings: &Settings) -> Report {
    let mut outcomes = Vec::new();
    for check in checks() {
        outcomes.push((check.name, check.run(Arc::clone(&transport), bucket, settings).await));
    }
    Report(outcomes)
}

/// Runs all checks.
///
/// # Panics
///
/// If one fails, with the list of all that did.
pub async fn assert_conformance(transport: Arc<dyn Transport>, bucket: &str, settings: &Settings) {
    let report = run(transport, bucket, settings).await;
    assert!(report.is_success(), "{report}");
}

impl Check {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it alone, and cleans up behind it.
    pub async fn run(&self, transport: Arc<dyn Transport>, bucket: &str, settings: &Settings) -> Outcome {
        if let Some(feature) = self.needs.iter().find(|feature| settings.lacks(**feature)) {
            return Outcome::Skipped(*feature);
        }
        let trial = Trial::new(transport, bucket, self.name, settings);
        let verdict = (self.run)(&trial).await;
        let cleaned = trial.clean_up().await;
        match verdict.and(cleaned) {
            Ok(()) => Outcome::Passed,
            Err(Failure(message)) => Outcome::Failed(message),
        }
    }
}

impl Report {
    /// Whether no check failed.
    #[must_use]
    pub fn is_success(&self) -> bool {
        !self.0.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
    }

    /// The checks by name, with how they ended, in their order.
    pub fn outcomes(&self) -> impl Iterator<Item = (&'static str, &Outcome)> {
        self.0.iter().map(|(name, outcome)| (*name, outcome))
    }

    /// The names of the checks that passed.
    pub fn passed(&self) -> impl Iterator<Item = &'static str> {
        self.outcomes().filter(|(_, outcome)| **outcome == Outcome::Passed).map(|(name, _)| name)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("name", &self.name).field("needs", &self.needs).finish_non_exhaustive()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {} checks passed", self.passed().count(), self.0.len())?;
        for (name, outcome) in self.outcomes() {
            match outcome {
                Outcome::Passed => {}
                Outcome::Skipped(feature) => writeln!(f, "skipped {name}: the store lacks {feature}")?,
                Outcome::Failed(message) => writeln!(f, "FAILED {name}: {message}")?,
            }
        }
        Ok(())
    }
}
