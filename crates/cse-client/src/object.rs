//! What a read gives.

use cse_envelope::{Envelope, Unauthenticated};

use crate::{body::Body, transport::ObjectAttributes};

/// An object that was read: its content, in a type that says how far it can be trusted, and what is stored beside it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Object<T> {
    /// The plaintext.
    pub content: T,
    /// Lengths and ranges are the plaintext's; the metadata is the user's, without the encryption's entries.
    ///
    /// # Security
    ///
    /// Nothing authenticates it: whoever can write to the bucket can change it.
    pub attributes: ObjectAttributes,
    /// How it was encrypted; `None` only for a plain object, which was asked for through [`danger`](crate::danger).
    pub envelope: Option<Envelope>,
}

impl<T> Object<T> {
    /// The same with another content.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Object<U> {
        Object { content: with(self.content), attributes: self.attributes, envelope: self.envelope }
    }
}

/// Content where the object decides what it is, because the caller accepts more than verified content.
#[derive(Debug)]
#[must_use]
pub enum Content {
    /// Verified: the content is what was encrypted.
    Verified(Body),
    /// AES-CBC: decrypted, and nothing authenticates it.
    Unauthenticated(Unauthenticated<Body>),
    /// Not encrypted at all: anybody who can write to the bucket could have written it.
    Plain(Unauthenticated<Body>),
}
