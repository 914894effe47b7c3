//! Inputs that stream, and where outputs go. How they get there is in draft.rs.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use crate::{
    error::{Failure, Kind},
    output::DataOn,
    source,
};

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
        let failed = |error: io::Error| Failure::temporary(&error);
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
        /// Where it is: of a link, what it points to.
        path: PathBuf,
        /// As the user typed it.
        typed: PathBuf,
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
            Ok(_) => {
                let target = fs::canonicalize(path).map_err(failed)?;
                Ok(Self::File { path: target, typed: path.into(), replace: true })
            }
            Err(error) if path.symlink_metadata().is_ok() => Err(Failure::dangling(path, &error)),
            Err(_) if !folder(path).is_dir() => Err(failed(io::ErrorKind::NotFound.into())),
            Err(_) => Ok(Self::File { path: path.into(), typed: path.into(), replace: false }),
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

    /// The path as the user typed it, for reports.
    pub(crate) fn path(&self) -> Option<String> {
        match self {
            Self::Stdout => None,
            Self::Stream(path) | Self::File { typed: path, .. } => Some(path.display().to_string()),
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
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Refuses an output that is also an input, by whatever name: publishing it would destroy what the run was made from.
pub(crate) fn check_spares_inputs<'a>(
    outputs: impl IntoIterator<Item = &'a PathBuf>,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    let inputs: Vec<_> = inputs.into_iter().filter_map(|path| identity(path)).collect();
    let is_input = |output: &&PathBuf| identity(output).is_some_and(|output| inputs.contains(&output));
    match outputs.into_iter().find(is_input) {
        Some(output) => Err(Failure::usage(
            format!("the output {} is also an input of this run", output.display()),
            "give the output a name of its own",
        )),
        None => Ok(()),
    }
}

/// What tells a file from all others, whatever links lead to it; none for what is no file.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let about = fs::metadata(path).ok().filter(|about| about.is_file() && !source::is_dash(path))?;
    Some((about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok().filter(|path| path.is_file() && !source::is_dash(path))
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
