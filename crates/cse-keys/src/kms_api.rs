//! The joint for key services: the three calls of AWS KMS that are needed, and no more.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt::{self, Debug};

use cse_envelope::{DataKey, EncryptionContext, Rng};

use crate::{error::KmsError, future::BoxFuture};

/// AWS KMS, or whatever answers in its place. `rng` is for services inside the process; remote ones leave it alone.
///
/// # Example
///
/// A key service behind some client that is waited for:
///
/// ```
/// use cse_envelope::{DataKey, Rng};
/// use cse_keys::{
///     BoxFuture, DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsDataKey, KmsError, KmsErrorKind,
/// };
/// # #[derive(Debug)]
/// # struct Client;
/// # impl Client {
/// #     async fn call(&self, _: &str, _: impl core::fmt::Debug) -> Result<(Vec<u8>, Vec<u8>), std::io::Error> { unreachable!() }
/// # }
///
/// #[derive(Debug)]
/// struct Remote(Client);
///
/// impl Remote {
///     /// Plaintext and ciphertext blob of an answer.
///     async fn call(&self, action: &str, request: impl core::fmt::Debug) -> Result<(DataKey, Vec<u8>), KmsError> {
///         // A real client maps its error codes to kinds: throttled calls are worth another try, denied ones are not.
///         let unavailable = |error| KmsError::with_source(KmsErrorKind::Unavailable, error);
///         let (plaintext, blob) = self.0.call(action, request).await.map_err(unavailable)?;
///         let data_key = DataKey::from_slice(&plaintext).map_err(|_| KmsError::new(KmsErrorKind::Other))?;
///         Ok((data_key, blob))
///     }
/// }
///
/// impl KmsApi for Remote {
///     fn generate_data_key<'a>(
///         &'a self,
///         request: GenerateDataKeyRequest<'a>,
///         _: &'a mut Rng<'_>,
///     ) -> BoxFuture<'a, Result<KmsDataKey, KmsError>> {
///         Box::pin(async move {
///             let (data_key, blob) = self.call("GenerateDataKey", request).await?;
///             Ok(KmsDataKey::new(data_key, blob))
///         })
///     }
///
///     fn encrypt<'a>(&'a self, request: EncryptRequest<'a>, _: &'a mut Rng<'_>) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
///         Box::pin(async move { Ok(self.call("Encrypt", request).await?.1) })
///     }
///
///     fn decrypt<'a>(&'a self, request: DecryptRequest<'a>) -> BoxFuture<'a, Result<DataKey, KmsError>> {
///         Box::pin(async move { Ok(self.call("Decrypt", request).await?.0) })
///     }
/// }
/// ```
pub trait KmsApi: Debug + Send + Sync + 'static {
    /// `GenerateDataKey` with `KeySpec` `AES_256`.
    ///
    /// # Errors
    ///
    /// [`KmsError`] tells a failed call from a refused one.
    fn generate_data_key<'a>(
        &'a self,
        request: GenerateDataKeyRequest<'a>,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KmsDataKey, KmsError>>;

    /// `Encrypt`: wraps a data key that exists already. Gives the ciphertext blob.
    ///
    /// # Errors
    ///
    /// [`KmsError`] tells a failed call from a refused one.
    fn encrypt<'a>(
        &'a self,
        request: EncryptRequest<'a>,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KmsError>>;

    /// `Decrypt`.
    ///
    /// # Errors
    ///
    /// [`KmsErrorKind::InvalidCiphertext`](crate::KmsErrorKind::InvalidCiphertext) for a wrong context or a changed blob.
    fn decrypt<'a>(&'a self, request: DecryptRequest<'a>) -> BoxFuture<'a, Result<DataKey, KmsError>>;
}

