//! One object, or several of them at once: reports as they come, failures that do not stop the others.

use core::cell::RefCell;
use std::collections::HashSet;

use futures_util::{Stream, StreamExt as _, pin_mut};
use serde::Serialize;

use crate::{
    error::{Failure, Kind},
    output::{Console, DataOn},
    progress::Meter,
    runtime::Stop,
};

/// How several objects are worked on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) console: &'a Console,
    pub(crate) stop: &'a Stop,
    /// How many at once.
    pub(crate) jobs: u8,
    /// Whether the command line may mean several: then failures are counted, and said with each object.
    pub(crate) is_many: bool,
    pub(crate) meter: &'a Meter,
}

/// What became of one object: for a script, and for a person.
#[derive(Debug)]
pub(crate) struct Outcome<R> {
    pub(crate) report: R,
    pub(crate) summary: String,
    pub(crate) shown: Shown,
}

/// Where a report goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shown {
    /// It is what the verb is for.
    Answer,
    /// It is said beside the verb's data.
    Beside(DataOn),
}

impl<R> Outcome<R> {
    /// The verb's data are objects or files.
    pub(crate) fn beside(report: R, summary: String) -> Self {
        Self { report, summary, shown: Shown::Beside(DataOn::Files) }
    }

    pub(crate) fn answer(report: R, text: String) -> Self {
        Self { report, summary: text, shown: Shown::Answer }
    }
}

impl Batch<'_> {
    /// Works on each. Once the user wants it to stop, nothing new is begun; what is under way ends as `each` sees fit.
    pub(crate) async fn run<T, R: Serialize, F>(
        self,
        objects: impl Stream<Item = Result<T, Failure>>,
        each: impl Fn(T) -> F,
    ) -> Result<(), Failure>
    where
        F: Future<Output = Result<Outcome<R>, Failure>>,
    {
        let work = objects.take_until(self.stop.wanted()).map(|object| async {
            match object {
                Ok(object) => each(object).await,
                Err(failure) => Err(failure),
            }
        });
        let done = work.buffer_unordered(usize::from(self.jobs));
        pin_mut!(done);
        let (mut succeeded, mut failed) = (0_u64, 0_u64);
        while let Some(outcome) = done.next().await {
            match outcome {
                Ok(outcome) => {
                    succeeded = succeeded.saturating_add(1);
                    self.meter.objects(succeeded);
                    self.meter.aside(|| self.say(&outcome))?;
                }
                // The end of the run says it; others that are under way still come to an end of their own.
                Err(_) if self.stop.is_wanted() => {}
                Err(failure) if !self.is_many || failure.kind == Kind::BrokenPipe => return Err(failure),
                Err(failure) => {
                    failed = failed.saturating_add(1);
                    self.meter.aside(|| self.console.complain(&failure));
                }
            }
        }
        match failed {
            0 => Ok(()),
            _ => Err(some_failed(failed, succeeded)),
        }
    }
}

impl Batch<'_> {
    fn say<R: Serialize>(self, outcome: &Outcome<R>) -> Result<(), Failure> {
        match outcome.shown {
            Shown::Answer => self.console.answer(&outcome.report, &outcome.summary),
            Shown::Beside(data) => self.console.report(data, &outcome.report, &outcome.summary),
        }
    }
}

/// Where the objects of a run go: no two of them to one place, where the later would replace the earlier.
#[derive(Debug, Default)]
pub(crate) struct Places(RefCell<HashSet<String>>);

impl Places {
    pub(crate) fn take(&self, place: impl Into<String>) -> Result<(), Failure> {
        let place = place.into();
        if self.0.borrow().contains(&place) {
            let next = "work on them one after the other, with targets of their own";
            return Err(Failure::new(Kind::Conflict, format!("two of this run go to {place}"), next));
        }
        self.0.borrow_mut().insert(place);
        Ok(())
    }
}

fn some_failed(failed: u64, succeeded: u64) -> Failure {
    let all = failed.saturating_add(succeeded);
    Failure::new(Kind::SomeFailed, format!("{failed} of {all} failed"), "see what is said of each of them above")
}
