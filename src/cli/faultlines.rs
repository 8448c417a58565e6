//! `tracefall faultlines`.

use crate::analysis::Settings;
use crate::faultlines::faultlines;
use crate::report::{Options, redact_faultlines};

use super::args::Faultlines;
use super::diagnostics::Diagnostics;
use super::load::load;
use super::outputs::Outputs;
use super::progress::Meter;
use super::screen::Screen;
use super::{Error, analyze, teams};

/// Runs the command.
///
/// # Errors
/// If there is no report.
pub fn run(args: &Faultlines, screen: &Screen) -> Result<u8, Error> {
    let settings = Settings {
        incident: args.incident,
        top: args.top.get(),
        teams: teams::read(args.teams.as_deref(), &args.input.counting.teams)?,
        ..analyze::bounds(&args.input)?
    };
    let output = Outputs::open(&args.format, args.output.as_deref())?;
    let mut diagnostics = Diagnostics::new();
    let meter = Meter::new("reading");
    let input =
        load(&args.input.paths, args.input.over.memory, &settings, &meter, &mut diagnostics)?;
    meter.phase("analysing");
    teams::warn_of_idle(&settings.teams, &input.summary, &mut diagnostics);
    let result = faultlines(&input.summary, &settings);
    drop(meter);

    // Telemetry without names has no address either.
    let trace_url = args.trace_url.clone().filter(|_| !args.redact);
    let redacted = args.redact.then(|| redact_faultlines(&result));
    output.write(redacted.as_ref().unwrap_or(&result), screen, |options| Options {
        trace_url: trace_url.clone(),
        ..options
    })?;
    diagnostics.losses(&result.input);
    let lost = !input.failures.is_empty() || result.input.lost() > 0;
    Ok(analyze::strictly(&args.input, lost))
}
