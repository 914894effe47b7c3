//! The progress bar: on a terminal, and only for work that takes a while.

use alloc::sync::Arc;
use core::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Console;

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(700);

/// Counts the bytes of one pass over a file.
#[derive(Debug)]
pub(crate) struct Progress(Meter);

impl Progress {
    /// For a pass over `total` bytes, where that is known.
    pub(crate) fn new(console: &Console, total: Option<u64>) -> Self {
        let meter = Meter::new(console, false);
        meter.expect(total);
        Self(meter)
    }

    /// `len` more bytes are done.
    pub(crate) fn add(&mut self, len: usize) {
        self.0.add(u64::try_from(len).unwrap_or(u64::MAX));
    }
}

/// Counts the bytes of one object, or of several that are worked on at once. A clone counts into the same.
#[derive(Clone, Debug)]
pub(crate) struct Meter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bar: ProgressBar,
    began: Instant,
    /// Wanted, and not shown yet.
    is_due: AtomicBool,
    is_many: bool,
}

impl Meter {
    /// For one object, or for as many as come.
    pub(crate) fn new(console: &Console, is_many: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(style(if is_many {
            "{msg}, {bytes}, {binary_bytes_per_sec}"
        } else {
            "{bytes}, {binary_bytes_per_sec}"
        }));
        if is_many {
            bar.set_message("0 done");
        }
        let (began, is_due) = (Instant::now(), AtomicBool::new(console.shows_progress()));
        Self(Arc::new(Shared { bar, began, is_due, is_many }))
    }

    /// There is this much more to do, where that is known.
    pub(crate) fn expect(&self, len: Option<u64>) {
        let Shared { bar, is_many, .. } = &*self.0;
        let Some(len) = len else { return };
        bar.set_length(bar.length().unwrap_or_default().saturating_add(len));
        bar.set_style(style(if *is_many {
            "{msg}, {bytes} of {total_bytes} [{bar:30}] {binary_bytes_per_sec}, {eta} left"
        } else {
            "{bytes} of {total_bytes} [{bar:30}] {binary_bytes_per_sec}, {eta} left"
        }));
    }

    /// `len` more bytes are done.
    pub(crate) fn add(&self, len: u64) {
        let Shared { bar, began, is_due, .. } = &*self.0;
        if began.elapsed() > PATIENCE && is_due.swap(false, Ordering::Relaxed) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.inc(len);
    }

    /// So many objects are done.
    pub(crate) fn objects(&self, done: u64) {
        self.0.bar.set_message(format!("{done} done"));
    }

    /// Says something while the bar makes room.
    pub(crate) fn aside<T>(&self, say: impl FnOnce() -> T) -> T {
        self.0.bar.suspend(say)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The templates are constants; were one wrong, the default style would do.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}
