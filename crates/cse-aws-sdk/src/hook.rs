//! The one place where an input of the SDK is changed: once for each operation, before it is serialized.
//!
//! Nothing is encrypted in a later hook: the SDK would send the plaintext's checksum beside the ciphertext.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_s3::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, http::HttpResponse,
        interceptors::BeforeSerializationInterceptorContextMut,
    },
    error::{BoxError, SdkError},
};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;

use crate::error::Error;

/// Checks and changes the input `I` after everybody else has.
pub(crate) struct BeforeSending<I> {
    change: Mutex<Option<Change<I>>>,
    failure: Failure,
}

type Change<I> = Box<dyn FnOnce(&mut I) -> Result<(), cse_client::Error> + Send>;

/// Why a hook stopped its operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failure(Arc<Mutex<Option<cse_client::Error>>>);

impl<I> BeforeSending<I> {
    /// A hook for one operation, and where to find out that it stopped it.
    pub(crate) fn new(
        change: impl FnOnce(&mut I) -> Result<(), cse_client::Error> + Send + 'static,
    ) -> (Self, Failure) {
        let failure = Failure::default();
        (Self { change: Mutex::new(Some(Box::new(change))), failure: failure.clone() }, failure)
    }
}

impl Failure {
    /// The hook's error if it has one, else the SDK's.
    pub(crate) fn or<E>(self, error: SdkError<E, HttpResponse>) -> Error<E> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(failure) => Error::Cse(failure),
            None => error.into(),
        }
    }
}

#[dyn_dispatch_hint]
impl<I: fmt::Debug + Send + Sync + 'static> Intercept for BeforeSending<I> {
    fn name(&self) -> &'static str {
        "cse::BeforeSending"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut().downcast_mut::<I>().ok_or("an input of another operation")?;
        let change = self.change.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A second call would encrypt twice.
        let change = change.ok_or("an operation is sent once")?;
        change(input).map_err(|error| {
            let text = error.to_string();
            *self.failure.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            text.into()
        })
    }
}

impl<I> fmt::Debug for BeforeSending<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BeforeSending(..)")
    }
}
