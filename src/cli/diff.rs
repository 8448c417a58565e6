//! `tracefall diff`.

use crate::analysis::Settings;
use crate::compare::{Runs, compare};
use crate::report::{Options, redact_diff};

use super::Error;
use super::analyze::{bounds, strictly};
use super::args::Diff;
use super::diagnostics::Diagnostics;
use super::load::load_runs;
use super::outputs::Outputs;
use super::progress::Meter;
use super::screen::Screen;

/// Runs the command. Whatever it finds, it found it: the exit code does not depend on it.
///
/// # Errors
/// If there is nothing to compare.
pub fn run(args: &Diff, screen: &Screen) -> Result<u8, Error> {
    let settings = bounds(&args.input)?;
    // Bounds in time are those of the new run: the others are from other days.
    let unbounded = Settings { from: None, to: None, ..settings.clone() };
    let (path, before) = match args.input.paths.split_last() {
        Some((path, before)) if !before.is_empty() || !args.baseline.is_empty() => (path, before),
        _ => return Err(Error::Usage("a reference run is missing: diff REFERENCE NEW".to_owned())),
    };
    let output = Outputs::open(&args.format, args.output.as_deref())?;
    let mut diagnostics = Diagnostics::new();
    let mut list = Vec::new();
    for path in before.iter().chain(&args.baseline) {
        let meter = Meter::new("reading the reference");
        list.extend(load_runs(path, args.input.over.memory, &unbounded, &meter, &mut diagnostics)?);
    }
    let meter = Meter::new("reading");
    let mut new = load_runs(path, args.input.over.memory, &settings, &meter, &mut diagnostics)?;
    drop(meter);
    let new = match new.pop() {
        Some(run) if new.is_empty() => run,
        _ => {
            let reason = "the new run is one run: several summaries in a folder are several";
            return Err(Error::Usage(reason.to_owned()));
        }
    };
    let meter = Meter::new("comparing");
    let reference: Runs = list.into_iter().collect();
    let comparison = compare(&reference, &new);
    drop(meter);

    let redacted = args.redact.then(|| redact_diff(&comparison));
    let shown = redacted.as_ref().unwrap_or(&comparison);
    output.write(shown, screen, |options| Options { ..options })?;
    let mut lost = false;
    for run in reference.list.iter().chain([&new]) {
        diagnostics.losses(&run.summary.input);
        lost |= run.summary.input.lost() > 0;
    }
    Ok(strictly(&args.input, lost))
}
