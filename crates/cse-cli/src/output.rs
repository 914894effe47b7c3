//! What is said, where: reports, summaries, labels and errors.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use cse_envelope::AlgorithmSuite;
use serde::Serialize;

use crate::{
    args::Global,
    error::{Failure, Kind},
};

/// The user's terminal, or the script that runs us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    json: bool,
    quiet: bool,
}

/// Which stream carries the verb's data; a report takes the other one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DataOn {
    Stdout,
    Files,
}

impl Console {
    pub(crate) const fn new(global: &Global) -> Self {
        Self { json: global.json, quiet: global.quiet }
    }

    /// Whether a progress bar may be shown.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.json && !self.quiet && io::stderr().is_terminal()
    }

    /// The result of a verb whose point is its files: JSON, or one line for a person.
    pub(crate) fn report(&self, data: DataOn, report: &impl Serialize, summary: &str) -> Result<(), Failure> {
        if self.json {
            let json = to_json(report);
            match data {
                DataOn::Stdout => eprint(&json),
                DataOn::Files => self.print(&json)?,
            }
        } else if !self.quiet {
            eprint(&printable(summary));
        }
        Ok(())
    }

    /// The result of a verb whose point is what it prints.
    pub(crate) fn answer(&self, report: &impl Serialize, text: &str) -> Result<(), Failure> {
        if self.json { self.print(&to_json(report)) } else { self.print(&printable(text)) }
    }

    /// A line on standard output.
    fn print(&self, text: &str) -> Result<(), Failure> {
        print(format!("{}\n", text.trim_end()).as_bytes())
    }

    /// Says that plaintext is not authenticated; `--json` says so in the report.
    pub(crate) fn label_unauthenticated(&self, why: &str) {
        if !self.json {
            eprint(&printable(&format!("unauthenticated: {why}")));
        }
    }

    /// Says what may go wrong later; `--json` says so in the report.
    pub(crate) fn warn(&self, what: &str) {
        if !self.json {
            eprint(&printable(&format!("warning: {what}")));
        }
    }

    /// Says what went wrong, and gives the exit code.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        if failure.kind != Kind::BrokenPipe {
            self.complain(failure);
        }
        failure.kind.exit_code()
    }

    /// Says what went wrong with one of several, and goes on.
    pub(crate) fn complain(&self, failure: &Failure) {
        if self.json {
            eprint(&to_json(&ErrorEnvelope { error: failure.into() }));
        } else if failure.kind == Kind::Interrupted {
            // Whoever ended it knows what to do next.
            eprint(&printable(&failure.what));
        } else {
            eprint(&printable(&format!("error: {}\nnext: {}", failure.what, failure.next)));
        }
    }
}

#[derive(Serialize)]
struct ErrorEnvelope<'a> {
    error: ErrorReport<'a>,
}

/// A failure, for a script.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorReport<'a> {
    kind: &'a str,
    what: &'a str,
    next: &'a str,
}

impl<'a> From<&'a Failure> for ErrorReport<'a> {
    fn from(Failure { kind, what, next }: &'a Failure) -> Self {
        Self { kind: kind.name(), what, next }
    }
}

/// How content is encrypted, for a person.
pub(crate) const fn content_name(suite: AlgorithmSuite) -> &'static str {
    match suite {
        AlgorithmSuite::Cbc => "AES-CBC",
        AlgorithmSuite::Gcm => "AES-GCM",
        AlgorithmSuite::GcmCommitKey => "AES-GCM with key commitment",
        _ => "a new content algorithm",
    }
}

/// Keys and what a store says are anyone's: control characters must not reach a terminal, but for our own line ends and tabs.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '\n' | '\t' => vec![c],
            c if c.is_control() => c.escape_default().collect(),
            c => vec![c],
        })
        .collect()
}

/// Bytes on standard output.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| Failure::writing("standard output", &error))
}

/// A line on standard error. If even that is gone, there is nobody left to tell.
fn eprint(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Our reports are structures of texts and numbers: they always serialise.
fn to_json(report: &impl Serialize) -> String {
    serde_json::to_string(report).unwrap_or_default()
}
