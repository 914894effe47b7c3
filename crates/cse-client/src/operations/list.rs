//! List: passes through, and on request tells plaintext lengths and hides instruction files.

use std::collections::HashSet;

use cse_envelope::AlgorithmSuite;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    client::Client,
    error::{Error, ErrorKind},
    location::{INSTRUCTION_SUFFIX, ObjectLocation},
    options::RequestOptions,
    transport::{self, ListObjects, ListedObject, ObjectList, TransportError, TransportErrorKind},
};

/// How many objects of a page are looked at at once.
const CONCURRENCY: usize = 16;

/// Lists objects, one page: [`Client::list`].
#[derive(Clone, Debug)]
#[must_use = "nothing is listed until `send`"]
pub struct List {
    client: Client,
    request: ListObjects,
    sizes: ListedSizes,
    hide_instruction_files: bool,
}

/// Which lengths a list tells.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListedSizes {
    /// Of the stored bytes, as S3 tells them.
    #[default]
    Stored,
    /// 16 bytes less, as if every object were encrypted with GCM: right for buckets that hold nothing else. Instruction files keep
    /// their own.
    AssumeGcm,
    /// Of the plaintext: each object is looked at (one request each, and one for its instruction file if it needs one). Objects that
    /// are not encrypted, those whose suite does not tell, and those that the caller may not look at keep their stored length.
    Head,
}

impl List {
    pub(crate) fn new(client: Client, bucket: String) -> Self {
        Self { client, request: ListObjects::new(bucket), sizes: ListedSizes::default(), hide_instruction_files: false }
    }

    /// Only keys that begin with this.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.request.prefix = Some(prefix.into());
        self
    }

    /// Groups keys by what comes before this text.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.request.delimiter = Some(delimiter.into());
        self
    }

    /// Only keys after this one.
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.request.start_after = Some(key.into());
        self
    }

    /// Where the page before ended: [`ObjectList::next`].
    pub fn continuation_token(mut self, token: impl Into<String>) -> Self {
        self.request.continuation_token = Some(token.into());
        self
    }

    /// How many keys a page has at most.
    pub fn max_keys(mut self, max_keys: u16) -> Self {
        self.request.max_keys = Some(max_keys);
        self
    }

    /// Headers for the requests.
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.request.options = options;
        self
    }

    /// Which lengths to tell.
    pub fn sizes(self, sizes: ListedSizes) -> Self {
        Self { sizes, ..self }
    }

    /// Leaves out instruction files whose object is there; one whose object is gone is shown.
    pub fn hide_instruction_files(self) -> Self {
        Self { hide_instruction_files: true, ..self }
    }

    /// One page.
    ///
    /// # Errors
    ///
    /// The transport's.
    pub async fn send(self) -> Result<ObjectList, Error> {
        let mut page = self.client.transport.list_objects(self.request.clone()).await?;
        self.adjust(&mut page).await?;
        Ok(page)
    }

    /// Does what was asked for with a page that was fetched by other means.
    ///
    /// # Errors
    ///
    /// The transport's.
    pub async fn adjust(&self, page: &mut ObjectList) -> Result<(), Error> {
        if self.hide_instruction_files {
            self.hide(&mut page.objects).await?;
        }
        match self.sizes {
            ListedSizes::Stored => {}
            ListedSizes::AssumeGcm => page.objects.iter_mut().for_each(assume_gcm),
            ListedSizes::Head => self.look_at_each(&mut page.objects).await?,
        }
        Ok(())
    }

    /// The object of a file may be on a page before this one: then it is asked for.
    async fn hide(&self, objects: &mut Vec<ListedObject>) -> Result<(), Error> {
        let here: HashSet<String> = objects.iter().map(|object| object.key.clone()).collect();
        let elsewhere: Vec<String> = objects
            .iter()
            .filter_map(|object| object.key.strip_suffix(INSTRUCTION_SUFFIX))
            .filter(|base| !here.contains(*base))
            .map(str::to_owned)
            .collect();
        let missing: HashSet<String> = stream::iter(elsewhere)
            .map(|base| async move { Ok::<_, Error>((!self.exists(&base).await?).then_some(base)) })
            .buffer_unordered(CONCURRENCY)
            .try_filter_map(|missing| async move { Ok(missing) })
            .try_collect()
            .await?;
        objects.retain(|object| object.key.strip_suffix(INSTRUCTION_SUFFIX).is_none_or(|base| missing.contains(base)));
        Ok(())
    }

    async fn exists(&self, key: &str) -> Result<bool, Error> {
        let location = ObjectLocation::new(&*self.request.bucket, key);
        let request = transport::HeadObject::new(location).with_options(self.request.options.companion());
        match self.client.transport.head_object(request).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == TransportErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn look_at_each(&self, objects: &mut [ListedObject]) -> Result<(), Error> {
        // Owned keys: a closure over borrowed items makes a future that is not `Send` for every lifetime.
        let keys: Vec<String> = objects.iter().map(|object| object.key.clone()).collect();
        let lens: Vec<Option<u64>> = stream::iter(keys)
            .map(|key| async move { self.plaintext_len(&key).await })
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        for (object, len) in objects.iter_mut().zip(lens) {
            object.len = len.unwrap_or(object.len);
        }
        Ok(())
    }

    /// `None` for an object that is not encrypted, went since it was listed, may not be looked at, or does not tell.
    async fn plaintext_len(&self, key: &str) -> Result<Option<u64>, Error> {
        let location = ObjectLocation::new(&*self.request.bucket, key);
        match self.client.head(location).options(self.request.options.companion()).send().await {
            Ok(head) => Ok(head.attributes.content_len),
            Err(error) if !matches!(error.kind(), ErrorKind::Transport) => Ok(None),
            Err(error) if error.transport_error().is_some_and(is_denied) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A policy may allow some objects of a bucket and not others.
fn is_denied(error: &TransportError) -> bool {
    error.kind() == TransportErrorKind::AccessDenied
}

fn assume_gcm(object: &mut ListedObject) {
    if !object.key.ends_with(INSTRUCTION_SUFFIX) {
        object.len = AlgorithmSuite::GcmCommitKey.plaintext_len(object.len).unwrap_or(object.len);
    }
}
