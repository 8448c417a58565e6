//! `tracefall graph`.

use crate::analysis::analyze;

use super::Error;
use super::analyze::{bounds, conclude};
use super::args::Graph;
use super::diagnostics::Diagnostics;
use super::load::load;
use super::output::Output;
use super::progress::Meter;
use super::screen::Screen;

/// Runs the command.
///
/// # Errors
/// If there is no graph.
pub fn run(args: &Graph, screen: &Screen) -> Result<u8, Error> {
    let settings = bounds(&args.input)?;
    let output = Output::open(args.output.as_deref())?;
    let mut diagnostics = Diagnostics::new();
    let meter = Meter::new("reading");
    let input =
        load(&args.input.paths, args.input.over.memory, &settings, &meter, &mut diagnostics)?;
    let analysis = analyze(&input.summary, None, &settings);
    drop(meter);

    let options = output.options(screen);
    output.write(|out| args.format.write(&analysis, &options, out))?;
    let failures = input.failures.len();
    Ok(conclude(&args.input, &analysis, failures, &mut diagnostics))
}
