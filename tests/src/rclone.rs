//! rclone's S3 server, an awkward store: it answers with metadata names in canonical case and with checksums of the whole object to a
//! request for a range, ignores conditions, and has no KMS. Started when a test first needs it, and ended with the test program, however
//! that one ends. `interop/serve` prepares and starts it.

use std::{process::ChildStdin, sync::LazyLock};

use crate::moto::{Answers, User, start};

/// A running rclone.
#[derive(Debug)]
pub struct Rclone {
    /// Where S3 is.
    pub url: String,
    /// Its region; any other is as good.
    pub region: String,
    /// A bucket that is there.
    pub bucket: String,
    /// The only one who may use it.
    pub user: User,
    /// It serves until this is closed, at the latest by the operating system.
    _stdin: ChildStdin,
}

/// The one rclone of this test program.
///
/// # Panics
///
/// If it cannot be started, with what to do about it.
#[must_use]
pub fn rclone() -> &'static Rclone {
    static RCLONE: LazyLock<Rclone> = LazyLock::new(|| start("rclone", Rclone::from_answers));
    &RCLONE
}

impl Rclone {
    fn from_answers(answers: &Answers, stdin: ChildStdin) -> Option<Self> {
        Some(Self {
            url: answers.value("URL")?,
            region: answers.value("REGION")?,
            bucket: answers.value("BUCKET")?,
            user: answers.user("administrator")?,
            _stdin: stdin,
        })
    }
}
