//! What a transport was asked, for tests that look at it afterwards.

use std::fmt;

use bytes::Bytes;
use cse_envelope::ByteRange;

use crate::{
    location::ObjectLocation,
    metadata::Metadata,
    options::RequestOptions,
    transport::{
        AbortMultipartUpload, CompleteMultipartUpload, CopyObject, CreateMultipartUpload, DeleteObject, DeleteObjects,
        GetObject, HeadObject, ListMultipartUploads, ListObjects, PutObject, TransportErrorKind, UploadPart,
        UploadPartCopy,
    },
};

/// A request of [`Transport`](crate::Transport), by the name that S3 gives it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// `GetObject`.
    GetObject,
    /// `HeadObject`.
    HeadObject,
    /// `PutObject`.
    PutObject,
    /// `CopyObject`.
    CopyObject,
    /// `DeleteObject`.
    DeleteObject,
    /// `DeleteObjects`.
    DeleteObjects,
    /// `ListObjectsV2`.
    ListObjects,
    /// `CreateMultipartUpload`.
    CreateMultipartUpload,
    /// `UploadPart`.
    UploadPart,
    /// `UploadPartCopy`.
    UploadPartCopy,
    /// `CompleteMultipartUpload`.
    CompleteMultipartUpload,
    /// `AbortMultipartUpload`.
    AbortMultipartUpload,
    /// `ListMultipartUploads`.
    ListMultipartUploads,
    /// No request of S3: the transport was told that an upload was dropped, and aborts it.
    Abandoned,
}

/// A request that a [`MemoryTransport`](super::MemoryTransport) got, in the order in which they came.
///
/// `Debug` shows no contents and no header values.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// What was asked.
    pub operation: Operation,
    /// Where; the key is empty for requests about a bucket.
    pub location: ObjectLocation,
    /// The objects of `DeleteObjects`: keys and versions.
    pub objects: Vec<(String, Option<String>)>,
    /// The source of a copy.
    pub source: Option<ObjectLocation>,
    /// The upload, as it was named.
    pub upload_id: Option<String>,
    /// The part, or the parts that a completion names.
    pub part_numbers: Vec<u16>,
    /// The range of stored bytes.
    pub range: Option<ByteRange>,
    /// The condition `If-Match`.
    pub if_match: Option<String>,
    /// The condition `If-None-Match`.
    pub if_none_match: Option<String>,
    /// The condition on a copy's source.
    pub source_if_match: Option<String>,
    /// The user metadata that came with it, if it writes any.
    pub metadata: Option<Metadata>,
    /// The stored bytes that came with it: those that came until it failed, if it did. `None` if they were not read.
    pub body: Option<Bytes>,
    /// The caller's headers.
    pub options: RequestOptions,
    /// How it ended; `None` while it runs, and if its future was dropped.
    pub answer: Option<Result<(), TransportErrorKind>>,
}

impl RecordedRequest {
    fn new(operation: Operation, location: &ObjectLocation, options: &RequestOptions) -> Self {
        Self {
            operation,
            location: location.clone(),
            objects: Vec::new(),
            source: None,
            upload_id: None,
            part_numbers: Vec::new(),
            range: None,
            if_match: None,
            if_none_match: None,
            source_if_match: None,
            metadata: None,
            body: None,
            options: options.clone(),
            answer: None,
        }
    }

    fn of_bucket(operation: Operation, bucket: &str, options: &RequestOptions) -> Self {
        Self::new(operation, &ObjectLocation::new(bucket, ""), options)
    }

    /// The caller's header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.options.headers().find(|(other, _)| *other == name).map(|(_, value)| value)
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RecordedRequest");
        shown.field("operation", &self.operation).field("location", &self.location);
        if !self.part_numbers.is_empty() {
            shown.field("part_numbers", &self.part_numbers);
        }
        if let Some(range) = &self.range {
            shown.field("range", range);
        }
        if let Some(body) = &self.body {
            shown.field("body_len", &body.len());
        }
        shown.field("options", &self.options).field("answer", &self.answer).finish_non_exhaustive()
    }
}

/// What is recorded of a request.
pub(super) trait Describe {
    fn describe(&self) -> RecordedRequest;
}

impl Describe for GetObject {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            range: self.range,
            if_match: self.if_match.clone(),
            if_none_match: self.if_none_match.clone(),
            ..RecordedRequest::new(Operation::GetObject, &self.location, &self.options)
        }
    }
}

impl Describe for HeadObject {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            if_match: self.if_match.clone(),
            ..RecordedRequest::new(Operation::HeadObject, &self.location, &self.options)
        }
    }
}

impl Describe for PutObject {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            if_match: self.if_match.clone(),
            if_none_match: self.if_none_match.clone(),
            metadata: Some(self.metadata.clone()),
            ..RecordedRequest::new(Operation::PutObject, &self.location, &self.options)
        }
    }
}

impl Describe for CopyObject {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            source: Some(self.source.clone()),
            source_if_match: self.source_if_match.clone(),
            if_match: self.if_match.clone(),
            if_none_match: self.if_none_match.clone(),
            metadata: self.metadata.clone(),
            ..RecordedRequest::new(Operation::CopyObject, &self.location, &self.options)
        }
    }
}

impl Describe for DeleteObject {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            if_match: self.if_match.clone(),
            ..RecordedRequest::new(Operation::DeleteObject, &self.location, &self.options)
        }
    }
}

impl Describe for DeleteObjects {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            objects: self.objects.clone(),
            ..RecordedRequest::of_bucket(Operation::DeleteObjects, &self.bucket, &self.options)
        }
    }
}

impl Describe for ListObjects {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest::of_bucket(Operation::ListObjects, &self.bucket, &self.options)
    }
}

impl Describe for CreateMultipartUpload {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            metadata: Some(self.metadata.clone()),
            ..RecordedRequest::new(Operation::CreateMultipartUpload, &self.location, &self.options)
        }
    }
}

impl Describe for UploadPart {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            upload_id: Some(self.upload_id.clone()),
            part_numbers: vec![self.part_number],
            body: Some(self.body.clone()),
            ..RecordedRequest::new(Operation::UploadPart, &self.location, &self.options)
        }
    }
}

impl Describe for UploadPartCopy {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            source: Some(self.source.clone()),
            source_if_match: self.source_if_match.clone(),
            upload_id: Some(self.upload_id.clone()),
            part_numbers: vec![self.part_number],
            range: Some(self.range),
            ..RecordedRequest::new(Operation::UploadPartCopy, &self.location, &self.options)
        }
    }
}

impl Describe for CompleteMultipartUpload {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            upload_id: Some(self.upload_id.clone()),
            part_numbers: self.parts.iter().map(|part| part.part_number).collect(),
            if_match: self.if_match.clone(),
            if_none_match: self.if_none_match.clone(),
            ..RecordedRequest::new(Operation::CompleteMultipartUpload, &self.location, &self.options)
        }
    }
}

impl Describe for AbortMultipartUpload {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest {
            upload_id: Some(self.upload_id.clone()),
            ..RecordedRequest::new(Operation::AbortMultipartUpload, &self.location, &self.options)
        }
    }
}

impl Describe for ListMultipartUploads {
    fn describe(&self) -> RecordedRequest {
        RecordedRequest::of_bucket(Operation::ListMultipartUploads, &self.bucket, &self.options)
    }
}
