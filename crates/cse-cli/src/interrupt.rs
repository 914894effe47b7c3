//! Ctrl-C and its like: outputs in the making are removed before the program ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

/// What a shell reports for a program that Ctrl-C ended.
const EXIT_CODE: i32 = 130;

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static HANDLER: Once = Once::new();
/// Held while outputs appear, which is all or nothing.
static PUBLISHING: Mutex<()> = Mutex::new(());

/// A file that must not outlive an interrupted run. Dropping it takes the file off the list.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn new(path: &Path) -> Self {
        // Without a handler an interrupted run leaves the file; that is no reason not to run.
        HANDLER.call_once(|| drop(ctrlc::set_handler(|| stop())));
        list().push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        list().retain(|path| *path != self.0);
    }
}

/// Leaves signals to the caller, who calls [`stop`].
pub(crate) fn take_over() {
    HANDLER.call_once(|| {});
}

/// Keeps an interrupt waiting for as long as the guard lives.
pub(crate) fn hold() -> MutexGuard<'static, ()> {
    PUBLISHING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is unfinished, and ends the program.
pub(crate) fn stop() -> ! {
    let _whole = hold();
    // Held until the end, so that no file is published or added meanwhile.
    let files = list();
    for path in files.iter() {
        // Nobody is left to tell.
        let _ = fs::remove_file(path);
    }
    process::exit(EXIT_CODE);
}

fn list() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
