//! Between files and keys: where an object goes, and what a file is called.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Component, Path, PathBuf},
};

use walkdir::WalkDir;

use crate::{
    error::{Failure, Kind},
    source,
};

/// Where objects are written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Stdout,
    File(PathBuf),
    Folder(PathBuf),
}

impl Place {
    /// What the user typed means; several objects need a folder.
    pub(crate) fn new(target: &Path, is_many: bool) -> Result<Self, Failure> {
        let is_folder =
            target.is_dir() || target.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
        match (source::is_dash(target), is_many || is_folder) {
            (true, true) => Err(Failure::usage(
                "standard output takes one object, and several are named",
                "name a folder, or use `cse cat`, which prints one after the other",
            )),
            (true, false) => Ok(Self::Stdout),
            (false, true) => Ok(Self::Folder(target.into())),
            (false, false) => Ok(Self::File(target.into())),
        }
    }
}

/// The path of a key below a folder. Keys are anyone's: none leads out of the folder, whatever it is.
pub(crate) fn confined(root: &Path, below: &str) -> Result<PathBuf, Failure> {
    if !below.split('/').all(is_file_name) {
        return Err(Failure::new(
            Kind::File,
            "the key has a part that is no file's name, or that leads out of the folder",
            "get it by its own name, with the path of a file as the target",
        ));
    }
    Ok(below.split('/').fold(root.to_path_buf(), |path, segment| path.join(segment)))
}

/// Makes the folders on the way to a [`confined`] path. None leads out of the root, whatever links are there.
pub(crate) fn make_way(root: &Path, path: &Path) -> Result<(), Failure> {
    let writing = |path: &Path, error: &io::Error| Failure::writing(path.display(), error);
    fs::create_dir_all(root).map_err(|error| writing(root, &error))?;
    let home = fs::canonicalize(root).map_err(|error| writing(root, &error))?;
    let mut components = path.strip_prefix(root).unwrap_or(path).components().peekable();
    let mut path = root.to_path_buf();
    while let Some(component) = components.next() {
        path.push(component);
        // A link that is there may lead anywhere.
        if path.symlink_metadata().is_ok_and(|about| about.is_symlink()) {
            let target = fs::canonicalize(&path).map_err(|error| writing(&path, &error))?;
            if !target.starts_with(&home) {
                return Err(Failure::new(
                    Kind::File,
                    format!("{} is a link that leads out of the folder", path.display()),
                    "remove the link, or get the object by its own name",
                ));
            }
        }
        if components.peek().is_some() && !path.is_dir() {
            if path.exists() {
                return Err(Failure::new(
                    Kind::File,
                    format!("{} is no folder, and the key needs one of that name", path.display()),
                    "give it another name, or choose another target",
                ));
            }
            fs::create_dir(&path)
                .or_else(|error| made_meanwhile(&path, error))
                .map_err(|error| writing(&path, &error))?;
        }
    }
    Ok(())
}

/// Another object of the same run may have made the folder.
fn made_meanwhile(path: &Path, error: io::Error) -> io::Result<()> {
    if path.is_dir() { Ok(()) } else { Err(error) }
}

/// Whether it is the plain name of a file, as this system sees it.
fn is_file_name(segment: &str) -> bool {
    let mut components = Path::new(segment).components();
    let is_normal = matches!(components.next(), Some(Component::Normal(name)) if name == OsStr::new(segment));
    is_normal && components.next().is_none() && !segment.contains('\0')
}

/// A file to put, and its name from the folder that was named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) below: String,
}

/// The files that one argument means: itself, or everything in it.
///
/// Of a single folder the names begin in it, of one among several sources they begin with its own.
pub(crate) fn files<'a>(source: &'a Path, is_single: bool) -> Box<dyn Iterator<Item = Result<Found, Failure>> + 'a> {
    if !source.is_dir() {
        let name = source.file_name().unwrap_or(source.as_os_str());
        return Box::new(core::iter::once(key_part(Path::new(name)).map(|below| Found { path: source.into(), below })));
    }
    let base = if is_single { source } else { source.parent().unwrap_or(source) };
    let entries = WalkDir::new(source).follow_links(true).sort_by_file_name().into_iter();
    Box::new(entries.filter_map(move |entry| match entry {
        Ok(entry) if entry.file_type().is_dir() => None,
        // A pipe would keep all of the run waiting.
        Ok(entry) if !entry.file_type().is_file() => Some(Err(Failure::new(
            Kind::File,
            format!("{} is no regular file", entry.path().display()),
            "put it by itself, if it is meant to be read",
        ))),
        Ok(entry) => {
            let below = entry.path().strip_prefix(base).unwrap_or(entry.path());
            Some(key_part(below).map(|below| Found { path: entry.path().into(), below }))
        }
        Err(error) => Some(Err(walking(source, &error))),
    }))
}

fn walking(folder: &Path, error: &walkdir::Error) -> Failure {
    let place = error.path().unwrap_or(folder).display();
    match error.io_error() {
        Some(error) => Failure::reading(place, error),
        None => Failure::new(
            Kind::File,
            format!("{place} is a link to a folder above it"),
            "remove the link, or put the folders below it one by one",
        ),
    }
}

/// A path as a part of a key, with slashes.
fn key_part(path: &Path) -> Result<String, Failure> {
    let parts = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_str()),
        _ => None,
    });
    let parts: Option<Vec<&str>> = parts.collect();
    parts.map(|parts| parts.join("/")).filter(|key| !key.is_empty()).ok_or_else(|| {
        Failure::new(
            Kind::File,
            format!("{} has no name that a key can have: keys are UTF-8", path.display()),
            "rename it, or put it by itself under a key of your choice",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leads_out_of_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().join("root");
        for key in ["..", "../x", "a/../../x", "/etc/x", "a//x", "./x", "a/.", "", "a/", "a\0b"] {
            assert!(confined(&root, key).is_err(), "{key:?}");
        }
        assert_eq!(confined(&root, "a/b c/\u{fc}").unwrap(), root.join("a/b c/\u{fc}"));
        make_way(&root, &root.join("a/b c/x")).unwrap();
        assert!(root.join("a/b c").is_dir() && !root.join("a/b c/x").exists());
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_the_folder() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("root");
        fs::create_dir_all(root.join("inner")).unwrap();
        for (name, target) in [("out", ".."), ("in", "inner"), ("gone", "nowhere")] {
            std::os::unix::fs::symlink(target, root.join(name)).unwrap();
        }
        let way = |below| confined(&root, below).and_then(|path| make_way(&root, &path));
        assert!(way("out/x").is_err());
        assert!(way("out").is_err());
        assert!(way("gone/x").is_err());
        assert!(way("in/x").is_ok());
    }

    #[test]
    fn names_begin_where_the_user_says() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        fs::create_dir_all(folder.join("sub")).unwrap();
        for name in ["folder/b", "folder/a", "folder/sub/c"] {
            fs::write(root.path().join(name), name).unwrap();
        }
        let names =
            |is_single| -> Vec<String> { files(&folder, is_single).map(|found| found.unwrap().below).collect() };
        assert_eq!(names(true), ["a", "b", "sub/c"]);
        assert_eq!(names(false), ["folder/a", "folder/b", "folder/sub/c"]);
    }
}
