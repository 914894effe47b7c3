//! A key in AWS KMS, or in whatever answers in its place.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use cse_envelope::{
    Admitted, DataKey, EncryptionContext, FormatVersion, GeneratedDataKey, KeyContext, KeyPart, KmsWrap, Rng, Switch,
    WrapAlgorithm, WriteFormat,
};

use crate::{
    error::{DecryptError, KeyringError, KmsError, KmsErrorKind},
    future::BoxFuture,
    keyring::{ExpectedContext, Fit, Keyring},
    kms_api::{DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi},
};

/// Wraps data keys by a KMS key.
///
/// Writes `kms+context`; reads it and, under a policy that allows it, `kms`. With a key id, KMS is told to use that key and no
/// other; a [`discovery`](Self::discovery) keyring leaves it to the ciphertext blob, for objects of services that used their own key.
///
/// # Example
///
/// ```
/// use cse_keys::{KmsKeyring, LocalKms, system_rng};
///
/// let mut kms = LocalKms::new(); // in production: an adapter's client for AWS KMS
/// kms.create_key("alias/orders", &mut system_rng())?;
/// let keyring = KmsKeyring::new(kms, "alias/orders");
/// # Ok::<(), cse_keys::KeyError>(())
/// ```
pub struct KmsKeyring {
    kms: Box<dyn KmsApi>,
    key_id: Option<String>,
    grant_tokens: Vec<String>,
}

impl KmsKeyring {
    /// A keyring of one key: id, ARN, alias name or alias ARN.
    pub fn new(kms: impl KmsApi, key_id: impl Into<String>) -> Self {
        Self { kms: Box::new(kms), key_id: Some(key_id.into()), grant_tokens: Vec::new() }
    }

    /// A keyring that reads whatever the caller may decrypt, under whichever key; it does not write.
    ///
    /// # Security
    ///
    /// Any key that the caller's permissions reach will do, another account's as well.
    pub fn discovery(kms: impl KmsApi) -> Self {
        Self { kms: Box::new(kms), key_id: None, grant_tokens: Vec::new() }
    }

    /// Sends grant tokens with each call.
    #[must_use]
    pub fn with_grant_tokens(self, grant_tokens: Vec<String>) -> Self {
        Self { grant_tokens, ..self }
    }

    /// The key to write with, the wrap, and the whole context to send and store.
    fn prepare(
        &self,
        format: WriteFormat,
        caller: &EncryptionContext,
    ) -> Result<(&str, KmsWrap, EncryptionContext), KeyringError> {
        let key_id = self.key_id.as_deref().ok_or(KeyringError::DiscoveryOnly)?;
        for name in [EncryptionContext::CEK_ALG, EncryptionContext::KMS_CMK_ID] {
            if caller.get(name).is_some() {
                return Err(KeyringError::ReservedName(name));
            }
        }
        let (wrap, front, back) = match (format.is_legacy(), format.version()) {
            (true, FormatVersion::V1) => return Err(KeyringError::OtherFormat),
            (true, _) => (KmsWrap::Kms, Some((EncryptionContext::KMS_CMK_ID, key_id)), None),
            (false, _) => (KmsWrap::Context, None, Some((EncryptionContext::CEK_ALG, format.suite().name()))),
        };
        let entries = front.into_iter().chain(caller.iter()).chain(back);
        // No name twice: reserved ones were refused above.
        let context = EncryptionContext::from_pairs(entries).map_err(|_| KeyringError::OtherFormat)?;
        Ok((key_id, wrap, context))
    }
}

