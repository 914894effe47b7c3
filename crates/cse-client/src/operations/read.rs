//! What every read shares: fetch, complete the envelope, admit it, and only then ask for the key.

use cse_envelope::{Admitted, AlgorithmSuite, ByteRange, ContentKey, Envelope, Stored, open, parse};
use cse_keys::{ExpectedContext, system_rng};

use crate::{
    client::Client,
    error::Error,
    instruction,
    location::{INSTRUCTION_SUFFIX, ObjectLocation},
    options::RequestOptions,
    transport::{GetObject, ObjectAttributes, ObjectResponse, TransportErrorKind},
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
    fn is_named(&self) -> bool {
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

    /// A further request for the same object as `first` was: its version, or else its ETag.
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
        if again.attributes.etag == first.etag { Ok(again) } else { Err(Error::Replaced) }
    }

    /// The envelope, completed by the instruction file where that is needed or named.
    pub(crate) async fn stored(&self, attributes: &ObjectAttributes) -> Result<Stored, Error> {
        let stored = parse(attributes.metadata.iter())?;
        if !stored.needs_instruction_file() && !self.file.is_named() {
            return Ok(stored);
        }
        let file = self.file.of(&self.location);
        match instruction::fetch(&*self.client.transport, file, self.options.companion()).await? {
            Some((body, _)) => Ok(stored.with_instruction_file(&body)?),
            None if self.file.is_named() => Err(Error::MissingInstructionFile),
            None => Ok(stored),
        }
    }

    /// What the object is, after every check that needs no key.
    pub(crate) async fn find(&self, attributes: &ObjectAttributes) -> Result<Found, Error> {
        let stored = self.stored(attributes).await?;
        match stored.admit(&self.client.config.read_policy).map_err(Error::from) {
            Ok(admitted) => Ok(Found::Encrypted(admitted)),
            Err(Error::NoEnvelope) => Ok(Found::Plain),
            Err(error) => Err(error),
        }
    }

    /// Asks the keyring for the data key, and checks the key commitment.
    pub(crate) async fn unlock(&self, admitted: Admitted) -> Result<(Envelope, ContentKey), Error> {
        let mut rng = system_rng();
        let data_key = self.client.keyring.unwrap_data_key(&admitted, &self.expected, &mut rng).await?;
        let key = open(&admitted, data_key)?;
        Ok((admitted.into_envelope(), key))
    }
}

/// The very object that was answered: by its version where it has one. An answer without either cannot be asked for again.
fn pin(location: &ObjectLocation, first: &ObjectAttributes) -> Result<ObjectLocation, Error> {
    if first.etag.is_none() && first.version_id.is_none() {
        return Err(Error::Replaced);
    }
    let version_id = first.version_id.clone().or_else(|| location.version_id.clone());
    Ok(ObjectLocation { version_id, ..location.clone() })
}

/// Content of an unauthenticated suite, for callers that take verified content only.
pub(crate) const fn check_verifiable(suite: AlgorithmSuite) -> Result<(), Error> {
    if suite.is_authenticated() { Ok(()) } else { Err(Error::Unverifiable) }
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
