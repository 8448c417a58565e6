//! `tracefall completions`.

use clap::CommandFactory as _;

use super::args::{Cli, Completions};
use super::output::Output;
use super::{Error, exit};

/// Runs the command.
///
/// # Errors
/// If the script cannot be written.
pub fn run(args: &Completions) -> Result<u8, Error> {
    // The script is made in memory: its maker panics where a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tracefall", &mut script);
    Output::open(None)?.write(|out| out.write_all(&script))?;
    Ok(exit::SUCCESS)
}
