//! `tracefall summarize`.

use crate::summary;

use super::Error;
use super::analyze::{bounds, strictly};
use super::args::Summarize;
use super::diagnostics::Diagnostics;
use super::load::load;
use super::output::Output;
use super::progress::Meter;

/// Runs the command.
///
/// # Errors
/// If there is no summary.
pub fn run(args: &Summarize) -> Result<u8, Error> {
    let settings = bounds(&args.input)?;
    let output = Output::open(Some(&args.output))?;
    let mut diagnostics = Diagnostics::new();
    let meter = Meter::new("reading");
    let input =
        load(&args.input.paths, args.input.over.memory, &settings, &meter, &mut diagnostics)?;
    let bytes = summary::write(&input.summary)
        .map_err(|why| Error::Output { to: args.output.display().to_string(), why })?;
    drop(meter);

    output.write(|out| out.write_all(&bytes))?;
    diagnostics.losses(&input.summary.input);
    let lost = !input.failures.is_empty() || input.summary.input.lost() > 0;
    Ok(strictly(&args.input, lost))
}
