//! moto, with signatures and permissions checked: started when a test first needs it, and ended with the test program, however that one
//! ends. `interop/serve` prepares and starts it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, ErrorKind},
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::LazyLock,
};

/// What to do if it does not start.
const HELP: &str = "Python 3.11 or later with `venv` is needed, and on the first run access to a package index; \
     `cargo test … -- --skip moto` leaves these tests out";

/// A running moto.
#[derive(Debug)]
pub struct Moto {
    /// Where S3 and KMS are.
    pub url: String,
    /// The region of both.
    pub region: String,
    /// A bucket that is there.
    pub bucket: String,
    /// The KMS key that is there.
    pub kms_key_arn: String,
    /// An alias for it.
    pub kms_alias: String,
    /// May do everything.
    pub administrator: User,
    /// May use S3 alone.
    pub s3_only: User,
    /// May do everything, except with keys that end in `.instruction`.
    pub no_instruction_files: User,
    /// It serves until this is closed, at the latest by the operating system.
    _stdin: ChildStdin,
}

/// Who signs.
#[derive(Clone, Debug)]
pub struct User {
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: String,
}

/// The one moto of this test program.
///
/// # Panics
///
/// If it cannot be started, with what to do about it.
#[must_use]
pub fn moto() -> &'static Moto {
    static MOTO: LazyLock<Moto> = LazyLock::new(start);
    &MOTO
}

fn start() -> Moto {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/serve");
    let child = Command::new("python3").arg(&script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => panic!("moto cannot be started: python3 is not installed. {HELP}"),
        _ => panic!("moto cannot be started: {error}. {HELP}"),
    });
    let (stdin, stdout) = child.stdin.take().zip(child.stdout.take()).expect("both are piped");
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let lines: Vec<_> = lines.by_ref().take_while(|line| line != "READY=1").collect();
    match Moto::from_lines(&lines, stdin) {
        Some(moto) => moto,
        None => panic!("moto did not start ({:?}): see what it says above. {HELP}", child.wait()),
    }
}

impl Moto {
    /// `NAME=VALUE`, and `USER=NAME ACCESS SECRET` for each user.
    fn from_lines(lines: &[String], stdin: ChildStdin) -> Option<Self> {
        let pairs: Vec<_> = lines.iter().filter_map(|line| line.split_once('=')).collect();
        let users = pairs.iter().filter(|(name, _)| *name == "USER").filter_map(|(_, user)| User::parse(user));
        let users: BTreeMap<_, _> = users.collect();
        let pairs: BTreeMap<_, _> = pairs.into_iter().collect();
        let value = |name| pairs.get(name).map(|value| (*value).to_owned());
        Some(Self {
            url: value("URL")?,
            region: value("REGION")?,
            bucket: value("BUCKET")?,
            kms_key_arn: value("KMS_KEY_ARN")?,
            kms_alias: value("KMS_ALIAS")?,
            administrator: users.get("administrator")?.clone(),
            s3_only: users.get("s3-only")?.clone(),
            no_instruction_files: users.get("no-instruction-files")?.clone(),
            _stdin: stdin,
        })
    }
}

impl User {
    fn parse(line: &str) -> Option<(&str, Self)> {
        let mut words = line.split(' ');
        let (name, access_key, secret_key) = (words.next()?, words.next()?, words.next()?);
        Some((name, Self { access_key: access_key.to_owned(), secret_key: secret_key.to_owned() }))
    }
}
