//! `cse`: Amazon S3 client-side encryption on the command line. How to use it is in README.md.

mod args;
mod commands;
mod error;
mod files;
mod interrupt;
mod keys;
mod metadata;
mod object;
mod output;
mod progress;
mod replay_kms;
mod setup;
mod source;
mod stream;
mod writer;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let console = output::Console::new(&arguments.global);
    match commands::run(arguments, &console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => console.fail(&failure),
    }
}
