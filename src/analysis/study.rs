//! Everything known of one incident, from blame to candidates.

use crate::cascade::{Aggravation, Flow, Profile, Spread, aggravations, blame_incident};
use crate::contrast::{Changes, Contrasts, Reference, changes, contrasts};
use crate::detect::{Aggregate, Contrast, Detection, Window};
use crate::rank::{Case, Independence, Scored, rank};
use crate::summary::Summary;

use super::trails::Trails;

/// One window, studied.
pub struct Study {
    /// When.
    pub window: Window,
    /// How the reference was chosen, in words.
    pub reference: &'static str,
    /// Sums before and during.
    pub contrast: Contrast,
    /// Onsets by node and edge.
    pub spread: Spread,
    /// What made it worse, edge by edge.
    pub aggravations: Vec<Aggravation>,
    /// Candidates, best first.
    pub scored: Vec<Scored>,
    /// What each candidate's blamed traces show.
    pub trails: Trails,
    /// Which nodes failed for reasons of their own.
    pub independence: Independence,
    /// What failing requests have in common.
    pub contrasts: Contrasts,
    /// What came or went near the onset.
    pub changes: Changes,
    /// Blame by node.
    pub flow: Flow,
    /// What is usual.
    pub profile: Profile,
}

impl Study {
    /// Studies one window.
    pub fn of(
        summary: &Summary,
        baseline: Option<&Summary>,
        window: &Window,
        detection: &Detection,
    ) -> Self {
        let (in_reference, chosen) = reference(summary, baseline, window, detection);
        let mut before = Aggregate::of(summary, &in_reference);
        if let Some(baseline) = baseline {
            before = before.plus(Aggregate::of(baseline, |_| true));
        }
        let during = Aggregate::of(summary, |slice| window.contains(slice));
        let contrast = Contrast { before, during };
        let profile = Profile::new(&contrast.before, &summary.catalog);
        let (blames, flow) =
            blame_incident(summary, window, &contrast, &profile, &in_reference, baseline);
        let spread = Spread::new(summary, &profile, window);
        let case = Case::new(summary, window, &contrast, &profile, (&blames, &flow), &spread);
        let scored = rank(&case);
        let trails = Trails::new(&case, &scored);
        let usual = Reference { slices: &in_reference, baseline };
        let contrasts = contrasts(&case, &scored, &usual);
        let changes = changes(&case, &scored, &usual);
        let independence = case.independence;
        Self {
            window: window.clone(),
            aggravations: aggravations(summary, &contrast, window),
            reference: chosen,
            scored,
            trails,
            independence,
            contrasts,
            changes,
            spread,
            flow,
            contrast,
            profile,
        }
    }
}

/// The reference must hold at least so many requests to be one.
const USABLE: u64 = 30;

/// Which slices are the reference: those before the incident that lie in no other; if they are
/// too few (and there is no baseline), those after it too.
pub(super) fn reference(
    summary: &Summary,
    baseline: Option<&Summary>,
    window: &Window,
    detection: &Detection,
) -> (impl Fn(u64) -> bool, &'static str) {
    let windows = detection.incidents.clone();
    let (from, itself) = (window.from, window.clone());
    let outside =
        move |slice: u64| !itself.contains(slice) && !windows.iter().any(|w| w.contains(slice));
    let before = Aggregate::of(summary, |slice| slice < from && outside(slice)).requests().total;
    let enough = baseline.is_some() || before >= USABLE;
    let words = match (baseline.is_some(), enough) {
        (true, _) => "the baseline telemetry, and this input before the incident",
        (false, true) => "this input before the incident",
        (false, false) => "this input outside the incident: too little lies before it",
    };
    (move |slice| outside(slice) && (slice < from || !enough), words)
}
