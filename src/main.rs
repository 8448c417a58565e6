//! tracefall: find where a cascading failure began.

use std::process::ExitCode;

use tracefall::cli;

fn main() -> ExitCode {
    let code = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli::run(cli).unwrap_or_else(|error| cli::fail(&error)),
        Err(answer) => cli::answer(&answer),
    };
    ExitCode::from(code)
}
