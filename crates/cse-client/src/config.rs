//! What a client does unless an operation says otherwise.

#[cfg(feature = "fs")]
use std::path::PathBuf;

use cse_envelope::{CommitmentPolicy, KeyPlacement, ReadPolicy, WriteFormat};

/// Settings of a client. The defaults are the safe ones: V3 with key commitment for reads and writes, the wrapped key in the object's
/// metadata, nothing released that is not verified.
///
/// ```
/// use cse_client::{Config, ReadMode};
/// use cse_envelope::{CommitmentPolicy, KeyPlacement, ReadPolicy};
///
/// let config = Config::new()
///     .read_policy(ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt)) // reads V2 as well
///     .key_placement(KeyPlacement::InstructionFile)
///     .read_mode(ReadMode::Verified { memory_limit: 16 * 1024 * 1024 });
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) read_policy: ReadPolicy,
    pub(crate) key_placement: KeyPlacement,
    pub(crate) read_mode: ReadMode,
    pub(crate) multipart_threshold: u64,
}

/// 64 MiB: what a verified read keeps in memory unless told otherwise.
pub const DEFAULT_MEMORY_LIMIT: u64 = 64 * 1024 * 1024;

/// 16 MiB: contents above it are sent as a stream by a put, and in parts by `transfer`.
pub const DEFAULT_MULTIPART_THRESHOLD: u64 = 16 * 1024 * 1024;

impl Config {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            read_policy: ReadPolicy::new(CommitmentPolicy::default()),
            key_placement: KeyPlacement::default(),
            read_mode: ReadMode::default(),
            multipart_threshold: DEFAULT_MULTIPART_THRESHOLD,
        }
    }

    /// Which objects are read. Its commitment policy decides in which format new ones are written, too.
    #[must_use]
    pub fn read_policy(self, read_policy: ReadPolicy) -> Self {
        Self { read_policy, ..self }
    }

    /// Where wrapped data keys of new objects are stored.
    #[must_use]
    pub fn key_placement(self, key_placement: KeyPlacement) -> Self {
        Self { key_placement, ..self }
    }

    /// How a whole object is verified before any of it is released.
    #[must_use]
    pub fn read_mode(self, read_mode: ReadMode) -> Self {
        Self { read_mode, ..self }
    }

    /// Up to this many bytes a put is encrypted in memory, so that the transport can send it again; above it a put streams once, and
    /// `transfer` uploads in parts.
    #[must_use]
    pub fn multipart_threshold(self, multipart_threshold: u64) -> Self {
        Self { multipart_threshold, ..self }
    }

    /// The format of new objects.
    pub(crate) const fn write_format(&self) -> WriteFormat {
        self.read_policy.commitment().write_format()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// How a whole object is verified before any of it is released. Streams of unverified content come from
/// [`danger`](crate::danger) only.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReadMode {
    /// In memory: the plaintext is collected, verified and then given. A larger object is an error before the key service is asked.
    Verified {
        /// The most that is kept in memory, in bytes.
        memory_limit: u64,
    },
    /// Read twice: the first time to verify it, the second time to give it, as a stream of any length. The second answer must be the
    /// first one again, byte for byte: a digest of each MiB is kept (32 bytes), and compared before its plaintext is released.
    VerifiedTwice,
    /// On disk: the plaintext goes to a file without a name, is verified, and is then given as a stream of any length.
    ///
    /// # Security
    ///
    /// The plaintext is on that disk until the body is dropped.
    #[cfg(feature = "fs")]
    VerifiedSpooled {
        /// The folder of the file; the system's temporary one, if `None`.
        dir: Option<PathBuf>,
    },
}

impl Default for ReadMode {
    /// In memory, up to 64 MiB.
    fn default() -> Self {
        Self::Verified { memory_limit: DEFAULT_MEMORY_LIMIT }
    }
}