/// A shared key service is one: several keyrings can use it.
impl<K: KmsApi + ?Sized> KmsApi for Arc<K> {
    fn generate_data_key<'a>(
        &'a self,
        request: GenerateDataKeyRequest<'a>,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KmsDataKey, KmsError>> {
        (**self).generate_data_key(request, rng)
    }

    fn encrypt<'a>(
        &'a self,
        request: EncryptRequest<'a>,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        (**self).encrypt(request, rng)
    }

    fn decrypt<'a>(&'a self, request: DecryptRequest<'a>) -> BoxFuture<'a, Result<DataKey, KmsError>> {
        (**self).decrypt(request)
    }
}

/// What `GenerateDataKey` is asked.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct GenerateDataKeyRequest<'a> {
    /// Key id, key ARN, alias name or alias ARN.
    pub key_id: &'a str,
    /// The whole encryption context, reserved entries included.
    pub context: &'a EncryptionContext,
    /// Grant tokens.
    pub grant_tokens: &'a [String],
}

/// What `Encrypt` is asked.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct EncryptRequest<'a> {
    /// Key id, key ARN, alias name or alias ARN.
    pub key_id: &'a str,
    /// The data key to wrap.
    pub data_key: &'a DataKey,
    /// The whole encryption context, reserved entries included.
    pub context: &'a EncryptionContext,
    /// Grant tokens.
    pub grant_tokens: &'a [String],
}

/// What `Decrypt` is asked.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct DecryptRequest<'a> {
    /// The key that must have been used; `None` leaves it to the ciphertext blob (discovery).
    pub key_id: Option<&'a str>,
    /// The ciphertext blob: public, but large, so not for logs.
    pub ciphertext_blob: &'a [u8],
    /// The whole encryption context, reserved entries included.
    pub context: &'a EncryptionContext,
    /// Grant tokens.
    pub grant_tokens: &'a [String],
}

/// What `GenerateDataKey` answers.
#[non_exhaustive]
pub struct KmsDataKey {
    /// The data key in the clear.
    pub data_key: DataKey,
    /// The data key wrapped by KMS.
    pub ciphertext_blob: Vec<u8>,
}

impl<'a> GenerateDataKeyRequest<'a> {
    /// A request.
    #[must_use]
    pub const fn new(key_id: &'a str, context: &'a EncryptionContext, grant_tokens: &'a [String]) -> Self {
        Self { key_id, context, grant_tokens }
    }
}

impl<'a> EncryptRequest<'a> {
    /// A request.
    #[must_use]
    pub const fn new(
        key_id: &'a str,
        data_key: &'a DataKey,
        context: &'a EncryptionContext,
        grant_tokens: &'a [String],
    ) -> Self {
        Self { key_id, data_key, context, grant_tokens }
    }
}

impl<'a> DecryptRequest<'a> {
    /// A request.
    #[must_use]
    pub const fn new(
        key_id: Option<&'a str>,
        ciphertext_blob: &'a [u8],
        context: &'a EncryptionContext,
        grant_tokens: &'a [String],
    ) -> Self {
        Self { key_id, ciphertext_blob, context, grant_tokens }
    }
}

impl KmsDataKey {
    /// An answer.
    #[must_use]
    pub const fn new(data_key: DataKey, ciphertext_blob: Vec<u8>) -> Self {
        Self { data_key, ciphertext_blob }
    }
}

// What is not shown: grant tokens, which are credentials, and ciphertext blobs.

impl Debug for GenerateDataKeyRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "GenerateDataKeyRequest", Some(self.key_id), self.context)
    }
}

impl Debug for EncryptRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "EncryptRequest", Some(self.key_id), self.context)
    }
}

impl Debug for DecryptRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "DecryptRequest", self.key_id, self.context)
    }
}

impl Debug for KmsDataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KmsDataKey(..)")
    }
}

fn show(f: &mut fmt::Formatter<'_>, name: &str, key_id: Option<&str>, context: &EncryptionContext) -> fmt::Result {
    f.debug_struct(name).field("key_id", &key_id).field("context", context).finish_non_exhaustive()
}
