//! `tracefall check`.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::analysis::{Analysis, Breadth, Settings, analyze};
use crate::compare::{Run as Compared, Runs, compare};
use crate::gate::{self, Gate, Policy, Run, State};
use crate::report::{Format, Options, redact_gate, write_policy};
use crate::summary::Summary;

use super::analyze::{bounds, conclude};
use super::args::Input;
use super::check_args::Check;
use super::diagnostics::Diagnostics;
use super::load::{load, load_runs};
use super::output::Output;
use super::outputs::Outputs;
use super::progress::Meter;
use super::screen::Screen;
use super::{Error, exit, teams};

/// The policy that is looked for in the working folder.
const POLICY: &str = "tracefall-policy.toml";

/// Runs the command.
///
/// # Errors
/// If there is no verdict.
pub fn run(args: &Check, screen: &Screen) -> Result<u8, Error> {
    let teams = teams::read(args.teams.as_deref(), &args.input.counting.teams)?;
    let settings = Settings { top: 1, containment: Breadth::None, teams, ..bounds(&args.input)? };
    if args.init {
        return init(args, &settings);
    }
    let mut policy = policy(args.policy.as_deref())?;
    if let Some(consequence) = args.on_unevaluated {
        policy.unevaluated = consequence;
        for rule in &mut policy.rules {
            (rule.unevaluated, rule.unclear) = (None, None);
        }
    }
    let outputs = Outputs::open(&args.format, args.output.as_deref())?;
    let open = |(format, path): &(&'static Format<Gate>, PathBuf)| {
        Ok((*format, Output::open(Some(path))?))
    };
    let reports: Vec<_> = args.report.iter().map(open).collect::<Result<_, Error>>()?;
    let mut diagnostics = Diagnostics::new();
    let (summary, analysis, failures) = read(&args.input, &settings, &mut diagnostics)?;
    let baselines = baselines(args, &settings, &mut diagnostics)?;
    let new = Compared { label: "the run".to_owned(), summary };
    let comparison = (!baselines.list.is_empty()).then(|| compare(&baselines, &new));

    teams::warn_of_idle(&settings.teams, &new.summary, &mut diagnostics);
    let run = Run {
        summary: &new.summary,
        analysis: &analysis,
        baselines: &baselines,
        comparison: comparison.as_ref(),
        teams: &settings.teams,
    };
    let today = args.today.unwrap_or_else(today);
    let checked = gate::evaluate(&policy, &run, today);
    let redacted = args.redact.then(|| redact_gate(&checked, &analysis.names));
    let shown = redacted.as_ref().unwrap_or(&checked);
    outputs.write(shown, screen, |options| options)?;
    for (format, output) in reports {
        let options: Options = output.options(screen);
        output.write(|out| format.write(shown, &options, out))?;
    }
    let lost = conclude(&args.input, &analysis, failures, &mut diagnostics);
    Ok(match checked.state {
        State::Failed => exit::GATE_FAILED,
        _ if lost != exit::SUCCESS => lost,
        State::Unevaluated => exit::GATE_UNKNOWN,
        State::Passed | State::Warned | State::Skipped => exit::SUCCESS,
    })
}

/// Writes a policy that the run keeps.
fn init(args: &Check, settings: &Settings) -> Result<u8, Error> {
    let path = args.policy.clone().unwrap_or_else(|| PathBuf::from(POLICY));
    if path.exists() && path != Path::new("-") && !args.force {
        let path = path.display();
        return Err(Error::Usage(format!("{path} is there already; --force replaces it")));
    }
    let output = Output::open(Some(&path))?;
    let mut diagnostics = Diagnostics::new();
    let (summary, analysis, failures) = read(&args.input, settings, &mut diagnostics)?;
    let drafts = gate::draft(&Run {
        summary: &summary,
        analysis: &analysis,
        baselines: &Runs::default(),
        comparison: None,
        teams: &settings.teams,
    });
    let input = &summary.input;
    let read = format!("{} spans in {} traces from {}", input.spans, summary.traces(), input.from);
    output.write(|out| write_policy(&drafts, &read, out))?;
    let left_out = drafts.iter().filter(|draft| draft.left_out.is_some()).count();
    if left_out > 0 {
        let text = format!(
            "{left_out} of {} rules are only comments: the run would not pass by them",
            drafts.len()
        );
        diagnostics.warning(&text);
    }
    Ok(conclude(&args.input, &analysis, failures, &mut diagnostics))
}

/// The policy that is named, the one in the working folder, or the built-in one.
fn policy(named: Option<&Path>) -> Result<Policy, Error> {
    let path = match named {
        Some(path) => path,
        None if Path::new(POLICY).exists() => Path::new(POLICY),
        None => return gate::built_in().map_err(Error::Settings),
    };
    let file = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|why| Error::Usage(format!("cannot read the policy {file}: {why}")))?;
    gate::read(&file, &text).map_err(Error::Settings)
}

fn read(
    input: &Input,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Result<(Summary, Analysis, usize), Error> {
    let meter = Meter::new("reading");
    let loaded = load(&input.paths, input.over.memory, settings, &meter, diagnostics)?;
    meter.phase("analysing");
    let analysis = analyze(&loaded.summary, None, settings);
    Ok((loaded.summary, analysis, loaded.failures.len()))
}

/// The runs that were well, kept apart: how they differ is noise.
fn baselines(
    args: &Check,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Result<Runs, Error> {
    // Bounds in time are those of the input: a baseline is from another day.
    let unbounded = Settings { from: None, to: None, ..settings.clone() };
    let mut list = Vec::new();
    for path in &args.baseline {
        let meter = Meter::new("reading the baseline");
        list.extend(load_runs(path, args.input.over.memory, &unbounded, &meter, diagnostics)?);
    }
    Ok(list.into_iter().collect())
}

/// The day it is, in UTC.
fn today() -> Date {
    Timestamp::now().to_zoned_datetime(TimeZone::UTC).date()
}

/// Parses a day.
pub fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "a day such as 2026-01-31 is expected".to_owned())
}
