//! What every read shares: fetch, complete the envelope, admit it, and only then ask for the key.

use std::sync::Arc;

use cse_envelope::{
    Admitted, ByteRange, ContentKey, Envelope, Stored, Unauthenticated, danger::accept_unauthenticated, open, parse,
};
use cse_keys::{ExpectedContext, system_rng};
use futures_util::TryStreamExt;

use crate::{
    body::Body,
    client::Client,
    error::{Error, InvalidRequest},
    instruction,
    location::{INSTRUCTION_SUFFIX, ObjectLocation},
    options::RequestOptions,
    plan::envelope_entries,
    transport::{GetObject, HeadObject, ObjectAttributes, ObjectResponse, TransportError, TransportErrorKind},
};

/// A read: which object, and what the caller says about it.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) client: Client,
    pub(crate) location: ObjectLocation,
    pub(crate) expected: ExpectedContext,
    pub(crate) options: RequestOptions,
    pub(crate) if_match: Option<String>,
    pub(crate) file: FileChoice,
}

/// Which instruction file counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileChoice {
    /// Named by the caller: then it must be there, and counts even beside whole metadata.
    pub(crate) suffix: Option<String>,
    pub(crate) version_id: Option<String>,
}

impl FileChoice {
    pub(crate) fn is_named(&self) -> bool {
        self.suffix.is_some() || self.version_id.is_some()
    }

    /// Where the object's instruction file is.
    pub(crate) fn of(&self, object: &ObjectLocation) -> ObjectLocation {
        let file = object.sibling(self.suffix.as_deref().unwrap_or(INSTRUCTION_SUFFIX));
        ObjectLocation { version_id: self.version_id.clone(), ..file }
    }
}

/// What an object turned out to be.
#[derive(Debug)]
pub(crate) enum Found {
    /// Encrypted, and allowed by the policy.
    Encrypted(Admitted),
    /// Not encrypted, or its instruction file is lost.
    Plain,
}

impl Read {
    pub(crate) fn new(client: Client, location: ObjectLocation) -> Self {
        Self {
            client,
            location,
            expected: ExpectedContext::default(),
            options: RequestOptions::new(),
            if_match: None,
            file: FileChoice::default(),
        }
    }

    /// The operation's own request.
    pub(crate) async fn fetch(&self, range: Option<ByteRange>) -> Result<ObjectResponse, Error> {
        let mut request = GetObject::new(self.location.clone()).with_options(self.options.clone());
        request.range = range;
        request.if_match.clone_from(&self.if_match);
        Ok(self.client.transport.get_object(request).await?)
    }

    /// A further request for the same object as `first` was: its ETag, or else its version.
    pub(crate) async fn fetch_again(
        &self,
        first: &ObjectAttributes,
        range: Option<ByteRange>,
    ) -> Result<ObjectResponse, Error> {
        let pinned = pin(&self.location, first)?;
        let mut request = GetObject::new(pinned).with_options(self.options.companion());
        request.range = range;
        request.if_match.clone_from(&first.etag);
        let again = self.client.transport.get_object(request).await.map_err(|error| match error.kind() {
            TransportErrorKind::PreconditionFailed | TransportErrorKind::NotFound => Error::Replaced,
            _ => error.into(),
        })?;
        // A store that ignores conditions must not be believed.
        if is_same(&again.attributes, first) { Ok(again) } else { Err(Error::Replaced) }
    }

