//! An analysis, its incidents, candidates and cascade.

use crate::analysis::scene::{Course, Exemplar, Sort, Timeline};
use crate::model::{InputStats, Nanos};

use super::boundaries::Boundaries;
use super::contrasts::{Changes, Contrasts};
use super::coverage::Coverage;
use super::graph::{NodeName, ServiceGraph};

/// Whether there is an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Harm beyond the stated material effect, at the stated false-alarm level.
    Incident,
    /// Enough data, and nothing of that size.
    NoIncident,
    /// Between the two bounds, or no usable reference, or too little data.
    Inconclusive,
}

impl Verdict {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::NoIncident => "no_incident",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The result of one run.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// What was read and lost.
    pub input: InputStats,
    /// Distinct traces in the input.
    pub traces: u64,
    /// The same for telemetry given as baseline.
    pub baseline_input: Option<InputStats>,
    /// What could not be seen.
    pub coverage: Coverage,
    /// The verdict.
    pub verdict: Verdict,
    /// Why that verdict, in one or two plain sentences.
    pub verdict_reason: String,
    /// The incidents, largest first; empty unless something was found.
    pub incidents: Vec<Incident>,
    /// Whom it hurt: entry operations, most failed requests first.
    pub impact: Vec<EntryImpact>,
    /// Ranked root-cause candidates, best first; empty on [`Verdict::NoIncident`].
    pub candidates: Vec<Candidate>,
    /// When the first two candidates are close: what would tell them apart.
    pub tie_note: Option<String>,
    /// Candidates of the first incident that failed for reasons of their own.
    pub independent: Vec<Independent>,
    /// What failing requests have in common.
    pub contrasts: Contrasts,
    /// What came or went near the onsets.
    pub changes: Changes,
    /// How the failure fell.
    pub cascade: Cascade,
    /// Where it crossed from one team's domain into another's.
    pub boundaries: Boundaries,
    /// What would have contained it, best first.
    pub containment: Vec<Containment>,
    /// Where nothing would have: that.
    pub containment_note: Option<String>,
    /// The service graph of the whole input.
    pub graph: ServiceGraph,
    /// What happened when, around the largest incident.
    pub timeline: Timeline,
    /// Every name in the input with what it names, sorted.
    pub names: Vec<(Sort, String)>,
}

/// One incident in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// From 1, the largest first.
    pub id: u32,
    /// The most likely beginning.
    pub onset: Nanos,
    /// The earliest plausible beginning.
    pub onset_earliest: Nanos,
    /// The latest plausible beginning.
    pub onset_latest: Nanos,
    /// When it was over, if it was within the input.
    pub end: Option<Nanos>,
    /// How the reference was chosen, in words.
    pub reference: String,
    /// Entry requests during the incident.
    pub requests: u64,
    /// Failed ones; `None` in status-blind input.
    pub failed: Option<u64>,
    /// What was wrong with the harmed ones.
    pub harm: Harmed,
    /// Harmed ones.
    pub harmed: u64,
    /// Share of harmed requests in the reference, 0 to 1.
    pub usual: f64,
}

/// What was wrong with harmed requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harmed {
    /// They failed.
    Failed,
    /// They were far slower than usual.
    Slow,
    /// They behaved otherwise than usual, and no span says whether any failed.
    Unusual,
}

/// What an incident did to one entry operation.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryImpact {
    /// The service that took the request.
    pub service: String,
    /// Its operation.
    pub operation: String,
    /// Requests during the incident.
    pub requests: u64,
    /// The same, adjusted for head sampling; `None` where the sampling is unknown.
    pub requests_estimated: Option<f64>,
    /// Failed ones; `None` in status-blind input.
    pub failed: Option<u64>,
    /// Share of failed requests in the reference, 0 to 1; `None` without a usable reference.
    pub failed_before: Option<f64>,
    /// Where no span states a failure: requests that show changed behaviour, during.
    pub unusual: Option<u64>,
    /// Median latency in the reference, nanoseconds.
    pub p50_before: Option<u64>,
    /// Median latency during the incident, nanoseconds.
    pub p50_during: Option<u64>,
    /// 99th percentile in the reference, nanoseconds.
    pub p99_before: Option<u64>,
    /// 99th percentile during the incident, nanoseconds.
    pub p99_during: Option<u64>,
}

