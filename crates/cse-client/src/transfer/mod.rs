//! Files and streams of any size, over any transport: parts in parallel, progress, and downloads that appear only when they are
//! complete and verified.
//!
//! An object is encrypted, and decrypted, in order and as one: parallel are the requests. Nothing is spawned; the futures drive
//! everything, and dropping one ends it.
//!
//! One cut connection does not end a download: a part whose body broke off is asked for again, twice at most and without waiting. It is
//! pinned to the same version or ETag, so it is the same part, and nothing of it was released.
//!
//! ```
//! use cse_client::{Body, Client, MemoryTransport, ObjectLocation, transfer};
//! use cse_keys::AesKeyring;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(MemoryTransport::new(), AesKeyring::new(&[7; 32])?);
//! transfer::upload(&client, "bucket", "report.pdf")
//!     .progress(|progress| println!("{} bytes", progress.transferred))
//!     .send_body("…")
//!     .await?;
//!
//! # #[cfg(feature = "fs")] {
//! # let dir = std::env::temp_dir().join(format!("cse-client-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&dir)?;
//! let target = dir.join("report.pdf");
//! transfer::download(&client, ObjectLocation::new("bucket", "report.pdf")).to_file(&target).await?;
//! assert_eq!(std::fs::read_to_string(&target)?, "…");
//! # std::fs::remove_dir_all(&dir)?;
//! # }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "fs")]
mod download;
#[cfg(feature = "fs")]
mod fetch;
#[cfg(feature = "fs")]
mod files;
mod pieces;
mod progress;
#[cfg(feature = "fs")]
mod save;
mod upload;

#[cfg(feature = "fs")]
pub use self::{
    download::{Download, DownloadAny},
    save::Saved,
};
pub use self::{progress::Progress, upload::Upload};

use crate::client::Client;
#[cfg(feature = "fs")]
use crate::location::ObjectLocation;

/// The length of parts unless another is chosen: 8 MiB.
pub const DEFAULT_PART_LEN: u64 = 8 * 1024 * 1024;

/// How many requests are under way at once unless told otherwise.
pub const DEFAULT_CONCURRENCY: usize = 4;

/// Uploads a file or a stream of any length.
pub fn upload(client: &Client, bucket: impl Into<String>, key: impl Into<String>) -> Upload {
    Upload::new(client.upload(bucket, key))
}

/// Downloads an object of any length to a file.
#[cfg(feature = "fs")]
pub fn download(client: &Client, location: ObjectLocation) -> Download {
    Download::new(client.clone(), location)
}

/// Setters that both directions have.
macro_rules! transfer_setters {
    ($($path:ident)*) => {
        /// How many requests are under way at once: 4, if not set. Memory grows with it.
        pub fn concurrency(mut self, concurrency: usize) -> Self {
            self.$($path.)*settings.concurrency = concurrency.max(1);
            self
        }

        /// Is called from time to time with how far the transfer has come, the first time at its beginning.
        pub fn progress(mut self, callback: impl Fn(crate::transfer::Progress) + Send + Sync + 'static) -> Self {
            self.$($path.)*settings.observer = crate::transfer::progress::Observer::new(callback);
            self
        }
    };
}
pub(crate) use transfer_setters;

/// How a transfer is made.
#[derive(Clone, Debug)]
struct Settings {
    part_len: u64,
    concurrency: usize,
    observer: progress::Observer,
}

impl Default for Settings {
    fn default() -> Self {
        Self { part_len: DEFAULT_PART_LEN, concurrency: DEFAULT_CONCURRENCY, observer: progress::Observer::default() }
    }
}
