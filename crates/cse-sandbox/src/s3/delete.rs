//! DeleteObject and DeleteObjects.

use s3s::{
    S3Error, S3Response, S3Result,
    dto::{
        DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition,
        Error, ObjectIdentifier,
    },
    s3_error,
};

use super::{Answer, Sandboxed, convert::unsigned};
use crate::store::Preconditions;

/// Keys of one DeleteObjects.
const MAX_DELETIONS: usize = 1000;

impl Sandboxed {
    pub(super) fn delete(&self, input: &DeleteObjectInput) -> Answer<DeleteObjectOutput> {
        let preconditions = Preconditions {
            if_match: input.if_match.clone().map(Into::into),
            if_size: input.if_match_size.map(unsigned).transpose()?,
            if_modified_at: input.if_match_last_modified_time.clone().map(Into::into),
            ..Preconditions::default()
        };
        let deleted = self.store.delete(&input.bucket, &input.key, input.version_id.as_deref(), &preconditions)?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: deleted.is_marker.then_some(true),
            version_id: deleted.version_id,
            ..DeleteObjectOutput::default()
        }))
    }

    pub(super) fn delete_many(&self, input: DeleteObjectsInput) -> Answer<DeleteObjectsOutput> {
        let objects = input.delete.objects;
        if objects.is_empty() || objects.len() > MAX_DELETIONS {
            return Err(s3_error!(MalformedXML, "one request can name 1 to {MAX_DELETIONS} keys"));
        }
        self.store.versioning(&input.bucket)?;
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for object in objects {
            let (key, version_id) = (object.key.clone(), object.version_id.clone());
            match self.delete_one(&input.bucket, object) {
                Ok(done) => deleted.push(done),
                Err(error) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(key),
                    message: error.message().map(str::to_owned),
                    version_id,
                }),
            }
        }
        let quiet = input.delete.quiet.unwrap_or(false);
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: (!errors.is_empty()).then_some(errors),
            ..DeleteObjectsOutput::default()
        }))
    }

    fn delete_one(&self, bucket: &str, object: ObjectIdentifier) -> S3Result<DeletedObject> {
        let preconditions = Preconditions {
            if_match: object.e_tag.map(|etag| ETagCondition::ETag(etag).into()),
            if_size: object.size.map(unsigned).transpose()?,
            if_modified_at: object.last_modified_time.map(Into::into),
            ..Preconditions::default()
        };
        let deleted = self.store.delete(bucket, &object.key, object.version_id.as_deref(), &preconditions);
        let deleted = deleted.map_err(S3Error::from)?;
        Ok(DeletedObject {
            delete_marker: deleted.is_marker.then_some(true),
            delete_marker_version_id: deleted.version_id.filter(|_| deleted.is_marker),
            key: Some(object.key),
            version_id: object.version_id,
        })
    }
}
