//! Every way around a protection, for the SDK's builders. Each is explicit, and each shows in the type of what it gives.
//!
//! ```no_run
//! # async fn read(s3: cse_aws_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use cse_aws_sdk::danger;
//!
//! let get = s3.get_object().bucket("bucket").key("video.mp4");
//! let unauthenticated = danger::range(get, "bytes=0-1023".parse()?).send().await?;
//! let output = danger::accept_unauthenticated(unauthenticated);
//! assert_eq!(output.content_range.as_deref(), Some("bytes 0-1023/5000"));
//! # Ok(())
//! # }
//! ```

use cse_envelope::ByteRange;

pub use cse_envelope::danger::accept_unauthenticated;

use crate::operations::{GetObjectAny, GetObjectRange, GetObjectStream};

/// Accepts AES-CBC content, which comes marked as unauthenticated. The client's read policy must allow `legacy` as well.
///
/// # Security
///
/// Nothing authenticates CBC: whoever can write to the bucket can change the plaintext, and a reader that shows errors to them can be
/// made to decrypt for them.
pub fn accept_cbc(get: impl Into<GetObjectAny>) -> GetObjectAny {
    get.into().accepting_cbc()
}

/// Accepts objects that are not encrypted, which come marked as such.
///
/// # Security
///
/// Whoever can write to the bucket can put a plain object where an encrypted one was.
pub fn accept_plain(get: impl Into<GetObjectAny>) -> GetObjectAny {
    get.into().accepting_plain()
}

/// Reads an object as a stream that is released before it is verified.
///
/// # Security
///
/// What comes may be anything until the stream has ended without an error. Undo what was done with it if it does not. AES-CBC content has
/// no tag, may be anything even then, and takes [`accept_cbc`] as well.
pub fn stream(get: impl Into<GetObjectAny>) -> GetObjectStream {
    get.into().streaming()
}

/// Reads a range of the plaintext, which nothing can verify: a tag covers the whole object.
///
/// # Security
///
/// Whoever can write to the bucket can flip single bits of the plaintext. AES-CBC content takes [`accept_cbc`] as well.
pub fn range(get: impl Into<GetObjectAny>, range: ByteRange) -> GetObjectRange {
    get.into().range(range)
}
