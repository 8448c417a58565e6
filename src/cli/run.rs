//! From arguments to an exit code.

use std::ffi::OsString;

use clap::Parser;

use super::args::{Cli, Command};
use super::diagnostics::Diagnostics;
use super::screen::Screen;
use super::settings::settle;
use super::{
    Error, analyze, check, completions, config, diff, exit, explain, faultlines, graph, history,
    man, summarize, trace, whatif,
};

/// Reads the command line.
///
/// # Errors
/// With what clap has to say: an error, or the help that was asked for.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(args)
}

/// Prints what clap has to say: help on standard output, errors on standard error. Gives the
/// exit code.
pub fn answer(answer: &clap::Error) -> u8 {
    // Whoever closed the pipe has read enough.
    let _ = answer.print();
    if answer.use_stderr() { exit::USAGE } else { exit::SUCCESS }
}

/// Does what was asked for. Gives the exit code.
///
/// # Errors
/// If there is no result.
pub fn run(mut cli: Cli) -> Result<u8, Error> {
    let settled = settle(&mut cli)?;
    let screen = Screen::new(&cli.global);
    if let Some(threads) = cli.global.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .build_global()
            .map_err(|e| Error::Usage(format!("cannot start {threads} threads: {e}")))?;
    }
    match &cli.command {
        Command::Analyze(args) => analyze::run(args, &screen),
        Command::Trace(args) => trace::run(args, &screen),
        Command::Check(args) => check::run(args, &screen),
        Command::Graph(args) => graph::run(args, &screen),
        Command::Summarize(args) => summarize::run(args),
        Command::History(args) => history::run(args, &screen),
        Command::Whatif(args) => whatif::run(args, &screen),
        Command::Diff(args) => diff::run(args, &screen),
        Command::Faultlines(args) => faultlines::run(args, &screen),
        Command::Explain(args) => explain::run(args, &screen),
        Command::Config(args) => config::run(args, &settled, cli.global.config.as_deref()),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

/// Says why there is no result, and gives the exit code for it.
pub fn fail(error: &Error) -> u8 {
    if error.is_broken_pipe() {
        return exit::SUCCESS;
    }
    let mut diagnostics = Diagnostics::new();
    match error {
        Error::Settings(problems) => diagnostics.problems(problems),
        other => diagnostics.error(&other.to_string()),
    }
    error.code()
}
