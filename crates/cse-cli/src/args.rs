//! What the user typed, and nothing derived from it.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

#[cfg(feature = "demo")]
pub(crate) use self::objects::Sandbox;
pub(crate) use self::{
    failure::{failure, is_message},
    key_options::{KeyOptions, NewKey, OwnKey, OwnKeyKind, ServiceKeys},
    objects::{Cat, Cp, Get, Head, InstructionFile, Ls, Put, Reading, Rewrap, Rm, Sizes, Unverified, Uploads, Verify},
    service::{Describing, Jobs, Many, Service},
};

mod failure;
mod key_options;
mod objects;
mod service;

const CONTEXT: &str = "Encryption context (KMS)";
const ACCEPT: &str = "What to accept";

/// Amazon S3 client-side encryption: opens what any S3 encryption client wrote, and writes what they read.
///
/// Objects in S3 are named s3://BUCKET/KEY. seal and open work offline, and inspect does so as well, on files: an object's body, its
/// metadata as JSON, and its instruction file where it has one.
#[derive(Debug, Parser)]
#[command(name = "cse", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. Try `cse demo` first: it needs nothing."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every verb.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Global {
    /// Report as JSON on standard output (on standard error when standard output carries the data itself)
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Leave out progress and summaries; errors, the label of unauthenticated plaintext and the word that a run was interrupted stay
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Encrypt files, or standard input, and store them
    Put(Put),
    /// Read objects, verify and decrypt them
    Get(Get),
    /// Print objects that are verified and decrypted
    Cat(Cat),
    /// List objects
    Ls(Ls),
    /// Show what is stored beside an object: how it is encrypted, and its headers; needs no key
    Head(Head),
    /// Delete objects and their instruction files
    Rm(Rm),
    /// Copy objects with their envelopes and instruction files, without decrypting them
    Cp(Cp),
    /// Read objects and verify them, without keeping the plaintext
    Verify(Verify),
    /// Wrap the data keys of objects with instruction files anew: rotates keys without touching the objects
    Rewrap(Rewrap),
    /// Show, and abort, uploads that were begun and not ended
    Uploads(Uploads),
    /// Make a wrapping key
    #[command(subcommand)]
    Keygen(Keygen),
    /// Encrypt a file as an S3 encryption client would
    Seal(Seal),
    /// Decrypt an object that any S3 encryption client wrote
    Open(Open),
    /// Tell how an object is encrypted, what reading it takes, and which client probably wrote it; needs no key
    Inspect(Inspect),
    /// Show all of it at work, against an S3 and a KMS inside the program
    #[cfg(feature = "demo")]
    Demo,
    /// Run an S3 and a KMS on this machine, to try every verb, the aws CLI or an application without AWS
    #[cfg(feature = "demo")]
    Sandbox(Sandbox),
    /// Print a completion script for a shell
    Completions(Completions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keygen {
    /// Make an AES key: base64 and a newline
    Aes {
        /// Length of the key
        #[arg(long, value_enum, default_value_t = AesBits::B256)]
        bits: AesBits,
        /// Where to write the key (readable by you alone; never overwritten) [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Make an RSA key pair: PKCS#8 PEM
    Rsa {
        /// Length of the key, 2048 to 8192
        #[arg(long, default_value_t = 3072, value_parser = clap::value_parser!(u16).range(2048..=8192))]
        bits: u16,
        /// Where to write the private key (readable by you alone; never overwritten) [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Where to write the public key, with which others seal for you
        #[arg(long, value_name = "FILE")]
        public_out: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AesBits {
    #[value(name = "128")]
    B128,
    #[value(name = "192")]
    B192,
    #[value(name = "256")]
    B256,
}

#[derive(Debug, Args)]
pub(crate) struct Seal {
    /// The plaintext; `-` is standard input
    pub(crate) input: PathBuf,
    /// Where to write the ciphertext, the object's body [default: standard output]
    #[arg(long, value_name = "BODY")]
    pub(crate) out: Option<PathBuf>,
    /// Where to write the object's metadata: JSON, names without x-amz-meta-
    #[arg(long, value_name = "M.json")]
    pub(crate) metadata: PathBuf,
    /// Keep the wrapped key in an instruction file: the body of the object KEY.instruction is written here
    #[arg(long, value_name = "I.json")]
    pub(crate) instruction: Option<PathBuf>,
    /// Stored format
    #[arg(long, value_enum, default_value_t = Format::V3)]
    pub(crate) format: Format,
    /// Allow the formats v1, v2-kms-gcm and v2-kms-cbc, for readers that know nothing newer
    #[arg(long)]
    pub(crate) legacy: bool,
    /// Replace files that exist
    #[arg(short, long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) keys: KeyOptions,
    /// An entry of the encryption context, authenticated by KMS and stored in the clear; repeat it for more
    #[arg(long, value_name = "K=V", value_parser = pair, help_heading = CONTEXT)]
    pub(crate) context: Vec<(String, String)>,
}

/// Formats to write, by their names on the command line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// AES-GCM with key commitment: all clients since December 2025 read it
    V3,
    /// AES-GCM without key commitment, for older clients
    V2,
    /// AES-CBC under an AES or RSA key; not authenticated
    V1,
    /// AES-GCM under the old wrap `kms`
    V2KmsGcm,
    /// AES-CBC under the old wrap `kms`; not authenticated
    V2KmsCbc,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Plaintext leaves only after it was verified. Into a file: it is written beside the target and renamed when it is complete. To \
standard output: it is kept in memory up to 64 MiB, and beyond that in a temporary file (in $TMPDIR) that has no name.

CBC content and ranges cannot be verified. They are labelled `unauthenticated:` on standard error, and \"verified\": false in \
--json.")]
pub(crate) struct Open {
    /// The ciphertext, the object's body; `-` is standard input
    pub(crate) body: PathBuf,
    /// The object's metadata: a flat JSON object, or what `aws s3api head-object` prints; `-` is standard input
    #[arg(long, value_name = "M.json")]
    pub(crate) metadata: PathBuf,
    /// The body of the object KEY.instruction, where the wrapped key is not in the metadata
    #[arg(long, value_name = "I.json")]
    pub(crate) instruction: Option<PathBuf>,
    /// Only these bytes of the plaintext: bytes=0-99 (or 0-99), 100-, -50; not authenticated
    #[arg(long, value_name = "R", allow_hyphen_values = true)]
    pub(crate) range: Option<String>,
    /// Where to write the plaintext [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(short, long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) keys: KeyOptions,
    /// An entry the encryption context must have; all of them must be named. Repeat it for more
    #[arg(long, value_name = "K=V", value_parser = pair, help_heading = CONTEXT)]
    pub(crate) context: Vec<(String, String)>,
    /// Accept whatever encryption context is stored
    #[arg(long, conflicts_with = "context", help_heading = CONTEXT)]
    pub(crate) accept_stored_context: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyOptions,
}

/// What a reader accepts.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = ACCEPT)]
pub(crate) struct PolicyOptions {
    /// Key commitment policy
    #[arg(long, value_enum, value_name = "P", default_value_t = Policy::RequireRequire)]
    pub(crate) policy: Policy,
    /// Accept CBC content and the old wraps AES, AESWrap, RSA, RSA-OAEP-SHA-256 and kms
    #[arg(long)]
    pub(crate) legacy: bool,
    /// Accept objects that name no wrapping algorithm
    #[arg(long)]
    pub(crate) missing_wrap_algorithm: bool,
    /// Accept keys wrapped by RSA without padding, as Android, and Java under Bouncy Castle, wrote them
    #[arg(long)]
    pub(crate) textbook_rsa: bool,
    /// Accept RSA-OAEP-SHA-256 with MGF1-SHA-256, as Bouncy Castle wrote it
    #[arg(long)]
    pub(crate) oaep_mgf1_sha256: bool,
    /// Send KMS the context given with --context in place of a damaged stored one
    #[arg(long, requires = "context")]
    pub(crate) caller_context: bool,
}

/// Key commitment policies, by the names of the S3EC specification.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Policy {
    /// Read objects with and without key commitment
    #[value(name = "forbid-encrypt-allow-decrypt")]
    ForbidAllow,
    /// Read objects with and without key commitment
    #[value(name = "require-encrypt-allow-decrypt")]
    RequireAllow,
    /// Read only objects with key commitment
    #[value(name = "require-encrypt-require-decrypt")]
    RequireRequire,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Of an envelope that is not well formed, what is stored is shown, and the exit code is 1. In S3, an instruction file that reading does not \
use, because the key is in the metadata, is shown as `unused`.")]
pub(crate) struct Inspect {
    /// An object in S3; or its metadata as a file: a flat JSON object, or what `aws s3api head-object` prints; `-` is standard input
    #[arg(value_name = "s3://BUCKET/KEY|M.json")]
    pub(crate) metadata: PathBuf,
    /// With a file: the body of the object KEY.instruction
    #[arg(long, value_name = "I.json")]
    pub(crate) instruction: Option<PathBuf>,
    /// In S3: one version of the object
    #[arg(long, value_name = "ID")]
    pub(crate) version_id: Option<String>,
    #[command(flatten)]
    pub(crate) file: InstructionFile,
    #[command(flatten)]
    pub(crate) service: Service,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum, action = ArgAction::Set)]
    pub(crate) shell: clap_complete::Shell,
}

/// Splits `K=V` at the first `=`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) | None => Err("write NAME=VALUE".into()),
        Some((name, value)) => Ok((name.into(), value.into())),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
