//! Boxed futures, and how to do without a runtime.

use alloc::boxed::Box;
use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::error::KeyringError;

/// What keyring methods return: a keyring is used once per object, so the box costs nothing that matters.
#[cfg(not(target_arch = "wasm32"))]
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// What keyring methods return: a keyring is used once per object, so the box costs nothing that matters.
#[cfg(target_arch = "wasm32")]
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Gets a keyring's answer without a runtime: polls once, which is enough for every keyring that asks no key service.
///
/// # Errors
///
/// The keyring's error, or [`KeyringError::NotReady`] if it has to wait for something; then use a runtime.
///
/// # Example
///
/// ```
/// use cse_envelope::{EncryptionContext, WriteFormat};
/// use cse_keys::{AesKeyring, Keyring, now, system_rng};
///
/// let keyring = AesKeyring::new(&[7; 32])?;
/// let generated = now(keyring.generate_data_key(WriteFormat::V3, &EncryptionContext::new(), &mut system_rng()))?;
/// # let _ = generated;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn now<T>(mut future: BoxFuture<'_, Result<T, KeyringError>>) -> Result<T, KeyringError> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Err(KeyringError::NotReady),
    }
}

/// An answer that is there already.
pub(crate) fn ready<'a, T: Send + 'a>(answer: T) -> BoxFuture<'a, T> {
    Box::pin(core::future::ready(answer))
}
