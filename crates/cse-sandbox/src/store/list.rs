//! Listings with prefix, delimiter and paging.

use alloc::sync::Arc;
use core::ops::Bound;

use super::{
    Store, Version,
    error::StoreError,
    record::{PartRecord, UploadRecord},
};

/// What to list, and from where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    /// Only what comes after this key, or after the keys with this common prefix.
    pub(crate) after: Option<String>,
    /// With `after`: continue within that key, after this version or upload.
    pub(crate) after_id: Option<String>,
    pub(crate) max: usize,
}

/// One line of a listing.
#[derive(Debug)]
pub(crate) enum Entry<T> {
    Item(T),
    CommonPrefix(String),
}

/// Some lines of a listing.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) entries: Vec<Entry<T>>,
    /// Where the next page starts: key or common prefix, and id; `None` if this is the last.
    pub(crate) next: Option<(String, Option<String>)>,
}

/// A version, and whether it is the current one.
#[derive(Debug)]
pub(crate) struct VersionEntry {
    pub(crate) version: Arc<Version>,
    pub(crate) is_latest: bool,
}

impl Store {
    /// Current versions, by key.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`].
    pub(crate) fn list_objects(&self, bucket: &str, listing: &Listing) -> Result<Page<Arc<Version>>, StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(bucket)?;
        let keys = bucket.objects.range::<str, _>(listing.keys());
        let items = keys.filter_map(|(key, versions)| {
            let current = versions.last().filter(|version| version.record.content.is_some())?;
            Some((key.as_str(), None, Arc::clone(current)))
        });
        Ok(listing.page(items))
    }

    /// All versions and delete markers, by key and from new to old.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`].
    pub(crate) fn list_versions(&self, bucket: &str, listing: &Listing) -> Result<Page<VersionEntry>, StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(bucket)?;
        let keys = bucket.objects.range::<str, _>(listing.keys());
        let items = keys.flat_map(|(key, versions)| {
            let marked = listing.after_id.as_deref().filter(|_| listing.after.as_deref() == Some(key));
            // A marked version that has gone meanwhile: rather list its neighbours twice than miss one.
            let place = marked.and_then(|id| versions.iter().rev().position(|version| version.record.version_id == id));
            let skipped = place.map_or(0, |place| place.saturating_add(1));
            versions.iter().rev().enumerate().skip(skipped).map(move |(place, version)| {
                let entry = VersionEntry { version: Arc::clone(version), is_latest: place == 0 };
                (key.as_str(), Some(version.record.version_id.clone()), entry)
            })
        });
        Ok(listing.page(items))
    }

    /// Uploads, by key and from old to new.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`].
    pub(crate) fn list_uploads(&self, bucket: &str, listing: &Listing) -> Result<Page<UploadRecord>, StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(bucket)?;
        let passed = |key: &str, id: &str| match (&listing.after, &listing.after_id) {
            (Some(after), Some(after_id)) => (key, id) <= (after.as_str(), after_id.as_str()),
            (Some(after), None) => key <= after.as_str(),
            (None, _) => false,
        };
        let uploads = bucket.uploads.iter().filter(|((key, id), _)| !passed(key, id));
        let items = uploads.map(|((key, id), upload)| (key.as_str(), Some(id.clone()), upload.record.clone()));
        Ok(listing.page(items))
    }

    /// Parts with numbers above `after`, in order, and whether there are more.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchUpload`].
    pub(crate) fn list_parts(
        &self,
        bucket: &str,
        (key, upload_id): (&str, &str),
        after: u16,
        max: usize,
    ) -> Result<(UploadRecord, Vec<PartRecord>, bool), StoreError> {
        let mut state = self.state();
        let upload = state.bucket(bucket)?.upload(key, upload_id)?;
        let mut parts = upload.parts.range((Bound::Excluded(after), Bound::Unbounded));
        let listed = parts.by_ref().take(max).map(|(_, part)| part.record.clone()).collect();
        let more = max > 0 && parts.next().is_some();
        Ok((upload.record.clone(), listed, more))
    }
}

impl Listing {
    /// Keys that can be in it.
    fn keys(&self) -> (Bound<&str>, Bound<&str>) {
        let start = match self.after.as_deref() {
            Some(after) if after >= self.prefix.as_str() => match self.after_id {
                Some(_) => Bound::Included(after),
                None => Bound::Excluded(after),
            },
            _ => Bound::Included(self.prefix.as_str()),
        };
        (start, Bound::Unbounded)
    }

    /// The first `max` lines of sorted `items`.
    fn page<'a, T>(&self, items: impl Iterator<Item = (&'a str, Option<String>, T)>) -> Page<T> {
        let mut entries: Vec<Entry<T>> = Vec::new();
        let mut last: Option<(String, Option<String>)> = None;
        let matching = items.skip_while(|(key, ..)| *key < self.prefix.as_str());
        for (key, id, item) in matching.take_while(|(key, ..)| key.starts_with(&self.prefix)) {
            let common = self.common_prefix(key);
            if let Some(common) = common {
                let listed = self.after.as_deref() == Some(common);
                if listed || matches!(entries.last(), Some(Entry::CommonPrefix(last)) if last == common) {
                    continue;
                }
            }
            if entries.len() >= self.max {
                // Zero lines were asked for: then there are no more either.
                return Page { entries, next: last };
            }
            match common {
                Some(common) => {
                    last = Some((common.to_owned(), None));
                    entries.push(Entry::CommonPrefix(common.to_owned()));
                }
                None => {
                    last = Some((key.to_owned(), id));
                    entries.push(Entry::Item(item));
                }
            }
        }
        Page { entries, next: None }
    }

    /// What `key` has in common with others, up to the first delimiter after the prefix.
    fn common_prefix<'a>(&self, key: &'a str) -> Option<&'a str> {
        let delimiter = self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
        let rest = key.get(self.prefix.len()..)?;
        let end = self.prefix.len().checked_add(rest.find(delimiter)?)?.checked_add(delimiter.len())?;
        key.get(..end)
    }
}