    /// The envelope, completed by the instruction file where that is needed or named.
    pub(crate) async fn stored(&self, attributes: &ObjectAttributes) -> Result<Stored, Error> {
        let stored = parse(attributes.metadata.iter())?;
        if !stored.needs_instruction_file() && !self.file.is_named() {
            return Ok(stored);
        }
        let file = self.file.of(&self.location);
        match instruction::fetch(&*self.client.transport, file, self.options.companion()).await {
            Ok(Some((body, _))) => Ok(stored.with_instruction_file(&body)?),
            Ok(None) if self.file.is_named() => Err(Error::MissingInstructionFile),
            Ok(None) => Ok(stored),
            Err(Error::Transport(error)) if self.may_be_plain(&error, attributes) => {
                Err(Error::InstructionFileDenied(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether S3 may have denied an instruction file only because it is not there, and the object is a plain one.
    fn may_be_plain(&self, error: &TransportError, attributes: &ObjectAttributes) -> bool {
        error.kind() == TransportErrorKind::AccessDenied
            && !self.file.is_named()
            && envelope_entries(&attributes.metadata).is_empty()
    }

    /// What the object is, after every check that needs no key. `accepts_plain`: a file that S3 denies counts as one that is not there, as
    /// for callers without `s3:ListBucket` it looks.
    pub(crate) async fn find(&self, attributes: &ObjectAttributes, accepts_plain: bool) -> Result<Found, Error> {
        let admitted = match self.stored(attributes).await {
            Ok(stored) => stored.admit(&self.client.config.read_policy).map_err(Error::from),
            Err(error) => Err(error),
        };
        match admitted {
            Ok(admitted) => Ok(Found::Encrypted(admitted)),
            Err(Error::NoEnvelope) => Ok(Found::Plain),
            Err(Error::InstructionFileDenied(_)) if accepts_plain => Ok(Found::Plain),
            Err(error) => Err(self.cause(error, attributes).await),
        }
    }

    /// Asks the keyring for the data key, and checks the key commitment.
    pub(crate) async fn unlock(
        &self,
        admitted: Admitted,
        attributes: &ObjectAttributes,
    ) -> Result<(Envelope, ContentKey), Error> {
        match self.open(&admitted).await {
            Ok(key) => Ok((admitted.into_envelope(), key)),
            Err(error) => Err(self.cause(error, attributes).await),
        }
    }

    async fn open(&self, admitted: &Admitted) -> Result<ContentKey, Error> {
        let data_key = self.client.keyring.unwrap_data_key(admitted, &self.expected, &mut system_rng()).await?;
        Ok(open(admitted, data_key)?)
    }

    /// The error to return where reading the object that was answered with `attributes` failed.
    ///
    /// A writer that replaces object and instruction file between the requests for them makes the one look as if the other were false. Then
    /// the object is another one by now.
    pub(crate) async fn cause(&self, error: Error, attributes: &ObjectAttributes) -> Error {
        let is_suspect = matches!(error, Error::Decrypt(_) | Error::Malformed(_)) && self.has_fetched_file(attributes);
        if is_suspect && self.is_replaced(attributes).await { Error::Replaced } else { error }
    }

    /// The same for the errors of a content that is on its way.
    pub(crate) fn with_causes(
        self,
        content: Unauthenticated<Body>,
        attributes: ObjectAttributes,
    ) -> Unauthenticated<Body> {
        if !self.has_fetched_file(&attributes) {
            return content;
        }
        let (body, source) = (accept_unauthenticated(content), Arc::new((self, attributes)));
        let len = body.content_len();
        let body = body.or_else(move |error| {
            let source = Arc::clone(&source);
            async move { Err(source.0.cause(error, &source.1).await) }
        });
        // It is marked as it was before.
        Unauthenticated::new(Body::from_stream(body, len))
    }

    /// Whether the envelope came from an instruction file that nobody named.
    fn has_fetched_file(&self, attributes: &ObjectAttributes) -> bool {
        !self.file.is_named() && parse(attributes.metadata.iter()).is_ok_and(|stored| stored.needs_instruction_file())
    }

    async fn is_replaced(&self, attributes: &ObjectAttributes) -> bool {
        let request = HeadObject::new(self.location.clone()).with_options(self.options.companion());
        match self.client.transport.head_object(request).await {
            Ok(now) => now.etag.zip(attributes.etag.as_ref()).is_some_and(|(now, then)| now != *then),
            Err(error) => error.kind() == TransportErrorKind::NotFound,
        }
    }
}

/// Where the very object that was answered is asked for. Its ETag is enough, and naming a version that the caller did not name would take
/// another permission (`s3:GetObjectVersion`).
fn pin(location: &ObjectLocation, first: &ObjectAttributes) -> Result<ObjectLocation, Error> {
    if first.etag.is_some() || location.version_id.is_some() {
        return Ok(location.clone());
    }
    let version_id = first.version_id.clone().ok_or(InvalidRequest::Unsupported(
        "it takes a second request, and the store tells neither ETag nor version, by which that would be about the same object",
    ))?;
    Ok(ObjectLocation { version_id: Some(version_id), ..location.clone() })
}

/// Whether an answer to a pinned request is about the object that was answered first.
fn is_same(again: &ObjectAttributes, first: &ObjectAttributes) -> bool {
    again.etag == first.etag && (first.etag.is_some() || again.version_id == first.version_id)
}

/// Setters that every read has.
macro_rules! read_setters {
    ($($path:ident).+) => {
        /// The encryption context the object must have been written with. By default exactly the empty one.
        pub fn encryption_context(mut self, context: cse_envelope::EncryptionContext) -> Self {
            self.$($path).+.expected = cse_keys::ExpectedContext::Exactly(context);
            self
        }

        /// Which encryption context is accepted.
        pub fn expected_context(mut self, expected: cse_keys::ExpectedContext) -> Self {
            self.$($path).+.expected = expected;
            self
        }

        /// Headers for the request; the accompanying requests carry some of them, see [`RequestOptions::companion`](crate::RequestOptions::companion).
        pub fn options(mut self, options: crate::RequestOptions) -> Self {
            self.$($path).+.options = options;
            self
        }

        /// The ETag the object must have, with its quotes.
        pub fn if_match(mut self, etag: impl Into<String>) -> Self {
            self.$($path).+.if_match = Some(etag.into());
            self
        }

        /// The instruction file to read, by the suffix of its key. It must be there, and counts even if the object's metadata is whole, as after a
        /// [rewrap](crate::Client::rewrap). By default `.instruction`, where the object needs one.
        pub fn instruction_suffix(mut self, suffix: impl Into<String>) -> Self {
            self.$($path).+.file.suffix = Some(suffix.into());
            self
        }

        /// The version of the instruction file, for an old version of an object.
        pub fn instruction_version_id(mut self, version_id: impl Into<String>) -> Self {
            self.$($path).+.file.version_id = Some(version_id.into());
            self
        }
    };
}
pub(crate) use read_setters;
