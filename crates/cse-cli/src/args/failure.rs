//! What the parser of the command line refuses, in the shape of every other failure.

use std::ffi::OsString;

use clap::CommandFactory as _;

use super::Arguments;
use crate::error::Failure;

/// Whether it says what is wrong. Without any word there is only the help to show.
pub(crate) fn is_message(error: &clap::Error) -> bool {
    error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// The first paragraph of the parser's message says what, a tip says what to do.
pub(crate) fn failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    if !is_message(error) {
        return Failure::usage("the command line is not complete", "see `cse --help`");
    }
    let lines = text.lines().map(str::trim);
    let what: Vec<_> = lines.clone().take_while(|line| !line.is_empty()).collect();
    let what = what.join(" ");
    // That an option can be a value by `--` before it is no help to whoever mistyped it.
    let tips = lines.clone().filter_map(|line| line.strip_prefix("tip: ")).filter(|tip| !tip.starts_with("to pass "));
    let next: Vec<_> = tips.map(str::to_owned).chain([format!("try `{} --help`", verb(std::env::args_os()))]).collect();
    Failure::usage(what.strip_prefix("error: ").unwrap_or(&what), next.join("; "))
}

/// The program and the verb of a command line, of which nothing else may be right.
fn verb(words: impl Iterator<Item = OsString>) -> String {
    let all = Arguments::command();
    let mut command = &all;
    let mut verb = vec![command.get_name()];
    // What comes before the verb are switches, which take no value.
    for word in words.skip(1).filter(|word| !word.as_encoded_bytes().starts_with(b"-")) {
        let Some(inner) = command.find_subcommand(&word) else { break };
        command = inner;
        verb.push(command.get_name());
    }
    verb.join(" ")
}
