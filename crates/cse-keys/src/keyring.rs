//! The joint for keys: everything that can wrap and unwrap data keys.

use alloc::sync::Arc;
use core::fmt::Debug;

use cse_envelope::{
    Admitted, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, MaterialDescription, Rng, WriteFormat,
};

use crate::{error::KeyringError, future::BoxFuture};

/// Wraps and unwraps data keys. AWS's own word for it, and the one place where new kinds of keys plug in.
///
/// Methods return boxed futures, so a keyring can be a `Box<dyn Keyring>` or an `Arc<dyn Keyring>`; [`now`](crate::now) gets the answer
/// of those that do not wait. Keyrings hold no policy: an [`Admitted`] has passed every check that needs no key.
pub trait Keyring: Debug + Send + Sync + 'static {
    /// Generates a data key for one new object, and wraps it.
    ///
    /// `context` is for KMS; keyrings of a caller's own key refuse one, and store their material description instead.
    ///
    /// # Errors
    ///
    /// [`KeyringError`], never [`KeyringError::Decrypt`].
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>>;

    /// Wraps an existing data key anew, for key rotation; `format` is that of its object.
    ///
    /// # Errors
    ///
    /// [`KeyringError`], never [`KeyringError::Decrypt`].
    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>>;

    /// Recovers an object's data key. `rng` blinds RSA.
    ///
    /// # Errors
    ///
    /// [`KeyringError::Decrypt`] for a wrong key, a wrong context and anything changed alike.
    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>>;

    /// How well it fits a wrapped data key, without trying: a [`KeyringSet`](crate::KeyringSet) asks.
    fn fit(&self, key_part: &KeyPart) -> Fit;

    /// The description by which a [`KeyringSet`](crate::KeyringSet) tells it from others; KMS keyrings have none.
    fn material_description(&self) -> Option<&MaterialDescription> {
        None
    }
}

/// How well a keyring fits a wrapped data key, as far as the metadata tells. Later ones fit better.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Fit {
    /// It does not unwrap this kind of wrap.
    None,
    /// It unwraps this kind of wrap.
    Kind,
    /// Its material description is the stored one as well.
    Description,
}

/// What the caller says about the encryption context of an object that is read.
///
/// By default exactly the empty one, as in the Java client: an object written with a context opens only for callers that name it, or
/// that say they do not care. The reserved entries, which clients add themselves, do not count.
///
/// Keyrings of a caller's own key have no context: they refuse one that is named.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExpectedContext {
    /// The stored context must be this one.
    Exactly(EncryptionContext),
    /// Whatever is stored, as for mail that SES encrypted. KMS still authenticates it.
    AcceptStored,
}

impl Default for ExpectedContext {
    fn default() -> Self {
        Self::Exactly(EncryptionContext::new())
    }
}

/// A shared keyring is one, so that several clients can hold it.
impl<K: Keyring + ?Sized> Keyring for Arc<K> {
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        (**self).generate_data_key(format, context, rng)
    }

    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        (**self).wrap_data_key(data_key, format, context, rng)
    }

    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        (**self).unwrap_data_key(object, expected, rng)
    }

    fn fit(&self, key_part: &KeyPart) -> Fit {
        (**self).fit(key_part)
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        (**self).material_description()
    }
}
