//! Ctrl-C and its like: outputs in the making are removed before the program ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use crate::{
    error::{Failure, INTERRUPTED},
    output::Console,
};

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static HANDLER: Once = Once::new();
/// Held while outputs appear, which is all or nothing.
static PUBLISHING: Mutex<Out> = Mutex::new(Out::Nothing);

/// How much of the outputs has appeared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Out {
    Nothing,
    /// Bytes have left that nothing can take back, and perhaps not all of them.
    Part,
    All,
}

/// A file that must not outlive an interrupted run. Dropping it takes the file off the list.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn new(path: &Path) -> Self {
        list().push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        list().retain(|path| *path != self.0);
    }
}

/// Ends a run on files when it is interrupted.
pub(crate) fn watch(console: &Console) {
    let console = *console;
    let handler = move || {
        stop(|out| {
            console.complain(&Failure::interrupted(match out {
                Out::Nothing => "interrupted; nothing was written",
                Out::Part => "interrupted; what came out is not complete",
                Out::All => "interrupted, after the outputs were complete",
            }));
        })
    };
    // Without a handler an interrupted run leaves its unfinished files; that is no reason not to run.
    HANDLER.call_once(|| drop(ctrlc::set_handler(handler)));
}

/// Leaves signals to the caller, who calls [`stop`].
pub(crate) fn take_over() {
    HANDLER.call_once(|| {});
}

/// Keeps an interrupt waiting for as long as the guard lives.
pub(crate) fn hold() -> MutexGuard<'static, Out> {
    PUBLISHING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is unfinished, says so, and ends the program.
pub(crate) fn stop(say: impl FnOnce(Out)) -> ! {
    let out = hold();
    // Held until the end, so that no file is published or added meanwhile.
    let files = list();
    for path in files.iter() {
        // Nobody is left to tell.
        let _ = fs::remove_file(path);
    }
    say(*out);
    process::exit(INTERRUPTED.into());
}

fn list() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
