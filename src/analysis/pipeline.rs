//! The main job as one readable function.

use crate::model::{Nanos, Telemetry};
use crate::summary::{Rules, Summary, build};

use super::Analysis;

/// What the user may choose.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Only traces that start at or after this time.
    pub from: Option<Nanos>,
    /// Only traces that start before this time.
    pub to: Option<Nanos>,
    /// A window known to be the incident; the rest is reference.
    pub incident: Option<(Nanos, Nanos)>,
    /// At most so many candidates.
    pub top: usize,
}

/// Survey, plan and fold: telemetry becomes a summary.
pub fn summarize(telemetry: Telemetry, settings: &Settings) -> Summary {
    let rules = Rules { from: settings.from, to: settings.to, ..Rules::default() };
    build(telemetry, rules)
}

/// Everything after the summary.
pub fn analyze(summary: &Summary, baseline: Option<&Summary>, settings: &Settings) -> Analysis {
    let _ = (summary, baseline, settings);
    unreachable!("not wired yet")
}
