//! Multipart uploads.

use alloc::{collections::BTreeMap, sync::Arc};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Bucket, Part, Store, Upload, Version,
    body::{NewBody, hex, random_id, replace_file},
    checksum::{Algorithm, PartSum, multipart_etag, of_parts},
    condition::Preconditions,
    error::StoreError,
    object::NewObject,
    record::{Attributes, Checksums, Content, Millis, PartRecord, UploadRecord},
};

/// What an upload is started with.
pub(crate) struct NewUpload {
    pub(crate) attributes: Attributes,
    pub(crate) checksum_algorithm: Option<Algorithm>,
    pub(crate) composite: bool,
}

/// A part as the caller knows it.
pub(crate) struct WantedPart {
    pub(crate) number: u16,
    pub(crate) etag: String,
    pub(crate) checksums: Checksums,
}

/// What an upload is completed with.
pub(crate) struct Completion {
    pub(crate) parts: Vec<WantedPart>,
    /// What the whole must have.
    pub(crate) checksums: Checksums,
    pub(crate) len: Option<u64>,
    pub(crate) preconditions: Preconditions,
}

impl Store {
    /// Starts an upload.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`].
    pub(crate) fn create_upload(&self, bucket: &str, key: &str, new: NewUpload) -> Result<UploadRecord, StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(bucket)?;
        let initiated = Millis::now();
        let record = UploadRecord {
            key: key.to_owned(),
            upload_id: format!("{:012x}-{}", initiated.second(), random_id()?),
            initiated,
            attributes: new.attributes,
            checksum_algorithm: new.checksum_algorithm.map(|algorithm| algorithm.name().to_owned()),
            composite: new.composite,
        };
        let json = serde_json::to_vec(&record).map_err(io::Error::from)?;
        replace_file(&self.tmp(), &upload_path(&bucket.uploads_folder(), &record.upload_id), &json)?;
        let id = (record.key.clone(), record.upload_id.clone());
        bucket.uploads.insert(id, Upload { record: record.clone(), parts: BTreeMap::new() });
        Ok(record)
    }

    /// An upload that is under way.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchUpload`].
    pub(crate) fn upload(&self, bucket: &str, key: &str, upload_id: &str) -> Result<UploadRecord, StoreError> {
        Ok(self.state().bucket(bucket)?.upload(key, upload_id)?.record.clone())
    }

    /// Makes bytes a part, in place of one of the same number.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchUpload`].
    pub(crate) fn put_part(
        &self,
        bucket: &str,
        (key, upload_id): (&str, &str),
        number: u16,
        body: NewBody,
    ) -> Result<PartRecord, StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(bucket)?;
        let folder = bucket.uploads_folder();
        let upload = bucket.upload(key, upload_id)?;
        let record = PartRecord {
            number,
            modified: Millis::now(),
            etag: hex(&body.md5),
            checksums: body.checksums,
            body: body.file.record.clone(),
        };
        let json = serde_json::to_vec(&record).map_err(io::Error::from)?;
        replace_file(&self.tmp(), &part_path(&folder, upload_id, number), &json)?;
        body.file.keep();
        let part = Part { record: record.clone(), file: body.file };
        if let Some(old) = upload.parts.insert(number, part) {
            old.file.doom();
        }
        Ok(record)
    }

    /// Ends an upload without an object.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchUpload`].
    pub(crate) fn abort_upload(&self, bucket: &str, key: &str, upload_id: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        let bucket = state.bucket(bucket)?;
        let upload = bucket.take_upload(key, upload_id)?;
        upload.parts.values().for_each(|part| part.file.doom());
        Ok(bucket.clear_upload(&upload)?)
    }

    /// Makes an object of the parts listed.
    ///
    /// # Errors
    ///
    /// [`StoreError::InvalidPart`], [`StoreError::InvalidPartOrder`], [`StoreError::EntityTooSmall`], [`StoreError::BadDigest`], and
    /// those of the preconditions; the upload is still there then.
    pub(crate) fn complete_upload(
        &self,
        bucket_name: &str,
        (key, upload_id): (&str, &str),
        completion: &Completion,
    ) -> Result<Arc<Version>, StoreError> {
        let mut state = self.state();
        let upload = state.bucket(bucket_name)?.upload(key, upload_id)?;
        let parts = upload.listed(&completion.parts, self.min_part_len)?;
        let object = upload.object(&parts)?;
        if !object.content.checksums.agree_with(&completion.checksums) {
            return Err(StoreError::BadDigest);
        }
        if completion.len.is_some_and(|len| len != object.content.len()) {
            return Err(StoreError::InvalidPart);
        }
        let version = self.put_locked(&mut state, bucket_name, key, object, &completion.preconditions)?;
        let bucket = state.bucket(bucket_name)?;
        let upload = bucket.take_upload(key, upload_id)?;
        let unlisted = upload.parts.values().filter(|part| !version.uses(&part.record.body.id));
        unlisted.for_each(|part| part.file.doom());
        bucket.clear_upload(&upload)?;
        Ok(version)
    }
}

