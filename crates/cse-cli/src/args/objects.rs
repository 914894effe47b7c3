//! The verbs that work on objects in S3.

use core::time::Duration;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CONTEXT, Describing, Format, Jobs, Many, NewKey, PolicyOptions, Service, ServiceKeys, pair};

#[derive(Debug, Args)]
#[command(override_usage = "cse put [OPTIONS] <FILE>... <s3://BUCKET[/KEY]>")]
#[command(after_help = "\
One key is needed: --kms-key, --aes-key or --rsa-key.

A target that is a bucket, or ends in /, is a folder: the files keep their names below it. With --recursive, what is in a single \
folder goes below the target; several files and folders keep their names.

Contents above 16 MiB, and standard input, are sent in parts. The object appears when all of it is there; until then an old one stays. \
Ctrl-C aborts the upload. What a killed run leaves is shown, and aborted, by `cse uploads`.

An instruction file of an earlier object of this name stays, unless --instruction-file replaces it, and is not used any more: `cse head` \
shows it, and `cse rm s3://BUCKET/KEY.instruction` removes it.")]
pub(crate) struct Put {
    /// What to encrypt and store; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) sources: Vec<PathBuf>,
    /// Where to
    #[arg(required = true, value_name = "s3://BUCKET[/KEY]")]
    pub(crate) target: String,
    /// Put all files in folders, and in the folders in them
    #[arg(short, long)]
    pub(crate) recursive: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Store only what is not there yet
    #[arg(long)]
    pub(crate) if_absent: bool,
    /// Replace only the object with this ETag
    #[arg(long, value_name = "ETAG", conflicts_with = "if_absent")]
    pub(crate) if_match: Option<String>,
    /// Keep the wrapped key in an instruction file, the object KEY.instruction: then it can be wrapped anew (`cse rewrap`)
    #[arg(long)]
    pub(crate) instruction_file: bool,
    /// Replace an instruction file that is there; until the object is complete, the old one cannot be read
    #[arg(long)]
    pub(crate) overwrite_instruction_file: bool,
    /// Stored format
    #[arg(long, value_enum, default_value_t = Format::V3)]
    pub(crate) format: Format,
    /// Allow the formats v1, v2-kms-gcm and v2-kms-cbc, for readers that know nothing newer
    #[arg(long)]
    pub(crate) legacy: bool,
    #[command(flatten)]
    pub(crate) keys: ServiceKeys,
    /// An entry of the encryption context, authenticated by KMS and stored in the clear; repeat it for more
    #[arg(long, value_name = "K=V", value_parser = pair, help_heading = CONTEXT)]
    pub(crate) context: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) describing: Describing,
    #[command(flatten)]
    pub(crate) service: Service,
}

/// How an object is read.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// One version of the object
    #[arg(long, value_name = "ID")]
    pub(crate) version_id: Option<String>,
    #[command(flatten)]
    pub(crate) file: InstructionFile,
    #[command(flatten)]
    pub(crate) keys: ServiceKeys,
    /// An entry the encryption context must have; all of them must be named. Repeat it for more
    #[arg(long, value_name = "K=V", value_parser = pair, help_heading = CONTEXT)]
    pub(crate) context: Vec<(String, String)>,
    /// Accept whatever encryption context is stored
    #[arg(long, conflicts_with = "context", help_heading = CONTEXT)]
    pub(crate) accept_stored_context: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyOptions,
    #[command(flatten)]
    pub(crate) service: Service,
}

/// Which instruction file counts.
#[derive(Clone, Debug, Args)]
pub(crate) struct InstructionFile {
    /// Read the wrapped key from the object KEY + SUFFIX, even if there is one in the metadata [default: .instruction, where needed]
    #[arg(long, value_name = "SUFFIX")]
    pub(crate) instruction_suffix: Option<String>,
    /// One version of the instruction file
    #[arg(long, value_name = "ID")]
    pub(crate) instruction_version_id: Option<String>,
}

