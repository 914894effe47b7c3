//! `cse inspect`: tells how an object is encrypted and what reading it takes. Needs no key.

use cse_envelope::{
    AlgorithmSuite, Envelope, FormatVersion, KeyContext, ReadPolicy, RsaWrap, Stored, WrapAlgorithm, error::AdmitError,
};
use serde::Serialize;

use super::{
    broken::{self, Broken},
    unused::Unused,
};
use crate::{
    args,
    error::{Failure, Kind, flags_for, key_flag},
    hints::{TEXTBOOK_RSA, is_damaged, is_damaged_text},
    metadata::Pairs,
    object::Object,
    output::{Console, content_name},
    runtime::{self, INTERRUPTED},
    s3::{
        S3,
        look::{Looked, Spare},
        name::{self, Name},
        settings,
    },
    source,
    writer::{self, Family},
};

/// Where the wrapped key is, as long as nobody gave the file.
const INSTRUCTION_NEEDED: &str = "instruction-file-needed";

/// How an object is encrypted.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    version: String,
    content: &'static str,
    #[serde(skip)]
    content_name: &'static str,
    content_id: String,
    authenticated: bool,
    committing: bool,
    /// Unknown as long as the instruction file is.
    wrap: Option<&'static str>,
    /// `metadata`, `instruction file` or `instruction-file-needed`.
    key_in: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Pairs<String>>,
    /// It has a `?` where other characters may have been lost.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    context_damaged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Pairs<String>>,
    /// Anyone may have changed it.
    plaintext_len_hint: Option<u64>,
    /// The words to add to `open`; SRC, FILE and I.json stand for the user's own.
    flags: Vec<String>,
    /// What to add if that fails, and when.
    perhaps: Vec<Perhaps>,
    /// Families of clients that probably wrote it, likelier ones first.
    probably_written_by: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unused_instruction_file: Option<Unused>,
}

#[derive(Debug, Serialize)]
struct Perhaps {
    flag: &'static str,
    when: &'static str,
}

/// What reads the object, for the line that shows how.
#[derive(Clone, Debug)]
pub(super) enum ReadBy {
    /// `cse open`, from files.
    Open,
    /// `cse get`, from S3, by its name there.
    Get(String),
}

/// A report with what its text takes besides.
#[derive(Debug)]
pub(super) struct Described {
    report: Report,
    families: Vec<Family>,
    suite: Option<AlgorithmSuite>,
    read_by: ReadBy,
}

pub(crate) fn run(inspect: &args::Inspect, console: &Console) -> Result<(), Failure> {
    if name::is_name(&inspect.metadata) {
        return in_s3(inspect, console);
    }
    source::check_stdin_once(core::iter::once(&inspect.metadata).chain(&inspect.instruction))?;
    let object = Object::read(&inspect.metadata, inspect.instruction.as_deref())?;
    show(describe(&object, &ReadBy::Open), &object, console)
}

/// What can be read is shown in any case; that not all can is a failure.
fn show(described: Result<Described, Failure>, object: &Object, console: &Console) -> Result<(), Failure> {
    match described {
        Ok(described) => console.answer(&described.report, &described.text()),
        Err(failure) if failure.kind == Kind::Malformed => {
            let broken = Broken::new(object, &failure);
            console.answer(&broken, &broken.text())?;
            Err(broken::reason(failure))
        }
        Err(failure) => Err(failure),
    }
}

fn in_s3(inspect: &args::Inspect, console: &Console) -> Result<(), Failure> {
    if inspect.instruction.is_some() {
        return Err(Failure::usage(
            "--instruction is for files: in S3 the instruction file is found by its name",
            "leave it out; if the file has another name, add --instruction-suffix SUFFIX",
        ));
    }
    let name = Name::object(inspect.metadata.to_str().unwrap_or_default())?;
    runtime::run(console, INTERRUPTED, async |stop| {
        let s3 = S3::connect(&inspect.service).await?;
        let location = settings::located(&name, inspect.version_id.as_deref());
        let Looked { object, spare, .. } = stop.or(s3.look(&location, &inspect.file)).await?;
        let described = describe(&object, &ReadBy::Get(name.to_string())).map(|described| described.beside(spare));
        show(described, &object, console).map_err(|failure| failure.of(&location))
    })
}

