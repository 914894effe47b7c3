//! Outputs in the making, which appear only when they are complete.

use std::{
    fs::{self, File, Permissions},
    io::{self, Seek as _, Write},
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile, SpooledTempFile};

use crate::{
    error::Failure,
    files::{Target, folder},
    interrupt::{self, Out, Unfinished},
};

/// What is held back in memory, in bytes; beyond it a temporary file without a name is used.
const MEMORY_LIMIT: usize = 64 * 1024 * 1024;

/// An output in the making. Dropping it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The output's name in messages.
    name: String,
    held: Held,
}

#[derive(Debug)]
enum Held {
    File(FileDraft),
    Spool(SpooledTempFile, Target),
    Stdout(io::Stdout),
    Stream(File),
}

/// A temporary file in the target's folder, which only its owner may read.
#[derive(Debug)]
struct FileDraft {
    file: NamedTempFile,
    path: PathBuf,
    typed: PathBuf,
    replace: bool,
    /// Those it is published with, where they differ.
    permissions: Option<Permissions>,
    _unfinished: Unfinished,
}

impl Target {
    /// Begins an output that nobody sees before [`Draft::publish`].
    pub(crate) fn draft(&self) -> Result<Draft, Failure> {
        self.begin(false)
    }

    /// As [`draft`](Self::draft), for a file that stays readable by its owner alone.
    pub(crate) fn private_draft(&self) -> Result<Draft, Failure> {
        self.begin(true)
    }

    fn begin(&self, is_private: bool) -> Result<Draft, Failure> {
        let held = match self {
            Self::File { path, typed, replace } => Held::File(FileDraft::new(path, typed, *replace, is_private)?),
            _ => Held::Spool(SpooledTempFile::new(MEMORY_LIMIT), self.clone()),
        };
        Ok(Draft { name: self.name(), held })
    }

    /// As [`draft`](Self::draft), but bytes for standard output leave at once: for what need not be held back.
    pub(crate) fn pass_through(&self) -> Result<Draft, Failure> {
        let held = match self {
            Self::File { .. } => return self.draft(),
            Self::Stdout => Held::Stdout(io::stdout()),
            Self::Stream(path) => Held::Stream(open_stream(path)?),
        };
        Ok(Draft { name: self.name(), held })
    }

    fn name(&self) -> String {
        self.path().unwrap_or_else(|| "standard output".into())
    }
}

fn open_stream(path: &Path) -> Result<File, Failure> {
    File::options().write(true).open(path).map_err(|error| Failure::writing(path.display(), &error))
}

