//! Delete many: the objects first, then the instruction files of those that went.

use std::{collections::HashSet, fmt};

use aws_sdk_s3::{
    operation::delete_objects::{
        DeleteObjectsError, DeleteObjectsInput, DeleteObjectsOutput, builders::DeleteObjectsFluentBuilder,
    },
    types::{ChecksumAlgorithm, Delete, Error as SdkFailure, RequestPayer},
};
use cse_client::{
    INSTRUCTION_SUFFIX, Transport,
    error::InvalidRequest,
    transport::{self, TransportError},
};

use crate::{
    builder::{Customization, delegate, open_builder},
    client::Client,
    error::Error,
    fields::{Request, Target},
    hook::BeforeSending,
    wire::UserAgent,
};

/// The longest key of S3 in bytes: a longer one of a file cannot be there.
const MAX_KEY_LEN: usize = 1024;

/// `DeleteObjects` with the instruction files: [`Client::delete_objects`].
#[must_use = "nothing is deleted until `send`"]
pub struct DeleteObjects {
    client: Client,
    inner: DeleteObjectsFluentBuilder,
    customization: Customization<DeleteObjectsOutput, DeleteObjectsError, DeleteObjectsFluentBuilder>,
}

impl DeleteObjects {
    pub(crate) fn new(client: Client, inner: DeleteObjectsFluentBuilder) -> Self {
        Self { client, inner, customization: Customization::default() }
    }

    delegate! {
        bucket(bucket: impl Into<String>);
        delete(delete: Delete);
        bypass_governance_retention(bypass: bool);
        checksum_algorithm(algorithm: ChecksumAlgorithm);
        expected_bucket_owner(account: impl Into<String>);
        mfa(mfa: impl Into<String>);
        request_payer(payer: RequestPayer);
    }

    open_builder!(DeleteObjectsFluentBuilder, DeleteObjectsOutput, DeleteObjectsError);

    /// Deletes the objects, at most 1,000 as with S3, and then the instruction files of those that went. Versions that are named are
    /// deleted alone. Unlike [`Client::delete_object`] it does not look at what it deletes: an object of one's own whose key is that of
    /// another and `.instruction` goes with it.
    ///
    /// Instruction files that could not be deleted are among the output's `errors`, under their own keys; those that were are not told.
    ///
    /// # Errors
    ///
    /// The SDK's. If the request for the instruction files failed as a whole the error is [`Error::Cse`], and the objects are gone
    /// nevertheless; deleting again ends it.
    pub async fn send(self) -> Result<DeleteObjectsOutput, Error<DeleteObjectsError>> {
        let input = self.inner.as_input();
        DeleteObjectsInput::check(input)?;
        let options = DeleteObjectsInput::companion(input)?;
        let bucket = input.get_bucket().clone().ok_or_else(|| required("bucket"))?;
        let delete = input.get_delete().clone().ok_or_else(|| required("delete"))?;

        let (planned, planned_bucket) = (delete.clone(), bucket.clone());
        let (hook, failure) = BeforeSending::new(move |input: &mut DeleteObjectsInput| {
            check(input, &planned_bucket, &planned).map_err(Into::into)
        });
        let operation = self.customization.apply(self.inner.customize()).interceptor(UserAgent).interceptor(hook);
        let mut answer = operation.send().await.map_err(|error| failure.or(error))?;

        let files = instruction_files(&delete, answer.errors());
        if !files.is_empty() {
            let request = transport::DeleteObjects::new(bucket, files.clone()).with_options(options);
            let answers = self.client.transport().delete_objects(request).await?;
            let failed =
                files.into_iter().zip(answers).filter_map(|((key, _), file)| Some(failure_of(key, &file.err()?)));
            answer.errors.get_or_insert_default().extend(failed);
        }
        Ok(answer)
    }
}

