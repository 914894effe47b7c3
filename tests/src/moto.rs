//! moto, with signatures and permissions checked: started when a test first needs it, and ended with the test program, however that one
//! ends. `interop/serve` prepares and starts it, and other servers by their names.

use std::{
    io::{BufRead, BufReader, ErrorKind},
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::LazyLock,
};

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
    static MOTO: LazyLock<Moto> = LazyLock::new(|| start("moto", Moto::from_answers));
    &MOTO
}

/// Starts a server of `interop/serve`; its answers and what ends it make an `S`.
///
/// # Panics
///
/// If it cannot be started, with what to do about it.
pub(crate) fn start<S>(name: &str, parse: impl FnOnce(&Answers, ChildStdin) -> Option<S>) -> S {
    let help = format!(
        "Python 3.11 or later with `venv` is needed, and on the first run access to a package index; \
         `cargo test … -- --skip {name}` leaves these tests out"
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/serve");
    let child = Command::new("python3").arg(&script).arg(name).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => panic!("{name} cannot be started: python3 is not installed. {help}"),
        _ => panic!("{name} cannot be started: {error}. {help}"),
    });
    let (stdin, stdout) = child.stdin.take().zip(child.stdout.take()).expect("both are piped");
    match parse(&Answers::read(BufReader::new(stdout)), stdin) {
        Some(server) => server,
        None => panic!("{name} did not start ({:?}): see what it says above. {help}", child.wait()),
    }
}

/// What a server of `interop/serve` says of itself: `NAME=VALUE`, and `USER=NAME ACCESS SECRET` for each user.
#[derive(Debug)]
pub(crate) struct Answers(Vec<(String, String)>);

impl Answers {
    /// All lines up to the one that says that it serves.
    fn read(lines: impl BufRead) -> Self {
        let lines = lines.lines().map_while(Result::ok).take_while(|line| line != "READY=1");
        Self(lines.filter_map(|line| line.split_once('=').map(|(name, value)| (name.into(), value.into()))).collect())
    }

    /// The value of this name.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.0.iter().find(|answer| answer.0 == name).map(|answer| answer.1.clone())
    }

    /// The user of this name.
    pub(crate) fn user(&self, name: &str) -> Option<User> {
        let mut users = self.0.iter().filter(|answer| answer.0 == "USER").filter_map(|answer| User::parse(&answer.1));
        users.find(|user| user.0 == name).map(|user| user.1)
    }
}

impl Moto {
    fn from_answers(answers: &Answers, stdin: ChildStdin) -> Option<Self> {
        Some(Self {
            url: answers.value("URL")?,
            region: answers.value("REGION")?,
            bucket: answers.value("BUCKET")?,
            kms_key_arn: answers.value("KMS_KEY_ARN")?,
            kms_alias: answers.value("KMS_ALIAS")?,
            administrator: answers.user("administrator")?,
            s3_only: answers.user("s3-only")?,
            no_instruction_files: answers.user("no-instruction-files")?,
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
