//! What may be typed after `tracefall check`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use jiff::civil::Date;

use crate::gate::{Consequence, Gate};
use crate::report::{self, Format};

use super::args::{Input, format};
use super::check;

/// Arguments of `check`.
#[derive(Args, Debug)]
#[command(
    after_help = "Without --policy, tracefall-policy.toml of the working folder is used, or else \
the built-in policy, which docs/policy.md shows.

Examples:
  tracefall check export/
  tracefall check export/ --init
  tracefall check export/ --baseline main.summary --report junit=check.xml
  tracefall check export/ --format github --report step-summary=\"$GITHUB_STEP_SUMMARY\""
)]
pub struct Check {
    /// What to read.
    #[command(flatten)]
    pub input: Input,
    /// The policy; with --init, the file to write.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// Runs that were well, each path one.
    #[arg(long, value_name = "RUN", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub baseline: Vec<PathBuf>,
    /// Which team answers for which service: patterns in TOML [default: service.namespace].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub teams: Option<PathBuf>,
    /// Write a policy with limits taken from the run, instead of checking it.
    #[arg(long)]
    pub init: bool,
    /// With --init, replace a policy that is there.
    #[arg(long, requires = "init")]
    pub force: bool,
    /// What it means if a rule cannot be evaluated, whatever the policy says.
    #[arg(long, value_name = "WHAT", value_parser = consequence())]
    pub on_unevaluated: Option<Consequence>,
    /// The day on which exceptions are judged [default: today].
    #[arg(long, value_name = "DAY", value_parser = check::day)]
    pub today: Option<Date>,
    /// Replace names and trace ids by pseudonyms.
    #[arg(long)]
    pub redact: bool,
    /// How to write the verdict; several, joined by commas, go to a folder.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', value_parser = format(report::CHECK), default_value = report::CHECK[0].id)]
    pub format: Vec<&'static Format<Gate>>,
    /// Write to a file, or to files in a folder, instead of standard output.
    #[arg(long, short, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub output: Option<PathBuf>,
    /// Write another report beside, such as junit=check.xml; may be repeated.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = beside)]
    pub report: Vec<(&'static Format<Gate>, PathBuf)>,
}

/// What it means if a rule cannot be evaluated.
fn consequence() -> impl TypedValueParser<Value = Consequence> {
    PossibleValuesParser::new(Consequence::ALL.map(|(word, _)| word)).map(|word| {
        let known = Consequence::ALL.iter().find(|(known, _)| *known == word);
        // The parser lets no other word pass; the default keeps this total.
        known.map_or_else(Consequence::default, |(_, consequence)| *consequence)
    })
}

/// A format of `check` and the file that it goes to.
fn beside(text: &str) -> Result<(&'static Format<Gate>, PathBuf), String> {
    let ids = || report::CHECK.iter().map(|format| format.id).collect::<Vec<_>>().join(", ");
    let (id, path) = text.split_once('=').ok_or("FORMAT=FILE is expected")?;
    match report::CHECK.iter().find(|format| format.id == id) {
        Some(format) if !path.is_empty() => Ok((format, PathBuf::from(path))),
        Some(_) => Err("a file is expected behind the equals sign".to_owned()),
        None => Err(format!("there is no format {id:?}; there are {}", ids())),
    }
}
