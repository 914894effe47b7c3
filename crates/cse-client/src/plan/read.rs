//! Planning a read: what an answer may be, and what the caller is told of it.

use cse_envelope::{AlgorithmSuite, ContentRange};

use super::metadata::user_entries;
use crate::{
    error::Error,
    transport::{ObjectAttributes, TransportError, TransportErrorKind},
};

/// A whole object was asked for: part of one is not it.
pub(crate) fn check_whole(attributes: &ObjectAttributes) -> Result<(), Error> {
    match (attributes.content_range, attributes.content_len) {
        (None, _) => Ok(()),
        (Some(range), Some(len)) if range.first() == 0 && range.complete_len() == Some(len) => Ok(()),
        _ => Err(unexpected("the answer is a part of the object, and the whole was asked for").into()),
    }
}

/// Which bytes an answer to a range request holds: a store that ignores ranges answers with all.
pub(crate) fn check_served(attributes: &ObjectAttributes) -> Result<ContentRange, Error> {
    attributes
        .content_range
        .or_else(|| attributes.content_len.and_then(ContentRange::whole))
        .ok_or_else(|| unexpected("the answer to a range request tells neither its range nor its length").into())
}

/// What the caller is told: the plaintext's length where the suite tells it, and the user's metadata.
pub(crate) fn plaintext_attributes(stored: &ObjectAttributes, suite: Option<AlgorithmSuite>) -> ObjectAttributes {
    let content_len = match suite {
        Some(suite) => stored.content_len.and_then(|len| suite.plaintext_len(len)),
        None => stored.content_len,
    };
    ObjectAttributes { metadata: user_entries(&stored.metadata), content_len, content_range: None, ..stored.clone() }
}

fn unexpected(message: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Other).with_message(message)
}