/// What a reader of single objects accepts besides.
#[derive(Clone, Debug, Args)]
pub(crate) struct Unverified {
    /// Accept objects that are not encrypted; labelled as unauthenticated
    #[arg(long, help_heading = super::ACCEPT)]
    pub(crate) plain: bool,
    /// Only these bytes of the plaintext: bytes=0-99 (or 0-99), 100-, -50; not authenticated
    #[arg(long, value_name = "R", allow_hyphen_values = true, help_heading = super::ACCEPT)]
    pub(crate) range: Option<String>,
    /// To standard output: let the plaintext out before it is verified. If it is found to be changed, that is said at the end
    #[arg(long, conflicts_with = "range", help_heading = super::ACCEPT)]
    pub(crate) unverified_stream: bool,
}

#[derive(Debug, Args)]
#[command(override_usage = "cse get [OPTIONS] <s3://BUCKET/KEY>... [TARGET]")]
#[command(after_help = "\
A file appears when all of it is there and verified. To standard output (`-`), plaintext is held in memory up to 64 MiB, and beyond \
that in a temporary file (in $TMPDIR) that has no name.

With several names, a pattern or --recursive the target is a folder. Keys that would be written outside of it, names that are no \
file's, and of two keys like a and a/b the second, are refused, and the others go on.")]
pub(crate) struct Get {
    /// What to read and decrypt; then, if it is not the current folder, where to: a file, a folder, or `-` for standard output
    #[arg(required = true, value_name = "s3://BUCKET/KEY|TARGET")]
    pub(crate) names: Vec<PathBuf>,
    /// Replace files that exist
    #[arg(short, long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) many: Many,
    #[command(flatten)]
    pub(crate) unverified: Unverified,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing comes out before it is verified: plaintext is held in memory up to 64 MiB, and beyond that in a temporary file (in $TMPDIR) \
that has no name.")]
pub(crate) struct Cat {
    /// What to read, decrypt and print, one after the other
    #[arg(required = true, value_name = "s3://BUCKET/KEY")]
    pub(crate) names: Vec<String>,
    /// Take *, ?, [ and { in names as they are
    #[arg(long)]
    pub(crate) no_glob: bool,
    #[command(flatten)]
    pub(crate) unverified: Unverified,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// A bucket, the beginning of keys, or a pattern
    #[arg(value_name = "s3://BUCKET[/PREFIX]")]
    pub(crate) name: String,
    /// Do not stop at /
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Take *, ?, [ and { in the name as they are
    #[arg(long)]
    pub(crate) no_glob: bool,
    /// Which sizes to show
    #[arg(long, value_enum, default_value_t = Sizes::Stored)]
    pub(crate) sizes: Sizes,
    /// Leave out instruction files whose object is there
    #[arg(long)]
    pub(crate) hide_instruction_files: bool,
    /// Sizes as 1.5 MiB
    #[arg(long)]
    pub(crate) human_readable: bool,
    #[command(flatten)]
    pub(crate) service: Service,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Sizes {
    /// What is stored
    Stored,
    /// 16 bytes less, right where every object is encrypted by AES-GCM
    AssumeGcm,
    /// The plaintext's, by a look at each object
    Head,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Of an envelope that is not well formed, what is stored is shown, and the exit code is 1. An instruction file that reading does not use, \
because the key is in the metadata, is shown as `unused`.")]
pub(crate) struct Head {
    /// The object
    #[arg(value_name = "s3://BUCKET/KEY")]
    pub(crate) name: String,
    /// One version of the object
    #[arg(long, value_name = "ID")]
    pub(crate) version_id: Option<String>,
    #[command(flatten)]
    pub(crate) file: InstructionFile,
    #[command(flatten)]
    pub(crate) service: Service,
}

#[derive(Debug, Args)]
pub(crate) struct Rm {
    /// What to delete
    #[arg(required = true, value_name = "s3://BUCKET/KEY")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) many: Many,
    /// One version of the object, which is deleted without its instruction file: that belongs to the newest version
    #[arg(long, value_name = "ID")]
    pub(crate) version_id: Option<String>,
    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) service: Service,
}

#[derive(Debug, Args)]
#[command(override_usage = "cse cp [OPTIONS] <s3://BUCKET/KEY>... <s3://BUCKET[/KEY]>")]
#[command(after_help = "\
Nothing is decrypted, and no key is needed: the copy opens with the keys of its source. An encryption context stays as it is.

An instruction file of an earlier object of the target's name stays if the source has none, and is not used any more: `cse head` shows \
it, and `cse rm s3://BUCKET/KEY.instruction` removes it.")]
pub(crate) struct Cp {
    /// What to copy
    #[arg(required = true, value_name = "s3://BUCKET/KEY")]
    pub(crate) sources: Vec<String>,
    /// Where to
    #[arg(required = true, value_name = "s3://BUCKET[/KEY]")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) many: Many,
    /// One version of the source
    #[arg(long, value_name = "ID")]
    pub(crate) version_id: Option<String>,
    #[command(flatten)]
    pub(crate) file: InstructionFile,
    /// Copy only what is not there yet
    #[arg(long)]
    pub(crate) if_absent: bool,
    /// Replace an instruction file that the target has already
    #[arg(long)]
    pub(crate) overwrite_instruction_file: bool,
    #[command(flatten)]
    pub(crate) describing: Describing,
    #[command(flatten)]
    pub(crate) service: Service,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each object is `verified`, `unauthenticated` (AES-CBC, which has nothing to verify: that it decrypts is all that is known), `plain` (not \
encrypted), or `failed`. Exit code 1 if any failed, or is plain and --plain is not given. Nothing of the plaintext is kept.")]
pub(crate) struct Verify {
    /// What to read and verify
    #[arg(required = true, value_name = "s3://BUCKET/KEY")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) many: Many,
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Take objects that are not encrypted for no failure
    #[arg(long, help_heading = super::ACCEPT)]
    pub(crate) plain: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
For objects whose wrapped key is in an instruction file: the file is replaced, the object stays as it is. A key in an object's own \
metadata changes only with the object: get it and put it again. Where the new key is there already, that is said, and nothing changes.")]
pub(crate) struct Rewrap {
    /// The objects whose data keys are wrapped anew
    #[arg(required = true, value_name = "s3://BUCKET/KEY")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) many: Many,
    /// Fail where the old key would still open the new wrap
    #[arg(long)]
    pub(crate) enforce_rotation: bool,
    /// Write the new wrap to KEY + SUFFIX, for another reader, who names it with --instruction-suffix; the old one stays
    #[arg(long, value_name = "SUFFIX")]
    pub(crate) to_suffix: Option<String>,
    /// With --to-suffix: replace a file of that name
    #[arg(long, requires = "to_suffix")]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) new_key: NewKey,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing tells unfinished uploads of cse from those of other programs, nor those of killed runs from those that are under way: choose \
them by age, id or name.")]
pub(crate) struct Uploads {
    /// A bucket, or the beginning of keys in it
    #[arg(value_name = "s3://BUCKET[/PREFIX]")]
    pub(crate) name: String,
    /// Only those begun longer ago than this, such as 2h or 7days
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) older_than: Option<Duration>,
    /// Only the upload of this id; repeat it for more
    #[arg(long, value_name = "ID")]
    pub(crate) id: Vec<String>,
    /// Abort them, which removes their parts; needs --older-than, --id or --all
    #[arg(long)]
    pub(crate) abort: bool,
    /// With --abort: really all, also those that are under way now
    #[arg(long, requires = "abort", conflicts_with_all = ["older_than", "id"])]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) service: Service,
}

fn age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "write a number and a unit, such as 30min, 2h or 7days".into())
}

#[cfg(feature = "demo")]
#[derive(Debug, Args)]
#[command(after_help = "\
For trying and testing, never for data that matters: it listens on 127.0.0.1 only, and objects and KMS keys lie in its folder as they \
are. Ctrl-C stops it.")]
pub(crate) struct Sandbox {
    /// Where everything is kept for the next time [default: a temporary folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// The port [default: any that is free]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// A bucket to make; repeat it for more [default: sandbox]
    #[arg(long, value_name = "NAME")]
    pub(crate) bucket: Vec<String>,
    /// The region it says it is in
    #[arg(long, value_name = "NAME", default_value = "us-east-1")]
    pub(crate) region: String,
}
