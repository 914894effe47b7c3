//! How far a transfer has come.

use std::{fmt, sync::Arc};

/// How far a transfer has come, in bytes of the plaintext.
///
/// Counted is what S3 has confirmed of an upload, a part at a time, and what was written to disk of a download, where it is not
/// verified before the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// What is done.
    pub transferred: u64,
    /// What there is to do in all, where that is known: not for streams of unknown length, and not for AES-CBC.
    pub total: Option<u64>,
}

/// Whom to tell.
#[derive(Clone, Default)]
pub(super) struct Observer(Option<Arc<dyn Fn(Progress) + Send + Sync>>);

impl Observer {
    pub(super) fn new(callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(callback)))
    }

    /// Begins to count, and says so.
    pub(super) fn begin(&self, total: Option<u64>) -> Meter {
        let meter = Meter { observer: self.clone(), progress: Progress { transferred: 0, total } };
        meter.tell();
        meter
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer(..)" } else { "Observer(none)" })
    }
}

/// Counts one transfer.
#[derive(Debug)]
pub(super) struct Meter {
    observer: Observer,
    progress: Progress,
}

impl Meter {
    /// So many more bytes are done.
    pub(super) fn add(&mut self, len: usize) {
        if len > 0 {
            let len = u64::try_from(len).unwrap_or(u64::MAX);
            self.progress.transferred = self.progress.transferred.saturating_add(len);
            self.tell();
        }
    }

    /// How many bytes were done.
    #[cfg(feature = "fs")]
    pub(super) const fn transferred(&self) -> u64 {
        self.progress.transferred
    }

    fn tell(&self) {
        if let Some(callback) = &self.observer.0 {
            callback(self.progress);
        }
    }
}
