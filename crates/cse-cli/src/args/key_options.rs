//! The key options. Their order counts: a password and a description belong to the key before them.

use std::path::PathBuf;

use clap::{Arg, ArgGroup, ArgMatches, Args, FromArgMatches, error::Error};

use super::pair;

/// Keys, in the order they were typed, each with what belongs to it.
#[derive(Debug)]
pub(crate) struct KeyOptions {
    /// The keys of the user's own.
    pub(crate) own: Vec<OwnKey>,
    /// `--description` or `--rsa-password` that no key takes.
    pub(crate) stray: Option<&'static str>,
    pub(crate) kms_answers: Option<PathBuf>,
    pub(crate) kms_key: Option<String>,
    pub(crate) grant_tokens: Vec<PathBuf>,
}

/// One `--aes-key` or `--rsa-key`.
#[derive(Debug)]
pub(crate) struct OwnKey {
    pub(crate) kind: OwnKeyKind,
    pub(crate) source: PathBuf,
    pub(crate) password: Option<PathBuf>,
    pub(crate) description: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OwnKeyKind {
    Aes,
    Rsa,
}

/// The options as clap declares them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys (SRC is a file, env:NAME, or - for standard input; never the key itself)")]
struct Declared {
    /// An AES key: base64 of 16, 24 or 32 bytes
    #[arg(long, value_name = "SRC")]
    aes_key: Vec<PathBuf>,
    /// An RSA key, PEM or DER; sealing takes the public half, opening needs the private one
    #[arg(long, value_name = "SRC")]
    rsa_key: Vec<PathBuf>,
    /// The password of the encrypted RSA key before it
    #[arg(long, value_name = "SRC", requires = "rsa_key")]
    rsa_password: Vec<PathBuf>,
    /// An entry of the material description of the AES or RSA key before it: stored when sealing, and how an object finds its key
    /// when opening with several. Repeat it for more
    #[arg(long, value_name = "K=V", value_parser = pair)]
    description: Vec<(String, String)>,
    /// Recorded answers of AWS KMS, as JSON, in place of the service: a list of objects with ciphertext_blob_b64,
    /// encryption_context, plaintext_b64 and key_id
    #[arg(long, value_name = "FILE")]
    kms_answers: Option<PathBuf>,
    /// Key id, ARN or alias of the KMS key; opening without it leaves the key to KMS
    #[arg(long, value_name = "KEYID")]
    kms_key: Option<String>,
    /// A grant token for KMS; repeat it for more
    #[arg(long, value_name = "SRC")]
    grant_token: Vec<PathBuf>,
}

/// One value with the place it was typed at.
enum Part {
    Key(OwnKeyKind, PathBuf),
    Password(PathBuf),
    Description((String, String)),
}

impl KeyOptions {
    /// Gives each part to the key before it. With a single key there is nothing to mistake, so it also takes what comes first.
    fn new(mut parts: Vec<(usize, Part)>, declared: Declared) -> Self {
        let single = parts.iter().filter(|(_, part)| matches!(part, Part::Key(..))).count() == 1;
        parts.sort_by_key(|(place, part)| (single && !matches!(part, Part::Key(..)), *place));
        let mut own: Vec<OwnKey> = Vec::new();
        let mut stray = None;
        for (_, part) in parts {
            match (part, own.last_mut()) {
                (Part::Key(kind, source), _) => {
                    own.push(OwnKey { kind, source, password: None, description: Vec::new() });
                }
                (Part::Description(entry), Some(key)) => key.description.push(entry),
                (Part::Password(source), Some(key)) if key.kind == OwnKeyKind::Rsa && key.password.is_none() => {
                    key.password = Some(source);
                }
                (Part::Password(_), _) => stray = Some("--rsa-password"),
                (Part::Description(_), None) => stray = Some("--description"),
            }
        }
        let Declared { kms_answers, kms_key, grant_token, .. } = declared;
        Self { own, stray, kms_answers, kms_key, grant_tokens: grant_token }
    }
}

impl FromArgMatches for KeyOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let places = |id: &str| matches.indices_of(id).into_iter().flatten();
        let mut declared = Declared::from_arg_matches(matches)?;
        let aes = core::mem::take(&mut declared.aes_key).into_iter().map(|source| Part::Key(OwnKeyKind::Aes, source));
        let rsa = core::mem::take(&mut declared.rsa_key).into_iter().map(|source| Part::Key(OwnKeyKind::Rsa, source));
        let passwords = core::mem::take(&mut declared.rsa_password).into_iter().map(Part::Password);
        let descriptions = core::mem::take(&mut declared.description).into_iter().map(Part::Description);
        let parts = (places("aes_key").zip(aes))
            .chain(places("rsa_key").zip(rsa))
            .chain(places("rsa_password").zip(passwords))
            .chain(places("description").zip(descriptions))
            .collect();
        Ok(Self::new(parts, declared))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for KeyOptions {
    fn augment_args(command: clap::Command) -> clap::Command {
        let any = ArgGroup::new("key").args(["aes_key", "rsa_key", "kms_answers"]).required(true).multiple(true);
        // Offline there is no other KMS than the recorded one.
        let recorded = |arg: Arg| arg.requires("kms_answers");
        Declared::augment_args(command).mut_arg("kms_key", recorded).mut_arg("grant_token", recorded).group(any)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Declared::augment_args_for_update(command)
    }
}

/// The same for verbs that reach KMS itself: `--kms-answers` is one way among others, and reading takes no key, because KMS finds its own.
#[derive(Debug)]
pub(crate) struct ServiceKeys(pub(crate) KeyOptions);

impl FromArgMatches for ServiceKeys {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        KeyOptions::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Args for ServiceKeys {
    fn augment_args(command: clap::Command) -> clap::Command {
        Declared::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Declared::augment_args_for_update(command)
    }
}

/// The key of new wraps.
#[derive(Debug, Args)]
#[command(next_help_heading = "The new key, one of")]
#[command(group = ArgGroup::new("new_key").required(true).args(["new_aes_key", "new_rsa_key", "new_kms_key"]))]
#[group(skip)]
pub(crate) struct NewKey {
    /// An AES key: base64 of 16, 24 or 32 bytes
    #[arg(long, value_name = "SRC")]
    new_aes_key: Option<PathBuf>,
    /// An RSA key, PEM or DER; the public half is enough
    #[arg(long, value_name = "SRC")]
    new_rsa_key: Option<PathBuf>,
    /// Key id, ARN or alias of a KMS key
    #[arg(long, value_name = "KEYID")]
    pub(crate) new_kms_key: Option<String>,
    /// The password of the new RSA key
    #[arg(long, value_name = "SRC", conflicts_with_all = ["new_aes_key", "new_kms_key"])]
    new_rsa_password: Option<PathBuf>,
    /// An entry of the material description of the new AES or RSA key; repeat it for more
    #[arg(long, value_name = "K=V", value_parser = pair, conflicts_with = "new_kms_key")]
    new_description: Vec<(String, String)>,
    /// An entry of the encryption context of the new wrap [default: the context given with --context]; repeat it for more
    #[arg(long, value_name = "K=V", value_parser = pair, conflicts_with_all = ["new_aes_key", "new_rsa_key"])]
    pub(crate) new_context: Vec<(String, String)>,
}

impl NewKey {
    /// The new key, if it is one of the user's own.
    pub(crate) fn own(&self) -> Option<OwnKey> {
        let aes = self.new_aes_key.as_ref().map(|source| (OwnKeyKind::Aes, source));
        let (kind, source) = aes.or(self.new_rsa_key.as_ref().map(|source| (OwnKeyKind::Rsa, source)))?;
        let (password, description) = (self.new_rsa_password.clone(), self.new_description.clone());
        Some(OwnKey { kind, source: source.clone(), password, description })
    }
}
