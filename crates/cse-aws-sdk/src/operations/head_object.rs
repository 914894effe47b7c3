//! Head: what is stored beside an object, with the plaintext's length.

use std::fmt;

use aws_sdk_s3::{
    operation::head_object::{
        HeadObjectError, HeadObjectInput, HeadObjectOutput,
        builders::{HeadObjectFluentBuilder, HeadObjectInputBuilder},
    },
    primitives::DateTime,
    types::{ChecksumMode, RequestPayer},
};

use super::{
    get_object::{ReadSettings, read_setters},
    guard, output,
};
use crate::{
    builder::{Customization, delegate, open_builder},
    client::Client,
    error::Error,
    fields::{Request, Target},
    hook::BeforeSending,
    wire::{RawHeaders, UserAgent},
};

/// `HeadObject` with the plaintext's length: [`Client::head_object`]. Needs no key.
#[must_use = "nothing is read until `send`"]
pub struct HeadObject {
    client: Client,
    inner: HeadObjectFluentBuilder,
    customization: Customization<HeadObjectOutput, HeadObjectError, HeadObjectFluentBuilder>,
    settings: ReadSettings,
}

impl HeadObject {
    pub(crate) fn new(client: Client, inner: HeadObjectFluentBuilder) -> Self {
        Self { client, inner, customization: Customization::default(), settings: ReadSettings::default() }
    }

    delegate! {
        bucket(bucket: impl Into<String>);
        key(key: impl Into<String>);
        version_id(version_id: impl Into<String>);
        checksum_mode(mode: ChecksumMode);
        expected_bucket_owner(account: impl Into<String>);
        if_match(etag: impl Into<String>);
        if_modified_since(time: DateTime);
        if_none_match(etag: impl Into<String>);
        if_unmodified_since(time: DateTime);
        request_payer(payer: RequestPayer);
        sse_customer_algorithm(algorithm: impl Into<String>);
        sse_customer_key(key: impl Into<String>);
        sse_customer_key_md5(md5: impl Into<String>);
    }

    open_builder!(HeadObjectFluentBuilder, HeadObjectOutput, HeadObjectError);

    read_setters!();

    /// Asks for the object's attributes, and for its instruction file where the metadata holds no whole envelope.
    ///
    /// The output's length is the plaintext's where the algorithm suite tells it: always for AES-GCM, never for AES-CBC. An object that
    /// is not encrypted keeps its own. No policy has admitted the object: a read may still refuse it.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of looking at an envelope.
    pub async fn send(self) -> Result<HeadObjectOutput, Error<HeadObjectError>> {
        let input = self.inner.as_input();
        HeadObjectInput::check(input)?;
        let planned = guard::location(target(input))?;
        let mut head = self.client.operations().head(planned.clone()).options(HeadObjectInput::companion(input)?);
        if let Some(suffix) = self.settings.suffix {
            head = head.instruction_suffix(suffix);
        }
        if let Some(version_id) = self.settings.version_id {
            head = head.instruction_version_id(version_id);
        }
        let (hook, failure) = BeforeSending::new(move |input: &mut HeadObjectInput| guard::check_sent(input, &planned));
        let headers = RawHeaders::default();
        let operation = self.customization.apply(self.inner.customize()).interceptor(UserAgent);
        let operation = operation.interceptor(headers.clone()).interceptor(hook);
        let answer = operation.send().await.map_err(|error| failure.or(error))?;
        let described = head.describe(headers.attributes()).await?;
        Ok(output::head(answer, &described.attributes))
    }
}

fn target(input: &HeadObjectInputBuilder) -> Target<'_> {
    Target {
        bucket: input.get_bucket().as_deref(),
        key: input.get_key().as_deref(),
        version_id: input.get_version_id().as_deref(),
    }
}

impl fmt::Debug for HeadObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadObject")
            .field("inner", &self.inner)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
