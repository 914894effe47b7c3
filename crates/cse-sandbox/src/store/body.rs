//! Bytes in files: written under a temporary name, read in large blocks, removed when nobody reads them any more.

use alloc::{collections::VecDeque, sync::Arc};
use core::{
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, pin_mut, stream};
use s3s::crypto::{Checksum, Md5};
use tokio::task::spawn_blocking;

use super::{
    checksum::Hashers,
    error::StoreError,
    record::{BodyRecord, Checksums},
};

/// Bytes per read and, about, per write.
const BLOCK_LEN: usize = 512 * 1024;

/// A file that objects or parts are made of; its bytes never change.
#[derive(Debug)]
pub(crate) struct BodyFile {
    pub(crate) record: BodyRecord,
    path: PathBuf,
    /// Whether the file goes with the last reference: readers of an overwritten object keep the old bytes until then.
    doomed: AtomicBool,
}

impl BodyFile {
    /// One that is there and stays.
    pub(crate) fn kept(record: BodyRecord, folder: &Path) -> Arc<Self> {
        Self::new(record, folder, false)
    }

    fn new(record: BodyRecord, folder: &Path, doomed: bool) -> Arc<Self> {
        let path = folder.join(&record.id);
        Arc::new(Self { record, path, doomed: AtomicBool::new(doomed) })
    }

    /// Something refers to it: it stays.
    pub(crate) fn keep(&self) {
        self.doomed.store(false, Ordering::Relaxed);
    }

    /// Nothing refers to it any more.
    pub(crate) fn doom(&self) {
        self.doomed.store(true, Ordering::Relaxed);
    }
}

impl Drop for BodyFile {
    fn drop(&mut self) {
        if self.doomed.load(Ordering::Relaxed) {
            // What cannot be removed now is removed at the next start: nothing refers to it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Bytes that are in the folder, and nothing refers to yet: dropped, they are gone.
#[derive(Debug)]
pub(crate) struct NewBody {
    pub(crate) file: Arc<BodyFile>,
    pub(crate) md5: [u8; 16],
    pub(crate) checksums: Checksums,
}

/// Where bodies are written and kept.
#[derive(Clone, Debug)]
pub(crate) struct BodyFolder {
    pub(crate) tmp: PathBuf,
    pub(crate) bodies: PathBuf,
}

impl BodyFolder {
    /// Takes a stream to its end.
    ///
    /// # Errors
    ///
    /// [`StoreError::Incoming`] if the stream fails, and nothing is left of it then.
    pub(crate) async fn receive<E>(
        &self,
        incoming: impl Stream<Item = Result<Bytes, E>>,
        hashers: Hashers,
    ) -> Result<NewBody, StoreError>
    where
        E: Into<Box<dyn core::error::Error + Send + Sync>>,
    {
        let folder = self.clone();
        let mut writer = blocking(move || BodyWriter::create(&folder.tmp, hashers)).await?;
        pin_mut!(incoming);
        let mut block = Vec::new();
        let mut block_len = 0_usize;
        while let Some(chunk) = incoming.next().await {
            let chunk = chunk.map_err(|error| StoreError::Incoming(error.into()))?;
            block_len = block_len.saturating_add(chunk.len());
            block.push(chunk);
            if block_len >= BLOCK_LEN {
                let full = core::mem::take(&mut block);
                block_len = 0;
                writer = blocking(move || writer.write(&full)).await?;
            }
        }
        let bodies = self.bodies.clone();
        Ok(blocking(move || writer.write(&block)?.finish(&bodies)).await?)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

struct BodyWriter {
    file: File,
    tmp: TemporaryFile,
    len: u64,
    md5: Md5,
    hashers: Hashers,
}

impl BodyWriter {
    fn create(folder: &Path, hashers: Hashers) -> io::Result<Self> {
        let tmp = TemporaryFile(folder.join(random_id()?));
        Ok(Self { file: File::create_new(&tmp.0)?, tmp, len: 0, md5: Md5::new(), hashers })
    }

    fn write(mut self, chunks: &[Bytes]) -> io::Result<Self> {
        for chunk in chunks {
            self.file.write_all(chunk)?;
            self.md5.update(chunk);
            self.hashers.update(chunk);
            self.len = self.len.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        }
        Ok(self)
    }

    fn finish(self, folder: &Path) -> io::Result<NewBody> {
        let Self { file, tmp, len, md5, hashers } = self;
        drop(file);
        let record = BodyRecord { id: random_id()?, len };
        fs::rename(&tmp.0, folder.join(&record.id))?;
        let file = BodyFile::new(record, folder, true);
        Ok(NewBody { file, md5: md5.finalize(), checksums: hashers.finish() })
    }
}

/// Removed when dropped, if it is still there under this name.
struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A name no file has, in lower case so that no file system takes two for one.
pub(crate) fn random_id() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(hex(&bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a whole small file so that there is either the old one or the new one, never half of one.
pub(crate) fn replace_file(tmp_folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let tmp = TemporaryFile(tmp_folder.join(random_id()?));
    fs::write(&tmp.0, content)?;
    fs::rename(&tmp.0, path)
}

/// The bytes of `range` of the files one after the other, in blocks; memory in use is one block.
pub(crate) fn read(
    files: &[Arc<BodyFile>],
    range: Range<u64>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
    stream::try_unfold(BodyReader::new(files, range), |mut reader| async move {
        blocking(move || Ok(reader.next_block()?.map(|block| (block, reader)))).await
    })
}

struct BodyReader {
    /// Files still to read, with the range of each that is wanted.
    waiting: VecDeque<(Arc<BodyFile>, Range<u64>)>,
    /// The file being read, with the number of bytes still wanted of it.
    open: Option<(Arc<BodyFile>, File, u64)>,
}

impl BodyReader {
    fn new(files: &[Arc<BodyFile>], range: Range<u64>) -> Self {
        let mut start = 0_u64;
        let mut waiting = VecDeque::new();
        for file in files {
            let end = start.saturating_add(file.record.len);
            let from = range.start.clamp(start, end);
            let to = range.end.clamp(start, end);
            if from < to {
                waiting.push_back((Arc::clone(file), from.saturating_sub(start)..to.saturating_sub(start)));
            }
            start = end;
        }
        Self { waiting, open: None }
    }

    fn next_block(&mut self) -> io::Result<Option<Bytes>> {
        let (body, mut file, left) = match self.open.take() {
            Some(open) => open,
            None => match self.waiting.pop_front() {
                None => return Ok(None),
                Some((body, range)) => {
                    let mut file = File::open(&body.path)?;
                    file.seek(SeekFrom::Start(range.start))?;
                    (body, file, range.end.saturating_sub(range.start))
                }
            },
        };
        let block_len = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK_LEN);
        let mut block = vec![0; block_len];
        file.read_exact(&mut block)?;
        let left = left.saturating_sub(u64::try_from(block_len).unwrap_or(u64::MAX));
        if left > 0 {
            self.open = Some((body, file, left));
        }
        Ok(Some(block.into()))
    }
}
