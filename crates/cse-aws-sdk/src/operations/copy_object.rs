//! Copy: an object with its envelope and its instruction file, without decrypting anything.

use std::{collections::HashMap, fmt};

use aws_sdk_s3::{
    operation::copy_object::{
        CopyObjectError, CopyObjectInput, CopyObjectOutput,
        builders::{CopyObjectFluentBuilder, CopyObjectInputBuilder},
    },
    primitives::DateTime,
    types::{
        ChecksumAlgorithm, MetadataDirective, ObjectCannedAcl, RequestPayer, ServerSideEncryption, StorageClass,
        TaggingDirective,
    },
};
use cse_client::{
    ObjectLocation, RequestOptions,
    adapter::check_key,
    error::{Error as CseError, InvalidRequest},
    operations::{Copy, PreparedCopy},
};

use super::{
    guard, output,
    placed::{Condition, PlacedFile},
};
use crate::{
    builder::{Customization, delegate, open_builder},
    client::Client,
    encode::{copy_source, parse_copy_source},
    error::Error,
    fields::{Request, Target},
    hook::BeforeSending,
    transport::metadata,
    wire::UserAgent,
};

/// `CopyObject` with envelope and instruction file: [`Client::copy_object`]. Needs no key.
#[must_use = "nothing is copied until `send`"]
pub struct CopyObject {
    client: Client,
    inner: CopyObjectFluentBuilder,
    customization: Customization<CopyObjectOutput, CopyObjectError, CopyObjectFluentBuilder>,
    overwrite_instruction_file: bool,
}

impl CopyObject {
    pub(crate) fn new(client: Client, inner: CopyObjectFluentBuilder) -> Self {
        Self { client, inner, customization: Customization::default(), overwrite_instruction_file: false }
    }

    delegate! {
        bucket(bucket: impl Into<String>);
        key(key: impl Into<String>);
        copy_source(source: impl Into<String>);
        metadata(name: impl Into<String>, value: impl Into<String>);
        set_metadata(metadata: Option<HashMap<String, String>>);
        metadata_directive(directive: MetadataDirective);
        acl(acl: ObjectCannedAcl);
        bucket_key_enabled(enabled: bool);
        cache_control(value: impl Into<String>);
        checksum_algorithm(algorithm: ChecksumAlgorithm);
        content_disposition(value: impl Into<String>);
        content_encoding(value: impl Into<String>);
        content_language(value: impl Into<String>);
        content_type(value: impl Into<String>);
        copy_source_if_match(etag: impl Into<String>);
        copy_source_sse_customer_algorithm(algorithm: impl Into<String>);
        copy_source_sse_customer_key(key: impl Into<String>);
        copy_source_sse_customer_key_md5(md5: impl Into<String>);
        expected_bucket_owner(account: impl Into<String>);
        expected_source_bucket_owner(account: impl Into<String>);
        expires(time: DateTime);
        if_match(etag: impl Into<String>);
        if_none_match(etag: impl Into<String>);
        request_payer(payer: RequestPayer);
        server_side_encryption(encryption: ServerSideEncryption);
        sse_customer_algorithm(algorithm: impl Into<String>);
        sse_customer_key(key: impl Into<String>);
        sse_customer_key_md5(md5: impl Into<String>);
        ssekms_key_id(key_id: impl Into<String>);
        storage_class(class: StorageClass);
        tagging(tags: impl Into<String>);
        tagging_directive(directive: TaggingDirective);
    }

    open_builder!(CopyObjectFluentBuilder, CopyObjectOutput, CopyObjectError);

    /// Replaces an instruction file that the target has already; see [`PutObject::overwrite_instruction_file`](super::PutObject::overwrite_instruction_file).
    ///
    /// # Cancellation
    ///
    /// Between the two writes the old object is there without its key. Dropping the future then, or a killed process, leaves it so. Use a
    /// bucket with versions, where the old file can be got back, and do not wrap this write into a timeout.
    pub fn overwrite_instruction_file(mut self) -> Self {
        self.overwrite_instruction_file = true;
        self
    }

