//! What may be typed. Arguments are only checked here; what they mean is settled elsewhere.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use crate::analysis::{Breadth, Waterfall};
use crate::assemble::ErrorPolicy;
use crate::compare::Comparison;
use crate::faultlines::Faultlines as FaultLines;
use crate::ingest::{Dimensions, Probes};
use crate::model::{Aliases, Nanos, Teams};
use crate::report::{self, Format, TraceUrl};
use crate::summary::{Entries, Noise};

use super::build;
use super::check_args::Check;
use super::history_args::{Action, History, Remember};
use super::overrides::Overrides;

/// Find where a cascading failure began.
///
/// Reads OpenTelemetry trace and log exports (OTLP as JSON, JSON lines or protobuf; traces of
/// Jaeger and Zipkin as JSON; compressed or not) and ranks where a failure that spread through
/// services most likely started.
#[derive(Debug, Parser)]
#[command(
    name = "tracefall",
    version,
    long_version = build::facts(),
    arg_required_else_help = true,
    after_help = "Exit codes: 0 ran, 1 gate failed, 2 wrong usage, 3 unreadable input, \
                  4 gate could not be evaluated."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "General options")]
pub struct Global {
    /// When to use colours; NO_COLOR is heeded [default: auto].
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<Color>,
    /// Columns to fill [default: the terminal's, or 100].
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = width)]
    pub width: Option<u16>,
    /// Where clocks are read: UTC, local, an offset such as +02:00, or a name such as Europe/Berlin
    /// [default: UTC].
    #[arg(long, global = true, value_name = "ZONE", value_parser = zone)]
    pub tz: Option<TimeZone>,
    /// Threads to use [default: all cores].
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// The file of settings [default: tracefall.toml here or above, up to the repository's root].
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Use no file of settings.
    #[arg(long, global = true, conflicts_with = "config")]
    pub no_config: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Even in a pipe or a file.
    Always,
    /// Not at all.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find where a failure began.
    Analyze(Analyze),
    /// Show one trace as a waterfall, with where it was harmed.
    Trace(Trace),
    /// Show who calls whom, how often, and how well.
    Graph(Graph),
    /// Hold a run against a policy, for CI: exit code 1 if it fails.
    Check(Check),
    /// Fold exports into a small file that later runs read in their stead.
    Summarize(Summarize),
    /// Ask what a pattern on an edge would have done.
    Whatif(Whatif),
    /// Tell what changed between runs, and how surely.
    Diff(Diff),
    /// Look into incidents that analyze --remember has kept.
    History(History),
    /// Rank where the system would break, from healthy telemetry.
    Faultlines(Faultlines),
    /// Explain a piece of evidence, a mechanism, a pattern or a finding by its id.
    Explain(Explain),
    /// Show the settings in force and where each comes from, or check a file of settings.
    Config(Config),
    /// Print completions for a shell.
    Completions(Completions),
    /// Print a manual page, or write all of them.
    Man(Man),
}