impl Keyring for KmsKeyring {
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        Box::pin(async move {
            let (key_id, wrap, context) = self.prepare(format, context)?;
            let request = GenerateDataKeyRequest::new(key_id, &context, &self.grant_tokens);
            let answer = self.kms.generate_data_key(request, rng).await?;
            let key_part = KeyPart::kms(format.suite(), wrap, answer.ciphertext_blob, context);
            Ok(GeneratedDataKey::new(format, answer.data_key, key_part))
        })
    }

    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        Box::pin(async move {
            let (key_id, wrap, context) = self.prepare(format, context)?;
            let request = EncryptRequest::new(key_id, data_key, &context, &self.grant_tokens);
            let blob = self.kms.encrypt(request, rng).await?;
            Ok(KeyPart::kms(format.suite(), wrap, blob, context))
        })
    }

    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        Box::pin(async move {
            let key_part = object.key_part();
            let KeyContext::Encryption(stored) = key_part.context() else {
                return Err(KeyringError::OtherWrap(key_part.wrap()));
            };
            let context = context_to_send(stored, expected, object.allows(Switch::CallerContext))?;
            let blob = key_part.wrapped_data_key();
            let request = DecryptRequest::new(self.key_id.as_deref(), blob, &context, &self.grant_tokens);
            self.kms.decrypt(request).await.map_err(opaque_if_cryptographic)
        })
    }

    fn fit(&self, key_part: &KeyPart) -> Fit {
        if matches!(key_part.wrap(), WrapAlgorithm::Kms(_)) { Fit::Kind } else { Fit::None }
    }
}

/// Shows everything but grant tokens.
impl fmt::Debug for KmsKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsKeyring").field("kms", &self.kms).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// The context KMS gets: the stored one, if it is what the caller expects, or on request the caller's in its place.
fn context_to_send(
    stored: &EncryptionContext,
    expected: &ExpectedContext,
    send_callers: bool,
) -> Result<EncryptionContext, KeyringError> {
    match expected {
        ExpectedContext::Exactly(callers) if send_callers => {
            let reserved = stored.iter().filter(|(name, _)| EncryptionContext::is_reserved(name));
            Ok(EncryptionContext::from_pairs(callers.caller_entries().chain(reserved))
                .map_err(|_| DecryptError::default())?)
        }
        ExpectedContext::AcceptStored if send_callers => Err(KeyringError::CallerContextMissing),
        ExpectedContext::Exactly(callers) if !is_expected(stored, callers) => Err(DecryptError::default().into()),
        _ => Ok(stored.clone()),
    }
}

/// Reserved entries do not count, on either side: they are the clients' own, and KMS authenticates the stored ones.
fn is_expected(stored: &EncryptionContext, callers: &EncryptionContext) -> bool {
    callers.caller_entries().all(|(name, value)| stored.get(name) == Some(value))
        && stored.caller_entries().all(|(name, _)| callers.get(name).is_some())
}

fn opaque_if_cryptographic(error: KmsError) -> KeyringError {
    match error.kind() {
        KmsErrorKind::InvalidCiphertext => DecryptError::default().into(),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> EncryptionContext {
        EncryptionContext::from_pairs(pairs.iter().copied()).unwrap()
    }

    fn sent(stored: &[(&str, &str)], callers: &[(&str, &str)], send_callers: bool) -> Option<EncryptionContext> {
        context_to_send(&map(stored), &ExpectedContext::Exactly(map(callers)), send_callers).ok()
    }

    const STORED: &[(&str, &str)] = &[("a", "1"), (EncryptionContext::CEK_ALG, "115")];

    #[test]
    fn the_stored_context_is_sent_if_the_caller_expects_it() {
        assert_eq!(sent(STORED, &[("a", "1")], false), Some(map(STORED)));
        assert_eq!(sent(STORED, STORED, false), Some(map(STORED)));
        assert_eq!(sent(STORED, &[("a", "1"), (EncryptionContext::KMS_CMK_ID, "id")], false), Some(map(STORED)));
    }

    #[test]
    fn missing_additional_and_different_entries_are_refused() {
        for callers in [&[][..], &[("a", "2")], &[("a", "1"), ("b", "2")], &[("b", "1")]] {
            assert_eq!(sent(STORED, callers, false), None, "{callers:?}");
        }
    }

    #[test]
    fn a_damaged_context_is_replaced_on_request_but_for_its_reserved_entries() {
        let damaged = [("?", "1"), (EncryptionContext::KMS_CMK_ID, "id")];
        let whole = map(&[("\u{540d}", "1"), (EncryptionContext::KMS_CMK_ID, "id")]);
        assert_eq!(sent(&damaged, &[("\u{540d}", "1")], true), Some(whole));
        let accept = context_to_send(&map(&damaged), &ExpectedContext::AcceptStored, true);
        assert!(matches!(accept, Err(KeyringError::CallerContextMissing)));
    }
}
