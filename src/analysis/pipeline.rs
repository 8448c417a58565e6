//! The main job as one readable function.

use std::io;

use rayon::prelude::*;

use crate::assemble::ErrorPolicy;
use crate::detect::{Window, detect};
use crate::ingest::{Dimensions, Probes};
use crate::model::{Aliases, Nanos, Teams, Telemetry};
use crate::summary::{Entries, Noise, Rules, Summary, align, build};

use super::containing::{self, Breadth, Question};
use super::study::Study;
use super::timeline::{self, Courses, Steps};
use super::view::{Analysis, Containment, Verdict};
use super::{
    boundaries, candidates, contrasting, coverage, graph, impact, names, spreading, verdict,
};

/// What the user may choose.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Only traces that start at or after this time.
    pub from: Option<Nanos>,
    /// Only traces that start before this time.
    pub to: Option<Nanos>,
    /// A window known to be the incident; the rest is reference.
    pub incident: Option<(Nanos, Nanos)>,
    /// Attributes to compare failing and healthy requests by, beside the usual ones.
    pub dimensions: Dimensions,
    /// When a span counts as failed.
    pub errors: ErrorPolicy,
    /// Services and peers that go by another name.
    pub aliases: Aliases,
    /// What counts as an entry request.
    pub entries: Entries,
    /// Traces to leave out; by default none.
    pub noise: Noise,
    /// Callers whose traces are left out; by default none.
    pub probes: Probes,
    /// At most so many candidates.
    pub top: usize,
    /// How much of what would have contained it is listed.
    pub containment: Breadth,
    /// Whose a service is.
    pub teams: Teams,
}

/// Survey, plan and fold: telemetry becomes a summary.
///
/// # Errors
/// If records that did not fit in memory cannot be read back.
pub fn summarize(telemetry: Telemetry, settings: &Settings) -> io::Result<Summary> {
    let Settings { from, to, errors, aliases, entries, noise, .. } = settings.clone();
    let rules = Rules { errors, from, to, aliases, entries, noise };
    build(telemetry, rules)
}

/// Everything after the summary: detect, correlate, rank, and put into views.
pub fn analyze(summary: &Summary, baseline: Option<&Summary>, settings: &Settings) -> Analysis {
    let aligned = baseline.map(|baseline| align(summary.clone(), baseline.clone()));
    let (summary, baseline) = match &aligned {
        Some((summary, baseline)) => (summary, Some(baseline)),
        None => (summary, None),
    };

    let detection = detect(summary, baseline, settings.incident);
    let (verdict, verdict_reason) = verdict::judge(summary, &detection);
    let windows: Vec<&Window> = match verdict {
        Verdict::Incident => detection.incidents.iter().collect(),
        Verdict::Inconclusive => detection.doubtful.iter().collect(),
        Verdict::NoIncident => Vec::new(),
    };
    let contained = || match (verdict, windows.first()) {
        (Verdict::Incident, Some(window)) if settings.containment != Breadth::None => {
            containing::view(summary, window, &detection, settings.containment)
        }
        _ => Default::default(),
    };
    // Neither needs the other.
    let (studies, (containment, containment_note)) = rayon::join(
        || -> Vec<Study> {
            windows.par_iter().map(|w| Study::of(summary, baseline, w, &detection)).collect()
        },
        contained,
    );
    let first = studies.first();

    let places = graph::places(summary);
    let courses = first.map(|s| Courses::new(summary, &s.profile, Steps::around(summary, s)));
    let seen = first.zip(courses.as_ref());
    let cascade =
        seen.map_or_else(Default::default, |(s, c)| spreading::view(summary, s, c, &places));

    let ranked = candidates::view(summary, &studies, settings.top, &places);

    Analysis {
        input: summary.input.clone(),
        traces: summary.traces(),
        baseline_input: baseline.map(|b| b.input.clone()),
        coverage: coverage::view(summary),
        verdict,
        verdict_reason,
        incidents: studies
            .iter()
            .enumerate()
            .map(|(i, study)| impact::incident(summary, study, i as u32 + 1))
            .collect(),
        impact: first.map_or_else(Vec::new, |s| impact::entries(summary, s)),
        contrasts: contrasting::contrasts(summary, &studies, &ranked),
        changes: contrasting::changes(summary, &studies, &ranked),
        candidates: ranked,
        tie_note: first.and_then(|s| candidates::tie_note(summary, s)),
        independent: first.map_or_else(Vec::new, |s| candidates::independent(summary, s)),
        boundaries: first.map_or_else(Default::default, |s| {
            boundaries::view(summary, s, &cascade, &settings.teams, &places)
        }),
        cascade,
        containment,
        containment_note,
        graph: graph::view(summary, &settings.teams),
        timeline: seen
            .map_or_else(Default::default, |(s, c)| timeline::view(summary, s, c, &places)),
        names: names::view(summary, &settings.teams),
    }
}

/// What a pattern on an edge would have done in the largest incident.
///
/// # Errors
/// If there was no incident, or the question does not fit the input.
pub fn what_if(
    summary: &Summary,
    settings: &Settings,
    question: &Question,
) -> Result<Containment, String> {
    let detection = detect(summary, None, settings.incident);
    let window = detection.incidents.first().ok_or("there is no incident in the input")?;
    containing::answer(summary, window, &detection, question)
}