/// Tells what there is to tell without a key.
pub(super) fn describe(object: &Object, read_by: &ReadBy) -> Result<Described, Failure> {
    let stored = object.stored()?;
    let flags = flags_for(&stored.requirements());
    let read_by = read_by.clone();
    Ok(match stored.envelope() {
        Some(envelope) => {
            let families = writer::families(object, envelope);
            let report = report(envelope, flags, object, &families, &read_by);
            Described { report, families, suite: Some(envelope.suite()), read_by }
        }
        None => Described { report: incomplete(stored)?, families: Vec::new(), suite: None, read_by },
    })
}

impl Described {
    /// With what lies beside the object.
    pub(super) fn beside(mut self, spare: Option<Spare>) -> Self {
        self.report.unused_instruction_file = spare.as_ref().map(Unused::new);
        self
    }

    pub(super) fn text(&self) -> String {
        text(&self.report, &self.families, &self.read_by)
    }

    pub(super) const fn suite(&self) -> Option<AlgorithmSuite> {
        self.suite
    }

    pub(super) fn into_report(self) -> Report {
        self.report
    }
}

/// What is known without the instruction file, where it is certain that there is one: only V3 leaves traces on the object.
fn incomplete(stored: Stored) -> Result<Report, Failure> {
    match stored.admit(&ReadPolicy::default()) {
        Err(AdmitError::MissingInstructionFile) => {
            let mut report = Report::new(FormatVersion::V3, AlgorithmSuite::GcmCommitKey, INSTRUCTION_NEEDED);
            report.flags = ["--instruction", "I.json"].map(str::to_owned).to_vec();
            Ok(report)
        }
        Err(error) => Err(error.into()),
        // An envelope that is not whole is never admitted.
        Ok(_) => Err(AdmitError::NoEnvelope.into()),
    }
}

impl Report {
    fn new(version: FormatVersion, suite: AlgorithmSuite, key_in: &'static str) -> Self {
        Self {
            version: format!("{version:?}"),
            content: suite.name(),
            content_name: content_name(suite),
            content_id: format!("{:#06x}", suite.id()),
            authenticated: suite.is_authenticated(),
            committing: suite.is_committing(),
            wrap: None,
            key_in,
            context: None,
            context_damaged: false,
            description: None,
            plaintext_len_hint: None,
            flags: Vec::new(),
            perhaps: Vec::new(),
            probably_written_by: Vec::new(),
            unused_instruction_file: None,
        }
    }
}

