//! What may be typed about the history.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use crate::history::{Contents, Likeness, WeakPoints};
use crate::model::{Nanos, Teams};
use crate::report::{self, Format, TraceUrl};

use super::args::format;

/// Whether `analyze` keeps the incident.
#[derive(Args, Debug)]
pub struct Remember {
    /// Keep report and summary of the incident in the history, or in another file
    /// [default: as tracefall history --help says].
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, value_hint = ValueHint::FilePath)]
    pub remember: Option<Option<PathBuf>>,
    /// A short name for the incident.
    #[arg(long, value_name = "TEXT", requires = "remember")]
    pub label: Option<String>,
    /// What there is to say about the incident.
    #[arg(long, value_name = "TEXT", requires = "remember")]
    pub note: Option<String>,
    /// The time of remembering, for tests.
    #[arg(long, value_name = "TIME", hide = true, value_parser = Nanos::parse)]
    pub now: Option<Nanos>,
}

/// Arguments of `history`.
#[derive(Args, Debug)]
#[command(after_help = "Without --history, the file is tracefall/history.db in $XDG_DATA_HOME, \
or in ~/.local/share.

Examples:
  tracefall analyze export/ --remember
  tracefall history list
  tracefall history show 3 --format html -o incident-3.html
  tracefall history weak-points")]
pub struct History {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
    /// The file to use.
    #[arg(long = "history", global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// What to do with the history.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List the incidents, and say whether they grow.
    List(List),
    /// Show the report of an incident again.
    Show(Show),
    /// Say which incidents one is like, and in what.
    Similar(Similar),
    /// Rank what takes part in cascades again and again.
    WeakPoints(Weak),
    /// Change the label or the note of an incident.
    Annotate(Annotate),
    /// Forget incidents.
    Forget(Forget),
    /// Write all incidents as JSON lines.
    Export(Export),
    /// Take in incidents from JSON lines.
    Import(Import),
}

/// Where a result goes.
#[derive(Args, Debug)]
pub struct Written {
    /// Replace names by pseudonyms, and leave out labels and notes.
    #[arg(long)]
    pub redact: bool,
    /// Write to a file instead of standard output.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// Arguments of `history list`.
#[derive(Args, Debug)]
pub struct List {
    /// How to write the list.
    #[arg(long, value_name = "FORMAT", value_parser = format(report::HISTORY), default_value = report::HISTORY[0].id)]
    pub format: &'static Format<Contents>,
    /// Where the list goes.
    #[command(flatten)]
    pub written: Written,
}

/// Arguments of `history show`.
#[derive(Args, Debug)]
pub struct Show {
    /// The number of the incident.
    pub id: u64,
    /// How to write the report; JSON is as it was kept, the others are made again.
    #[arg(long, value_name = "FORMAT", value_parser = format(report::ANALYSIS), default_value = report::ANALYSIS[0].id)]
    pub format: &'static Format,
    /// Open the evidence of every candidate: value, unit, weight, traces.
    #[arg(long)]
    pub explain: bool,
    /// Where a trace can be opened, such as 'https://jaeger.example/trace/{trace_id}'.
    #[arg(long, value_name = "URL", value_parser = TraceUrl::parse)]
    pub trace_url: Option<TraceUrl>,
    /// Where the report goes.
    #[command(flatten)]
    pub written: Written,
}

/// Arguments of `history similar`.
#[derive(Args, Debug)]
pub struct Similar {
    /// The number of the incident.
    pub id: u64,
    /// How to write it.
    #[arg(long, value_name = "FORMAT", value_parser = format(report::SIMILAR), default_value = report::SIMILAR[0].id)]
    pub format: &'static Format<Likeness>,
    /// Where it goes.
    #[command(flatten)]
    pub written: Written,
}

/// Arguments of `history weak-points`.
#[derive(Args, Debug)]
pub struct Weak {
    /// Which team answers for which service: patterns in TOML [default: those of tracefall.toml, or of
    /// when each incident was remembered].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub teams: Option<PathBuf>,
    /// Those of a file of settings.
    #[arg(skip)]
    pub settled: Teams,
    /// How to write them.
    #[arg(long, value_name = "FORMAT", value_parser = format(report::WEAK_POINTS), default_value = report::WEAK_POINTS[0].id)]
    pub format: &'static Format<WeakPoints>,
    /// Where they go.
    #[command(flatten)]
    pub written: Written,
}

/// Arguments of `history annotate`.
#[derive(Args, Debug)]
pub struct Annotate {
    /// The number of the incident.
    pub id: u64,
    /// A short name; an empty one takes it away.
    #[arg(long, value_name = "TEXT", required_unless_present = "note")]
    pub label: Option<String>,
    /// What there is to say; nothing takes it away.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The time of the change, for tests.
    #[arg(long, value_name = "TIME", hide = true, value_parser = Nanos::parse)]
    pub now: Option<Nanos>,
}

/// Arguments of `history forget`.
#[derive(Args, Debug)]
pub struct Forget {
    /// The numbers of the incidents.
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<u64>,
}

/// Arguments of `history export`.
#[derive(Args, Debug)]
pub struct Export {
    /// Where the lines go. With --redact they come without summaries.
    #[command(flatten)]
    pub written: Written,
}

/// Arguments of `history import`.
#[derive(Args, Debug)]
pub struct Import {
    /// What history export wrote; - is standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub lines: PathBuf,
}
