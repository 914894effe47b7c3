//! Starting and stopping.

use alloc::sync::Arc;
use core::net::SocketAddr;
use std::{
    io,
    path::{Path, PathBuf},
};

use cse_keys::LocalKms;
use tempfile::TempDir;

use crate::{
    credentials::{AccessKey, Credentials},
    kms::{DEFAULT_ALIAS, Kms},
    s3::{Sandboxed, service},
    server::{Frontend, Server},
    store::{Store, StoreError},
};

/// An S3 and a KMS on a port of 127.0.0.1, until it is stopped or dropped.
///
/// Dropped, it stops as soon as the runtime gets to it; [`stop`](Self::stop) waits for that, so that the folder and the port are free.
///
/// # Security
///
/// Objects and keys lie in the folder as they are. It is for trying and testing: never for data that matters.
#[derive(Debug)]
pub struct Sandbox {
    server: Server,
    kms: Arc<Kms>,
    region: String,
    credentials: Credentials,
    folder: PathBuf,
    // Last: removed when nothing uses it any more.
    _temporary: Option<TempDir>,
}

/// How a [`Sandbox`] is to be.
#[derive(Debug)]
#[must_use = "a sandbox runs once it is started"]
pub struct SandboxBuilder {
    folder: Option<PathBuf>,
    port: u16,
    region: String,
    credentials: Credentials,
    min_part_len: u64,
    buckets: Vec<String>,
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Another sandbox runs on the same folder.
    #[error("the folder {} is used by another sandbox: stop that one or choose another folder", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder cannot be used.
    #[error("the folder {} cannot be used: {source}; choose another one, or an empty one", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// The port cannot be used.
    #[error("port {port} cannot be used: {source}; choose another one, or 0 for any that is free")]
    Port {
        /// The port asked for.
        port: u16,
        /// What the operating system says.
        source: io::Error,
    },
    /// A bucket to be made has a name that S3 does not allow.
    #[error("{name:?} is no name for a bucket: use 3 to 63 lower-case letters, digits, dots and hyphens")]
    BucketName {
        /// The name.
        name: String,
    },
}

impl Sandbox {
    /// A sandbox on a temporary folder, any free port, `us-east-1`, and the credentials `AKEXAMPLE` and `SKEXAMPLE`.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            folder: None,
            port: 0,
            region: "us-east-1".to_owned(),
            credentials: Credentials { owner: AccessKey::new("AKEXAMPLE", "SKEXAMPLE"), s3_only: None },
            min_part_len: 5 * 1024 * 1024,
            buckets: Vec::new(),
        }
    }

    /// Where S3 and KMS are: `http://127.0.0.1:PORT`. Clients need path-style addresses, or `http://localhost:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The address it listens at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The region; signatures for others are accepted too.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The access key id of the owner.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.credentials.owner.id
    }

    /// The secret access key of the owner.
    #[must_use]
    pub fn secret_access_key(&self) -> &str {
        &self.credentials.owner.secret
    }

    /// ARN of the KMS key that is there from the start.
    #[must_use]
    pub fn kms_key_arn(&self) -> String {
        self.kms.default_key_arn()
    }

    /// Alias of the KMS key that is there from the start: `alias/sandbox`.
    #[must_use]
    pub fn kms_alias(&self) -> &str {
        DEFAULT_ALIAS
    }

    /// The keys as they are now, without HTTP: for keyrings inside this process. Keys created later are not in it.
    #[must_use]
    pub fn kms(&self) -> Arc<LocalKms> {
        self.kms.local()
    }

    /// Where everything is stored.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops: answers what is under way, for five seconds at most, and accepts nothing new. A temporary folder is removed.
    pub async fn stop(self) {
        let Self { server, .. } = self;
        server.stop().await;
    }
}

impl SandboxBuilder {
    /// Keeps everything in this folder, which is made if it is not there, for the next sandbox on it.
    ///
    /// # Security
    ///
    /// The KMS keys are in its `kms.json`, in the clear: only its owner can read that file.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Listens at this port; 0 is any that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Says that it is in this region.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Lets in whoever signs with these.
    pub fn credentials(mut self, access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        self.credentials.owner = AccessKey::new(access_key_id, secret_access_key);
        self
    }

    /// Lets in whoever signs with these too, but only to S3: KMS answers `AccessDeniedException`.
    pub fn s3_only_credentials(
        mut self,
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
    ) -> Self {
        self.credentials.s3_only = Some(AccessKey::new(access_key_id, secret_access_key));
        self
    }

    /// The least bytes of every part of an upload but the last: 5 MiB in S3 and unless set; less makes small tests.
    pub fn min_part_len(mut self, min_part_len: u64) -> Self {
        self.min_part_len = min_part_len;
        self
    }

    /// Makes this bucket, if it is not there.
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.buckets.push(name.into());
        self
    }

    /// Starts it on the tokio runtime this is called in, which needs I/O and time.
    ///
    /// # Errors
    ///
    /// [`SandboxError`] if the folder or the port cannot be used, or a bucket's name is not one.
    pub async fn start(self) -> Result<Sandbox, SandboxError> {
        let Self { folder, port, region, credentials, min_part_len, buckets } = self;
        let (folder, temporary) = match folder {
            Some(folder) => (folder, None),
            None => temporary_folder()?,
        };
        let opened = |error: io::Error| match error.kind() {
            io::ErrorKind::ResourceBusy => SandboxError::InUse { folder: folder.clone() },
            _ => SandboxError::Folder { folder: folder.clone(), source: error },
        };
        let store = Store::open(&folder, min_part_len).map_err(opened)?;
        make_buckets(&store, buckets, &folder)?;
        let kms = Kms::open(&folder, &region).map_err(opened)?;
        let (store, kms) = (Arc::new(store), Arc::new(kms));
        let s3 = service(Sandboxed { store, region: region.clone() }, &credentials);
        let frontend = Frontend::new(s3, Arc::clone(&kms), credentials.clone());
        let server = Server::start(port, frontend).await.map_err(|source| SandboxError::Port { port, source })?;
        Ok(Sandbox { server, kms, region, credentials, folder, _temporary: temporary })
    }
}

fn temporary_folder() -> Result<(PathBuf, Option<TempDir>), SandboxError> {
    let failed = |source| SandboxError::Folder { folder: std::env::temp_dir(), source };
    let temporary = tempfile::Builder::new().prefix("cse-sandbox-").tempdir().map_err(failed)?;
    Ok((temporary.path().to_owned(), Some(temporary)))
}

fn make_buckets(store: &Store, names: Vec<String>, folder: &Path) -> Result<(), SandboxError> {
    for name in names {
        if !s3s::path::check_bucket_name(&name) {
            return Err(SandboxError::BucketName { name });
        }
        match store.create_bucket(&name) {
            Ok(()) | Err(StoreError::BucketExists) => {}
            Err(error) => {
                return Err(SandboxError::Folder { folder: folder.to_owned(), source: io::Error::other(error) });
            }
        }
    }
    Ok(())
}
