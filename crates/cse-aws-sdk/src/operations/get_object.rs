//! Get: fetched by the SDK, decrypted and verified by us.

use std::fmt;

use aws_sdk_s3::{
    operation::get_object::{
        GetObjectError, GetObjectInput, GetObjectOutput,
        builders::{GetObjectFluentBuilder, GetObjectInputBuilder},
    },
    primitives::DateTime,
    types::{ChecksumMode, RequestPayer},
};
use bytes::Bytes;
use cse_client::{
    Body, Object, ObjectLocation,
    operations::Get,
    transport::{ObjectResponse, TransportError},
};
use cse_keys::ExpectedContext;

use super::{guard, output};
use crate::{
    builder::{Customization, delegate, open_builder},
    client::Client,
    error::Error,
    fields::{Request, Target},
    hook::BeforeSending,
    transport::from_sdk,
    wire::{RawHeaders, UserAgent, attributes_of},
};

/// `GetObject`, decrypted and verified: [`Client::get_object`].
///
/// Streams, ranges, AES-CBC and plain objects come through [`danger`](crate::danger) only.
#[must_use = "nothing is read until `send`"]
pub struct GetObject {
    pub(super) client: Client,
    pub(super) inner: GetObjectFluentBuilder,
    pub(super) customization: Customization<GetObjectOutput, GetObjectError, GetObjectFluentBuilder>,
    pub(super) settings: ReadSettings,
}

/// What a read needs to know besides the SDK's fields.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadSettings {
    pub(super) expected: ExpectedContext,
    pub(super) suffix: Option<String>,
    pub(super) version_id: Option<String>,
}

/// Setters that every read of this crate has.
macro_rules! read_setters {
    () => {
        /// The encryption context the object must have been written with. By default exactly the empty one.
        pub fn encryption_context(mut self, context: cse_envelope::EncryptionContext) -> Self {
            self.settings.expected = cse_keys::ExpectedContext::Exactly(context);
            self
        }

        /// Which encryption context is accepted.
        pub fn expected_context(mut self, expected: cse_keys::ExpectedContext) -> Self {
            self.settings.expected = expected;
            self
        }

        /// The instruction file to read, by the suffix of its key. By default `.instruction`, where the object needs one.
        pub fn instruction_suffix(mut self, suffix: impl Into<String>) -> Self {
            self.settings.suffix = Some(suffix.into());
            self
        }

        /// The version of the instruction file, for an old version of an object.
        pub fn instruction_version_id(mut self, version_id: impl Into<String>) -> Self {
            self.settings.version_id = Some(version_id.into());
            self
        }
    };
}
pub(super) use read_setters;

impl GetObject {
    pub(crate) fn new(client: Client, inner: GetObjectFluentBuilder) -> Self {
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
        response_cache_control(value: impl Into<String>);
        response_content_disposition(value: impl Into<String>);
        response_content_encoding(value: impl Into<String>);
        response_content_language(value: impl Into<String>);
        response_content_type(value: impl Into<String>);
        response_expires(time: DateTime);
        sse_customer_algorithm(algorithm: impl Into<String>);
        sse_customer_key(key: impl Into<String>);
        sse_customer_key_md5(md5: impl Into<String>);
    }

    open_builder!(GetObjectFluentBuilder, GetObjectOutput, GetObjectError);

    read_setters!();

    /// Reads, decrypts and verifies the object, as the client's [`ReadMode`](cse_client::ReadMode) says: by default in memory, up to 64 MiB.
    ///
    /// The output's length and metadata are the plaintext's and the user's; checksums of the stored bytes are not in it.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of a read. Nothing of the plaintext is released with it.
    pub async fn send(self) -> Result<GetObjectOutput, Error<GetObjectError>> {
        let get = self.planned()?;
        let (answer, response) = self.fetch(None).await?;
        let object = get.decrypt(response).await?;
        Ok(output::read(answer, &object.attributes, object.content))
    }

    /// Goes on from an answer to a presigned request. Bucket and key are set for the instruction file and second reads, which go through
    /// this client.
    ///
    /// # Errors
    ///
    /// Those of a read; an answer that is no success is one of the transport.
    pub async fn decrypt_response<B>(self, response: http::Response<B>) -> Result<Object<Body>, cse_client::Error>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let get = self.planned_unsent()?;
        let (parts, body) = response.into_parts();
        if !parts.status.is_success() {
            return Err(TransportError::from_answer(parts.status.as_u16(), None).into());
        }
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_owned()));
        let attributes = attributes_of(headers.collect());
        let body = crate::transport::from_http(body, attributes.content_len);
        get.decrypt(ObjectResponse::new(attributes, body)).await
    }

    fn planned_unsent(&self) -> Result<Get, cse_client::Error> {
        let input = self.inner.as_input();
        GetObjectInput::check(input)?;
        self.core()
    }

    /// What goes on from the answer.
    pub(super) fn planned(&self) -> Result<Get, Error<GetObjectError>> {
        Ok(self.planned_unsent()?)
    }

    /// The same, where a range is set by this crate.
    pub(super) fn core(&self) -> Result<Get, cse_client::Error> {
        let input = self.inner.as_input();
        let ReadSettings { expected, suffix, version_id } = self.settings.clone();
        let mut get = self.client.operations().get_at(guard::location(target(input))?);
        get = get.options(GetObjectInput::companion(input)?).expected_context(expected);
        if let Some(suffix) = suffix {
            get = get.instruction_suffix(suffix);
        }
        if let Some(version_id) = version_id {
            get = get.instruction_version_id(version_id);
        }
        Ok(get)
    }

    /// Sends the request, for a range of the stored bytes if one is given.
    pub(super) async fn fetch(
        self,
        range: Option<String>,
    ) -> Result<(GetObjectOutput, ObjectResponse), Error<GetObjectError>> {
        let planned = guard::location(target(self.inner.as_input()))?;
        let (hook, failure) = BeforeSending::new(move |input: &mut GetObjectInput| check(input, &planned, range));
        let headers = RawHeaders::default();
        let operation = self.customization.apply(self.inner.customize()).interceptor(UserAgent);
        let operation = operation.interceptor(headers.clone()).interceptor(hook);
        let mut answer = operation.send().await.map_err(|error| failure.or(error))?;
        let attributes = headers.attributes();
        let body = from_sdk(output::take_body(&mut answer), attributes.content_len);
        Ok((answer, ObjectResponse::new(attributes, body)))
    }
}

fn check(input: &mut GetObjectInput, planned: &ObjectLocation, range: Option<String>) -> Result<(), cse_client::Error> {
    guard::check_sent(input, planned)?;
    input.range = range;
    Ok(())
}

fn target(input: &GetObjectInputBuilder) -> Target<'_> {
    Target {
        bucket: input.get_bucket().as_deref(),
        key: input.get_key().as_deref(),
        version_id: input.get_version_id().as_deref(),
    }
}

impl fmt::Debug for GetObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetObject")
            .field("inner", &self.inner)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
