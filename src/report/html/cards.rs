//! Candidates as cards.

use crate::analysis::{Analysis, Candidate, Evidence};
use crate::report::Options;
use crate::report::document::{accused, measured, told};
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, lag, plural, probability};

use super::traces::{Trace, trace};

/// A log-odds of so much fills half of a bar.
const FULL: f64 = 8.0;
/// Half the width of the bars.
const HALF: f64 = 60.0;

/// A piece of evidence.
pub struct Proof {
    /// Its title.
    pub title: &'static str,
    /// What was seen.
    pub text: String,
    /// The value with its unit.
    pub value: String,
    /// The weight in log-odds.
    pub weight: String,
    /// Left and width of its bar.
    pub bar: (f64, f64),
    /// `for`, `against`, `undecided`.
    pub side: &'static str,
    /// Traces that show it.
    pub traces: Vec<(String, Option<String>)>,
}

/// A candidate.
pub struct Card {
    /// Its rank.
    pub rank: u32,
    /// Its place in the graph.
    pub place: Option<usize>,
    /// Who it is.
    pub accused: String,
    /// How sure.
    pub score: String,
    /// In sentences.
    pub told: String,
    /// Title of the mechanism.
    pub mechanism: String,
    /// Why that matters.
    pub why: String,
    /// Label and value.
    pub facts: Vec<(&'static str, String)>,
    /// Evidence, the weightiest first.
    pub proofs: Vec<Proof>,
    /// A failing trace and a healthy one.
    pub exemplars: Vec<Trace>,
    /// Traces to open.
    pub traces: Vec<(String, Option<String>)>,
}

/// All candidates.
pub fn cards(analysis: &Analysis, options: &Options, clock: &Clock) -> Vec<Card> {
    analysis.candidates.iter().map(|c| card(analysis, c, options, clock)).collect()
}

fn card(analysis: &Analysis, candidate: &Candidate, options: &Options, clock: &Clock) -> Card {
    let linked = |ids: &[String]| -> Vec<(String, Option<String>)> {
        let link = |id: &String| options.trace_url.as_ref().and_then(|url| url.of(id));
        ids.iter().take(5).map(|id| (name(id), link(id))).collect()
    };
    let proof = |evidence: &Evidence| Proof {
        title: evidence.title,
        text: sentence(&evidence.text),
        value: measured(evidence),
        weight: weight(evidence.contribution),
        bar: bar(evidence.contribution),
        side: side(evidence.contribution),
        traces: linked(&evidence.exemplars[..evidence.exemplars.len().min(2)]),
    };
    let mut facts = Vec::new();
    if let Some(onset) = candidate.onset {
        facts.push(("Onset", clock.time(onset)));
    }
    if !candidate.node.namespace.is_empty() {
        facts.push(("Namespace", name(&candidate.node.namespace)));
    }
    facts.push(("Share of the harm", probability(candidate.share)));
    let reached = u64::from(candidate.blast_radius.services);
    facts.push(("Reached", plural(reached, "other service", "other services")));
    if let Some(first) = candidate.path.first() {
        let mut way = name(&first.from);
        for hop in &candidate.path {
            way += &format!(" → {} ({})", name(&hop.to), lag(hop.lag_ms));
        }
        facts.push(("Way up", way));
    }
    let exemplars = candidate.exemplar.iter().flat_map(|pair| {
        std::iter::once(&pair.failing).chain(&pair.healthy).map(|t| trace(t, options, clock))
    });
    Card {
        rank: candidate.rank,
        place: candidate.place,
        accused: accused(candidate),
        score: probability(candidate.score),
        told: told(analysis, candidate, clock),
        mechanism: candidate.mechanism_title.to_owned(),
        why: sentence(candidate.mechanism_rationale),
        facts,
        proofs: candidate.evidence.iter().map(proof).collect(),
        exemplars: exemplars.collect(),
        traces: linked(&candidate.exemplars),
    }
}

fn weight(contribution: f64) -> String {
    if contribution.is_finite() {
        format!("{contribution:+.2}").replace('-', "−")
    } else {
        "unknown".to_owned()
    }
}

fn side(contribution: f64) -> &'static str {
    match contribution {
        c if !c.is_finite() => "unknown",
        c if c > 0.0 => "for",
        c if c < 0.0 => "against",
        _ => "undecided",
    }
}

fn bar(contribution: f64) -> (f64, f64) {
    let c = if contribution.is_finite() { contribution } else { 0.0 };
    let width = HALF * (c.abs() / FULL).min(1.0);
    if c < 0.0 { (HALF - width, width) } else { (HALF, width) }
}
