//! The verbs, one a file.

mod completions;
#[cfg(feature = "demo")]
mod demo;
mod inspect;
mod keygen;
mod open;
mod seal;

use crate::{
    args::{Arguments, Command},
    error::Failure,
    output::Console,
};

/// Does what was asked.
pub(crate) fn run(arguments: Arguments, console: &Console) -> Result<(), Failure> {
    match arguments.command {
        Command::Keygen(keygen) => keygen::run(&keygen, console),
        Command::Seal(seal) => seal::run(&seal, console),
        Command::Open(open) => open::run(&open, console),
        Command::Inspect(inspect) => inspect::run(&inspect, console),
        #[cfg(feature = "demo")]
        Command::Demo => demo::run(console),
        Command::Completions(completions) => completions::run(&completions),
    }
}
