//! `tracefall whatif`.

use crate::analysis::{Question, Settings, parse_pattern, what_if};
use crate::report::write_estimate;

use super::analyze::bounds;
use super::args::Whatif;
use super::diagnostics::Diagnostics;
use super::load::load;
use super::output::Output;
use super::progress::Meter;
use super::screen::Screen;
use super::{Error, analyze};

/// Runs the command.
///
/// # Errors
/// If there is no answer.
pub fn run(args: &Whatif, screen: &Screen) -> Result<u8, Error> {
    let (pattern, change) = parse_pattern(&args.pattern).map_err(Error::Usage)?;
    let (caller, callee) = args.edge.clone();
    let question = Question { caller, callee, pattern, change };
    let settings = Settings { incident: args.incident, ..bounds(&args.input)? };
    let output = Output::open(None)?;
    let mut diagnostics = Diagnostics::new();
    let meter = Meter::new("reading");
    let input =
        load(&args.input.paths, args.input.over.memory, &settings, &meter, &mut diagnostics)?;
    let answer = what_if(&input.summary, &settings, &question).map_err(Error::Usage)?;
    drop(meter);
    let options = output.options(screen);
    output.write(|out| write_estimate(&answer, &options, out))?;
    diagnostics.losses(&input.summary.input);
    let lost = !input.failures.is_empty() || input.summary.input.lost() > 0;
    Ok(analyze::strictly(&args.input, lost))
}
