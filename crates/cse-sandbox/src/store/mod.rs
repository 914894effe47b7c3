//! Buckets, objects and uploads in a folder: everything but the protocol.
//!
//! ```text
//! lock                                  held while a sandbox runs
//! tmp/                                  files being written; emptied at start
//! buckets/b-<bucket>/bucket.json
//! buckets/b-<bucket>/objects/*.json     one per version: the object exists from the moment this file has its name
//! buckets/b-<bucket>/uploads/*.json     one per upload and one per part
//! buckets/b-<bucket>/bodies/*           bytes; one that no JSON names is removed at start
//! ```
//!
//! All JSON is in memory too. File names never hold a key: they are random ids, or the SHA-256 of a key.

mod body;
mod bucket;
mod checksum;
mod condition;
mod error;
mod list;
mod load;
mod object;
mod record;
mod upload;

use alloc::{collections::BTreeMap, sync::Arc};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(crate) use body::{BodyFile, NewBody, hex, random_id, read};
pub(crate) use checksum::{Algorithm, Hashers};
pub(crate) use condition::{Preconditions, Wanted};
pub(crate) use error::StoreError;
pub(crate) use list::{Entry, Listing, Page, VersionEntry};
pub(crate) use object::NewObject;
pub(crate) use record::{
    Attributes, Checksums, Content, CustomerKey, Encryption, Millis, NULL_VERSION, ObjectRecord, PartRecord,
    UploadRecord, Versioning,
};
pub(crate) use upload::{Completion, NewUpload, WantedPart};

use body::BodyFolder;
use record::BucketRecord;

/// A folder of buckets. Changes take one lock, and none of them waits for the network.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    min_part_len: u64,
    state: Mutex<State>,
    _lock: File,
}

#[derive(Debug, Default)]
struct State {
    buckets: BTreeMap<String, Bucket>,
    last_sequence: u64,
}

#[derive(Debug)]
struct Bucket {
    folder: PathBuf,
    record: BucketRecord,
    /// Versions of each key, oldest first; never empty.
    objects: BTreeMap<String, Vec<Arc<Version>>>,
    /// By key and upload id.
    uploads: BTreeMap<(String, String), Upload>,
}

/// A version with its files.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) record: ObjectRecord,
    pub(crate) files: Vec<Arc<BodyFile>>,
}

#[derive(Debug)]
struct Upload {
    record: UploadRecord,
    parts: BTreeMap<u16, Part>,
}

#[derive(Debug)]
struct Part {
    record: PartRecord,
    file: Arc<BodyFile>,
}

impl Store {
    /// Opens a folder, which is made if it is not there, and cleans up what a killed process left.
    ///
    /// # Errors
    ///
    /// Those of the file system; [`io::ErrorKind::ResourceBusy`] if another sandbox uses the folder.
    pub(crate) fn open(folder: &Path, min_part_len: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let state = load::load(folder)?;
        Ok(Self { folder: folder.into(), min_part_len, state: Mutex::new(state), _lock: lock })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tmp(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// Where bodies of this bucket go.
    fn bodies(&self, bucket: &str) -> Result<BodyFolder, StoreError> {
        let bodies = self.state().bucket(bucket)?.folder.join("bodies");
        Ok(BodyFolder { tmp: self.tmp(), bodies })
    }
}

impl State {
    fn bucket(&mut self, name: &str) -> Result<&mut Bucket, StoreError> {
        self.buckets.get_mut(name).ok_or(StoreError::NoSuchBucket)
    }

    /// The next place in the order of versions.
    fn next_sequence(&mut self) -> u64 {
        self.last_sequence = self.last_sequence.saturating_add(1);
        self.last_sequence
    }
}
