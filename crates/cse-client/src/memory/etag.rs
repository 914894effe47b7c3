//! Entity tags: as long as S3's and, as its MD5 ones, the same for the same bytes.

use sha2::{Digest, Sha256};

use super::answers::precondition_failed;
use crate::transport::TransportError;

/// Of an object of one request, with quotes.
pub(super) fn of_bytes(bytes: &[u8]) -> String {
    format!("\"{}\"", short_hash([bytes]))
}

/// Of an object of parts.
pub(super) fn of_parts<'a>(parts: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = parts.len();
    format!("\"{}-{count}\"", short_hash(parts.map(str::as_bytes)))
}

fn short_hash<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    pieces.into_iter().for_each(|piece| hash.update(piece));
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a condition names this tag. Quotes may be left out, as S3 allows.
pub(super) fn names(condition: &str, etag: &str) -> bool {
    let condition = condition.trim();
    condition == "*" || condition.trim_matches('"') == etag.trim_matches('"')
}

/// The tag an existing object must have.
pub(super) fn require(if_match: Option<&str>, etag: &str) -> Result<(), TransportError> {
    if if_match.is_none_or(|condition| names(condition, etag)) { Ok(()) } else { Err(precondition_failed()) }
}
