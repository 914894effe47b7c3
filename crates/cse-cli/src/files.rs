//! Inputs that stream, and outputs that appear only when they are complete.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use tempfile::{NamedTempFile, SpooledTempFile};

use crate::{
    error::{Failure, Kind},
    interrupt::Unfinished,
    output::DataOn,
    source,
};

/// What is held back in memory, in bytes; beyond it a temporary file without a name is used.
const MEMORY_LIMIT: usize = 64 * 1024 * 1024;

/// A file or standard input, opened for reading.
#[derive(Debug)]
pub(crate) struct Input {
    reader: Reader,
    /// Its name in messages.
    pub(crate) name: String,
    /// Its length in bytes, where that is known.
    pub(crate) len: Option<u64>,
}

#[derive(Debug)]
enum Reader {
    Stdin(io::Stdin),
    File(File),
}

impl Input {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        if source::is_dash(path) {
            return Ok(Self { reader: Reader::Stdin(io::stdin()), name: "standard input".into(), len: None });
        }
        let name = path.display().to_string();
        let failed = |error| Failure::reading(&name, &error);
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        Ok(Self { reader: Reader::File(file), len: about.is_file().then_some(about.len()), name })
    }

    /// Fills `chunk` with the next bytes, up to `len` of them; fewer only at the end.
    pub(crate) fn read_chunk(&mut self, chunk: &mut Vec<u8>, len: usize) -> Result<(), Failure> {
        chunk.clear();
        chunk.reserve_exact(len);
        let limit = u64::try_from(len).unwrap_or(u64::MAX);
        let read = match &mut self.reader {
            Reader::Stdin(stdin) => stdin.lock().take(limit).read_to_end(chunk),
            Reader::File(file) => Read::take(file, limit).read_to_end(chunk),
        };
        read.map(drop).map_err(|error| Failure::reading(&self.name, &error))
    }

    /// The same bytes with a known length and any position at hand: what is not a file is copied into a temporary one.
    pub(crate) fn seekable(mut self) -> Result<(Self, u64), Failure> {
        if let Some(len) = self.len {
            return Ok((self, len));
        }
        let failed = |error: io::Error| Failure::writing("a temporary file", &error);
        let mut file = tempfile::tempfile().map_err(failed)?;
        let len = match &mut self.reader {
            Reader::Stdin(stdin) => io::copy(&mut stdin.lock(), &mut file),
            Reader::File(stream) => io::copy(stream, &mut file),
        }
        .map_err(failed)?;
        Ok((Self { reader: Reader::File(file), len: Some(len), ..self }, len))
    }

    /// Moves to a position; only for what is [`seekable`](Self::seekable).
    pub(crate) fn seek(&mut self, position: u64) -> Result<(), Failure> {
        match &mut self.reader {
            Reader::Stdin(_) => Ok(()),
            Reader::File(file) => {
                file.seek(SeekFrom::Start(position)).map(drop).map_err(|error| Failure::reading(&self.name, &error))
            }
        }
    }
}

/// Where an output goes, checked before any work.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    Stdout,
    /// A device or a named pipe: written to, never replaced.
    Stream(PathBuf),
    File {
        path: PathBuf,
        replace: bool,
    },
}

impl Target {
    /// Plans an output; none, or `-`, is standard output.
    pub(crate) fn new(path: Option<&Path>, force: bool) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| !source::is_dash(path)) else { return Ok(Self::Stdout) };
        let failed = |error: io::Error| Failure::writing(path.display(), &error);
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => Err(failed(io::ErrorKind::IsADirectory.into())),
            Ok(about) if !about.is_file() => Ok(Self::Stream(path.into())),
            Ok(_) if !force => Err(Failure::exists(path)),
            // What a link points to is replaced, not the link.
            Ok(_) => Ok(Self::File { path: fs::canonicalize(path).map_err(failed)?, replace: true }),
            Err(_) if path.symlink_metadata().is_ok() => Err(Failure::exists(path)),
            Err(_) if !folder(path).is_dir() => Err(failed(io::ErrorKind::NotFound.into())),
            Err(_) => Ok(Self::File { path: path.into(), replace: false }),
        }
    }

    /// Plans an output that must be new, whatever the user says.
    pub(crate) fn never_replacing(path: Option<&Path>) -> Result<Self, Failure> {
        Self::new(path, false).map_err(|mut failure| {
            if path.is_some_and(|path| path.symlink_metadata().is_ok()) {
                failure.next = "choose another name: a key file is never replaced".into();
            }
            failure
        })
    }

    pub(crate) fn data_on(&self) -> DataOn {
        if *self == Self::Stdout { DataOn::Stdout } else { DataOn::Files }
    }

    /// The path, for reports.
    pub(crate) fn path(&self) -> Option<String> {
        match self {
            Self::Stdout => None,
            Self::Stream(path) | Self::File { path, .. } => Some(path.display().to_string()),
        }
    }

    /// Begins an output that nobody sees before [`Draft::publish`].
    pub(crate) fn draft(&self) -> Result<Draft, Failure> {
        match self {
            Self::File { path, .. } => Draft::beside(self, path, 0o666),
            _ => Ok(Draft { target: self.clone(), held: Held::Spool(SpooledTempFile::new(MEMORY_LIMIT)) }),
        }
    }

    /// As [`draft`](Self::draft), for a file that only its owner may read.
    pub(crate) fn private_draft(&self) -> Result<Draft, Failure> {
        match self {
            Self::File { path, .. } => Draft::beside(self, path, 0o600),
            _ => self.draft(),
        }
    }

    /// As [`draft`](Self::draft), but bytes for standard output leave at once: for what need not be held back.
    pub(crate) fn pass_through(&self) -> Result<Draft, Failure> {
        match self {
            Self::File { .. } => self.draft(),
            Self::Stdout => Ok(Draft { target: self.clone(), held: Held::Stdout(io::stdout()) }),
            Self::Stream(path) => {
                let held = Held::Stream(open_stream(path)?);
                Ok(Draft { target: self.clone(), held })
            }
        }
    }
}

