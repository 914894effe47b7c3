//! Downloads: to a file that appears when it is verified, or to one without a name.

use std::{fs::File, path::PathBuf};

use cse_envelope::{Envelope, Unauthenticated, error::DecryptError};

use super::{
    Settings,
    fetch::{self, First},
    files::Draft,
    save::{Cipher, Saved, save},
    transfer_setters,
};
use crate::{
    body::Body,
    client::Client,
    error::Error,
    location::ObjectLocation,
    object::{Content, Object},
    operations::{
        Accept,
        read::{Found, Read, read_setters},
        spooled,
    },
    plan::plaintext_attributes,
    transport::ObjectAttributes,
};

/// Downloads an object: made by [`transfer::download`](super::download).
///
/// The first request is for the first part; the others follow for the same version or ETag, several at once. What they bring is decrypted
/// in order and as one, so the whole of it is verified. The client's [`ReadMode`](crate::ReadMode) does not count here: everything goes
/// to disk, whatever its length.
///
/// A part whose body broke off is asked for again, of the same version or ETag and up to three times in all: none of it was released.
/// Requests that fail are the transport's to repeat.
///
/// Memory: a part for each request under way and two more.
#[derive(Clone, Debug)]
#[must_use = "nothing is downloaded until `to_file` or `spooled`"]
pub struct Download {
    any: DownloadAny,
}

/// A [`Download`] that accepts AES-CBC content or plain objects, and says what came: made by [`danger`](crate::danger).
#[derive(Clone, Debug)]
#[must_use = "nothing is downloaded until `to_file` or `spooled`"]
pub struct DownloadAny {
    read: Read,
    settings: Settings,
    overwrite: bool,
    accept: Accept,
}

impl From<Download> for DownloadAny {
    /// Accepts nothing more yet.
    fn from(download: Download) -> Self {
        download.any
    }
}

/// Setters that both kinds of downloads have.
macro_rules! download_setters {
    ($($path:ident)*) => {
        /// The length of parts in bytes: 8 MiB, if not set. An object that is not longer takes one request.
        pub fn part_len(mut self, part_len: u64) -> Self {
            self.$($path.)*settings.part_len = part_len.max(1);
            self
        }

        /// Whether a file that is there already is replaced, which it is by default.
        pub fn overwrite(mut self, overwrite: bool) -> Self {
            self.$($path.)*overwrite = overwrite;
            self
        }
    };
}

impl Download {
    pub(super) fn new(client: Client, location: ObjectLocation) -> Self {
        let (read, settings, accept) = (Read::new(client, location), Settings::default(), Accept::default());
        Self { any: DownloadAny { read, settings, overwrite: true, accept } }
    }

    read_setters!(any.read);
    transfer_setters!(any);
    download_setters!(any);

    /// Downloads the object to a file, which appears when it is complete and verified.
    ///
    /// Until then the content is in a file of another name (`.cse-….tmp`) in the same folder, which only its owner may read. The new file
    /// has the permissions of the one it replaces, or those of any new file. A symbolic link is replaced, not followed; what is there and
    /// no regular file, a device for example, is refused.
    ///
    /// Dropping the future removes that file, and so does any error; a killed process leaves it. Dropped while the verified file gets its
    /// name, which happens on another thread and is not broken off, the new file may appear all the same: complete, and never in part.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read, and [`Error::Io`]. A file of that name that is there already is untouched then.
    pub async fn to_file(self, path: impl Into<PathBuf>) -> Result<Object<()>, Error> {
        // Anything but a verified content was refused before it was written.
        Ok(self.any.to_file(path).await?.map(|_saved| ()))
    }

    /// Downloads the object to a file without a name in `dir` (the system's temporary folder, if `None`), and then gives it as a stream.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read, and [`Error::Io`].
    ///
    /// # Security
    ///
    /// The plaintext is on that disk until the body is dropped.
    pub async fn spooled(self, dir: Option<PathBuf>) -> Result<Object<Body>, Error> {
        let Object { content, attributes, envelope } = self.any.spooled(dir).await?;
        match content {
            Content::Verified(content) => Ok(Object { content, attributes, envelope }),
            // Refused before it was decrypted: nothing of this kind was accepted.
            Content::Unauthenticated(_) | Content::Plain(_) => Err(Error::Unverifiable),
        }
    }
}

impl DownloadAny {
    read_setters!(read);
    transfer_setters!();
    download_setters!();

    pub(crate) fn accepting(mut self, change: impl FnOnce(&mut Accept)) -> Self {
        change(&mut self.accept);
        self
    }

    /// Downloads the object to a file, and says what that holds; see [`Download::to_file`].
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read, and [`Error::Io`].
    pub async fn to_file(self, path: impl Into<PathBuf>) -> Result<Object<Saved>, Error> {
        let draft = Draft::create(path.into(), self.overwrite).await?;
        let (draft, object) = self.save(draft).await?;
        draft.publish().await?;
        Ok(object)
    }

    /// Downloads the object to a file without a name, and says what it gives; see [`Download::spooled`].
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read, and [`Error::Io`].
    pub async fn spooled(self, dir: Option<PathBuf>) -> Result<Object<Content>, Error> {
        let (file, object): (File, _) = self.save(spooled::create(dir).await?).await?;
        let body = spooled::release(file, object.attributes.content_len.unwrap_or_default()).await?;
        Ok(object.map(|saved| match saved {
            Saved::Verified => Content::Verified(body),
            Saved::Unauthenticated => Content::Unauthenticated(Unauthenticated::new(body)),
            Saved::Plain => Content::Plain(Unauthenticated::new(body)),
        }))
    }

    /// Writes the content to the file, and gives that back complete and, where that is possible, verified.
    async fn save<F: std::io::Write + Send + 'static>(self, file: F) -> Result<(F, Object<Saved>), Error> {
        let first = fetch::first(&self.read, self.settings.part_len).await?;
        let (cipher, attributes, envelope) = self.unlock(&first).await?;
        let mut meter = self.settings.observer.begin(attributes.content_len);
        let answered = first.attributes.clone();
        let body = first.all(self.read.clone(), &self.settings);
        let (file, saved) = match save(body, cipher, file, &mut meter).await {
            Ok(saved) => saved,
            Err(error) => return Err(self.read.cause(error, &answered).await),
        };
        let attributes = ObjectAttributes { content_len: Some(meter.transferred()), ..attributes };
        Ok((file, Object { content: saved, attributes, envelope }))
    }

    /// Checks that the caller accepts the object, asks for its key, and tells what it is.
    async fn unlock(&self, first: &First) -> Result<(Cipher, ObjectAttributes, Option<Envelope>), Error> {
        let stored = &first.attributes;
        let admitted = match self.read.find(stored, self.accept.plain).await? {
            Found::Encrypted(admitted) => admitted,
            Found::Plain if self.accept.plain => return Ok((Cipher::Plain, plaintext_attributes(stored, None), None)),
            Found::Plain => return Err(Error::NoEnvelope),
        };
        let suite = admitted.suite();
        self.accept.check(suite)?;
        if stored.content_len.is_some_and(|len| !suite.is_ciphertext_len(len)) {
            return Err(DecryptError::default().into());
        }
        let (envelope, key) = self.read.unlock(admitted, stored).await?;
        let cipher = key.decryptor(stored.content_len)?.into();
        Ok((cipher, plaintext_attributes(stored, Some(suite)), Some(envelope)))
    }
}
