//! What the parser of the command line refuses, in the shape of every other failure.

use crate::error::Failure;

/// The first paragraph of the parser's message says what, a tip says what to do.
pub(crate) fn failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("the command line is not complete", "see `cse --help`");
    }
    let lines = text.lines().map(str::trim);
    let what: Vec<_> = lines.clone().take_while(|line| !line.is_empty()).collect();
    let what = what.join(" ");
    let tips: Vec<_> = lines.filter_map(|line| line.strip_prefix("tip: ")).collect();
    let next = if tips.is_empty() { "the option --help shows what is possible".to_owned() } else { tips.join("; ") };
    Failure::usage(what.strip_prefix("error: ").unwrap_or(&what), next)
}
