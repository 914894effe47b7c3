//! What a check works with: a place of its own, and ways to say what was expected.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::settings::Settings;
use crate::{
    body::Body,
    error::Error,
    location::ObjectLocation,
    transport::{
        AbortMultipartUpload, Answer, CreateMultipartUpload, DeleteObject, GetObject, HeadObject, ObjectAttributes,
        PutObject, Transport, TransportError, TransportErrorKind, UploadPart, UploadedPart, Written,
    },
};

/// Why a check failed: what was expected, and what was answered.
#[derive(Debug)]
pub(super) struct Failure(pub(super) String);

pub(super) type Verdict = Result<(), Failure>;

/// Fails the check unless it holds.
macro_rules! ensure {
    ($holds:expr, $($message:tt)*) => {
        if !$holds {
            return Err($crate::conformance::trial::Failure(format!($($message)*)));
        }
    };
}
pub(super) use ensure;

/// One check's place in the bucket.
pub(super) struct Trial {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) settings: Settings,
    traces: Mutex<Traces>,
}

/// What has to be cleaned up.
#[derive(Default)]
struct Traces {
    keys: Vec<String>,
    uploads: Vec<(ObjectLocation, String)>,
}

impl Trial {
    pub(super) fn new(transport: Arc<dyn Transport>, bucket: &str, check: &str, settings: &Settings) -> Self {
        let prefix = format!("{}{check}/", settings.prefix);
        Self { transport, bucket: bucket.to_owned(), prefix, settings: settings.clone(), traces: Mutex::default() }
    }

    /// An object of the check's own.
    pub(super) fn location(&self, name: &str) -> ObjectLocation {
        self.location_of_key(format!("{}{name}", self.prefix))
    }

    /// An object whose key does not begin as the others do.
    pub(super) fn location_of_key(&self, key: String) -> ObjectLocation {
        self.traces().keys.push(key.clone());
        ObjectLocation::new(&*self.bucket, key)
    }

    pub(super) async fn put(&self, location: &ObjectLocation, bytes: impl Into<Bytes>) -> Result<Written, Failure> {
        let bytes = bytes.into();
        let what = format!("a put of {} bytes at {:?}", bytes.len(), location.key);
        done(&what, self.transport.put_object(PutObject::new(location.clone(), bytes.into()))).await
    }

    pub(super) async fn get(&self, location: &ObjectLocation) -> Result<(ObjectAttributes, Bytes), Failure> {
        self.get_as(GetObject::new(location.clone())).await
    }

    pub(super) async fn get_as(&self, request: GetObject) -> Result<(ObjectAttributes, Bytes), Failure> {
        let what = format!("a get of {:?}", request.location.key);
        let response = done(&what, self.transport.get_object(request)).await?;
        let bytes =
            response.body.collect().await.map_err(|error| Failure::of(&format!("the body of {what}"), &error))?;
        Ok((response.attributes, bytes))
    }

    pub(super) async fn head(&self, location: &ObjectLocation) -> Result<ObjectAttributes, Failure> {
        let what = format!("a head of {:?}", location.key);
        done(&what, self.transport.head_object(HeadObject::new(location.clone()))).await
    }

    pub(super) async fn delete(&self, location: &ObjectLocation) -> Verdict {
        let what = format!("a delete of {:?}", location.key);
        done(&what, self.transport.delete_object(DeleteObject::new(location.clone()))).await.map(drop)
    }

    /// The object has these bytes and no others.
    pub(super) async fn expect_bytes(&self, location: &ObjectLocation, expected: &[u8]) -> Verdict {
        let (_, bytes) = self.get(location).await?;
        same_bytes(&format!("{:?}", location.key), expected, &bytes)
    }

    /// There is no object.
    pub(super) async fn expect_missing(&self, location: &ObjectLocation) -> Verdict {
        let what = format!("a head of {:?}, which should not be there,", location.key);
        let answer = self.transport.head_object(HeadObject::new(location.clone()));
        refused(&what, &[TransportErrorKind::NotFound], answer).await.map(drop)
    }

    pub(super) async fn create_upload(&self, request: CreateMultipartUpload) -> Result<String, Failure> {
        let location = request.location.clone();
        let upload_id = done("the beginning of an upload", self.transport.create_multipart_upload(request)).await?;
        self.traces().uploads.push((location, upload_id.clone()));
        Ok(upload_id)
    }

    pub(super) async fn upload_part(
        &self,
        location: &ObjectLocation,
        upload_id: &str,
        part_number: u16,
        bytes: impl Into<Bytes>,
    ) -> Result<UploadedPart, Failure> {
        let request = UploadPart::new(location.clone(), upload_id, part_number, bytes.into());
        done(&format!("part {part_number}"), self.transport.upload_part(request)).await
    }

    /// Removes what the check left behind.
    pub(super) async fn clean_up(&self) -> Verdict {
        let Traces { mut keys, uploads } = std::mem::take(&mut *self.traces());
        for (location, upload_id) in uploads {
            let request = AbortMultipartUpload::new(location, upload_id);
            done("cleaning up: an abort", self.transport.abort_multipart_upload(request)).await?;
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let request = DeleteObject::new(ObjectLocation::new(&*self.bucket, key));
            done("cleaning up: a delete", self.transport.delete_object(request)).await?;
        }
        Ok(())
    }

    fn traces(&self) -> MutexGuard<'_, Traces> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to something that has to work.
pub(super) async fn done<T>(what: &str, answer: Answer<'_, T>) -> Result<T, Failure> {
    answer.await.map_err(|error| Failure::of(what, &error))
}

/// The error of something that must not work.
pub(super) async fn refused<T>(
    what: &str,
    kinds: &[TransportErrorKind],
    answer: Answer<'_, T>,
) -> Result<TransportError, Failure> {
    match answer.await {
        Ok(_) => Err(Failure(format!("{what} was done; expected an error of kind {kinds:?}"))),
        Err(error) if kinds.contains(&error.kind()) => Ok(error),
        Err(error) => {
            let answered = Failure::of(what, &error).0;
            Err(Failure(format!("{answered} (kind {:?}); expected an error of kind {kinds:?}", error.kind())))
        }
    }
}

pub(super) fn same_bytes(what: &str, expected: &[u8], answered: &[u8]) -> Verdict {
    if expected == answered {
        return Ok(());
    }
    let first = expected.iter().zip(answered).position(|(one, other)| one != other);
    let place = first.unwrap_or_else(|| expected.len().min(answered.len()));
    let (expected, answered) = (expected.len(), answered.len());
    Err(Failure(format!("{what}: expected {expected} bytes, got {answered}; they differ from byte {place} on")))
}

pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, expected: &T, answered: &T) -> Verdict {
    if expected == answered {
        return Ok(());
    }
    Err(Failure(format!("{what}: expected {expected:?}, got {answered:?}")))
}

/// Bytes of which no stretch is like another, the same at every run.
pub(super) fn contents(len: usize) -> Bytes {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(len.saturating_add(8));
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes.into()
}

/// The bytes in small pieces, as a stream that says how long it is.
pub(super) fn streamed(bytes: &Bytes, chunk_len: usize) -> Body {
    let len = u64::try_from(bytes.len()).ok();
    let pieces: Vec<_> = bytes.chunks(chunk_len).map(|piece| Ok::<_, Error>(bytes.slice_ref(piece))).collect();
    Body::from_stream(futures_util::stream::iter(pieces), len)
}

impl Failure {
    pub(super) fn of(what: &str, error: &dyn StdError) -> Self {
        let mut message = format!("{what} failed: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self(message)
    }
}