    /// Copies the instruction file, if there is one, and then the object, which must not change meanwhile. With the directive `REPLACE`
    /// the user's metadata is new and the envelope stays.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of a copy: a plain object is refused, and so is one whose copy could not be read. If the copy fails the
    /// target's instruction file is as it was.
    pub async fn send(self) -> Result<CopyObjectOutput, Error<CopyObjectError>> {
        let input = self.inner.as_input();
        CopyObjectInput::check(input)?;
        let target = guard::location(target(input))?;
        let source = input.get_copy_source().as_deref().and_then(parse_copy_source).ok_or(InvalidRequest::Field {
            field: "copy_source",
            reason: "it is bucket/key, percent-encoded, with ?versionId= where a version is meant",
        })?;
        check_key(&target.key)?;
        let copy = self.core(&source, &target)?;
        let PreparedCopy { metadata, source_etag, placed, .. } = copy.prepare().await?;
        let placed = PlacedFile::from(placed);

        let (user_metadata, condition) = (self.inner.as_input().get_metadata().clone(), placed.condition());
        let sent = Sent { source, target, metadata, source_etag, user_metadata, condition };
        let (hook, failure) = BeforeSending::new(move |input| sent.apply(input));
        let operation = self.customization.apply(self.inner.customize()).interceptor(UserAgent).interceptor(hook);
        match operation.send().await {
            Ok(answer) => Ok(output::copied(answer)),
            Err(error) => Err(placed.undo(failure.or(error)).await),
        }
    }

    fn core(&self, source: &ObjectLocation, target: &ObjectLocation) -> Result<Copy, InvalidRequest> {
        let input = self.inner.as_input();
        let mut copy = self.client.operations().copy(source.clone(), &*target.bucket, &*target.key);
        copy = copy.options(CopyObjectInput::companion(input)?).source_options(source_options(input)?);
        if self.overwrite_instruction_file {
            copy = copy.overwrite_instruction_file();
        }
        if input.get_metadata_directive().as_ref() == Some(&MetadataDirective::Replace) {
            copy = copy.metadata(guard::user_metadata(input.get_metadata().as_ref()));
        }
        Ok(copy)
    }
}

/// The request as it was planned.
struct Sent {
    source: ObjectLocation,
    target: ObjectLocation,
    metadata: Option<cse_client::Metadata>,
    source_etag: Option<String>,
    user_metadata: Option<HashMap<String, String>>,
    condition: Condition,
}

impl Sent {
    fn apply(self, input: &mut CopyObjectInput) -> Result<(), CseError> {
        guard::check_sent(input, &self.target)?;
        guard::check_metadata(input.metadata.as_ref(), self.user_metadata.as_ref())?;
        if input.copy_source.as_deref().and_then(parse_copy_source).as_ref() != Some(&self.source)
            || (input.metadata_directive == Some(MetadataDirective::Replace)) != self.metadata.is_some()
        {
            let reason = "an interceptor changed it after the copy was planned: set it on the builder";
            return Err(InvalidRequest::Field { field: "copy_source or metadata_directive", reason }.into());
        }
        // Exactly what was looked at, however the caller had encoded it.
        input.copy_source = Some(copy_source(&self.source));
        if let Some(all) = &self.metadata {
            input.metadata = Some(metadata(all)?);
        }
        let asked = input.copy_source_if_match.is_some();
        let condition = if asked { self.condition.beside_the_callers() } else { self.condition };
        condition.apply(&mut input.if_match, &mut input.if_none_match);
        if let Some(etag) = self.source_etag {
            match &input.copy_source_if_match {
                // The caller's condition does not hold: S3 says so.
                Some(callers) if callers != "*" && callers.trim_matches('"') != etag.trim_matches('"') => {}
                _ => input.copy_source_if_match = Some(etag),
            }
        }
        Ok(())
    }
}

/// What the requests that look at the source carry.
fn source_options(input: &CopyObjectInputBuilder) -> Result<RequestOptions, InvalidRequest> {
    let payer = input.get_request_payer().as_ref().map(|payer| payer.as_str().to_owned());
    let headers = [
        ("x-amz-request-payer", &payer),
        ("x-amz-expected-bucket-owner", input.get_expected_source_bucket_owner()),
        ("x-amz-server-side-encryption-customer-algorithm", input.get_copy_source_sse_customer_algorithm()),
        ("x-amz-server-side-encryption-customer-key", input.get_copy_source_sse_customer_key()),
        ("x-amz-server-side-encryption-customer-key-md5", input.get_copy_source_sse_customer_key_md5()),
    ];
    headers.into_iter().try_fold(RequestOptions::new(), |options, (name, value)| match value {
        Some(value) => options.header(name, &**value),
        None => Ok(options),
    })
}

fn target(input: &CopyObjectInputBuilder) -> Target<'_> {
    Target { bucket: input.get_bucket().as_deref(), key: input.get_key().as_deref(), version_id: None }
}

impl fmt::Debug for CopyObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyObject").field("inner", &self.inner).finish_non_exhaustive()
    }
}
