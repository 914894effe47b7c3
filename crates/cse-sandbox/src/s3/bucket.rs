//! Operations on buckets.

use s3s::{
    S3Response,
    dto::{
        Bucket, BucketLocationConstraint, BucketVersioningStatus, CreateBucketInput, CreateBucketOutput,
        DeleteBucketInput, DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput,
        GetBucketVersioningInput, GetBucketVersioningOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput,
        ListBucketsOutput, PutBucketVersioningInput, PutBucketVersioningOutput,
    },
    s3_error,
};

use super::{Answer, Sandboxed, convert::owner};
use crate::store::Versioning;

/// The region that has no name in `LocationConstraint`.
const FIRST_REGION: &str = "us-east-1";

impl Sandboxed {
    pub(super) fn list_buckets_of(&self, input: &ListBucketsInput) -> Answer<ListBucketsOutput> {
        let prefix = input.prefix.clone().unwrap_or_default();
        let max = input.max_buckets.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX);
        let after = input.continuation_token.as_deref().unwrap_or_default();
        let mut matching =
            self.store.buckets().into_iter().filter(|(name, _)| name.starts_with(&prefix) && name.as_str() > after);
        let page: Vec<_> = matching.by_ref().take(max).collect();
        let more = max > 0 && matching.next().is_some();
        let next = page.last().filter(|_| more).map(|(name, _)| name.clone());
        let buckets = page.into_iter().map(|(name, created)| Bucket {
            bucket_region: Some(self.region.clone()),
            creation_date: Some(created.into()),
            name: Some(name),
        });
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(buckets.collect()),
            continuation_token: next,
            owner: Some(owner()),
            prefix: input.prefix.clone(),
        }))
    }

    pub(super) fn make_bucket(&self, input: &CreateBucketInput) -> Answer<CreateBucketOutput> {
        let constraint =
            input.create_bucket_configuration.as_ref().and_then(|config| config.location_constraint.as_ref());
        let wanted = constraint.map_or(FIRST_REGION, BucketLocationConstraint::as_str);
        if wanted != self.region && constraint.is_some() {
            return Err(s3_error!(InvalidLocationConstraint, "the sandbox is in {} alone", self.region));
        }
        self.store.create_bucket(&input.bucket)?;
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) }))
    }

    pub(super) fn remove_bucket(&self, input: &DeleteBucketInput) -> Answer<DeleteBucketOutput> {
        self.store.delete_bucket(&input.bucket)?;
        Ok(S3Response::with_status(DeleteBucketOutput {}, http::StatusCode::NO_CONTENT))
    }

    pub(super) fn find_bucket(&self, input: &HeadBucketInput) -> Answer<HeadBucketOutput> {
        self.store.versioning(&input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput {
            bucket_region: Some(self.region.clone()),
            ..HeadBucketOutput::default()
        }))
    }

    pub(super) fn bucket_location(&self, input: &GetBucketLocationInput) -> Answer<GetBucketLocationOutput> {
        self.store.versioning(&input.bucket)?;
        let named = (self.region != FIRST_REGION).then(|| BucketLocationConstraint::from(self.region.clone()));
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint: named }))
    }

    pub(super) fn bucket_versioning(&self, input: &GetBucketVersioningInput) -> Answer<GetBucketVersioningOutput> {
        let status = match self.store.versioning(&input.bucket)? {
            Versioning::Never => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        let status = status.map(BucketVersioningStatus::from_static);
        Ok(S3Response::new(GetBucketVersioningOutput { mfa_delete: None, status }))
    }

    pub(super) fn set_bucket_versioning(&self, input: &PutBucketVersioningInput) -> Answer<PutBucketVersioningOutput> {
        let status = input.versioning_configuration.status.as_ref().map(BucketVersioningStatus::as_str);
        let versioning = match status {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            _ => return Err(s3_error!(MalformedXML, "the status must be Enabled or Suspended")),
        };
        self.store.set_versioning(&input.bucket, versioning)?;
        Ok(S3Response::new(PutBucketVersioningOutput {}))
    }
}
