//! Where small inputs come from: a file, an environment variable or standard input. Never the command line itself.

use std::{
    env, fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::error::{Failure, Kind};

/// More than any key file, and any instruction file or metadata, in bytes.
const LIMIT: usize = 1024 * 1024;

/// A path that stands for standard input or output.
pub(crate) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Refuses a command line that reads standard input twice.
pub(crate) fn check_stdin_once<'a>(inputs: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Failure> {
    if inputs.into_iter().filter(|path| is_dash(path)).count() > 1 {
        return Err(Failure::usage(
            "standard input can be read once, but `-` is given twice",
            "put one of the two in a file",
        ));
    }
    Ok(())
}

/// Reads a file of metadata.
pub(crate) fn read_text_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let place = if is_dash(path) { "standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = read_limited(path).map_err(|error| Failure::reading(&place, &error))?;
    if bytes.len() > LIMIT {
        return Err(Failure::new(
            Kind::File,
            format!("{place} has more than {LIMIT} bytes, which no metadata has"),
            "check which file it is",
        ));
    }
    Ok(core::mem::take(&mut *bytes))
}

/// Reads a secret from where `option` says; the buffer is wiped when dropped.
pub(crate) fn read_secret(option: &'static str, source: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let text = source.to_str().unwrap_or_default();
    if let Some(name) = text.strip_prefix("env:") {
        if name.is_empty() {
            return Err(Failure::usage(
                format!("{option} says `env:` without the name of a variable"),
                "write env:NAME, where NAME is an environment variable that holds it",
            ));
        }
        return read_variable(option, name);
    }
    if !is_dash(source) && looks_like_key(text) && !source.exists() {
        return Err(Failure::usage(
            format!("{option} takes a place to read from, and the value given looks like a key itself"),
            "put the key in a file or a variable (env:NAME), and make a new one: this one is in your shell's history",
        ));
    }
    let bytes = read_limited(source).map_err(|error| {
        // A password typed by mistake must not be repeated.
        let hidden = option == "--rsa-password" || option == "--grant-token";
        let place = match (is_dash(source), hidden) {
            (true, _) => "standard input".to_owned(),
            (false, true) => format!("the file given with {option}"),
            (false, false) => format!("{} ({option})", source.display()),
        };
        let mut failure = Failure::reading(place, &error);
        if error.kind() == io::ErrorKind::NotFound {
            failure.next = format!("check the path; {option} takes a file, env:NAME, or - for standard input");
        }
        failure
    })?;
    match bytes.len() {
        0 => Err(Failure::new(
            Kind::Key,
            format!("the place given with {option} is empty"),
            "check which file or variable it is",
        )),
        len if len > LIMIT => {
            Err(Failure::new(Kind::Key, format!("the file given with {option} is too long"), "check which file it is"))
        }
        _ => Ok(bytes),
    }
}

fn read_variable(option: &str, name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let wrong = |problem: &str| {
        let what = format!("the environment variable {name} ({option}) {problem}");
        Failure::new(Kind::Key, what, format!("set {name}, or name another variable"))
    };
    let value = Zeroizing::new(env::var(name).map_err(|error| match error {
        env::VarError::NotPresent => wrong("is not set"),
        env::VarError::NotUnicode(_) => wrong("is not text"),
    })?);
    if value.is_empty() { Err(wrong("is empty")) } else { Ok(Zeroizing::new(value.as_bytes().to_vec())) }
}

/// Reads one byte more than the limit at most, into one buffer that never moves: a moved buffer would leave a copy behind.
fn read_limited(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 64));
    let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    if is_dash(path) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Text that is more likely a key than the name of a file: PEM, or base64 or hexadecimal of 16, 24 or 32 bytes.
fn looks_like_key(text: &str) -> bool {
    let base64 =
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'));
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.contains("-----BEGIN")
        || (base64 && matches!((text.len(), text.ends_with('=')), (22 | 43, false) | (24 | 44, true) | (32, false)))
        || (hex && matches!(text.len(), 48 | 64))
        || (base64 && text.len() > 200)
}

#[cfg(test)]
mod tests {
    use super::looks_like_key;

    #[test]
    fn keys_and_file_names_are_told_apart() {
        for key in [
            "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=",
            "lwnvF2JULGknvqwUZPXKXA==",
            "lwnvF2JULGknvqwUZPXKXCcTI5X3O69q",
            "000102030405060708090a0b0c0d0e0f",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            assert!(looks_like_key(key), "{key}");
        }
        for name in ["aes.key", "keys/aes-2026.key", "../k", "wrapping-key", "-", "/run/secrets/cse/wrapping-key.b64"] {
            assert!(!looks_like_key(name), "{name}");
        }
    }
}
