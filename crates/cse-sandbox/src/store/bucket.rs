//! Making, listing and deleting buckets.

use alloc::collections::BTreeMap;
use std::{fs, path::Path};

use super::{
    Bucket, Store,
    body::replace_file,
    error::StoreError,
    record::{BucketRecord, Millis, Versioning},
};

impl Store {
    /// Makes a bucket.
    ///
    /// # Errors
    ///
    /// [`StoreError::BucketExists`].
    pub(crate) fn create_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.buckets.contains_key(name) {
            return Err(StoreError::BucketExists);
        }
        // A name of S3 is in lower case, and with the prefix no file system finds it special.
        let folder = self.folder.join("buckets").join(format!("b-{name}"));
        for part in ["objects", "uploads", "bodies"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let record = BucketRecord { created: Millis::now(), versioning: Versioning::Never };
        write(&self.tmp(), &folder, &record)?;
        let bucket = Bucket { folder, record, objects: BTreeMap::new(), uploads: BTreeMap::new() };
        state.buckets.insert(name.to_owned(), bucket);
        Ok(())
    }

    /// Deletes an empty bucket.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`], [`StoreError::BucketNotEmpty`].
    pub(crate) fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(name)?;
        if !bucket.objects.is_empty() || !bucket.uploads.is_empty() {
            return Err(StoreError::BucketNotEmpty);
        }
        fs::remove_file(bucket.folder.join("bucket.json"))?;
        let folder = bucket.folder.clone();
        state.buckets.remove(name);
        fs::remove_dir_all(folder)?;
        Ok(())
    }

    /// Names, in order, with the times of creation.
    pub(crate) fn buckets(&self) -> Vec<(String, Millis)> {
        self.state().buckets.iter().map(|(name, bucket)| (name.clone(), bucket.record.created)).collect()
    }

    /// Whether it keeps versions.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`].
    pub(crate) fn versioning(&self, name: &str) -> Result<Versioning, StoreError> {
        Ok(self.state().bucket(name)?.record.versioning)
    }

    /// Sets whether it keeps versions.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`].
    pub(crate) fn set_versioning(&self, name: &str, versioning: Versioning) -> Result<(), StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(name)?;
        let record = BucketRecord { versioning, ..bucket.record.clone() };
        write(&self.tmp(), &bucket.folder, &record)?;
        bucket.record = record;
        Ok(())
    }
}

fn write(tmp: &Path, folder: &Path, record: &BucketRecord) -> Result<(), StoreError> {
    let json = serde_json::to_vec(record).map_err(std::io::Error::from)?;
    Ok(replace_file(tmp, &folder.join("bucket.json"), &json)?)
}
