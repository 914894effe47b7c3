//! Delete many: batches of objects, then the instruction files of those that went.

use crate::{
    client::Client,
    error::Error,
    location::{INSTRUCTION_SUFFIX, MAX_KEY_LEN},
    options::RequestOptions,
    transport::{DeleteObjects, DeletedObject, TransportError},
};

/// S3's limit for one request.
const BATCH: usize = 1000;

/// Deletes any number of objects with their instruction files: [`Client::delete_many`].
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until `send`"]
pub struct DeleteMany {
    client: Client,
    bucket: String,
    keys: Vec<String>,
    options: RequestOptions,
}

/// What became of one of many objects.
#[derive(Debug)]
#[non_exhaustive]
pub struct DeletedMany {
    /// The object's key.
    pub key: String,
    /// Whether the object went.
    pub object: Result<DeletedObject, TransportError>,
    /// Why its instruction file may still be there; `None` if it is not, or was not tried because the object stayed.
    pub instruction_file: Option<TransportError>,
}

impl DeleteMany {
    pub(crate) fn new(client: Client, bucket: String, keys: Vec<String>) -> Self {
        Self { client, bucket, keys, options: RequestOptions::new() }
    }

    /// Headers for the requests.
    pub fn options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }

    /// Deletes the objects in batches of 1,000, each followed by the instruction files of those that went. Unlike
    /// [`Client::delete`] it does not look at what it deletes: an object of one's own whose key is that of another and `.instruction`
    /// goes with it, as with every S3 encryption client.
    ///
    /// # Errors
    ///
    /// The transport's, if a whole request failed; what was deleted before it stays deleted. Failures of single objects are among the
    /// answers, one for each key in their order.
    pub async fn send(self) -> Result<Vec<DeletedMany>, Error> {
        let mut all = Vec::with_capacity(self.keys.len());
        for batch in self.keys.chunks(BATCH) {
            all.extend(self.delete_batch(batch).await?);
        }
        Ok(all)
    }

    async fn delete_batch(&self, keys: &[String]) -> Result<Vec<DeletedMany>, Error> {
        let objects = self.request(keys.iter().map(String::as_str), "").await?;
        let mut deleted: Vec<_> = keys
            .iter()
            .zip(objects)
            .map(|(key, object)| DeletedMany { key: key.clone(), object, instruction_file: None })
            .collect();
        let may_have_file = |key: &str| key.len().saturating_add(INSTRUCTION_SUFFIX.len()) <= MAX_KEY_LEN;
        let gone = deleted.iter_mut().filter(|deleted| deleted.object.is_ok() && may_have_file(&deleted.key));
        let gone: Vec<_> = gone.collect();
        if gone.is_empty() {
            return Ok(deleted);
        }
        let files = self.request(gone.iter().map(|deleted| &*deleted.key), INSTRUCTION_SUFFIX).await?;
        for (deleted, file) in gone.into_iter().zip(files) {
            deleted.instruction_file = file.err();
        }
        Ok(deleted)
    }

    async fn request<'a>(
        &self,
        keys: impl Iterator<Item = &'a str>,
        suffix: &str,
    ) -> Result<Vec<Result<DeletedObject, TransportError>>, Error> {
        let objects = keys.map(|key| (format!("{key}{suffix}"), None)).collect();
        let request = DeleteObjects::new(&*self.bucket, objects).with_options(self.options.clone());
        Ok(self.client.transport.delete_objects(request).await?)
    }
}
