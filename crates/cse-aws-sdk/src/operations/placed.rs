//! An instruction file that was placed before its object: what the object's own request must require, and what becomes of both if that fails.

use std::{
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_sdk_s3::{error::ProvideErrorMetadata, operation::RequestId};
use cse_client::{adapter::Placed, error::Error as CseError, transport::TransportErrorKind};

use crate::{error::Error, transport::summary};

/// The file, if the object has one.
#[derive(Debug)]
pub(super) struct PlacedFile {
    placed: Option<Placed>,
    is_ours: Arc<AtomicBool>,
}

/// What the object's request must require if its caller requires nothing: that it replaces what was there when the file was placed.
///
/// Otherwise two writers that overwrite the same object could leave one's file and the other's object.
#[derive(Debug, Default)]
pub(super) struct Condition {
    if_match: Option<String>,
    if_none_match: Option<String>,
    is_ours: Arc<AtomicBool>,
}

impl From<Option<Placed>> for PlacedFile {
    fn from(placed: Option<Placed>) -> Self {
        Self { placed, is_ours: Arc::default() }
    }
}

impl PlacedFile {
    pub(super) fn condition(&self) -> Condition {
        let placed = self.placed.as_ref();
        Condition {
            if_match: placed.and_then(Placed::if_match).map(str::to_owned),
            if_none_match: placed.and_then(Placed::if_none_match).map(str::to_owned),
            is_ours: Arc::clone(&self.is_ours),
        }
    }

    /// The object's request failed: undoes what was placed, and says so if that failed.
    pub(super) async fn undo<E>(self, error: Error<E>) -> Error<E>
    where
        E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static,
    {
        let Some(placed) = self.placed else { return error };
        let error = match error {
            Error::Cse(error) => return Error::Cse(placed.undo(error).await),
            Error::Sdk(error) => error,
        };
        let cause = summary(&error);
        // A condition of which the caller knows nothing.
        if cause.kind() == TransportErrorKind::PreconditionFailed && self.is_ours.load(Ordering::SeqCst) {
            return Error::Cse(placed.undo(CseError::Replaced).await);
        }
        match placed.undo(cause.into()).await {
            undone @ CseError::NotUndone { .. } => Error::Cse(undone),
            _ => Error::Sdk(error),
        }
    }
}

impl Condition {
    /// The same in a request with another condition of the caller's: which of them does not hold is not told.
    pub(super) fn beside_the_callers(self) -> Self {
        Self { is_ours: Arc::default(), ..self }
    }

    /// Sets the fields of the request, unless the caller requires something.
    pub(super) fn apply(self, if_match: &mut Option<String>, if_none_match: &mut Option<String>) {
        if if_match.is_some() || if_none_match.is_some() {
            return;
        }
        self.is_ours.store(self.if_match.is_some() || self.if_none_match.is_some(), Ordering::SeqCst);
        (*if_match, *if_none_match) = (self.if_match, self.if_none_match);
    }
}
