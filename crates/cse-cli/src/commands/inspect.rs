//! `cse inspect`: tells how an object is encrypted and what reading it takes. Needs no key.

use cse_envelope::{EncryptionContext, Envelope, KeyContext, ReadPolicy, RsaWrap, Stored, WrapAlgorithm};
use serde::Serialize;

use crate::{
    args,
    error::{Failure, flags_for, key_flag},
    metadata::Pairs,
    object::Object,
    output::{Console, content_name},
    source,
    writer::{self, Family},
};

#[derive(Serialize)]
struct Report {
    version: String,
    content: &'static str,
    #[serde(skip)]
    content_name: &'static str,
    content_id: String,
    authenticated: bool,
    committing: bool,
    wrap: &'static str,
    /// `metadata` or `instruction file`.
    key_in: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Pairs<String>>,
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
}

#[derive(Serialize)]
struct Perhaps {
    flag: &'static str,
    when: &'static str,
}

pub(crate) fn run(inspect: &args::Inspect, console: &Console) -> Result<(), Failure> {
    source::check_stdin_once(core::iter::once(&inspect.metadata).chain(&inspect.instruction))?;
    let object = Object::read(&inspect.metadata, inspect.instruction.as_deref())?;
    let stored = object.stored()?;
    let flags = flags_for(&stored.requirements());
    let Some(envelope) = stored.envelope() else { return Err(missing(stored)) };
    let families = writer::families(&object, envelope);
    let report = report(envelope, flags, &object, &families);
    console.answer(&report, &text(&report, &families))
}

/// What an incomplete envelope lacks.
fn missing(stored: Stored) -> Failure {
    match stored.admit(&ReadPolicy::default()) {
        Err(error) => error.into(),
        // An envelope that is not whole is never admitted.
        Ok(_) => cse_envelope::error::AdmitError::NoEnvelope.into(),
    }
}

fn report(envelope: &Envelope, needs: Vec<String>, object: &Object, families: &[Family]) -> Report {
    let map = |pairs: &mut dyn Iterator<Item = (&str, &str)>| {
        Pairs(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
    };
    let (context, description) = match envelope.key_part().context() {
        KeyContext::Encryption(context) => (Some(map(&mut context.iter())), None),
        KeyContext::Description(description) => (None, Some(map(&mut description.iter()))),
        _ => (None, None),
    };
    let mut flags = Vec::new();
    if object.instruction.is_some() {
        flags.extend(["--instruction", "I.json"].map(str::to_owned));
    }
    flags.extend(key_flag(envelope.key_part().wrap()).map(str::to_owned));
    flags.extend(needs);
    if let KeyContext::Encryption(context) = envelope.key_part().context() {
        flags.extend(
            context.caller_entries().flat_map(|(name, value)| ["--context".to_owned(), format!("{name}={value}")]),
        );
    }
    let suite = envelope.suite();
    Report {
        version: format!("{:?}", envelope.version()),
        content: suite.name(),
        content_name: content_name(suite),
        content_id: format!("{:#06x}", suite.id()),
        authenticated: suite.is_authenticated(),
        committing: suite.is_committing(),
        wrap: envelope.key_part().wrap().name(),
        key_in: if object.instruction.is_some() { "instruction file" } else { "metadata" },
        context,
        description,
        plaintext_len_hint: envelope.plaintext_len_hint(),
        flags,
        perhaps: perhaps(envelope),
        probably_written_by: families.iter().map(|family| family.id()).collect(),
    }
}

/// Switches whose need shows only when the key is unwrapped.
fn perhaps(envelope: &Envelope) -> Vec<Perhaps> {
    let damaged = |context: &EncryptionContext| {
        context.caller_entries().any(|(name, value)| name.contains('?') || value.contains('?'))
    };
    match (envelope.key_part().wrap(), envelope.key_part().context()) {
        (WrapAlgorithm::Rsa(RsaWrap::Pkcs1v15), _) => {
            vec![Perhaps { flag: "--textbook-rsa", when: "Android wrote it" }]
        }
        (WrapAlgorithm::Rsa(RsaWrap::OaepSha256), _) => {
            vec![Perhaps { flag: "--oaep-mgf1-sha256", when: "Bouncy Castle wrote it" }]
        }
        (_, KeyContext::Encryption(context)) if damaged(context) => {
            vec![Perhaps {
                flag: "--caller-context",
                when: "the `?` in the context were other characters: give the true ones",
            }]
        }
        _ => Vec::new(),
    }
}

fn text(report: &Report, families: &[Family]) -> String {
    let mut lines = vec![
        format!("format       {}, key in the {}", report.version, report.key_in),
        format!("content      {} ({}, {})", report.content_name, report.content_id, protection(report)),
        format!("wrap         {}", report.wrap),
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
    lines.push(format!(
        "to read it   cse open BODY --metadata M.json {}",
        report.flags.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    ));
    lines.extend(report.perhaps.iter().map(|it| format!("perhaps      {}, if {}", it.flag, it.when)));
    lines.push(match families {
        [] => "written by   no known client writes quite so".to_owned(),
        [family] => format!("written by   probably {}", family.name()),
        _ => {
            let names: Vec<_> = families.iter().map(|family| family.name()).collect();
            format!("written by   probably one of: {}", names.join("; "))
        }
    });
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
fn printable(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// As one word of a shell's command line.
fn quote(text: &str) -> String {
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
