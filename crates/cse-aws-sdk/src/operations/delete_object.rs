//! Delete: the object first, then its instruction file.

use std::fmt;

use aws_sdk_s3::{
    operation::delete_object::{
        DeleteObjectError, DeleteObjectInput, DeleteObjectOutput,
        builders::{DeleteObjectFluentBuilder, DeleteObjectInputBuilder},
    },
    primitives::DateTime,
    types::RequestPayer,
};
use cse_client::adapter::delete_instruction_file;

use super::guard;
use crate::{
    builder::{Customization, delegate, open_builder},
    client::Client,
    error::Error,
    fields::{Request, Target},
    hook::BeforeSending,
    wire::UserAgent,
};

/// `DeleteObject` with the instruction file: [`Client::delete_object`].
#[must_use = "nothing is deleted until `send`"]
pub struct DeleteObject {
    client: Client,
    inner: DeleteObjectFluentBuilder,
    customization: Customization<DeleteObjectOutput, DeleteObjectError, DeleteObjectFluentBuilder>,
}

impl DeleteObject {
    pub(crate) fn new(client: Client, inner: DeleteObjectFluentBuilder) -> Self {
        Self { client, inner, customization: Customization::default() }
    }

    delegate! {
        bucket(bucket: impl Into<String>);
        key(key: impl Into<String>);
        version_id(version_id: impl Into<String>);
        bypass_governance_retention(bypass: bool);
        expected_bucket_owner(account: impl Into<String>);
        if_match(etag: impl Into<String>);
        if_match_last_modified_time(time: DateTime);
        if_match_size(stored_len: i64);
        mfa(mfa: impl Into<String>);
        request_payer(payer: RequestPayer);
    }

    open_builder!(DeleteObjectFluentBuilder, DeleteObjectOutput, DeleteObjectError);

    /// Deletes the object, and then its instruction file, if there is one. An object that only has the name of one stays.
    ///
    /// A single version that is named is deleted alone: the instruction file belongs to the newest version.
    ///
    /// # Errors
    ///
    /// The SDK's. If the instruction file could not be deleted the error is [`Error::Cse`], and the object is gone nevertheless; deleting
    /// again ends it.
    pub async fn send(self) -> Result<DeleteObjectOutput, Error<DeleteObjectError>> {
        let input = self.inner.as_input();
        DeleteObjectInput::check(input)?;
        let (planned, options) = (guard::location(target(input))?, DeleteObjectInput::companion(input)?);
        let object = planned.clone();
        let (hook, failure) =
            BeforeSending::new(move |input: &mut DeleteObjectInput| guard::check_sent(input, &planned));
        let operation = self.customization.apply(self.inner.customize()).interceptor(UserAgent).interceptor(hook);
        let answer = operation.send().await.map_err(|error| failure.or(error))?;
        if object.version_id.is_none() {
            delete_instruction_file(self.client.operations(), &object, &options).await?;
        }
        Ok(answer)
    }
}

fn target(input: &DeleteObjectInputBuilder) -> Target<'_> {
    Target {
        bucket: input.get_bucket().as_deref(),
        key: input.get_key().as_deref(),
        version_id: input.get_version_id().as_deref(),
    }
}

impl fmt::Debug for DeleteObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteObject").field("inner", &self.inner).finish_non_exhaustive()
    }
}