impl Command {
    /// The input of a command that reads telemetry.
    pub fn input_mut(&mut self) -> Option<&mut Input> {
        match self {
            Self::Analyze(args) => Some(&mut args.input),
            Self::Trace(args) => Some(&mut args.input),
            Self::Check(args) => Some(&mut args.input),
            Self::Graph(args) => Some(&mut args.input),
            Self::Summarize(args) => Some(&mut args.input),
            Self::Whatif(args) => Some(&mut args.input),
            Self::Diff(args) => Some(&mut args.input),
            Self::Faultlines(args) => Some(&mut args.input),
            Self::History(_)
            | Self::Explain(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }

    /// Where traces can be opened, of a command that names some.
    pub fn trace_url_mut(&mut self) -> Option<&mut Option<TraceUrl>> {
        match self {
            Self::Analyze(args) => Some(&mut args.trace_url),
            Self::Trace(args) => Some(&mut args.trace_url),
            Self::Faultlines(args) => Some(&mut args.trace_url),
            Self::History(History { action: Action::Show(args), .. }) => Some(&mut args.trace_url),
            _ => None,
        }
    }

    /// Whose services are, of a command that asks so without reading any.
    pub fn teams_mut(&mut self) -> Option<&mut Teams> {
        match self {
            Self::History(History { action: Action::WeakPoints(args), .. }) => {
                Some(&mut args.settled)
            }
            _ => None,
        }
    }
}

/// The input of a command.
#[derive(Args, Debug)]
pub struct Input {
    /// Exports or saved summaries; folders are walked, - is standard input; URLs are read by builds
    /// with the feature object-store.
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Leave out traces that start before this time (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = Nanos::parse)]
    pub from: Option<Nanos>,
    /// Leave out traces that start at or after this time.
    #[arg(long, value_name = "TIME", value_parser = Nanos::parse)]
    pub to: Option<Nanos>,
    /// Flags that go over the file of settings.
    #[command(flatten)]
    pub over: Overrides,
    /// Exit with 3 if anything in the input is lost or damaged.
    #[arg(long)]
    pub strict: bool,
    /// What only a file of settings can say.
    #[arg(skip)]
    pub counting: Counting,
}

/// What is counted, and how, as far as no flag says it.
#[derive(Clone, Debug)]
pub struct Counting {
    /// When a call counts as failed.
    pub errors: ErrorPolicy,
    /// What counts as an entry request.
    pub entries: Entries,
    /// Services and peers that go by another name.
    pub aliases: Aliases,
    /// Traces to leave out.
    pub noise: Noise,
    /// Callers whose traces are left out.
    pub probes: Probes,
    /// Attributes to compare failing and healthy requests by.
    pub dimensions: Dimensions,
    /// Whose a service is.
    pub teams: Teams,
}

impl Default for Counting {
    fn default() -> Self {
        Self {
            errors: ErrorPolicy::default(),
            entries: Entries::default(),
            aliases: Aliases::default(),
            noise: Noise::usual(),
            probes: Probes::usual(),
            dimensions: Dimensions::default(),
            teams: Teams::default(),
        }
    }
}

/// Arguments of `analyze`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tracefall analyze traces.json logs.json
  tracefall analyze export/ --format markdown --output postmortem.md
  tracefall analyze export/ --format html,json,markdown --output report/
  tracefall analyze incident/ --baseline last-week.summary
  tracefall analyze export/ --remember --label 'checkout down'
  tracefall analyze export/ --incident 2026-01-02T03:04:00Z..2026-01-02T03:20:00Z
  zcat traces.jsonl.gz | tracefall analyze - --format json")]
pub struct Analyze {
    /// What to read.
    #[command(flatten)]
    pub input: Input,
    /// Healthy telemetry from elsewhere [default: found inside the input].
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub baseline: Vec<PathBuf>,
    /// A window known to be the incident; the rest is the reference.
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    pub incident: Option<(Nanos, Nanos)>,
    /// At most so many candidates.
    #[arg(long, value_name = "N", default_value = "5")]
    pub top: NonZeroUsize,
    /// What to list of what would have contained it.
    #[arg(long, value_name = "WHAT", default_value = "best")]
    pub containment: Listed,
    /// Which team answers for which service: patterns in TOML [default: service.namespace].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub teams: Option<PathBuf>,
    /// Open the evidence of every candidate: value, unit, weight, traces.
    #[arg(long)]
    pub explain: bool,
    /// Where a trace can be opened, such as 'https://jaeger.example/trace/{trace_id}'.
    #[arg(long, value_name = "URL", value_parser = TraceUrl::parse)]
    pub trace_url: Option<TraceUrl>,
    /// Replace names and trace ids by pseudonyms, so that the report can leave the house.
    #[arg(long)]
    pub redact: bool,
    /// Whether to keep the incident.
    #[command(flatten)]
    pub remember: Remember,
    /// How to write the report; several, joined by commas, go to a folder.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', value_parser = format(report::ANALYSIS), default_value = report::ANALYSIS[0].id)]
    pub format: Vec<&'static Format>,
    /// Write to a file, or to files in a folder, instead of standard output.
    #[arg(long, short, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub output: Option<PathBuf>,
}

/// What to list of what would have contained the incident.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Listed {
    /// The best few.
    Best,
    /// Every edge and pattern considered.
    All,
}

impl Listed {
    /// The same for the analysis.
    pub const fn breadth(self) -> Breadth {
        match self {
            Self::Best => Breadth::Best,
            Self::All => Breadth::All,
        }
    }
}

/// Arguments of `whatif`.
#[derive(Args, Debug)]
#[command(after_help = "Patterns: timeout=250ms, circuit_breaker=50%, bulkhead=10, \
load_shedding=0, retry_budget=10%. Without a value the setting is derived from the healthy part.

Example:
  tracefall whatif traces.json --edge cart,stock --pattern timeout=250ms")]
