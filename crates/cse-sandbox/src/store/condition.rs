//! `If-Match` and its relatives.

use super::{
    error::StoreError,
    record::{Millis, ObjectRecord},
};

/// What a request demands of the object that is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preconditions {
    pub(crate) if_match: Option<Wanted>,
    pub(crate) if_none_match: Option<Wanted>,
    pub(crate) if_modified_since: Option<Millis>,
    pub(crate) if_unmodified_since: Option<Millis>,
    /// Size in bytes; of deletions only.
    pub(crate) if_size: Option<u64>,
    /// Time of modification to the second; of deletions only.
    pub(crate) if_modified_at: Option<Millis>,
}

/// An ETag without its quotes, or `*`.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Any,
    Etag(String),
}

impl Wanted {
    fn holds(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Etag(wanted) => wanted == etag,
        }
    }
}

impl Preconditions {
    /// For reading `record`. An `If-` of time counts only without the one of ETags beside it (RFC 9110, 13.2.2).
    pub(crate) fn check_read(&self, record: &ObjectRecord) -> Result<(), StoreError> {
        let etag = etag(record);
        match (&self.if_match, self.if_unmodified_since) {
            (Some(wanted), _) if !wanted.holds(etag) => return Err(StoreError::PreconditionFailed),
            (None, Some(time)) if record.modified.second() > time.second() => {
                return Err(StoreError::PreconditionFailed);
            }
            _ => {}
        }
        let modified = match (&self.if_none_match, self.if_modified_since) {
            (Some(wanted), _) => !wanted.holds(etag),
            (None, Some(time)) => record.modified.second() > time.second(),
            (None, None) => true,
        };
        if modified { Ok(()) } else { Err(StoreError::NotModified { etag: etag.into() }) }
    }

    /// For the source of a copy: there is no 304 then.
    pub(crate) fn check_copy(&self, record: &ObjectRecord) -> Result<(), StoreError> {
        self.check_read(record).map_err(|_| StoreError::PreconditionFailed)
    }

    /// For replacing or deleting what is there now; delete markers are nothing.
    pub(crate) fn check_write(&self, current: Option<&ObjectRecord>) -> Result<(), StoreError> {
        let current = current.filter(|record| record.content.is_some());
        let Some(record) = current else {
            let needs_one = self.if_match.is_some() || self.if_size.is_some() || self.if_modified_at.is_some();
            return if needs_one { Err(StoreError::NoSuchKey) } else { Ok(()) };
        };
        let etag = etag(record);
        let len = record.content.as_ref().map(super::record::Content::len);
        let unmet = self.if_match.as_ref().is_some_and(|wanted| !wanted.holds(etag))
            || self.if_none_match.as_ref().is_some_and(|wanted| wanted.holds(etag))
            || self.if_size.is_some_and(|wanted| len != Some(wanted))
            || self.if_modified_at.is_some_and(|wanted| wanted.second() != record.modified.second());
        if unmet { Err(StoreError::PreconditionFailed) } else { Ok(()) }
    }
}

fn etag(record: &ObjectRecord) -> &str {
    record.content.as_ref().map_or("", |content| &content.etag)
}
