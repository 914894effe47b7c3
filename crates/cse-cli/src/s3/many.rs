//! One object, or several of them at once: reports as they come, failures that do not stop the others.

use alloc::collections::BTreeMap;
use core::{cell::RefCell, fmt::Display};
use std::path::Path;

use futures_util::{Stream, StreamExt as _, pin_mut};
use serde::Serialize;

use crate::{
    error::{Failure, Kind},
    output::{Console, DataOn},
    progress::Meter,
    runtime::{INTERRUPTED, Stop},
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
    pub(crate) makes: Makes,
}

/// What a run makes, for what is said of one that was interrupted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Makes {
    /// Objects are stored, copied, deleted or looked at: a participle.
    Done(&'static str),
    /// Files appear when they are complete.
    Files,
    /// Plaintext goes to standard output.
    Output,
}

impl Makes {
    /// What there is of an interrupted run, after so many objects that were reported.
    fn after(self, succeeded: u64, is_all_known: bool) -> String {
        let were = if succeeded == 1 { "was" } else { "were" };
        match (self, succeeded) {
            (Self::Done(done), 0) => format!("nothing was {done}"),
            (Self::Done(done), _) if is_all_known => format!("{succeeded} {were} {done}, and no other"),
            (Self::Done(done), _) => format!("{succeeded} {were} {done}"),
            (Self::Files, 0) => "no unfinished file is left".to_owned(),
            (Self::Files, _) => format!("{succeeded} {were} written, and no unfinished file is left"),
            (Self::Output, 0) => "what was printed is not complete".to_owned(),
            (Self::Output, _) => format!("{succeeded} {were} printed, and of others perhaps a part"),
        }
    }
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
        self.run_all(objects.take_until(self.stop.wanted()), each).await
    }

    /// As [`run`](Self::run), for objects that end by themselves once the user wants it to stop.
    pub(crate) async fn run_all<T, R: Serialize, F>(
        self,
        objects: impl Stream<Item = Result<T, Failure>>,
        each: impl Fn(T) -> F,
    ) -> Result<(), Failure>
    where
        F: Future<Output = Result<Outcome<R>, Failure>>,
    {
        let work = objects.map(|object| async {
            match object {
                Ok(object) => each(object).await,
                Err(failure) => Err(failure),
            }
        });
        let done = work.buffer_unordered(usize::from(self.jobs));
        pin_mut!(done);
        let (mut succeeded, mut failed, mut unknown) = (0_u64, 0_u64, Vec::new());
        while let Some(outcome) = done.next().await {
            match outcome {
                Ok(outcome) => {
                    succeeded = succeeded.saturating_add(1);
                    self.meter.objects(succeeded);
                    self.meter.aside(|| self.say(&outcome))?;
                }
                // The end of the run says it; others that are under way still come to an end of their own.
                Err(failure) if failure.kind == Kind::Interrupted => {
                    unknown.extend(Some(failure.what).filter(|what| what != INTERRUPTED));
                }
                Err(failure) if !self.is_many || failure.kind == Kind::BrokenPipe => return Err(failure),
                Err(failure) => {
                    failed = failed.saturating_add(1);
                    self.meter.aside(|| self.console.complain(&failure));
                }
            }
        }
        if self.stop.is_wanted() {
            return Err(self.interrupted(succeeded, &unknown));
        }
        match failed {
            0 => Ok(()),
            _ => Err(some_failed(failed, succeeded)),
        }
    }
}

impl Batch<'_> {
    /// What is known of the objects, and of which of them nothing is.
    fn interrupted(self, succeeded: u64, unknown: &[String]) -> Failure {
        let known = if succeeded > 0 || unknown.is_empty() {
            Some(self.makes.after(succeeded, unknown.is_empty()))
        } else {
            None
        };
        let said: Vec<_> =
            core::iter::once(INTERRUPTED).chain(known.as_deref()).chain(unknown.iter().map(String::as_str)).collect();
        Failure::interrupted(said.join("; "))
    }

    fn say<R: Serialize>(self, outcome: &Outcome<R>) -> Result<(), Failure> {
        match outcome.shown {
            Shown::Answer => self.console.answer(&outcome.report, &outcome.summary),
            Shown::Beside(data) => self.console.report(data, &outcome.report, &outcome.summary),
        }
    }
}

/// Where the objects of a run go, and which of them: no two to one place, where the later would replace the earlier.
#[derive(Debug, Default)]
pub(crate) struct Places(RefCell<BTreeMap<String, String>>);

impl Places {
    /// A place in S3.
    pub(crate) fn take(&self, place: impl Into<String>, who: impl Display) -> Result<(), Failure> {
        let place = place.into();
        let mut taken = self.0.borrow_mut();
        if let Some(other) = taken.get(&place) {
            let next = "work on them one after the other, with targets of their own";
            return Err(Failure::new(Kind::Conflict, format!("{who}: {other} goes to {place} as well"), next));
        }
        taken.insert(place, who.to_string());
        Ok(())
    }