/// Refuses two outputs in one place.
pub(crate) fn check_distinct(targets: &[&Target]) -> Result<(), Failure> {
    for (i, one) in targets.iter().enumerate() {
        if targets.iter().skip(i + 1).any(|other| is_same(one, other)) {
            let place = one.path().unwrap_or_else(|| "standard output".into());
            return Err(Failure::usage(format!("two outputs go to {place}"), "give each a file of its own"));
        }
    }
    Ok(())
}

fn is_same(one: &Target, other: &Target) -> bool {
    match (one, other) {
        (Target::Stdout, Target::Stdout) => true,
        (Target::File { path: one, .. }, Target::File { path: other, .. }) => {
            one == other
                || (one.file_name() == other.file_name()
                    && fs::canonicalize(folder(one)).ok() == fs::canonicalize(folder(other)).ok())
        }
        _ => false,
    }
}

/// The folder a file is in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn open_stream(path: &Path) -> Result<File, Failure> {
    File::options().write(true).open(path).map_err(|error| Failure::writing(path.display(), &error))
}

/// An output in the making. Dropping it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Draft {
    target: Target,
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// A temporary file in the target's folder.
    Beside(NamedTempFile, Unfinished),
    Spool(SpooledTempFile),
    Stdout(io::Stdout),
    Stream(File),
}

impl Draft {
    fn beside(target: &Target, path: &Path, mode: u32) -> Result<Self, Failure> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".cse-").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
        #[cfg(not(unix))]
        let _ = mode;
        let file = builder.tempfile_in(folder(path)).map_err(|error| Failure::writing(path.display(), &error))?;
        let unfinished = Unfinished::new(file.path());
        Ok(Self { target: target.clone(), held: Held::Beside(file, unfinished) })
    }

    /// Adds bytes.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &mut self.held {
            Held::Beside(file, _) => file.write_all(bytes),
            Held::Spool(spool) => spool.write_all(bytes),
            Held::Stdout(stdout) => stdout.lock().write_all(bytes),
            Held::Stream(stream) => stream.write_all(bytes),
        }
        .map_err(|error| Failure::writing(self.name(), &error))
    }

    fn name(&self) -> String {
        self.target.path().unwrap_or_else(|| "standard output".into())
    }

    /// Lets the complete output appear.
    pub(crate) fn publish(self) -> Result<(), Failure> {
        let name = self.name();
        let failed = |error: io::Error| Failure::writing(&name, &error);
        match self.held {
            Held::Beside(file, _unfinished) => persist(file, &self.target),
            Held::Stdout(stdout) => stdout.lock().flush().map_err(failed),
            Held::Stream(mut stream) => stream.flush().map_err(failed),
            Held::Spool(mut spool) => {
                spool.rewind().map_err(failed)?;
                let copied = match &self.target {
                    Target::Stream(path) => io::copy(&mut spool, &mut open_stream(path)?),
                    _ => {
                        let mut stdout = io::stdout().lock();
                        io::copy(&mut spool, &mut stdout).and_then(|len| stdout.flush().map(|()| len))
                    }
                };
                copied.map(drop).map_err(failed)
            }
        }
    }
}

/// Gives the temporary file its name, after its bytes are on the disk.
fn persist(file: NamedTempFile, target: &Target) -> Result<(), Failure> {
    let Target::File { path, replace } = target else { return Ok(()) };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::exists(path),
        _ => Failure::writing(path.display(), &error),
    };
    file.as_file().sync_all().map_err(failed)?;
    let persisted = if *replace { file.persist(path) } else { file.persist_noclobber(path) };
    persisted.map(drop).map_err(|error| failed(error.error))
}

/// Lets several outputs appear; if one cannot, those that are new disappear again.
pub(crate) fn publish_all(drafts: Vec<Draft>) -> Result<(), Failure> {
    let mut new_files = Vec::new();
    for draft in drafts {
        let target = draft.target.clone();
        if let Err(failure) = draft.publish() {
            for path in new_files {
                // Best effort: the first failure is the one to report.
                let _ = fs::remove_file(path);
            }
            return Err(failure);
        }
        if let Target::File { path, replace: false } = target {
            new_files.push(path);
        }
    }
    Ok(())
}

/// Refuses to fill a terminal with bytes that nobody can read.
pub(crate) fn check_not_terminal(target: &Target, is_explicit: bool) -> Result<(), Failure> {
    use std::io::IsTerminal as _;
    if *target == Target::Stdout && !is_explicit && io::stdout().is_terminal() {
        return Err(Failure::new(
            Kind::Usage,
            "the ciphertext would go to the terminal",
            "add --out BODY, or --out - if that is really meant",
        ));
    }
    Ok(())
}