pub struct Whatif {
    /// What to read.
    #[command(flatten)]
    pub input: Input,
    /// The calling and the called service.
    #[arg(long, value_name = "CALLER,CALLEE", value_parser = edge)]
    pub edge: (String, String),
    /// The pattern and its setting.
    #[arg(long, value_name = "PATTERN[=SETTING]")]
    pub pattern: String,
    /// A window known to be the incident; the rest is the reference.
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    pub incident: Option<(Nanos, Nanos)>,
}

/// Arguments of `faultlines`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tracefall faultlines last-week.summary
  tracefall faultlines export/ --teams teams.toml --format html --output faultlines.html")]
pub struct Faultlines {
    /// What to read.
    #[command(flatten)]
    pub input: Input,
    /// A window known to be an incident; the rest is the healthy part [default: found].
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    pub incident: Option<(Nanos, Nanos)>,
    /// At most so many integration points.
    #[arg(long, value_name = "N", default_value = "10")]
    pub top: NonZeroUsize,
    /// Which team answers for which service: patterns in TOML [default: service.namespace].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub teams: Option<PathBuf>,
    /// Where a trace can be opened, such as 'https://jaeger.example/trace/{trace_id}'.
    #[arg(long, value_name = "URL", value_parser = TraceUrl::parse)]
    pub trace_url: Option<TraceUrl>,
    /// Replace names and trace ids by pseudonyms, so that the report can leave the house.
    #[arg(long)]
    pub redact: bool,
    /// How to write the report; several, joined by commas, go to a folder.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', value_parser = format(report::FAULTLINES), default_value = report::FAULTLINES[0].id)]
    pub format: Vec<&'static Format<FaultLines>>,
    /// Write to a file, or to files in a folder, instead of standard output.
    #[arg(long, short, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub output: Option<PathBuf>,
}

