//! An S3 within the process, for tests: with what real ones do, faults on demand, and a record of every request.

mod access;
mod answers;
mod delivery;
mod encoded_word;
mod etag;
mod fault;
mod list;
mod multipart;
mod read;
mod record;
mod store;
mod strikes;
mod transport;
mod write;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;

use self::{
    fault::Faults,
    store::{Settings, Store},
};
pub use self::{
    fault::{Effect, Fault, FaultId, WordEncoding},
    record::{Operation, RecordedRequest},
};
use crate::{location::ObjectLocation, metadata::Metadata, transport::Written};

/// An S3 within the process: a [`Transport`](crate::Transport) for tests, of any runtime or none.
///
/// It behaves as S3 does, with its error codes: conditions on every verb, ranges, versions if asked for, uploads in parts, pages of
/// lists, limits of metadata and parts, SSE-C keys, and entity tags that are the same for the same bytes. Bodies come in chunks. Every
/// bucket exists, unless [`with_buckets`](Self::with_buckets) says otherwise. Times come from a clock that goes on a second with
/// each write.
///
/// A clone is the same store.
///
/// ```
/// use cse_client::{MemoryTransport, Metadata};
///
/// let s3 = MemoryTransport::new();
/// s3.put_raw("bucket", "key", "stored bytes", Metadata::new());
/// assert_eq!(s3.stored("bucket", "key").unwrap().bytes, "stored bytes");
/// ```
#[derive(Clone, Default)]
pub struct MemoryTransport(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    store: Store,
    faults: Faults,
    requests: Vec<RecordedRequest>,
    /// How many requests came before those.
    forgotten: usize,
    in_flight: usize,
    max_in_flight: usize,
}

/// An object as it is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredObject {
    /// The stored bytes.
    pub bytes: Bytes,
    /// User metadata, the encryption's among it.
    pub metadata: Metadata,
    /// Headers that describe it, by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The entity tag, with its quotes.
    pub etag: String,
    /// The version, if the store keeps versions.
    pub version_id: Option<String>,
    /// When it was written.
    pub last_modified: SystemTime,
}

/// An upload that was begun and not ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StoredUpload {
    /// Which object it will be.
    pub location: ObjectLocation,
    /// Its id.
    pub upload_id: String,
    /// The numbers of the parts that are there.
    pub part_numbers: Vec<u16>,
}

impl MemoryTransport {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps versions of every object.
    #[must_use]
    pub fn with_versioning(self) -> Self {
        self.set(|settings| settings.versioning = true)
    }

    /// Only these buckets exist.
    #[must_use]
    pub fn with_buckets<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.set(|settings| settings.buckets = Some(names.into_iter().map(Into::into).collect()))
    }

    /// How long parts other than the last must be, in bytes: 5 MiB, if not set.
    #[must_use]
    pub fn with_min_part_len(self, len: u64) -> Self {
        self.set(|settings| settings.min_part_len = len)
    }

    /// How much one put, part or copy may be, in bytes: 5 GiB, if not set.
    #[must_use]
    pub fn with_max_request_len(self, len: u64) -> Self {
        self.set(|settings| settings.max_request_len = len)
    }

    /// How many entries a page of a list has at most: 1,000, if not set.
    #[must_use]
    pub fn with_page_len(self, len: u16) -> Self {
        self.set(|settings| settings.page_len = len.max(1))
    }

    /// How long the chunks of bodies are, in bytes: 64 KiB, if not set.
    #[must_use]
    pub fn with_chunk_len(self, len: usize) -> Self {
        self.set(|settings| settings.chunk_len = len.max(1))
    }

    /// The account that owns the buckets. A request that expects another is denied.
    #[must_use]
    pub fn with_owner(self, account: impl Into<String>) -> Self {
        self.set(|settings| settings.owner = Some(account.into()))
    }

    /// Denies requests that do not say that the requester pays.
    #[must_use]
    pub fn with_requester_pays(self) -> Self {
        self.set(|settings| settings.requester_pays = true)
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.lock().store.settings);
        self
    }

    /// Installs a fault, beside those that are there.
    pub fn inject(&self, fault: Fault) -> FaultId {
        self.lock().faults.inject(fault)
    }

    /// How many requests the fault has struck.
    #[must_use]
    pub fn strikes(&self, fault: FaultId) -> u64 {
        self.lock().faults.struck(fault)
    }

    /// Ends all faults. What they have struck can still be asked for.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Every request so far, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.lock().requests.clone()
    }

    /// Requests of one operation so far.
    #[must_use]
    pub fn requests_of(&self, operation: Operation) -> Vec<RecordedRequest> {
        self.lock().requests.iter().filter(|request| request.operation == operation).cloned().collect()
    }

    /// Forgets the requests so far, and how many there were at once. Requests that run are recorded no further.
    pub fn clear_requests(&self) {
        let mut state = self.lock();
        state.forgotten = state.forgotten.saturating_add(state.requests.len());
        state.requests.clear();
        state.max_in_flight = state.in_flight;
    }

    /// How many requests were under way at once, at most. It takes [`Effect::Slow`] for any to wait.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.lock().max_in_flight
    }

    /// Where there are objects, by bucket and key: their newest versions.
    #[must_use]
    pub fn objects(&self) -> Vec<ObjectLocation> {
        let state = self.lock();
        let buckets = state.store.buckets.iter();
        let keys = buckets.flat_map(|(name, bucket)| {
            let present =
                bucket.objects.iter().filter(|(_, versions)| versions.last().is_some_and(|it| it.object.is_some()));
            present.map(|(key, _)| ObjectLocation::new(name.as_str(), key.as_str()))
        });
        keys.collect()
    }

    /// The newest version of an object.
    #[must_use]
    pub fn stored(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        let (version, object) = self.lock().store.find(&ObjectLocation::new(bucket, key)).ok()?;
        Some(StoredObject {
            bytes: object.bytes,
            metadata: object.description.metadata,
            headers: object.description.headers,
            etag: object.etag,
            version_id: version.id,
            last_modified: version.modified,
        })
    }

    /// Stores an object without a request: nothing is checked, recorded or folded to lower case.
    pub fn put_raw(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>, metadata: Metadata) -> Written {
        self.lock().store.put_raw(bucket, key, bytes.into(), metadata)
    }

    /// The uploads that were begun and not ended, by bucket and key.
    #[must_use]
    pub fn uploads(&self) -> Vec<StoredUpload> {
        let state = self.lock();
        let uploads = state.store.buckets.iter().flat_map(|(bucket, stored)| {
            stored.uploads.iter().map(move |((key, id), upload)| StoredUpload {
                location: ObjectLocation::new(bucket.as_str(), key.as_str()),
                upload_id: id.clone(),
                part_numbers: upload.parts.keys().copied().collect(),
            })
        });
        uploads.collect()
    }

    /// A panic elsewhere leaves the store as it is: every change of it is made in one step.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTransport").field("objects", &self.objects()).finish_non_exhaustive()
    }
}
