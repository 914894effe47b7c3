//! Putting, finding and deleting objects.

use alloc::sync::Arc;
use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_util::Stream;
use sha2::{Digest, Sha256};

use super::{
    Bucket, State, Store, Version,
    body::{BodyFile, NewBody, hex, random_id, replace_file},
    checksum::Hashers,
    condition::Preconditions,
    error::StoreError,
    load::version_path,
    record::{Content, Millis, NULL_VERSION, ObjectRecord, Versioning},
};

/// An object whose bytes are in the folder already.
pub(crate) struct NewObject {
    pub(crate) content: Content,
    pub(crate) files: Vec<Arc<BodyFile>>,
}

/// What a deletion did.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    /// The version deleted, or the one of the delete marker made.
    pub(crate) version_id: Option<String>,
    /// Whether that is a delete marker.
    pub(crate) is_marker: bool,
}

impl Store {
    /// Takes the bytes of an object or a part. Dropped, they are gone.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`], and [`StoreError::Incoming`] if the stream fails.
    pub(crate) async fn receive<E>(
        &self,
        bucket: &str,
        incoming: impl Stream<Item = Result<Bytes, E>>,
        hashers: Hashers,
    ) -> Result<NewBody, StoreError>
    where
        E: Into<Box<dyn core::error::Error + Send + Sync>>,
    {
        self.bodies(bucket)?.receive(incoming, hashers).await
    }

    /// Makes the object exist, if the preconditions hold for what it replaces.
    ///
    /// # Errors
    ///
    /// [`StoreError::PreconditionFailed`], and [`StoreError::NoSuchKey`] for `If-Match` without an object.
    pub(crate) fn put(
        &self,
        bucket: &str,
        key: &str,
        object: NewObject,
        preconditions: &Preconditions,
    ) -> Result<Arc<Version>, StoreError> {
        let mut state = self.state();
        self.put_locked(&mut state, bucket, key, object, preconditions)
    }

    pub(super) fn put_locked(
        &self,
        state: &mut State,
        bucket: &str,
        key: &str,
        object: NewObject,
        preconditions: &Preconditions,
    ) -> Result<Arc<Version>, StoreError> {
        let sequence = state.next_sequence();
        let bucket = state.bucket(bucket)?;
        preconditions.check_write(bucket.current(key).map(|version| &version.record))?;
        let NewObject { content, files } = object;
        self.commit(bucket, key, sequence, Some(content), files)
    }

    /// Finds an object, or one version of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchKey`], [`StoreError::NoSuchVersion`], and two for delete markers.
    pub(crate) fn find(&self, bucket: &str, key: &str, version_id: Option<&str>) -> Result<Arc<Version>, StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(bucket)?;
        let version = match version_id {
            Some(id) => bucket.version(key, id).ok_or(StoreError::NoSuchVersion)?,
            None => bucket.current(key).ok_or(StoreError::NoSuchKey)?,
        };
        if version.record.content.is_some() {
            return Ok(Arc::clone(version));
        }
        let marker = version.record.version_id.clone();
        Err(match version_id {
            Some(_) => StoreError::VersionIsDeleteMarker { version_id: marker },
            None => StoreError::CurrentIsDeleteMarker { version_id: marker },
        })
    }

    /// Deletes an object, or one version for good; what is not there is deleted already.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`], and those of the preconditions.
    pub(crate) fn delete(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
        preconditions: &Preconditions,
    ) -> Result<Deleted, StoreError> {
        let mut state = self.state();
        let sequence = state.next_sequence();
        let bucket = state.bucket(bucket)?;
        let target = version_id.map_or_else(|| bucket.current(key), |id| bucket.version(key, id)).cloned();
        preconditions.check_write(target.as_ref().map(|version| &version.record))?;
        match (version_id, bucket.record.versioning) {
            (Some(version_id), _) => {
                if let Some(version) = &target {
                    bucket.remove(version)?;
                }
                let is_marker = target.is_some_and(|version| version.record.content.is_none());
                Ok(Deleted { version_id: Some(version_id.to_owned()), is_marker })
            }
            (None, Versioning::Never) => {
                if let Some(version) = &target {
                    bucket.remove(version)?;
                }
                Ok(Deleted::default())
            }
            (None, Versioning::Enabled | Versioning::Suspended) => {
                let marker = self.commit(bucket, key, sequence, None, Vec::new())?;
                Ok(Deleted { version_id: Some(marker.record.version_id.clone()), is_marker: true })
            }
        }
    }

    /// Writes the JSON: from then on the version exists.
    fn commit(
        &self,
        bucket: &mut Bucket,
        key: &str,
        sequence: u64,
        content: Option<Content>,
        files: Vec<Arc<BodyFile>>,
    ) -> Result<Arc<Version>, StoreError> {
        let version_id = match bucket.record.versioning {
            Versioning::Enabled => random_id()?,
            Versioning::Never | Versioning::Suspended => NULL_VERSION.to_owned(),
        };
        let record = ObjectRecord { key: key.to_owned(), version_id, sequence, modified: Millis::now(), content };
        let path = version_path(&bucket.folder.join("objects"), key, &record.version_id);
        let json = serde_json::to_vec(&record).map_err(std::io::Error::from)?;
        replace_file(&self.tmp(), &path, &json)?;
        files.iter().for_each(|file| file.keep());
        let version = Arc::new(Version { record, files });
        let versions = bucket.objects.entry(key.to_owned()).or_default();
        if version.record.version_id == NULL_VERSION {
            versions.retain(|old| !doomed_null(old));
        }
        versions.push(Arc::clone(&version));
        Ok(version)
    }
}

/// Takes leave of the `null` version that another has replaced.
fn doomed_null(old: &Version) -> bool {
    let is_null = old.record.version_id == NULL_VERSION;
    if is_null {
        old.doom();
    }
    is_null
}

impl Version {
    fn doom(&self) {
        self.files.iter().for_each(|file| file.doom());
    }
}

impl Bucket {
    pub(super) fn current(&self, key: &str) -> Option<&Arc<Version>> {
        self.objects.get(key)?.last()
    }

    fn version(&self, key: &str, version_id: &str) -> Option<&Arc<Version>> {
        self.objects.get(key)?.iter().find(|version| version.record.version_id == version_id)
    }

    fn remove(&mut self, version: &Version) -> Result<(), StoreError> {
        let record = &version.record;
        fs::remove_file(version_path(&self.folder.join("objects"), &record.key, &record.version_id))?;
        version.doom();
        if let Some(versions) = self.objects.get_mut(&record.key) {
            versions.retain(|kept| kept.record.version_id != record.version_id);
            if versions.is_empty() {
                self.objects.remove(&record.key);
            }
        }
        Ok(())
    }
}

/// Where the JSON of a key's `null` version is.
pub(super) fn object_path(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("key-{}.json", hex(&Sha256::digest(key))))
}
