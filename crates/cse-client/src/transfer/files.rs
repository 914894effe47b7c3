//! Files: one that is read as a stream, and one that appears when it is complete.

use std::{
    fs::{self, File, Permissions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use cse_envelope::error::LengthError;
use futures_util::stream;
use tempfile::{Builder, NamedTempFile};

use crate::{body::Body, error::Error, operations::spooled::blocking};

/// What is read at once.
const CHUNK_LEN: u64 = 1024 * 1024;

/// A file as a stream. It is read once; a regular file that is shorter or longer at its end than at its beginning is an error.
pub(super) async fn read(path: PathBuf) -> Result<Body, Error> {
    let (file, len) = blocking(move || {
        let opened = File::open(&path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
        let (file, metadata) = opened.map_err(|error| naming(&path, error))?;
        if metadata.is_dir() {
            return Err(naming(&path, io::ErrorKind::IsADirectory.into()));
        }
        Ok((file, metadata.is_file().then_some(metadata.len())))
    })
    .await?;
    let source = Source { file, declared: len, read: 0 };
    Ok(Body::from_stream(stream::try_unfold(source, Source::next), len))
}

struct Source {
    file: File,
    declared: Option<u64>,
    read: u64,
}

impl Source {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        let (chunk, file) = blocking(move || {
            let mut chunk = Vec::new();
            (&mut self.file).take(CHUNK_LEN).read_to_end(&mut chunk)?;
            Ok((chunk, self.file))
        })
        .await?;
        self.file = file;
        self.read = self.read.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        match self.declared {
            Some(declared) if self.read > declared || (chunk.is_empty() && self.read < declared) => {
                Err(LengthError::NotAsDeclared { declared }.into())
            }
            _ => Ok((!chunk.is_empty()).then(|| (chunk.into(), self))),
        }
    }
}

/// A file that is written under another name, and gets its own when it is complete. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Draft {
    file: NamedTempFile,
    path: PathBuf,
    overwrite: bool,
    permissions: Option<Permissions>,
}

impl Draft {
    /// A draft in the folder of `path`.
    pub(super) async fn create(path: PathBuf, overwrite: bool) -> Result<Self, Error> {
        blocking(move || Self::create_now(&path, overwrite).map_err(|error| naming(&path, error))).await
    }

    fn create_now(path: &Path, overwrite: bool) -> io::Result<Self> {
        let folder = folder(path)?;
        let permissions = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            // A device must not become a file.
            Ok(metadata) if !metadata.is_file() => {
                return Err(invalid("is no regular file: take a stream, and write that"));
            }
            Ok(_) if !overwrite => return Err(io::ErrorKind::AlreadyExists.into()),
            Ok(metadata) => permissions_of(&metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => usual_permissions(folder)?,
            Err(error) => return Err(error),
        };
        let file = builder().tempfile_in(folder)?;
        Ok(Self { file, path: path.to_owned(), overwrite, permissions })
    }

    /// Gives the complete file its name, once its bytes are on the disk.
    pub(super) async fn publish(self) -> Result<(), Error> {
        blocking(move || {
            let Self { file, path, overwrite, permissions } = self;
            let published = file.as_file().sync_all().and_then(|()| {
                if let Some(permissions) = permissions {
                    file.as_file().set_permissions(permissions)?;
                }
                let named = if overwrite { file.persist(&path) } else { file.persist_noclobber(&path) };
                named.map(drop).map_err(|error| error.error)
            });
            published.map_err(|error| naming(&path, error))
        })
        .await
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| naming(&self.path, error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The folder that holds a file of this name.
fn folder(path: &Path) -> io::Result<&Path> {
    if path.file_name().is_none() {
        return Err(invalid("is not the name of a file"));
    }
    let folder = path.parent().unwrap_or(path);
    Ok(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// Makes files that only their owner may read: what they hold is not verified yet.
fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".cse-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    builder
}

/// What a new file gets in this folder. The umask shows only on a file, so one is made and removed.
#[cfg(unix)]
fn usual_permissions(folder: &Path) -> io::Result<Option<Permissions>> {
    let mut builder = builder();
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let probe = builder.tempfile_in(folder)?;
    Ok(permissions_of(&probe.as_file().metadata()?))
}

/// The bits for owner, group and others; no more than those is taken over.
#[cfg(unix)]
fn permissions_of(metadata: &fs::Metadata) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(metadata.permissions().mode() & 0o777))
}

#[cfg(not(unix))]
fn permissions_of(_: &fs::Metadata) -> Option<Permissions> {
    None
}

#[cfg(not(unix))]
fn usual_permissions(_: &Path) -> io::Result<Option<Permissions>> {
    Ok(None)
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

/// The error, with the name of the file it is about.
fn naming(path: &Path, error: io::Error) -> io::Error {
    let what = match error.kind() {
        io::ErrorKind::AlreadyExists => "is there already: choose another name, or allow to overwrite it".to_owned(),
        _ => error.to_string(),
    };
    io::Error::new(error.kind(), format!("{}: {what}", path.display()))
}
