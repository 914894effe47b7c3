//! The progress bar: on a terminal, and only for work that takes a while.

use core::time::Duration;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Console;

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(700);

/// Counts the bytes of one pass over a file.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    /// Wanted, and not shown yet.
    is_due: bool,
}

impl Progress {
    /// For a pass over `total` bytes, where that is known.
    pub(crate) fn new(console: &Console, total: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let template = match total {
            Some(_) => "{bytes} of {total_bytes} [{bar:30}] {binary_bytes_per_sec}, {eta} left",
            None => "{bytes}, {binary_bytes_per_sec}",
        };
        // The templates are constants; were one wrong, the default style would do.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        Self { bar, began: Instant::now(), is_due: console.shows_progress() }
    }

    /// `len` more bytes are done.
    pub(crate) fn add(&mut self, len: usize) {
        if self.is_due && self.began.elapsed() > PATIENCE {
            self.is_due = false;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(u64::try_from(len).unwrap_or(u64::MAX));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
