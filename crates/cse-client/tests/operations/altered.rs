//! A transport that alters requests and answers.

use cse_client::{
    MemoryTransport, Transport,
    error::TransportError,
    transport::{
        AbortMultipartUpload, Answer, CompleteMultipartUpload, CopyObject, CreateMultipartUpload, DeleteObject,
        DeleteObjects, DeletedObject, GetObject, HeadObject, ListMultipartUploads, ListObjects, ObjectAttributes,
        ObjectList, ObjectResponse, PutObject, UploadList, UploadPart, UploadPartCopy, UploadedPart, Written,
    },
};
use cse_envelope::ByteRange;

/// What becomes of an answer.
pub(crate) type Alter = fn(&mut ObjectAttributes);

/// A store whose requests and answers pass through functions.
#[derive(Debug)]
pub(crate) struct Altered {
    store: MemoryTransport,
    get: Alter,
    head: Alter,
    part_copy: fn(&mut UploadPartCopy),
}

const GIB: u64 = 1 << 30;

impl Altered {
    /// Answers of `GetObject` are altered.
    pub(crate) fn answers(store: &MemoryTransport, get: Alter) -> Self {
        Self { store: store.clone(), get, head: |_| {}, part_copy: |_| {} }
    }

    /// Each byte seems to be a GiB, where objects are looked at or copied.
    pub(crate) fn gigantic(store: &MemoryTransport) -> Self {
        let head = |attributes: &mut ObjectAttributes| {
            attributes.content_len = attributes.content_len.map(|len| len * GIB);
        };
        let part_copy = |request: &mut UploadPartCopy| {
            let range = request.range.resolve(u64::MAX).unwrap();
            assert_eq!((range.first() % GIB, (range.last() + 1) % GIB), (0, 0));
            request.range = ByteRange::from_bounds(range.first() / GIB..(range.last() + 1) / GIB).unwrap();
        };
        Self { store: store.clone(), get: |_| {}, head, part_copy }
    }
}

macro_rules! forward {
    ($($method:ident: $request:ty => $answer:ty;)*) => {
        $(fn $method(&self, request: $request) -> Answer<'_, $answer> {
            self.store.$method(request)
        })*
    };
}

impl Transport for Altered {
    forward! {
        put_object: PutObject => Written;
        copy_object: CopyObject => Written;
        delete_object: DeleteObject => DeletedObject;
        delete_objects: DeleteObjects => Vec<Result<DeletedObject, TransportError>>;
        list_objects: ListObjects => ObjectList;
        create_multipart_upload: CreateMultipartUpload => String;
        upload_part: UploadPart => UploadedPart;
        complete_multipart_upload: CompleteMultipartUpload => Written;
        abort_multipart_upload: AbortMultipartUpload => ();
        list_multipart_uploads: ListMultipartUploads => UploadList;
    }

    fn get_object(&self, request: GetObject) -> Answer<'_, ObjectResponse> {
        Box::pin(async move {
            let mut response = self.store.get_object(request).await?;
            (self.get)(&mut response.attributes);
            Ok(response)
        })
    }

    fn head_object(&self, request: HeadObject) -> Answer<'_, ObjectAttributes> {
        Box::pin(async move {
            let mut attributes = self.store.head_object(request).await?;
            (self.head)(&mut attributes);
            Ok(attributes)
        })
    }

    fn upload_part_copy(&self, mut request: UploadPartCopy) -> Answer<'_, UploadedPart> {
        (self.part_copy)(&mut request);
        self.store.upload_part_copy(request)
    }
}