/// A root-cause candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// From 1, distinct.
    pub rank: u32,
    /// Which incident.
    pub incident_id: u32,
    /// The accused; for an edge, the callee.
    pub node: NodeName,
    /// `[caller, callee]` if the connection itself is accused.
    pub edge: Option<[String; 2]>,
    /// The operation, where one stands out.
    pub operation: Option<String>,
    /// The instance, where one stands out.
    pub instance: Option<String>,
    /// The version, where one stands out.
    pub version: Option<String>,
    /// The availability zone, where one stands out.
    pub zone: Option<String>,
    /// Logistic of `prior` + all contributions: the probability of being a root cause.
    pub score: f64,
    /// Log-odds before any evidence.
    pub prior: f64,
    /// Id of the mechanism.
    pub mechanism: &'static str,
    /// Title of the mechanism.
    pub mechanism_title: &'static str,
    /// What the mechanism does and what to do about it, in plain words.
    pub mechanism_rationale: &'static str,
    /// Share of the incident's harmed requests that come down to it, 0 to 1.
    pub share: f64,
    /// Index of the accused in [`ServiceGraph::nodes`].
    pub place: Option<usize>,
    /// When it began to misbehave.
    pub onset: Option<Nanos>,
    /// One sentence that a non-expert understands.
    pub summary: String,
    /// The evidence, largest absolute contribution first.
    pub evidence: Vec<Evidence>,
    /// How the failure went from the candidate to the entry, hop by hop.
    pub path: Vec<Hop>,
    /// How far it reached.
    pub blast_radius: BlastRadius,
    /// Trace ids (32 hex digits) to open, most telling first.
    pub exemplars: Vec<String>,
    /// A failing trace beside a healthy one.
    pub exemplar: Option<Exemplar>,
}

/// Two candidates of one incident of which neither is a consequence of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Independent {
    /// Their names, the better ranked first.
    pub candidates: [String; 2],
    /// In one sentence.
    pub text: String,
}

/// One piece of evidence about a candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Id in the registry.
    pub id: &'static str,
    /// Title in the registry.
    pub title: &'static str,
    /// The measured value.
    pub value: f64,
    /// Its unit, empty for none.
    pub unit: &'static str,
    /// Log-odds added to the score; may be negative.
    pub contribution: f64,
    /// What was seen, in plain words.
    pub text: String,
    /// Trace ids that show it.
    pub exemplars: Vec<String>,
}

/// One step of a failure along a call, against the direction of the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// Who failed first (the callee).
    pub from: String,
    /// Who failed because of it (the caller).
    pub to: String,
    /// Onset of `to` minus onset of `from`, milliseconds; may be negative within the uncertainty.
    pub lag_ms: i64,
}

/// How far a candidate's failure reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlastRadius {
    /// Services whose requests failed because of it, itself not counted.
    pub services: u32,
    /// Failed entry requests in which it was blamed.
    pub failed_requests: u64,
}

/// The cascade of the largest incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cascade {
    /// Edges along which failure spread, in order of onset.
    pub edges: Vec<CascadeEdge>,
    /// Services that were hurt, in order of onset.
    pub impacted: Vec<Impacted>,
    /// What made it worse, or kept it from spreading, in order of the registry.
    pub factors: Vec<Factor>,
}

/// What made a failure worse on an edge, or kept it from spreading.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Id in the registry.
    pub id: &'static str,
    /// Title in the registry.
    pub title: &'static str,
    /// `[caller, callee]`.
    pub edge: [String; 2],
    /// The measured value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What was seen, in plain words.
    pub text: String,
}

/// One edge of the cascade; `from` failed first.
#[derive(Clone, Debug, PartialEq)]
pub struct CascadeEdge {
    /// The callee, who failed first.
    pub from: String,
    /// The caller.
    pub to: String,
    /// When calls over this edge began to fail.
    pub onset: Nanos,
    /// Behind the first edge on which `from` itself was let down (behind the onset of its own
    /// trouble, for an origin), milliseconds.
    pub lag_ms: i64,
    /// Share of failing (or late) calls during the incident, 0 to 1.
    pub failure_rate: f64,
    /// The same in the reference.
    pub before: f64,
    /// Callee and caller in [`ServiceGraph::nodes`].
    pub places: [usize; 2],
    /// How calls over it went around the incident, by step of the [`Timeline`].
    pub course: Course,
}

/// A service that was hurt.
#[derive(Clone, Debug, PartialEq)]
pub struct Impacted {
    /// Its name.
    pub service: String,
    /// When.
    pub onset: Nanos,
}

/// What a pattern on an edge would have done.
#[derive(Clone, Debug, PartialEq)]
pub struct Containment {
    /// Id of the pattern.
    pub pattern: &'static str,
    /// `[caller, callee]`.
    pub edge: [String; 2],
    /// Share of the incident's failed entry requests that would not have failed; negative where
    /// more would have.
    pub saved_share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// What is assumed, in words.
    pub assumption: String,
    /// The setting that is meant: name and value.
    pub settings: Vec<(String, String)>,
    /// The same as configuration to paste: product and text.
    pub configurations: Vec<(String, String)>,
}
