//! `KmsApi` over the caller's client.

use std::{collections::HashMap, error::Error as StdError};

use aws_sdk_kms::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::DataKeySpec,
};
use cse_envelope::{DataKey, EncryptionContext, Rng};
use cse_keys::{
    BoxFuture, DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsDataKey, KmsError, KmsErrorKind,
};
use zeroize::Zeroizing;

use crate::{
    unsent::{self, Unsent, find},
    wire::UserAgent,
};

/// AWS KMS through an [`aws_sdk_kms::Client`], for [`KmsKeyring`](cse_keys::KmsKeyring).
///
/// # Example
///
/// ```
/// # let kms = aws_sdk_kms::Client::from_conf(
/// #     aws_sdk_kms::Config::builder().behavior_version(aws_sdk_kms::config::BehaviorVersion::latest()).build(),
/// # );
/// use cse_aws_sdk::Kms;
/// use cse_keys::KmsKeyring;
///
/// let keyring = KmsKeyring::new(Kms::new(&kms), "alias/orders");
/// # let _ = keyring;
/// ```
///
/// # Security
///
/// Data keys are wiped from memory as far as this crate holds them; the SDK's own buffers of requests and answers are not.
#[derive(Clone, Debug)]
pub struct Kms(Client);

impl Kms {
    /// Uses this client, which stays as it is.
    #[must_use]
    pub fn new(kms: &Client) -> Self {
        Self(kms.clone())
    }
}

impl KmsApi for Kms {
    fn generate_data_key<'a>(
        &'a self,
        request: GenerateDataKeyRequest<'a>,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KmsDataKey, KmsError>> {
        Box::pin(async move {
            let operation = self
                .0
                .generate_data_key()
                .key_id(request.key_id)
                .key_spec(DataKeySpec::Aes256)
                .set_encryption_context(context(request.context))
                .set_grant_tokens(grant_tokens(request.grant_tokens))
                .customize()
                .interceptor(UserAgent);
            let answer = operation.send().await.map_err(kms_error)?;
            let data_key = data_key(answer.plaintext)?;
            Ok(KmsDataKey::new(data_key, answer.ciphertext_blob.ok_or_else(incomplete)?.into_inner()))
        })
    }

    fn encrypt<'a>(
        &'a self,
        request: EncryptRequest<'a>,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        Box::pin(async move {
            let operation = self
                .0
                .encrypt()
                .key_id(request.key_id)
                .plaintext(Blob::new(request.data_key.expose_secret()))
                .set_encryption_context(context(request.context))
                .set_grant_tokens(grant_tokens(request.grant_tokens))
                .customize()
                .interceptor(UserAgent);
            let answer = operation.send().await.map_err(kms_error)?;
            Ok(answer.ciphertext_blob.ok_or_else(incomplete)?.into_inner())
        })
    }

    fn decrypt<'a>(&'a self, request: DecryptRequest<'a>) -> BoxFuture<'a, Result<DataKey, KmsError>> {
        Box::pin(async move {
            let operation = self
                .0
                .decrypt()
                .set_key_id(request.key_id.map(str::to_owned))
                .ciphertext_blob(Blob::new(request.ciphertext_blob))
                .set_encryption_context(context(request.context))
                .set_grant_tokens(grant_tokens(request.grant_tokens))
                .customize()
                .interceptor(UserAgent);
            data_key(operation.send().await.map_err(kms_error)?.plaintext)
        })
    }
}

fn context(context: &EncryptionContext) -> Option<HashMap<String, String>> {
    let entries: HashMap<_, _> = context.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (!entries.is_empty()).then_some(entries)
}

fn grant_tokens(tokens: &[String]) -> Option<Vec<String>> {
    (!tokens.is_empty()).then(|| tokens.to_vec())
}

fn data_key(plaintext: Option<Blob>) -> Result<DataKey, KmsError> {
    let plaintext = Zeroizing::new(plaintext.ok_or_else(incomplete)?.into_inner());
    // A plaintext of another length is no data key, whoever encrypted it.
    DataKey::from_slice(&plaintext).map_err(|_| KmsError::new(KmsErrorKind::InvalidCiphertext))
}

fn incomplete() -> KmsError {
    KmsError::with_source(KmsErrorKind::Other, "the key service's answer is not complete")
}

/// The raw answer is not kept, nor is what a construction failure holds of the request.
fn kms_error<E>(error: SdkError<E, HttpResponse>) -> KmsError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let kind = match &error {
        error if find::<Unsent>(error).is_some() => KmsErrorKind::Other,
        SdkError::ServiceError(context) => {
            KmsErrorKind::from_answer(context.raw().status().as_u16(), context.err().code())
        }
        SdkError::ResponseError(context) => KmsErrorKind::from_answer(context.raw().status().as_u16(), None),
        SdkError::ConstructionFailure(_) => return KmsError::new(KmsErrorKind::Other),
        _ => KmsErrorKind::Unavailable,
    };
    match error.into_source().map(unsent::advice) {
        Ok(source) => KmsError::with_source(kind, source),
        Err(_) => KmsError::new(kind),
    }
}
