//! Every way around a protection. Each is explicit, and each shows in the type of what it gives.
//!
//! What [`cse_envelope::danger`] has for policies (legacy formats, wraps of special writers) belongs into
//! [`Config::read_policy`](crate::Config::read_policy).

use cse_envelope::{ByteRange, WriteFormat};

pub use cse_envelope::danger::accept_unauthenticated;

use crate::{
    body::Body,
    error::Error,
    operations::{GetAny, GetRange, GetStream, Put, StartUpload, Upload},
    transfer,
    transport::Written,
};

/// Accepts AES-CBC content, which comes marked as unauthenticated; for [`stream`] and [`range`] too. The client's read policy must allow
/// `legacy` as well.
///
/// # Security
///
/// Nothing authenticates CBC: whoever can write to the bucket can change the plaintext, and a reader that shows errors to them can be made to decrypt for
/// them.
pub fn accept_cbc(get: impl Into<GetAny>) -> GetAny {
    get.into().accepting(|accept| accept.cbc = true)
}

/// Accepts objects that are not encrypted, which come marked as such.
///
/// # Security
///
/// Whoever can write to the bucket can put a plain object where an encrypted one was.
pub fn accept_plain(get: impl Into<GetAny>) -> GetAny {
    get.into().accepting(|accept| accept.plain = true)
}

/// Reads an object as a stream that is released before it is verified.
///
/// # Security
///
/// What comes may be anything until the stream has ended without an error, or all bytes of the length that was told are there: the last
/// ones come only after the tag matched. Undo what was done with the others if an error comes instead.
///
/// AES-CBC content has no tag: it may be anything even then, and takes [`accept_cbc`] as well.
pub fn stream(get: impl Into<GetAny>) -> GetStream {
    GetStream::new(get.into())
}

/// Reads a range of the plaintext, which nothing can verify: a tag covers the whole object.
///
/// # Security
///
/// Whoever can write to the bucket can flip single bits of the plaintext. AES-CBC content takes [`accept_cbc`] as well.
///
/// ```
/// use cse_client::{Client, MemoryTransport, danger};
/// # use cse_keys::AesKeyring;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = Client::new(MemoryTransport::new(), AesKeyring::new(&[7; 32])?);
/// client.put("bucket", "key", "hello world").send().await?;
/// let object = danger::range(client.get("bucket", "key"), "bytes=-5".parse()?).send().await?;
/// assert_eq!(object.attributes.content_range.unwrap().to_string(), "bytes 6-10/11");
/// let bytes = danger::accept_unauthenticated(object.content).collect().await?;
/// assert_eq!(bytes, "world");
/// # Ok(())
/// # }
/// ```
pub fn range(get: impl Into<GetAny>, range: ByteRange) -> GetRange {
    GetRange::new(get.into(), range)
}

/// A write in a format of old clients, before and after it was made.
#[derive(Debug)]
#[must_use]
pub struct Legacy<T>(T);

/// Writes a format of old clients, for readers that know no other: those of [`cse_envelope::danger`] (feature `legacy`).
///
/// # Security
///
/// See each format: CBC content is not authenticated, and the old wraps are not bound to the algorithm suite.
pub fn write_legacy(put: Put, format: WriteFormat) -> Legacy<Put> {
    Legacy(put.format(format))
}

/// The same for an upload in parts.
pub fn upload_legacy(upload: StartUpload, format: WriteFormat) -> Legacy<StartUpload> {
    Legacy(upload.format(format))
}

/// The same for an upload of [`transfer`].
pub fn transfer_legacy(upload: transfer::Upload, format: WriteFormat) -> Legacy<transfer::Upload> {
    Legacy(upload.format(format))
}

/// As [`accept_cbc`], for a download: nothing authenticates the file that is written, and the result says so.
#[cfg(feature = "fs")]
pub fn download_cbc(download: impl Into<transfer::DownloadAny>) -> transfer::DownloadAny {
    download.into().accepting(|accept| accept.cbc = true)
}

/// As [`accept_plain`], for a download: the result says what came.
#[cfg(feature = "fs")]
pub fn download_plain(download: impl Into<transfer::DownloadAny>) -> transfer::DownloadAny {
    download.into().accepting(|accept| accept.plain = true)
}

impl Legacy<Put> {
    /// As [`Put::send`].
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    pub async fn send(self) -> Result<Legacy<Written>, Error> {
        self.0.send().await.map(Legacy)
    }
}

impl Legacy<StartUpload> {
    /// As [`StartUpload::start`].
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    pub async fn start(self) -> Result<Legacy<Upload>, Error> {
        self.0.start().await.map(Legacy)
    }
}

impl Legacy<transfer::Upload> {
    /// As [`transfer::Upload::send_body`].
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    pub async fn send_body(self, body: impl Into<Body>) -> Result<Legacy<Written>, Error> {
        self.0.send_body(body).await.map(Legacy)
    }

    /// As [`transfer::Upload::send_file`].
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    #[cfg(feature = "fs")]
    pub async fn send_file(self, path: impl Into<std::path::PathBuf>) -> Result<Legacy<Written>, Error> {
        self.0.send_file(path).await.map(Legacy)
    }
}

impl Legacy<Written> {
    /// What was written, accepted as what it is.
    #[must_use]
    pub fn accept(self) -> Written {
        self.0
    }
}

impl Legacy<Upload> {
    /// The upload, accepted as what it is.
    pub fn accept(self) -> Upload {
        self.0
    }
}
