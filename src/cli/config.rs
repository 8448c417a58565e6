//! `tracefall config`.

use std::env;

use super::args::Config;
use super::output::Output;
use super::settings::{Settled, contents, find, read, show};
use super::{Error, exit};

/// Runs the command.
///
/// # Errors
/// If the file has mistakes, or there is none to check.
pub fn run(args: &Config, settled: &Settled, named: Option<&std::path::Path>) -> Result<u8, Error> {
    let output = Output::open(None)?;
    if !args.check {
        output.write(|out| out.write_all(show(settled).as_bytes()))?;
        return Ok(exit::SUCCESS);
    }
    let found = || env::current_dir().ok().and_then(|here| find(&here));
    let path = args.file.clone().or_else(|| named.map(Into::into)).or_else(found);
    let path = path.ok_or_else(|| {
        Error::Usage("there is no tracefall.toml here or above, up to the repository's root".into())
    })?;
    let name = path.display().to_string();
    let file = read(&name, &contents(&path)?).map_err(Error::Settings)?;
    let line = format!("{}: {} settings, no mistakes\n", shown(&name), file.written.len());
    output.write(|out| out.write_all(line.as_bytes()))?;
    Ok(exit::SUCCESS)
}

fn shown(name: &str) -> String {
    crate::report::escape::name(name)
}
