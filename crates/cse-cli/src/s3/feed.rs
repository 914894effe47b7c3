//! What is to be put, as a stream that ends with an error once the user wants the run to stop: then the upload is aborted in an orderly way.

use alloc::sync::Arc;
use core::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    thread,
};

use bytes::Bytes;
use cse_client::{Body, Error};
use cse_envelope::error::LengthError;
use futures_util::stream;
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{error::Failure, runtime::Stop, source};

/// What is read at once, in bytes.
const CHUNK_LEN: u64 = 1024 * 1024;

/// How long a signal may take to be heard.
const GRACE: Duration = Duration::from_millis(500);

/// An input that is read once.
#[derive(Debug)]
pub(crate) struct Feed {
    reader: Reader,
    /// The length it must have at its end.
    declared: Option<u64>,
    /// How much was read. The caller may look at it at any time.
    read: Arc<AtomicU64>,
    stop: Stop,
}

#[derive(Debug)]
enum Reader {
    File(File),
    /// From a thread of its own: nothing can call one back that waits for a terminal or a pipe.
    Stdin(mpsc::Receiver<io::Result<Bytes>>),
}

impl Feed {
    /// Opens a file; `-` is standard input. What is no regular file has no known length.
    pub(crate) fn open(path: &Path, stop: &Stop) -> Result<Self, Failure> {
        let (read, stop) = (Arc::default(), stop.clone());
        if source::is_dash(path) {
            return Ok(Self { reader: Reader::Stdin(stdin()), declared: None, read, stop });
        }
        let failed = |error: io::Error| Failure::reading(path.display(), &error);
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let declared = about.is_file().then_some(about.len());
        Ok(Self { reader: Reader::File(file), declared, read, stop })
    }

    /// Its length in bytes, where that is known.
    pub(crate) fn len(&self) -> Option<u64> {
        self.declared
    }

    /// How much was read so far, and in the end.
    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    pub(crate) fn into_body(self) -> Body {
        let len = self.declared;
        Body::from_stream(stream::try_unfold(self, Self::next), len)
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        if self.stop.is_wanted() {
            return Err(stopped());
        }
        let chunk = self.reader.chunk(&self.stop).await?;
        let len = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let read = self.read.fetch_add(len, Ordering::Relaxed).saturating_add(len);
        match self.declared {
            Some(declared) if read > declared || (chunk.is_empty() && read < declared) => {
                Err(LengthError::NotAsDeclared { declared }.into())
            }
            _ => Ok((!chunk.is_empty()).then_some((chunk, self))),
        }
    }
}

impl Reader {
    /// The next bytes; none at the end.
    async fn chunk(&mut self, stop: &Stop) -> Result<Bytes, Error> {
        match self {
            Self::File(file) => {
                let mut file = file.try_clone()?;
                let read = spawn_blocking(move || read_chunk(&mut file)).await;
                Ok(read.map_err(Error::from_stream)??)
            }
            Self::Stdin(chunks) => tokio::select! {
                chunk = chunks.recv() => {
                    let chunk = chunk.transpose()?.unwrap_or_default();
                    if chunk.is_empty() {
                        end_of_pipe(stop).await?;
                    }
                    Ok(chunk)
                }
                () = stop.wanted() => Err(stopped()),
            },
        }
    }
}

/// Ctrl-C ends the program that writes to the pipe as well: its end must not be taken for that of the content before the signal to this one,
/// which was sent first, has been heard.
async fn end_of_pipe(stop: &Stop) -> Result<(), Error> {
    tokio::select! {
        () = stop.wanted() => Err(stopped()),
        () = tokio::time::sleep(GRACE) => Ok(()),
    }
}

fn read_chunk(input: &mut impl io::Read) -> io::Result<Bytes> {
    let mut chunk = Vec::new();
    input.take(CHUNK_LEN).read_to_end(&mut chunk)?;
    Ok(chunk.into())
}

fn stdin() -> mpsc::Receiver<io::Result<Bytes>> {
    let (send, receive) = mpsc::channel(2);
    thread::spawn(move || {
        loop {
            let chunk = read_chunk(&mut io::stdin().lock());
            let is_last = chunk.as_ref().is_ok_and(Bytes::is_empty) || chunk.is_err();
            if send.blocking_send(chunk).is_err() || is_last {
                return;
            }
        }
    });
    receive
}

fn stopped() -> Error {
    Error::Io(io::ErrorKind::Interrupted.into())
}