impl Draft {
    /// Adds bytes.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::writing(&self.name, &error);
        match &mut self.held {
            Held::File(draft) => draft.file.write_all(bytes).map_err(failed),
            Held::Spool(spool, _) => spool.write_all(bytes).map_err(|error| Failure::temporary(&error)),
            Held::Stdout(stdout) => {
                *interrupt::hold() = Out::Part;
                stdout.lock().write_all(bytes).map_err(failed)
            }
            Held::Stream(stream) => {
                *interrupt::hold() = Out::Part;
                stream.write_all(bytes).map_err(failed)
            }
        }
    }

    /// Lets the complete output appear.
    pub(crate) fn publish(self) -> Result<(), Failure> {
        publish_all(vec![self])
    }

    /// Sends all of it to where it goes.
    fn send(self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::writing(&self.name, &error);
        match self.held {
            Held::File(draft) => draft.persist().map(drop),
            Held::Stdout(stdout) => stdout.lock().flush().map_err(failed),
            Held::Stream(mut stream) => stream.flush().map_err(failed),
            Held::Spool(mut spool, target) => {
                spool.rewind().map_err(|error| Failure::temporary(&error))?;
                let copied = match &target {
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

impl FileDraft {
    fn new(path: &Path, typed: &Path, replace: bool, is_private: bool) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::writing(typed.display(), &error);
        let permissions = match (is_private, replace) {
            (true, _) => None,
            (false, true) => permissions_of(path).map_err(failed)?,
            (false, false) => usual_permissions(folder(path)).map_err(failed)?,
        };
        let file = builder().tempfile_in(folder(path)).map_err(failed)?;
        let _unfinished = Unfinished::new(file.path());
        Ok(Self { file, path: path.into(), typed: typed.into(), replace, permissions, _unfinished })
    }

    /// Everything that may take time or fail, short of giving the file its name.
    fn settle(&mut self) -> Result<(), Failure> {
        let file = self.file.as_file();
        file.sync_all().map_err(|error| Failure::writing(self.typed.display(), &error))
    }

    /// Gives the temporary file its name.
    fn persist(self) -> Result<PathBuf, Failure> {
        let Self { file, path, typed, replace, permissions, _unfinished } = self;
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::exists(&typed),
            _ => Failure::writing(typed.display(), &error),
        };
        if let Some(permissions) = permissions {
            file.as_file().set_permissions(permissions).map_err(failed)?;
        }
        let persisted = if replace { file.persist(&path) } else { file.persist_noclobber(&path) };
        persisted.map_err(|error| failed(error.error))?;
        Ok(path)
    }
}

/// Makes files that only their owner may read.
fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".cse-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    builder
}

/// The bits for owner, group and others; no more than those is taken over.
#[cfg(unix)]
fn permissions_of(path: &Path) -> io::Result<Option<Permissions>> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(Some(Permissions::from_mode(fs::metadata(path)?.permissions().mode() & 0o777)))
}

/// What a new file gets in this folder. The umask shows only on a file, so one is made and removed.
#[cfg(unix)]
fn usual_permissions(folder: &Path) -> io::Result<Option<Permissions>> {
    let mut builder = builder();
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let probe = builder.tempfile_in(folder)?;
    let _unfinished = Unfinished::new(probe.path());
    permissions_of(probe.path())
}

#[cfg(not(unix))]
fn permissions_of(_: &Path) -> io::Result<Option<Permissions>> {
    Ok(None)
}

#[cfg(not(unix))]
fn usual_permissions(_: &Path) -> io::Result<Option<Permissions>> {
    Ok(None)
}

/// Lets several outputs appear, the last one last; if one cannot, the files are as they were before.
///
/// What is no file goes first: it can fail, or wait, and nothing can take it back.
pub(crate) fn publish_all(drafts: Vec<Draft>) -> Result<(), Failure> {
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for draft in drafts {
        match draft {
            Draft { held: Held::File(mut file), .. } => {
                file.settle()?;
                files.push(file);
            }
            other => others.push(other),
        }
    }
    for other in others {
        *interrupt::hold() = Out::Part;
        other.send()?;
    }
    // From here on all or nothing, also when interrupted.
    let mut out = interrupt::hold();
    let mut replaced = Vec::new();
    let count = files.len();
    for (i, file) in files.into_iter().enumerate() {
        // Nothing comes after the last that would need its old file back.
        let old = if file.replace && i + 1 < count { keep(&file.path).map(Some) } else { Ok(None) };
        let old = old.map_err(|error| Failure::writing(file.typed.display(), &error));
        match old.and_then(|old| Ok((file.persist()?, old))) {
            Ok(done) => replaced.push(done),
            Err(failure) => {
                restore(replaced);
                return Err(failure);
            }
        }
    }
    *out = Out::All;
    Ok(())
}

/// A second name for a file that is about to be replaced; a copy, where the file system has no such names.
fn keep(path: &Path) -> io::Result<NamedTempFile<()>> {
    builder().make_in(folder(path), |second| match fs::hard_link(path, second) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::copy(path, second).map(drop),
        linked => linked,
    })
}

/// Best effort: the failure before is the one to report.
fn restore(replaced: Vec<(PathBuf, Option<NamedTempFile<()>>)>) {
    for (path, old) in replaced {
        match old {
            Some(old) => drop(old.persist(path)),
            None => drop(fs::remove_file(path)),
        }
    }
}
