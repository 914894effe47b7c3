//! The verbs, one a file.

mod broken;
mod cat;
mod completions;
mod cp;
#[cfg(feature = "demo")]
mod demo;
mod get;
mod head;
mod inspect;
mod keygen;
mod ls;
mod open;
mod put;
mod rewrap;
mod rm;
#[cfg(feature = "demo")]
mod sandbox;
mod seal;
mod unused;
mod uploads;
mod verify;

use crate::{
    args::{Arguments, Command},
    error::Failure,
    output::Console,
};

/// Does what was asked.
pub(crate) fn run(arguments: Arguments, console: &Console) -> Result<(), Failure> {
    match arguments.command {
        Command::Put(put) => put::run(&put, console),
        Command::Get(get) => get::run(&get, console),
        Command::Cat(cat) => cat::run(&cat, console),
        Command::Ls(ls) => ls::run(&ls, console),
        Command::Head(head) => head::run(&head, console),
        Command::Rm(rm) => rm::run(&rm, console),
        Command::Cp(cp) => cp::run(&cp, console),
        Command::Verify(verify) => verify::run(&verify, console),
        Command::Rewrap(rewrap) => rewrap::run(&rewrap, console),
        Command::Uploads(uploads) => uploads::run(&uploads, console),
        Command::Keygen(keygen) => keygen::run(&keygen, console),
        Command::Seal(seal) => seal::run(&seal, console),
        Command::Open(open) => open::run(&open, console),
        Command::Inspect(inspect) => inspect::run(&inspect, console),
        #[cfg(feature = "demo")]
        Command::Demo => demo::run(console),
        #[cfg(feature = "demo")]
        Command::Sandbox(sandbox) => sandbox::run(sandbox, console),
        Command::Completions(completions) => completions::run(&completions),
    }
}
