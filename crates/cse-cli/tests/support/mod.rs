//! Runs `cse` in a folder of its own, on objects of the vectors.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use tempfile::TempDir;

/// A folder in which `cse` runs, so that messages name files as a user would.
pub struct Sandbox(TempDir);

/// What a run did.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).unwrap()
    }

    /// Names of all files, sorted: shows that nothing was left behind.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(self.0.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, b"", &[])
    }

    /// A run split at white space, for what has none inside its words.
    pub fn cse(&self, line: &str) -> Done {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_with(&self, arguments: &[&str], stdin: &[u8], variables: &[(&str, &str)]) -> Done {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_cse"));
        command.current_dir(self.0.path()).args(arguments).write_stdin(stdin).envs(variables.iter().copied());
        let output = command.output().unwrap();
        Done {
            code: output.status.code().unwrap(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Puts an object of the vectors here, as `body`, `meta.json`, `I.json`, and its key. Gives the options that open it.
    pub fn put(&self, vector: &Vector) -> Vec<String> {
        self.write("body", vector.file("ciphertext.bin"));
        self.write("meta.json", serde_json::to_vec(&vector.case["metadata"]).unwrap());
        let mut options: Vec<String> = ["body", "--metadata", "meta.json"].map(str::to_owned).to_vec();
        if let Some(body) = vector.case["instruction_file"]["body"].as_str() {
            self.write("I.json", body);
            options.extend(["--instruction", "I.json"].map(str::to_owned));
        }
        options.extend(self.put_key(vector).map(str::to_owned));
        options
    }

    /// Puts a vector's key here, and gives the option that takes it.
    pub fn put_key(&self, vector: &Vector) -> [&'static str; 2] {
        let keys = &vector.case["keys"];
        if let Some(key) = keys["aes_key_b64"].as_str() {
            self.write("aes.key", format!("{key}\n"));
            ["--aes-key", "aes.key"]
        } else if let Some(key) = keys["rsa_private_pkcs8_pem_b64"].as_str() {
            self.write("rsa.pem", BASE64_STANDARD.decode(key).unwrap());
            ["--rsa-key", "rsa.pem"]
        } else {
            self.write("kms.json", vector.file("case.json"));
            ["--kms-answers", "kms.json"]
        }
    }
}

impl Done {
    /// It succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    /// It failed with these two lines, and nothing else was said.
    #[track_caller]
    pub fn fails(&self, code: i32, what: &str, next: &str) {
        assert_eq!(self.stderr, format!("error: {what}\nnext: {next}\n"));
        assert_eq!((self.code, self.stdout.as_slice()), (code, b"".as_slice()));
    }

    /// The same, where the operating system's words follow the first line.
    #[track_caller]
    pub fn fails_by_system(&self, code: i32, what: &str, next: &str) {
        let (first, second) = self.stderr.split_once('\n').unwrap();
        assert!(first.starts_with(&format!("error: {what}: ")), "{first}");
        assert_eq!(second, format!("next: {next}\n"));
        assert_eq!((self.code, self.stdout.as_slice()), (code, b"".as_slice()));
    }

    /// It ended with this code.
    #[track_caller]
    pub fn code(&self, code: i32) {
        assert_eq!(self.code, code, "{}", self.stderr);
    }

    /// It failed, and said this of one of several things; how many failed is said at the end.
    #[track_caller]
    pub fn says(&self, what: &str, next: &str) {
        assert_eq!(self.code, 1, "{}", self.stderr);
        assert!(self.stderr.contains(&format!("error: {what}\nnext: {next}\n")), "{}", self.stderr);
    }

    /// The parser of the command line refused it.
    #[track_caller]
    pub fn is_usage(&self, part: &str) {
        assert_eq!(self.code, 2, "{}", self.stderr);
        assert!(self.stderr.contains(part), "{}", self.stderr);
    }

    pub fn stdout_text(&self) -> &str {
        core::str::from_utf8(&self.stdout).unwrap()
    }

    #[track_caller]
    pub fn stdout_json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap()
    }

    #[track_caller]
    pub fn stderr_json(&self) -> Value {
        serde_json::from_str(&self.stderr).unwrap()
    }
}

/// One object of a real client.
pub struct Vector {
    pub name: String,
    pub case: Value,
    folder: PathBuf,
}

impl Vector {
    pub fn new(name: &str) -> Self {
        let folder = vectors().join(name);
        let case = serde_json::from_slice(&fs::read(folder.join("case.json")).unwrap()).unwrap();
        Self { name: name.to_owned(), case, folder }
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).unwrap()
    }

    /// The plaintext, where the vectors hold it: up to 4096 bytes.
    pub fn plaintext(&self) -> Option<Vec<u8>> {
        fs::read(self.folder.join("plaintext.bin")).ok()
    }

    pub fn text(&self, field: &str) -> &str {
        self.case[field].as_str().unwrap_or_default()
    }

    /// Every object there is.
    pub fn all() -> Vec<Self> {
        let mut names = Vec::new();
        for writer in fs::read_dir(vectors()).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_dir()) {
            for case in fs::read_dir(&writer).unwrap().map(|it| it.unwrap().path()) {
                let name = case.strip_prefix(vectors()).unwrap().to_str().unwrap().to_owned();
                names.push(name);
            }
        }
        names.sort();
        names.iter().map(|name| Self::new(name)).collect()
    }
}

pub fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// As words for [`Sandbox::run`].
pub fn words(owned: &[String]) -> Vec<&str> {
    owned.iter().map(String::as_str).collect()
}
