//! The client: what all operations share, and the door to each of them.

use std::sync::Arc;

use cse_keys::Keyring;

use crate::{
    body::Body,
    config::Config,
    location::ObjectLocation,
    operations::{Copy, Delete, DeleteMany, Get, Head, List, PreparePut, Put, Rewrap, StartUpload, Uploads},
    transport::Transport,
};

/// Encrypts what it writes and verifies what it reads, over a [`Transport`], with the data keys of a [`Keyring`].
///
/// Cheap to clone. Each method makes a request that is sent by its `send`.
///
/// ```
/// use cse_client::{Client, MemoryTransport};
/// use cse_keys::AesKeyring;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new(MemoryTransport::new(), AesKeyring::new(&[7; 32])?);
/// client.put("bucket", "greeting", "hello").send().await?;
/// let object = client.get("bucket", "greeting").send().await?;
/// assert_eq!(object.content.collect().await?, "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) keyring: Arc<dyn Keyring>,
    pub(crate) config: Arc<Config>,
}

impl Client {
    /// A client with the default settings. An `Arc` of a transport or keyring is one, too.
    pub fn new(transport: impl Transport, keyring: impl Keyring) -> Self {
        Self { transport: Arc::new(transport), keyring: Arc::new(keyring), config: Arc::default() }
    }

    /// The same with other settings.
    #[must_use]
    pub fn with_config(self, config: Config) -> Self {
        Self { config: Arc::new(config), ..self }
    }

    /// Its settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Encrypts and writes an object.
    pub fn put(&self, bucket: impl Into<String>, key: impl Into<String>, body: impl Into<Body>) -> Put {
        Put::new(self.clone(), ObjectLocation::new(bucket, key), body.into())
    }

    /// Prepares a put that is sent by other means, such as a presigned URL. `plaintext_len` is in bytes.
    pub fn prepare_put(&self, plaintext_len: u64) -> PreparePut {
        PreparePut::new(self.clone(), Some(plaintext_len))
    }

    /// Starts an upload in parts: for contents of unknown length, and for large ones.
    pub fn upload(&self, bucket: impl Into<String>, key: impl Into<String>) -> StartUpload {
        StartUpload::new(self.clone(), ObjectLocation::new(bucket, key))
    }

    /// Reads, decrypts and verifies an object.
    pub fn get(&self, bucket: impl Into<String>, key: impl Into<String>) -> Get {
        self.get_at(ObjectLocation::new(bucket, key))
    }

    /// The same for an object that is named as a whole, with a version perhaps.
    pub fn get_at(&self, location: ObjectLocation) -> Get {
        Get::new(self.clone(), location)
    }

    /// Reads what is stored beside an object, and tells its plaintext's length. Needs no key.
    pub fn head(&self, location: ObjectLocation) -> Head {
        Head::new(self.clone(), location)
    }

    /// Deletes an object, and then its instruction file.
    pub fn delete(&self, location: ObjectLocation) -> Delete {
        Delete::new(self.clone(), location)
    }

    /// Deletes any number of objects, and then the instruction files of those that went.
    pub fn delete_many<K: Into<String>>(
        &self,
        bucket: impl Into<String>,
        keys: impl IntoIterator<Item = K>,
    ) -> DeleteMany {
        DeleteMany::new(self.clone(), bucket.into(), keys.into_iter().map(Into::into).collect())
    }

    /// Copies an object with its envelope and instruction file. Needs no key: nothing is decrypted.
    pub fn copy(&self, source: ObjectLocation, bucket: impl Into<String>, key: impl Into<String>) -> Copy {
        Copy::new(self.clone(), source, ObjectLocation::new(bucket, key))
    }

    /// Wraps the data key of an object with an instruction file anew, for another keyring. The object itself stays as it is.
    pub fn rewrap(&self, bucket: impl Into<String>, key: impl Into<String>, keyring: impl Keyring) -> Rewrap {
        Rewrap::new(self.clone(), ObjectLocation::new(bucket, key), Arc::new(keyring))
    }

    /// Lists objects.
    pub fn list(&self, bucket: impl Into<String>) -> List {
        List::new(self.clone(), bucket.into())
    }

    /// Lists uploads that were begun and not ended, and aborts them.
    pub fn uploads(&self, bucket: impl Into<String>) -> Uploads {
        Uploads::new(self.clone(), bucket.into())
    }
}
