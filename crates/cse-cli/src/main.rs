//! `cse`: Amazon S3 client-side encryption on the command line. How to use it is in README.md.

extern crate alloc;

mod args;
mod commands;
mod draft;
mod error;
mod files;
mod hints;
mod interrupt;
mod keys;
mod metadata;
mod object;
mod output;
mod progress;
mod replay_kms;
mod runtime;
mod s3;
mod setup;
mod source;
mod stream;
mod writer;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = match args::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && (is_json() || args::is_message(&error)) => {
            return output::Console::new(&args::Global { json: is_json(), quiet: false }).fail(&args::failure(&error));
        }
        // Help, and the version.
        Err(error) => error.exit(),
    };
    let console = output::Console::new(&arguments.global);
    match commands::run(arguments, &console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => console.fail(&failure),
    }
}

/// For what is said before the command line is understood.
fn is_json() -> bool {
    std::env::args_os().any(|word| word == "--json")
}
