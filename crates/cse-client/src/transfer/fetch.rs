//! The stored bytes of an object, fetched in ranges at once and given in order.

use std::sync::Arc;

use bytes::Bytes;
use cse_envelope::{ByteRange, ContentRange, error::RangeError};
use futures_util::{StreamExt, stream};

use super::Settings;
use crate::{
    body::Body,
    error::Error,
    operations::read::Read,
    plan::{check_served, check_whole, ranges},
    transport::{ObjectAttributes, ObjectResponse, TransportError},
};

/// The first answer, before anybody knows what the object is.
pub(super) struct First {
    /// What is said about the whole object: the length is the object's.
    pub(super) attributes: ObjectAttributes,
    body: Body,
    /// What the answer holds, if it is not all.
    served: Option<ContentRange>,
}

/// Asks for the first part; small objects are that.
pub(super) async fn first(read: &Read, part_len: u64) -> Result<First, Error> {
    let range = ByteRange::from_bounds(0..part_len.max(1))?;
    let response = match read.fetch(Some(range)).await {
        // There is no range of an object without bytes.
        Err(Error::RangeNotSatisfiable(_)) => return whole(read.fetch(None).await?),
        response => response?,
    };
    let Some(served) = response.attributes.content_range else { return whole(response) };
    let complete_len = match served.complete_len() {
        Some(len) if is_pinnable(&response.attributes) || end(&served) == len => len,
        // Further requests could not be made, or not be known to be about the same object: one has to do.
        _ => return whole(read.fetch(None).await?),
    };
    if served.first() != 0 || served.last().saturating_add(1) != part_len.max(1).min(complete_len) {
        return Err(RangeError::NotServed.into());
    }
    let attributes = ObjectAttributes { content_len: Some(complete_len), content_range: None, ..response.attributes };
    Ok(First { attributes, body: response.body, served: Some(served) })
}

/// A store that ignores ranges answers with all of the object.
fn whole(response: ObjectResponse) -> Result<First, Error> {
    check_whole(&response.attributes)?;
    let attributes = ObjectAttributes { content_range: None, ..response.attributes };
    Ok(First { attributes, body: response.body, served: None })
}

impl First {
    /// All stored bytes in order. What the first answer does not hold is asked for, the same version or ETag, several ranges at once.
    pub(super) fn all(self, read: Read, settings: &Settings) -> Body {
        let len = self.attributes.content_len;
        let is_pinnable = is_pinnable(&self.attributes);
        let Some((served, complete_len)) = self.served.zip(len).filter(|_| is_pinnable) else {
            return Body::from_stream(self.body, len);
        };
        let source = Arc::new((read, self.attributes));
        let later = ranges(end(&served), complete_len, settings.part_len).map(Part::Later);
        let parts = std::iter::once(Part::First(self.body, served)).chain(later);
        let parts = stream::iter(parts).map(move |part| part.bytes(Arc::clone(&source)));
        Body::from_stream(parts.buffered(settings.concurrency), len)
    }
}

/// Whether another request can be for the same object.
const fn is_pinnable(attributes: &ObjectAttributes) -> bool {
    attributes.etag.is_some() || attributes.version_id.is_some()
}

/// Where a range ends: the position after its last byte.
const fn end(range: &ContentRange) -> u64 {
    range.last().saturating_add(1)
}

/// How often a part is asked for in all, where its body breaks off.
const ATTEMPTS: u32 = 3;

enum Part {
    First(Body, ContentRange),
    Later(Result<ContentRange, RangeError>),
}

impl Part {
    /// The bytes of the part: exactly as many as it has.
    async fn bytes(self, source: Arc<(Read, ObjectAttributes)>) -> Result<Bytes, Error> {
        let (mut answered, range) = match self {
            Self::First(body, range) => (Some(body), range),
            Self::Later(range) => (None, range?),
        };
        let len = end(&range).saturating_sub(range.first());
        let mut attempts_left = ATTEMPTS;
        loop {
            let body = match answered.take() {
                Some(body) => body,
                None => fetch(&source.0, &source.1, range).await?,
            };
            attempts_left = attempts_left.saturating_sub(1);
            match Body::from_stream(body, Some(len)).collect().await {
                Err(error) if attempts_left > 0 && is_broken_off(&error) => {}
                bytes => return bytes,
            }
        }
    }
}

/// Whether an answer's body ended before its end. What cannot be read of it is a fault of the connection.
fn is_broken_off(error: &Error) -> bool {
    match error {
        Error::Interrupted { expected, received } => received < expected,
        Error::Io(_) => true,
        error => error.transport_error().is_some_and(TransportError::is_retryable),
    }
}

async fn fetch(read: &Read, first: &ObjectAttributes, wanted: ContentRange) -> Result<Body, Error> {
    let range = ByteRange::from_bounds(wanted.first()..=wanted.last())?;
    let response = read.fetch_again(first, Some(range)).await?;
    let served = check_served(&response.attributes)?;
    let is_wanted = served.first() == wanted.first() && served.last() == wanted.last();
    if !is_wanted || served.complete_len().is_some_and(|len| Some(len) != wanted.complete_len()) {
        return Err(RangeError::NotServed.into());
    }
    Ok(response.body)
}
