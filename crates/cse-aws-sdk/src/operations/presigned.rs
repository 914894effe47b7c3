//! A put in two steps: what to sign first, the encrypted body afterwards, by whoever holds the signed request.

use aws_sdk_s3::{
    operation::put_object::{PutObjectError, PutObjectInput},
    presigning::{PresignedRequest, PresigningConfig},
};
use cse_client::{PutPlan, adapter::check_key, error::InvalidRequest};

use super::{
    guard,
    put_object::{PutObject, target},
};
use crate::{error::Error, fields::Request, hook::BeforeSending, transport::metadata};

/// A presigned put, and the plan that encrypts what is sent with it.
///
/// Intentionally not `Clone`: one request, one data key, one content.
#[derive(Debug)]
#[non_exhaustive]
#[must_use]
pub struct PresignedPut {
    /// Method, URL, and the headers that must be sent as they are: the envelope is among them, and signed.
    pub request: PresignedRequest,
    /// Encrypts the content, which must be as long as was said.
    pub plan: PutPlan,
}

impl PutObject {
    /// Presigns the put of a content of `plaintext_len` bytes, which is sent by other means: set everything but a body.
    ///
    /// ```no_run
    /// # async fn presign(cse: cse_aws_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use aws_sdk_s3::presigning::PresigningConfig;
    ///
    /// let expires = PresigningConfig::expires_in(std::time::Duration::from_secs(600))?;
    /// let put = cse.put_object().bucket("bucket").key("key").presigned(5, expires).await?;
    /// let body = put.plan.encrypt("hello")?;
    /// let _request = put.request.make_http_1x_request(body); // for any HTTP client
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); a data key in an instruction file is refused, because that is another object to put first.
    pub async fn presigned(
        self,
        plaintext_len: u64,
        expires: PresigningConfig,
    ) -> Result<PresignedPut, Error<PutObjectError>> {
        let input = self.inner.as_input();
        PutObjectInput::check(input)?;
        if input.get_body().is_some() || input.get_content_length().is_some() {
            return Err(
                InvalidRequest::Field { field: "body", reason: "it is sent later, encrypted by the plan" }.into()
            );
        }
        let planned = guard::location(target(input))?;
        check_key(&planned.key)?;
        let prepare = self.client.operations().prepare_put(plaintext_len);
        let plan = self.settings.apply(prepare, input.get_metadata().as_ref()).prepare().await?;
        if plan.instruction_file().is_some() {
            let reason =
                "a presigned put holds its data key in the object's metadata: use KeyPlacement::ObjectMetadata";
            return Err(InvalidRequest::Field { field: "key_placement", reason }.into());
        }
        let stored = metadata(plan.metadata()).map_err(cse_client::Error::from)?;
        let stored_len = plan.ciphertext_len().and_then(|len| i64::try_from(len).ok());
        let user_metadata = input.get_metadata().clone();
        let (hook, failure) = BeforeSending::new(move |input: &mut PutObjectInput| {
            guard::check_sent(input, &planned)?;
            guard::check_metadata(input.metadata.as_ref(), user_metadata.as_ref())?;
            input.metadata = Some(stored);
            input.content_length = stored_len;
            Ok(())
        });
        let operation = self.customization.apply(self.inner.customize()).interceptor(hook);
        let request = operation.presigned(expires).await.map_err(|error| failure.or(error))?;
        Ok(PresignedPut { request, plan })
    }
}
