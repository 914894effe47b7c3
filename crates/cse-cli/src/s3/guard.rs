//! Nothing that a run begins outlives it: uploads are remembered from their creation to their end, whatever happens to who made them.

use alloc::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cse_client::transport::{
    AbortMultipartUpload, Answer, CompleteMultipartUpload, CopyObject, CreateMultipartUpload, DeleteObject,
    DeleteObjects, DeletedObject, GetObject, HeadObject, ListMultipartUploads, ListObjects, ObjectAttributes,
    ObjectList, ObjectResponse, PutObject, Transport, TransportError, TransportErrorKind, UploadList, UploadPart,
    UploadPartCopy, UploadedPart, Written,
};
use tokio::{sync::oneshot, task::JoinSet};

/// A transport that knows which uploads are open.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    inner: Arc<dyn Transport>,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    /// How each is aborted.
    uploads: Vec<AbortMultipartUpload>,
    /// Creations under way: one whose answer nobody awaits any more still leaves an upload.
    creations: JoinSet<()>,
}

impl Guard {
    pub(crate) fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, open: Arc::default() }
    }

    /// Aborts every upload that is still open, and gives those that could not be aborted.
    pub(crate) async fn abort_open(&self) -> Vec<AbortMultipartUpload> {
        let mut creations = core::mem::take(&mut self.open().creations);
        while creations.join_next().await.is_some() {}
        let uploads = core::mem::take(&mut self.open().uploads);
        let mut left = Vec::new();
        for upload in uploads {
            if self.inner.abort_multipart_upload(upload.clone()).await.is_err() {
                left.push(upload);
            }
        }
        left
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, upload_id: &str) {
        self.open().uploads.retain(|upload| upload.upload_id != upload_id);
    }

    /// Creates an upload and remembers it.
    async fn create(self, request: CreateMultipartUpload) -> Result<String, TransportError> {
        let (location, options) = (request.location.clone(), request.options.companion());
        let upload_id = self.inner.create_multipart_upload(request).await?;
        self.open().uploads.push(AbortMultipartUpload::new(location, &*upload_id).with_options(options));
        Ok(upload_id)
    }
}

macro_rules! pass_on {
    ($($method:ident: $request:ty => $answer:ty;)*) => {
        $(fn $method(&self, request: $request) -> Answer<'_, $answer> {
            self.inner.$method(request)
        })*
    };
}

impl Transport for Guard {
    pass_on! {
        get_object: GetObject => ObjectResponse;
        head_object: HeadObject => ObjectAttributes;
        put_object: PutObject => Written;
        copy_object: CopyObject => Written;
        delete_object: DeleteObject => DeletedObject;
        delete_objects: DeleteObjects => Vec<Result<DeletedObject, TransportError>>;
        list_objects: ListObjects => ObjectList;
        upload_part: UploadPart => UploadedPart;
        upload_part_copy: UploadPartCopy => UploadedPart;
        list_multipart_uploads: ListMultipartUploads => UploadList;
    }

    /// In a task of its own, which goes on if this future is dropped: the upload's id must not be lost.
    fn create_multipart_upload(&self, request: CreateMultipartUpload) -> Answer<'_, String> {
        let (answer, answered) = oneshot::channel();
        let created = self.clone().create(request);
        self.open().creations.spawn(async move {
            // Nobody waits for it any more; it is remembered.
            let _ = answer.send(created.await);
        });
        Box::pin(
            async move { answered.await.unwrap_or_else(|_| Err(TransportError::new(TransportErrorKind::Unavailable))) },
        )
    }

    fn complete_multipart_upload(&self, request: CompleteMultipartUpload) -> Answer<'_, Written> {
        Box::pin(async move {
            let upload_id = request.upload_id.clone();
            let written = self.inner.complete_multipart_upload(request).await?;
            self.forget(&upload_id);
            Ok(written)
        })
    }

    fn abort_multipart_upload(&self, request: AbortMultipartUpload) -> Answer<'_, ()> {
        Box::pin(async move {
            let upload_id = request.upload_id.clone();
            self.inner.abort_multipart_upload(request).await?;
            self.forget(&upload_id);
            Ok(())
        })
    }

    /// It is remembered, and aborted at the end of the run.
    fn abandoned(&self, request: AbortMultipartUpload) {
        drop(request);
    }
}

#[cfg(test)]
mod tests {
    use cse_client::{
        MemoryTransport, ObjectLocation,
        memory::{Effect, Fault, Operation},
    };
    use futures_util::FutureExt as _;

    use super::*;

    fn create() -> CreateMultipartUpload {
        CreateMultipartUpload::new(ObjectLocation::new("bucket", "key"))
    }

    #[tokio::test]
    async fn an_upload_whose_maker_was_dropped_is_aborted() {
        let store = MemoryTransport::new();
        let guard = Guard::new(Arc::new(store.clone()));
        // Dropped while the answer is on its way.
        store.inject(Fault::new(Effect::Slow { pending: 3 }).on(Operation::CreateMultipartUpload));
        assert!(guard.create_multipart_upload(create()).now_or_never().is_none());
        assert!(guard.abort_open().await.is_empty());
        assert_eq!(store.requests_of(Operation::CreateMultipartUpload).len(), 1);
        assert!(store.uploads().is_empty());
    }

    #[tokio::test]
    async fn what_cannot_be_aborted_is_given_back() {
        let store = MemoryTransport::new();
        let guard = Guard::new(Arc::new(store.clone()));
        let upload_id = guard.create_multipart_upload(create()).await.unwrap();
        store.inject(Fault::new(Effect::Refuse(TransportErrorKind::AccessDenied)).on(Operation::AbortMultipartUpload));
        let left = guard.abort_open().await;
        assert_eq!(left.iter().map(|upload| &upload.upload_id).collect::<Vec<_>>(), [&upload_id]);
        assert_eq!(store.uploads().len(), 1);
    }

    #[tokio::test]
    async fn what_has_ended_is_left_alone() {
        let store = MemoryTransport::new();
        let guard = Guard::new(Arc::new(store.clone()));
        let client = cse_client::Client::new(guard.clone(), cse_keys::AesKeyring::new(&[7; 32]).unwrap());
        let mut upload = client.upload("bucket", "key").start().await.unwrap();
        upload.upload_part("0123456789").await.unwrap();
        upload.complete().await.unwrap();
        client.upload("bucket", "other").start().await.unwrap().abort().await.unwrap();
        store.clear_requests();
        assert!(guard.abort_open().await.is_empty());
        assert!(store.requests().is_empty());
    }
}
