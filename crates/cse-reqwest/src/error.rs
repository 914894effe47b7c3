//! What failures of requests to S3 mean.

use cse_client::transport::{TransportError, TransportErrorKind};

use crate::{
    http::{Answered, Failure},
    xml::NotXml,
};

impl From<Failure> for TransportError {
    fn from(failure: Failure) -> Self {
        let message = failure.to_string();
        match failure {
            Failure::NotSent(source) => {
                Self::new(TransportErrorKind::NotSent).with_message(message).with_source(source)
            }
            Failure::Unreachable(source) => {
                Self::new(TransportErrorKind::Unavailable).with_message(message).with_source(source)
            }
            Failure::Redirected(_) => Self::new(TransportErrorKind::Other).with_message(message),
            Failure::Answered(answered) => answer(&answered, message),
        }
    }
}

fn answer(answered: &Answered, message: String) -> TransportError {
    let code = answered.code.as_deref();
    let status = if answered.is_throttling() { 429 } else { answered.status };
    let error = TransportError::from_answer(status, code).with_message(message);
    match &answered.request_id {
        Some(id) => error.with_request_id(id),
        None => error,
    }
}

impl From<NotXml> for TransportError {
    fn from(error: NotXml) -> Self {
        Self::new(TransportErrorKind::Other).with_message(error.to_string()).with_source(error)
    }
}

/// An answer of success that lacks something.
pub(crate) fn incomplete(what: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Other).with_message(format!("the store's answer is not complete: {what}"))
}
