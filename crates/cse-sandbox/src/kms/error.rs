//! What KMS says when it says no.

use http::StatusCode;
use serde_json::{Value, json};

/// An error of KMS.
#[derive(Debug)]
pub(super) struct Refusal {
    kind: &'static str,
    message: Option<String>,
}

impl Refusal {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: Some(message.into()) }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    pub(super) fn not_found(name: &str) -> Self {
        Self::new("NotFoundException", format!("'{name}' does not exist"))
    }

    /// Says no more, as KMS does.
    pub(super) fn invalid_ciphertext() -> Self {
        Self { kind: "InvalidCiphertextException", message: None }
    }

    pub(super) fn incorrect_key() -> Self {
        Self::new(
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.",
        )
    }

    pub(super) fn disabled(arn: &str) -> Self {
        Self::new("DisabledException", format!("{arn} is disabled."))
    }

    pub(super) fn pending_deletion(arn: &str) -> Self {
        Self::new("KMSInvalidStateException", format!("{arn} is pending deletion."))
    }

    pub(super) fn not_pending(arn: &str) -> Self {
        Self::new("KMSInvalidStateException", format!("{arn} is not pending deletion."))
    }

    pub(super) fn alias_exists(alias: &str) -> Self {
        Self::new("AlreadyExistsException", format!("an alias with the name {alias} already exists"))
    }

    pub(super) fn access_denied() -> Self {
        Self::new(
            "AccessDeniedException",
            "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not \
             allowed to access.",
        )
    }

    pub(super) fn unknown_operation(target: &str) -> Self {
        Self::new("UnknownOperationException", format!("the sandbox's KMS does not know {target}"))
    }

    pub(super) fn missing_signature() -> Self {
        Self::new("MissingAuthenticationTokenException", "Missing Authentication Token")
    }

    pub(super) fn unknown_client() -> Self {
        Self::new("UnrecognizedClientException", "The security token included in the request is invalid.")
    }

    pub(super) fn signature(message: impl Into<String>) -> Self {
        Self::new("InvalidSignatureException", message)
    }

    pub(super) fn internal() -> Self {
        Self::new("KMSInternalException", "the sandbox could not do it: see whether its folder can be written to")
    }

    pub(super) fn status(&self) -> StatusCode {
        if self.kind == "KMSInternalException" { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST }
    }

    pub(super) fn json(&self) -> Value {
        match &self.message {
            Some(message) => json!({ "__type": self.kind, "message": message }),
            None => json!({ "__type": self.kind }),
        }
    }
}