    /// A file: it can be neither the folder of another one of this run, nor in what is one.
    pub(crate) fn take_file(&self, path: &Path, who: impl Display) -> Result<(), Failure> {
        let clash = |what: String| {
            let next = "get one of them by itself, with another target: cse get s3://BUCKET/KEY FILE";
            Err(Failure::new(Kind::Conflict, what, next))
        };
        let taken = self.0.borrow();
        for folder in path.ancestors().skip(1) {
            if let Some(other) = taken.get(&*folder.to_string_lossy()) {
                return clash(format!("{who}: it needs the folder {}, which is the file of {other}", folder.display()));
            }
        }
        let inside = format!("{}{}", path.display(), std::path::MAIN_SEPARATOR);
        if let Some((_, other)) = taken.range(inside.clone()..).next().filter(|(path, _)| path.starts_with(&inside)) {
            return clash(format!("{who}: it needs the file {}, which is the folder of {other}", path.display()));
        }
        drop(taken);
        self.take(path.to_string_lossy(), who)
    }
}

fn some_failed(failed: u64, succeeded: u64) -> Failure {
    let all = failed.saturating_add(succeeded);
    Failure::new(Kind::SomeFailed, format!("{failed} of {all} failed"), "see what is said of each of them above")
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;
    use crate::args::Global;

    /// A run of two objects that the user wants to end before it begins: what is said of it, and of how many.
    async fn interrupted(ends_by_itself: bool, each: impl Fn(u8) -> Result<(), Failure>) -> (String, u64) {
        let console = Console::new(&Global { json: false, quiet: true });
        let (stop, meter, seen) = (Stop::wanted_now(), Meter::new(&console, true), core::cell::Cell::new(0));
        let makes = Makes::Done("deleted");
        let batch = Batch { console: &console, stop: &stop, jobs: 1, is_many: true, meter: &meter, makes };
        let objects = stream::iter([Ok(1), Ok(2)]);
        let each = |object| {
            seen.set(seen.get() + 1);
            core::future::ready(each(object).map(|()| Outcome::beside(object, String::new())))
        };
        let done = if ends_by_itself { batch.run_all(objects, each).await } else { batch.run(objects, each).await };
        let failure = done.unwrap_err();
        assert_eq!(failure.kind, Kind::Interrupted);
        (failure.what, seen.get())
    }

    #[tokio::test]
    async fn nothing_new_is_begun_and_what_ends_by_itself_does() {
        assert_eq!(interrupted(false, |_| Ok(())).await, ("interrupted; nothing was deleted".to_owned(), 0));
        assert_eq!(interrupted(true, |_| Ok(())).await, ("interrupted; 2 were deleted, and no other".to_owned(), 2));
    }

    #[tokio::test]
    async fn what_is_not_known_is_not_guessed() {
        let unknown = |_| Err(Failure::interrupted("of this one nothing is known"));
        let both = "interrupted; of this one nothing is known; of this one nothing is known";
        assert_eq!(interrupted(true, unknown).await, (both.to_owned(), 2));
        let second = |object| if object == 1 { Ok(()) } else { unknown(object) };
        let known = "interrupted; 1 was deleted; of this one nothing is known";
        assert_eq!(interrupted(true, second).await, (known.to_owned(), 2));
        let dropped = |object| if object == 1 { Ok(()) } else { Err(Failure::interrupted(INTERRUPTED)) };
        assert_eq!(interrupted(true, dropped).await, ("interrupted; 1 was deleted, and no other".to_owned(), 2));
    }

    #[test]
    fn what_there_is_of_an_interrupted_run() {
        for (makes, none, one, some) in [
            (Makes::Done("copied"), "nothing was copied", "1 was copied, and no other", "2 were copied, and no other"),
            (
                Makes::Files,
                "no unfinished file is left",
                "1 was written, and no unfinished file is left",
                "2 were written, and no unfinished file is left",
            ),
            (
                Makes::Output,
                "what was printed is not complete",
                "1 was printed, and of others perhaps a part",
                "2 were printed, and of others perhaps a part",
            ),
        ] {
            assert_eq!([0, 1, 2].map(|succeeded| makes.after(succeeded, true)), [none, one, some]);
        }
    }

    #[test]
    fn no_two_go_to_one_place_nor_into_each_other() {
        let places = Places::default();
        let take = |path: &str, who: &str| places.take_file(Path::new(path), who).map_err(|failure| failure.what);
        take("out/a", "A").unwrap();
        take("out/a-b", "AB").unwrap();
        take("out/c/d/e", "E").unwrap();
        assert_eq!(take("out/a", "X").unwrap_err(), "X: A goes to out/a as well");
        assert_eq!(take("out/a/b", "X").unwrap_err(), "X: it needs the folder out/a, which is the file of A");
        assert_eq!(take("out/a/b/c", "X").unwrap_err(), "X: it needs the folder out/a, which is the file of A");
        assert_eq!(take("out/c", "X").unwrap_err(), "X: it needs the file out/c, which is the folder of E");
        assert_eq!(take("out/c/d", "X").unwrap_err(), "X: it needs the file out/c/d, which is the folder of E");
        take("out/c/d/f", "F").unwrap();
        take("out/ab", "G").unwrap();
    }
}
