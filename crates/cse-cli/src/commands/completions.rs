//! `cse completions`: a completion script for a shell.

use clap::CommandFactory as _;

use crate::{
    args::{Arguments, Completions},
    error::Failure,
    output,
};

pub(crate) fn run(completions: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Arguments::command(), "cse", &mut script);
    output::print(&script)
}