fn check(input: &DeleteObjectsInput, bucket: &str, planned: &Delete) -> Result<(), InvalidRequest> {
    input.check_again()?;
    let reason = "an interceptor changed it after the deletion was planned: set it on the builder";
    if input.target() != (Target { bucket: Some(bucket), ..Target::default() }) {
        return Err(InvalidRequest::Field { field: "bucket", reason });
    }
    if input.delete.as_ref() != Some(planned) {
        return Err(InvalidRequest::Field { field: "delete", reason });
    }
    Ok(())
}

/// The files of the objects that went: those named without a version, and which did not fail as such. In its quiet mode S3 names the
/// failures only.
fn instruction_files(delete: &Delete, failed: &[SdkFailure]) -> Vec<(String, Option<String>)> {
    let versions: HashSet<_> =
        delete.objects().iter().filter_map(|object| Some((object.key(), object.version_id()?))).collect();
    // A failure with a version that nobody named is the newest's: S3 says which it was.
    let failed: HashSet<_> = failed
        .iter()
        .filter_map(|failure| Some((failure.key()?, failure.version_id())))
        .filter(|(key, version)| !version.is_some_and(|version| versions.contains(&(*key, version))))
        .map(|(key, _)| key)
        .collect();
    let gone = delete.objects().iter().filter(|object| object.version_id().is_none() && !failed.contains(object.key()));
    let files = gone.map(|object| format!("{}{INSTRUCTION_SUFFIX}", object.key()));
    files.filter(|file| file.len() <= MAX_KEY_LEN).map(|file| (file, None)).collect()
}

fn failure_of(key: String, error: &TransportError) -> SdkFailure {
    let message = error.message().map_or_else(|| error.to_string(), str::to_owned);
    SdkFailure::builder().key(key).set_code(error.code().map(str::to_owned)).message(message).build()
}

const fn required(field: &'static str) -> InvalidRequest {
    InvalidRequest::Field { field, reason: "the request needs it" }
}

impl fmt::Debug for DeleteObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteObjects").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::ObjectIdentifier;

    use super::*;

    /// Keys of the files to delete, where `asked` was deleted, but for `failed`.
    fn files(asked: &[(&str, Option<&str>)], failed: &[(&str, Option<&str>)]) -> Vec<String> {
        let owned = |version: Option<&str>| version.map(str::to_owned);
        let asked = asked.iter().map(|(key, version)| {
            ObjectIdentifier::builder().key(*key).set_version_id(owned(*version)).build().expect("it has a key")
        });
        let delete = Delete::builder().set_objects(Some(asked.collect())).build().expect("it has objects");
        let failed = failed.iter().map(|(key, version)| {
            SdkFailure::builder().key(*key).set_version_id(owned(*version)).code("AccessDenied").build()
        });
        let files = instruction_files(&delete, &failed.collect::<Vec<_>>());
        files.into_iter().map(|(key, version)| (key, assert_eq!(version, None)).0).collect()
    }

    #[test]
    fn files_go_with_the_newest_only() {
        assert_eq!(files(&[("a", None), ("b", Some("1"))], &[]), ["a.instruction"]);
        assert_eq!(files(&[("a", Some("1"))], &[("a", Some("1"))]), [""; 0]);
        // A named version failed, and the newest is gone.
        assert_eq!(files(&[("a", None), ("a", Some("1"))], &[("a", Some("1"))]), ["a.instruction"]);
        // The newest failed, with or without the version that it is, and a named one is gone.
        for version in [None, Some("2")] {
            assert_eq!(files(&[("a", None), ("a", Some("1"))], &[("a", version)]), [""; 0]);
        }
        // Another key's version.
        assert_eq!(files(&[("a", None), ("b", Some("1"))], &[("a", Some("1"))]), [""; 0]);
    }

    #[test]
    fn keys_without_room_for_a_suffix_have_no_files() {
        let (longest, longer) = ("k".repeat(1012), "k".repeat(1013));
        assert_eq!(files(&[(&longest, None), (&longer, None)], &[]).len(), 1);
    }
}