impl Version {
    fn uses(&self, body_id: &str) -> bool {
        self.files.iter().any(|file| file.record.id == body_id)
    }
}

impl Upload {
    /// The parts the caller lists, if they are the ones that are here.
    fn listed(&self, wanted: &[WantedPart], min_len: u64) -> Result<Vec<&Part>, StoreError> {
        if !wanted.is_sorted_by(|one, next| one.number < next.number) {
            return Err(StoreError::InvalidPartOrder);
        }
        let parts = wanted.iter().map(|wanted| {
            let part = self.parts.get(&wanted.number).ok_or(StoreError::InvalidPart)?;
            let same = part.record.etag == wanted.etag && part.record.checksums.agree_with(&wanted.checksums);
            if same { Ok(part) } else { Err(StoreError::InvalidPart) }
        });
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let (_, all_but_last) = parts.split_last().ok_or(StoreError::InvalidPart)?;
        match all_but_last.iter().find(|part| part.record.body.len < min_len) {
            Some(Part { record, .. }) => {
                Err(StoreError::EntityTooSmall { number: record.number, len: record.body.len, min_len })
            }
            None => Ok(parts),
        }
    }

    fn object(&self, parts: &[&Part]) -> Result<NewObject, StoreError> {
        let algorithm = self.record.checksum_algorithm.as_deref().and_then(Algorithm::from_name);
        let sums: Vec<_> =
            parts.iter().map(|part| PartSum { checksums: &part.record.checksums, len: part.record.body.len }).collect();
        let checksums = match algorithm {
            Some(algorithm) => of_parts(algorithm, self.record.composite, &sums).ok_or(StoreError::InvalidPart)?,
            // Nobody asked, and parts may come with other checksums than the default one.
            None => of_parts(Algorithm::Crc64Nvme, false, &sums).unwrap_or_default(),
        };
        let content = Content {
            etag: multipart_etag(parts.iter().map(|part| part.record.etag.as_str())),
            bodies: parts.iter().map(|part| part.record.body.clone()).collect(),
            multipart: true,
            attributes: self.record.attributes.clone(),
            checksums,
        };
        Ok(NewObject { content, files: parts.iter().map(|part| Arc::clone(&part.file)).collect() })
    }
}

impl Bucket {
    fn uploads_folder(&self) -> PathBuf {
        self.folder.join("uploads")
    }

    pub(super) fn upload(&mut self, key: &str, upload_id: &str) -> Result<&mut Upload, StoreError> {
        self.uploads.get_mut(&(key.to_owned(), upload_id.to_owned())).ok_or(StoreError::NoSuchUpload)
    }

    fn take_upload(&mut self, key: &str, upload_id: &str) -> Result<Upload, StoreError> {
        self.uploads.remove(&(key.to_owned(), upload_id.to_owned())).ok_or(StoreError::NoSuchUpload)
    }

    /// Removes the JSON of an upload, its own first: parts without one are nothing.
    fn clear_upload(&self, upload: &Upload) -> io::Result<()> {
        let folder = self.uploads_folder();
        let upload_id = &upload.record.upload_id;
        fs::remove_file(upload_path(&folder, upload_id))?;
        upload.parts.keys().try_for_each(|number| fs::remove_file(part_path(&folder, upload_id, *number)))
    }
}

pub(super) fn upload_path(folder: &Path, upload_id: &str) -> PathBuf {
    folder.join(format!("{upload_id}.json"))
}

pub(super) fn part_path(folder: &Path, upload_id: &str, number: u16) -> PathBuf {
    folder.join(format!("{upload_id}.{number}.json"))
}