fn report(envelope: &Envelope, needs: Vec<String>, object: &Object, families: &[Family], read_by: &ReadBy) -> Report {
    let map = |pairs: &mut dyn Iterator<Item = (&str, &str)>| {
        Pairs(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
    };
    let (context, description) = match envelope.key_part().context() {
        KeyContext::Encryption(context) => (Some(map(&mut context.iter())), None),
        KeyContext::Description(description) => (None, Some(map(&mut description.iter()))),
        _ => (None, None),
    };
    let wrap = envelope.key_part().wrap();
    let mut flags = Vec::new();
    match read_by {
        ReadBy::Open => {
            if object.instruction.is_some() {
                flags.extend(["--instruction", "I.json"].map(str::to_owned));
            }
            flags.extend(key_flag(wrap).map(str::to_owned));
        }
        // KMS finds its key by itself.
        ReadBy::Get(_) if matches!(wrap, WrapAlgorithm::Kms(_)) => {}
        ReadBy::Get(_) => flags.extend(key_flag(wrap).map(str::to_owned)),
    }
    flags.extend(needs);
    flags.extend(context_flags(envelope));
    let key_in = if object.instruction.is_some() { "instruction file" } else { "metadata" };
    Report {
        wrap: Some(envelope.key_part().wrap().name()),
        context,
        context_damaged: matches!(envelope.key_part().context(), KeyContext::Encryption(it) if is_damaged(it)),
        description,
        plaintext_len_hint: envelope.plaintext_len_hint(),
        flags,
        perhaps: perhaps(envelope),
        probably_written_by: families.iter().map(|family| family.id()).collect(),
        ..Report::new(envelope.version(), envelope.suite(), key_in)
    }
}

/// The context to name. Entries that lost characters are not repeated: only their writer knows what they were.
fn context_flags(envelope: &Envelope) -> Vec<String> {
    let KeyContext::Encryption(context) = envelope.key_part().context() else { return Vec::new() };
    let mut flags = Vec::new();
    for (name, value) in context.caller_entries() {
        let is_damaged = is_damaged_text(name) || is_damaged_text(value);
        let entry = if is_damaged { "NAME=VALUE".to_owned() } else { format!("{name}={value}") };
        flags.extend(["--context".to_owned(), entry]);
    }
    if is_damaged(context) {
        flags.push("--caller-context".to_owned());
    }
    flags
}

/// Switches whose need shows only when the key is unwrapped.
fn perhaps(envelope: &Envelope) -> Vec<Perhaps> {
    match envelope.key_part().wrap() {
        WrapAlgorithm::Rsa(RsaWrap::Pkcs1v15) => {
            vec![Perhaps { flag: "--textbook-rsa", when: TEXTBOOK_RSA }]
        }
        WrapAlgorithm::Rsa(RsaWrap::OaepSha256) => {
            vec![Perhaps { flag: "--oaep-mgf1-sha256", when: "Bouncy Castle wrote it" }]
        }
        _ => Vec::new(),
    }
}

fn text(report: &Report, families: &[Family], read_by: &ReadBy) -> String {
    let content = format!("content      {} ({}, {})", report.content_name, report.content_id, protection(report));
    let Some(wrap) = report.wrap else {
        let format = format!("format       {}, key in an instruction file that is not given", report.version);
        let needed = match read_by {
            ReadBy::Open => {
                "needed       --instruction FILE: the body of the object KEY.instruction; it tells the rest"
            }
            ReadBy::Get(_) => {
                "needed       the object KEY.instruction, which tells the rest: restore it, or add --instruction-suffix"
            }
        };
        return [&format, &content, "commitment   on the object, as it must be", needed].join("\n");
    };
    let mut lines = vec![
        format!("format       {}, key in the {}", report.version, report.key_in),
        content,
        format!("wrap         {wrap}"),
    ];
    for (title, map) in [("context", &report.context), ("description", &report.description)] {
        let entries = map
            .iter()
            .flat_map(|Pairs(map)| map)
            .map(|(name, value)| format!("{} = {}", printable(name), printable(value)));
        lines.extend(entries.enumerate().map(|(i, entry)| format!("{:<12} {entry}", if i == 0 { title } else { "" })));
    }
    if let Some(len) = report.plaintext_len_hint {
        lines.push(format!("plaintext    {len} bytes, says the metadata, which nothing protects"));
    }
    let command = match read_by {
        ReadBy::Open => "cse open BODY --metadata M.json".to_owned(),
        ReadBy::Get(name) => format!("cse get {}", quote(name)),
    };
    let words = core::iter::once(command).chain(report.flags.iter().map(|word| quote(word)));
    lines.push(format!("to read it   {}", words.collect::<Vec<_>>().join(" ")));
    if report.context_damaged {
        let note = "each `?` in the context may be a character that was lost: for NAME=VALUE write the true entry";
        lines.push(format!("note         {note}"));
    }
    lines.extend(report.perhaps.iter().map(|it| format!("perhaps      {}, if {}", it.flag, it.when)));
    lines.push(match families {
        [] => "written by   no known client writes quite so".to_owned(),
        [family] => format!("written by   probably {}", family.name()),
        _ => {
            let names: Vec<_> = families.iter().map(|family| family.name()).collect();
            format!("written by   probably one of: {}", names.join("; "))
        }
    });
    lines.extend(report.unused_instruction_file.as_ref().map(Unused::text));
    lines.join("\n")
}

const fn protection(report: &Report) -> &'static str {
    match (report.authenticated, report.committing) {
        (false, _) => "not authenticated",
        (true, false) => "authenticated",
        (true, true) => "authenticated, committing",
    }
}

/// Stored text is anyone's: control characters must not reach a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// As one word of a shell's command line.
pub(super) fn quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=:/.,@%+".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", printable(text).replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quote("a=b"), "a=b");
        assert_eq!(quote("a=b c"), "'a=b c'");
        assert_eq!(quote("a=it's"), "'a=it'\\''s'");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
    }
}