/// Arguments of `trace`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tracefall trace 8c3a8dd5f0c70ed68ba8c075c3386469 export/")]
pub struct Trace {
    /// The id of the trace, 32 hex digits.
    pub id: String,
    /// What to read.
    #[command(flatten)]
    pub input: Input,
    /// Replace names and the id by pseudonyms.
    #[arg(long)]
    pub redact: bool,
    /// Where the trace can be opened, such as 'https://jaeger.example/trace/{trace_id}'.
    #[arg(long, value_name = "URL", value_parser = TraceUrl::parse)]
    pub trace_url: Option<TraceUrl>,
    /// How to write it.
    #[arg(long, value_name = "FORMAT", value_parser = format(report::TRACE), default_value = report::TRACE[0].id)]
    pub format: &'static Format<Waterfall>,
    /// Write to a file instead of standard output.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// Arguments of `graph`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tracefall graph traces.json
  tracefall graph traces.json --format dot | dot -Tsvg > services.svg")]
pub struct Graph {
    /// What to read.
    #[command(flatten)]
    pub input: Input,
    /// How to write the graph.
    #[arg(long, value_name = "FORMAT", value_parser = format(report::GRAPH), default_value = report::GRAPH[0].id)]
    pub format: &'static Format,
    /// Write to a file instead of standard output.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// Arguments of `summarize`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tracefall summarize export/ -o last-week.summary")]
pub struct Summarize {
    /// What to read.
    #[command(flatten)]
    pub input: Input,
    /// The file to write; - is standard output.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// Arguments of `diff`.
#[derive(Args, Debug)]
#[command(after_help = "The last PATH is the new run, those before it are runs of reference: \
each is a run of its own, as is every saved summary of a folder that holds several. \
--from and --to bound the new run only.

Examples:
  tracefall diff monday.summary tuesday.summary
  tracefall diff tuesday/ --baseline run-1.summary run-2.summary run-3.summary
  tracefall diff main.summary branch/ --format markdown --output comment.md")]
pub struct Diff {
    /// What to read.
    #[command(flatten)]
    pub input: Input,
    /// Runs of reference; several tell how equal runs differ.
    #[arg(long, value_name = "RUN", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub baseline: Vec<PathBuf>,
    /// Replace names by pseudonyms, so that the report can leave the house.
    #[arg(long)]
    pub redact: bool,
    /// How to write the report; several, joined by commas, go to a folder.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', value_parser = format(report::DIFF), default_value = report::DIFF[0].id)]
    pub format: Vec<&'static Format<Comparison>>,
    /// Write to a file, or to files in a folder, instead of standard output.
    #[arg(long, short, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub output: Option<PathBuf>,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = "Without an id, all of them are listed.")]
pub struct Explain {
    /// An id from a report.
    pub id: Option<String>,
}

/// Arguments of `config`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tracefall config
  tracefall config --keep-noise --dimension app.shard
  tracefall config --check tracefall.toml")]
pub struct Config {
    /// Only check a file for mistakes.
    #[arg(long)]
    pub check: bool,
    /// The file to check [default: the one that would be used].
    #[arg(requires = "check", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// Flags of other commands, to see what they would be run with.
    #[command(flatten)]
    pub over: Overrides,
    /// Which team answers for which service: patterns in TOML [default: service.namespace].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub teams: Option<PathBuf>,
    /// Where a trace can be opened, such as 'https://jaeger.example/trace/{trace_id}'.
    #[arg(long, value_name = "URL", value_parser = TraceUrl::parse)]
    pub trace_url: Option<TraceUrl>,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
#[command(after_help = "For this session of bash: source <(tracefall completions bash)")]
pub struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Args, Debug)]
#[command(after_help = "To read one: tracefall man analyze | man -l -")]
pub struct Man {
    /// The command whose page is printed [default: that of the program].
    pub command: Option<String>,
    /// Folder to write all pages to.
    #[arg(long, short, value_name = "DIR", conflicts_with = "command", value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,
}

/// Narrower than 40 columns nothing is legible; wider than this nobody reads.
pub const WIDTHS: (u16, u16) = (40, 1_000);

fn width(text: &str) -> Result<u16, String> {
    let (least, most) = WIDTHS;
    let columns = text.parse().ok().filter(|columns| (least..=most).contains(columns));
    columns.ok_or_else(|| format!("a number from {least} to {most} is expected"))
}

/// A time zone by name or offset.
pub fn zone(text: &str) -> Result<TimeZone, String> {
    if text.eq_ignore_ascii_case("utc") || text == "Z" {
        return Ok(TimeZone::UTC);
    }
    if text.eq_ignore_ascii_case("local") {
        return TimeZone::try_system().map_err(|e| e.to_string());
    }
    // An offset is a time zone of POSIX with its sign turned round; jiff reads one as part of a time.
    let offset = format!("2000-01-01T00:00:00{text}[{text}]").parse::<ZonedDateTime>();
    match offset {
        Ok(time) => Ok(time.time_zone().clone()),
        Err(_) => TimeZone::get(text).map_err(|e| e.to_string()),
    }
}

fn edge(text: &str) -> Result<(String, String), String> {
    match text.split_once(',') {
        Some((caller, callee)) if !caller.is_empty() && !callee.is_empty() => {
            Ok((caller.trim().to_owned(), callee.trim().to_owned()))
        }
        _ => Err("two services joined by a comma are expected".to_owned()),
    }
}

fn window(text: &str) -> Result<(Nanos, Nanos), String> {
    let (from, to) = text.split_once("..").ok_or("two times joined by .. are expected")?;
    let (from, to) = (Nanos::parse(from)?, Nanos::parse(to)?);
    if from < to { Ok((from, to)) } else { Err("the window ends before it begins".to_owned()) }
}

/// The values of `--format`, from the registry.
pub fn format<T>(
    formats: &'static [Format<T>],
) -> impl TypedValueParser<Value = &'static Format<T>> {
    let values = formats.iter().map(|format| PossibleValue::new(format.id).help(format.title));
    PossibleValuesParser::new(values).map(move |id| {
        let format = formats.iter().find(|format| format.id == id);
        // The parser lets no other value pass; the default keeps this total.
        format.unwrap_or(&formats[0])
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_window_has_two_ends_in_order() {
        let at = |second: u64| format!("2026-01-02T03:04:0{second}Z");
        assert!(window(&format!("{}..{}", at(1), at(2))).is_ok());
        assert!(window(&format!("{}..{}", at(2), at(1))).is_err());
        assert!(window(&at(1)).is_err());
        assert!(window("..").is_err());
    }

    #[test]
    fn a_baseline_takes_paths_up_to_the_next_flag() {
        let cli = Cli::try_parse_from([
            "tracefall",
            "analyze",
            "a",
            "--baseline",
            "b",
            "c",
            "--top",
            "3",
            "d",
        ])
        .unwrap();
        let Command::Analyze(analyze) = cli.command else {
            panic!("another command");
        };
        assert_eq!(analyze.baseline, [PathBuf::from("b"), PathBuf::from("c")]);
        assert_eq!(analyze.input.paths, [PathBuf::from("a"), PathBuf::from("d")]);
    }

    #[test]
    fn every_format_can_be_asked_for() {
        for format in report::ANALYSIS {
            let args = ["tracefall", "analyze", "a", "--format", format.id];
            assert!(Cli::try_parse_from(args).is_ok());
        }
    }
}
