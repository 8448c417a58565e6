//! `tracefall trace`.

use crate::analysis::one_trace;
use crate::report::{Options, redact_trace};

use super::Error;
use super::analyze::{bounds, strictly};
use super::args::Trace;
use super::diagnostics::Diagnostics;
use super::load::load;
use super::output::Output;
use super::progress::Meter;
use super::screen::Screen;

/// Runs the command.
///
/// # Errors
/// If there is no such trace.
pub fn run(args: &Trace, screen: &Screen) -> Result<u8, Error> {
    let settings = bounds(&args.input)?;
    let output = Output::open(args.output.as_deref())?;
    let mut diagnostics = Diagnostics::new();
    let meter = Meter::new("reading");
    let input =
        load(&args.input.paths, args.input.over.memory, &settings, &meter, &mut diagnostics)?;
    let (mut trace, names) =
        one_trace(&input.summary, &settings, &args.id).map_err(Error::Usage)?;
    drop(meter);

    let mut options = Options { trace_url: args.trace_url.clone(), ..output.options(screen) };
    if args.redact {
        trace = redact_trace(&trace, &names);
        options.trace_url = None;
    }
    output.write(|out| args.format.write(&trace, &options, out))?;
    diagnostics.losses(&input.summary.input);
    let lost = !input.failures.is_empty() || input.summary.input.lost() > 0;
    Ok(strictly(&args.input, lost))
}
