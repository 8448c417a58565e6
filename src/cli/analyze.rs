//! `tracefall analyze`.

use std::path::Path;

use crate::analysis::{Analysis, Settings, analyze};
use crate::ingest::Probes;
use crate::report::{Options, redact};
use crate::summary::Noise;

use super::args::{Analyze, Input};
use super::diagnostics::Diagnostics;
use super::load::load;
use super::outputs::Outputs;
use super::overrides::ClientErrors;
use super::progress::Meter;
use super::remember::{self, Memory};
use super::screen::Screen;
use super::settings::dimensions;
use super::{Error, exit, teams};

/// Runs the command.
///
/// # Errors
/// If there is no report.
pub fn run(args: &Analyze, screen: &Screen) -> Result<u8, Error> {
    let mut settings = settings(args)?;
    settings.teams = teams::read(args.teams.as_deref(), &args.input.counting.teams)?;
    let output = Outputs::open(&args.format, args.output.as_deref())?;
    let memory = Memory::open(&args.remember)?;
    let mut diagnostics = Diagnostics::new();

    let meter = Meter::new("reading");
    let input =
        load(&args.input.paths, args.input.over.memory, &settings, &meter, &mut diagnostics)?;
    drop(meter);
    let baseline = if args.baseline.is_empty() {
        None
    } else {
        let meter = Meter::new("reading the baseline");
        // Bounds in time are those of the input: a baseline is from another day.
        let unbounded = Settings { from: None, to: None, incident: None, ..settings.clone() };
        Some(load(&args.baseline, args.input.over.memory, &unbounded, &meter, &mut diagnostics)?)
    };

    let meter = Meter::new("analysing");
    meter.phase("analysing");
    teams::warn_of_idle(&settings.teams, &input.summary, &mut diagnostics);
    let against = baseline.as_ref().map(|baseline| &baseline.summary);
    let analysis = analyze(&input.summary, against, &settings);
    drop(meter);
    // A report that cannot be written is no reason to forget, nor the other way round.
    let kept = memory.map(|memory| memory.keep(&analysis, &input.summary, against, &settings));

    // Telemetry without names has no address either.
    let trace_url = args.trace_url.clone().filter(|_| !args.redact);
    let redacted = args.redact.then(|| redact(&analysis));
    let shown = redacted.as_ref().unwrap_or(&analysis);
    output.write(shown, screen, |options| Options {
        explain: args.explain,
        trace_url: trace_url.clone(),
        ..options
    })?;
    remember::tell(kept, &mut diagnostics)?;
    let failures = input.failures.len() + baseline.map_or(0, |b| b.failures.len());
    Ok(conclude(&args.input, &analysis, failures, &mut diagnostics))
}

fn settings(args: &Analyze) -> Result<Settings, Error> {
    let stdin = |path: &&std::path::PathBuf| path.as_path() == Path::new("-");
    if args.input.paths.iter().chain(&args.baseline).filter(stdin).count() > 1 {
        let reason = "standard input can be read once: - is given more than once";
        return Err(Error::Usage(reason.to_owned()));
    }
    Ok(Settings {
        incident: args.incident,
        top: args.top.get(),
        containment: args.containment.breadth(),
        ..bounds(&args.input)?
    })
}

/// The settings that bound the input.
///
/// # Errors
/// If they leave nothing.
pub fn bounds(input: &Input) -> Result<Settings, Error> {
    if let (Some(from), Some(to)) = (input.from, input.to)
        && from >= to
    {
        return Err(Error::Usage("--from must lie before --to".to_owned()));
    }
    Ok(Settings {
        from: input.from,
        to: input.to,
        errors: input
            .over
            .errors_4xx
            .unwrap_or(ClientErrors::Client)
            .policy(&input.counting.errors),
        dimensions: dimensions(&input.counting.dimensions, &input.over.dimensions)?,
        aliases: input.counting.aliases.clone(),
        entries: input.counting.entries.clone(),
        noise: if input.over.keep_noise { Noise::default() } else { input.counting.noise.clone() },
        probes: if input.over.keep_noise {
            Probes::default()
        } else {
            input.counting.probes.clone()
        },
        ..Settings::default()
    })
}

/// Tells what was lost. The exit code depends on it only where that was asked for.
pub fn conclude(
    args: &Input,
    analysis: &Analysis,
    failures: usize,
    diagnostics: &mut Diagnostics,
) -> u8 {
    diagnostics.losses(&analysis.input);
    let mut lost = failures > 0 || analysis.input.lost() > 0;
    if let Some(baseline) = &analysis.baseline_input {
        diagnostics.losses(baseline);
        lost |= baseline.lost() > 0;
    }
    strictly(args, lost)
}

/// The exit code of a run that lost something or nothing.
pub fn strictly(args: &Input, lost: bool) -> u8 {
    if args.strict && lost { exit::INPUT } else { exit::SUCCESS }
}
