//! Plain values that reports read.

use crate::model::{InputStats, Nanos, PeerKind};

use super::coverage::NoiseBy;
use super::scene::{Course, Exemplar, Sort, Timeline};

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

/// What could not be seen, or was seen twice. Every field is a count unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Client spans (of calls to services that do emit spans) without a server span.
    pub unpaired_client_spans: u64,
    /// Server spans that have no client span, though they are not the first of their trace.
    pub unpaired_server_spans: u64,
    /// Spans whose parent is not in the input.
    pub orphan_spans: u64,
    /// Traces without a root span.
    pub rootless_traces: u64,
    /// Copies of a span that were left out.
    pub duplicate_spans: u64,
    /// Copies of a log record that were left out. Repeats within one whole millisecond are kept:
    /// with so coarse a clock they cannot be told from copies.
    pub duplicate_logs: u64,
    /// Spans that were their own ancestor; the cycle was cut.
    pub cyclic_spans: u64,
    /// Spans of services without a usable `service.name`.
    pub unnamed_spans: u64,
    /// Log records without a trace id, joined by service and time.
    pub logs_without_trace: u64,
    /// Log records whose trace or span is not in the input.
    pub logs_unjoined: u64,
    /// Operations, edges, instances or templates beyond the cap, folded into "other".
    pub folded_keys: u64,
    /// Traces that were left out because their entry is noise: health checks and the like.
    pub noise_traces: u64,
    /// By what they were told.
    pub noise_by: NoiseBy,
    /// Nodes that are called but emit no spans of their own and are not stores, brokers or
    /// third parties by their attributes.
    pub uninstrumented: Vec<String>,
    /// Clocks that were found to be off, with the correction applied.
    pub skewed_clocks: Vec<SkewedClock>,
    /// `all` (every trace is there), `head:<share>` or `unknown`.
    pub sampling: String,
    /// No span says how it ended, anywhere: failures had to be inferred from behaviour.
    pub status_blind: bool,
    /// Traces kept whole for joint questions, of all traces.
    pub digest_traces: u64,
}

/// A host whose clock was found to be off.
#[derive(Clone, Debug, PartialEq)]
pub struct SkewedClock {
    /// Host, node or instance.
    pub clock: String,
    /// Nanoseconds by which it runs ahead of the majority.
    pub ahead_ns: i64,
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

/// A node of the service graph by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName {
    /// `service.name` or the peer's name.
    pub name: String,
    /// `service.namespace`, or empty.
    pub namespace: String,
    /// What it is.
    pub kind: PeerKind,
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

/// The largest incident by teams. Services whose team is not known take no part; none is guessed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boundaries {
    /// The teams of the input, in order of name.
    pub teams: Vec<String>,
    /// Services whose team is not known.
    pub unassigned: Vec<String>,
    /// The team of the first candidate, if it is known.
    pub began_in: Option<String>,
    /// Into whose domains it came, in order of time.
    pub entered: Vec<Entered>,
    /// Every boundary that calls crossed, those with most failures first.
    pub list: Vec<Boundary>,
}

/// Where a failure came into a team's domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The team that was let down.
    pub team: String,
    /// The team whose service let it down.
    pub from: String,
    /// `[caller, callee]`.
    pub edge: [String; 2],
    /// When calls over this edge began to fail.
    pub at: Nanos,
}

/// Calls from one team's services to another's.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// The calling and the called team.
    pub teams: [String; 2],
    /// All its integration points together.
    pub crossing: Crossing,
    /// The edges that cross it, those with most failures first.
    pub points: Vec<IntegrationPoint>,
}

/// An edge that crosses a boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegrationPoint {
    /// `[caller, callee]`.
    pub edge: [String; 2],
    /// What crossed it.
    pub crossing: Crossing,
}

/// What crossed a boundary during the incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crossing {
    /// Attempts.
    pub calls: u64,
    /// Attempts that failed: the callee's team (or the way to it) let the caller's down.
    pub failed: u64,
    /// Share of failed attempts in the reference, 0 to 1.
    pub failed_before: Option<f64>,
    /// Attempts that repeat an earlier one: load that the caller's team put on the callee's.
    pub repeated: u64,
    /// Calls on which the callee went on after its caller had given up.
    pub abandoned: u64,
    /// Attempts for each call, at least 1.
    pub attempts: Option<f64>,
    /// The same in the reference.
    pub attempts_before: Option<f64>,
    /// What callers waited beyond the usual, all calls together, nanoseconds.
    pub lost_ns: Option<u64>,
    /// When calls over it began to fail or to be late, if they did.
    pub onset: Option<Nanos>,
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

/// The service graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceGraph {
    /// Nodes by name.
    pub nodes: Vec<GraphNode>,
    /// Edges by caller, then callee.
    pub edges: Vec<GraphEdge>,
}

/// A node of the service graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Its name.
    pub node: NodeName,
    /// Whether it emits spans of its own.
    pub instrumented: bool,
    /// Calls it handled (as seen by itself, or by its callers if it emits nothing).
    pub calls: u64,
    /// Failed ones.
    pub failed: u64,
    /// Distinct instances seen.
    pub instances: u32,
    /// Distinct versions seen.
    pub versions: Vec<String>,
    /// Whether it takes requests from outside.
    pub entry: bool,
    /// Whose it is, if that is known.
    pub team: Option<String>,
}

/// An edge of the service graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphEdge {
    /// Index of the caller in [`ServiceGraph::nodes`].
    pub from: usize,
    /// Index of the callee.
    pub to: usize,
    /// Messages rather than calls.
    pub asynchronous: bool,
    /// Calls (attempts).
    pub calls: u64,
    /// Failed ones.
    pub failed: u64,
    /// Attempts that repeated an earlier one.
    pub retries: u64,
    /// Median as seen by the caller, nanoseconds; `None` without a timed call.
    pub p50: Option<u64>,
    /// 99th percentile, nanoseconds.
    pub p99: Option<u64>,
}

/// What failing requests have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contrasts {
    /// By incident; of each the candidates first, then the requests as a whole, symptoms last.
    pub list: Vec<Contrast>,
    /// Values that were tested.
    pub tested: u64,
    /// Values beyond the most frequent that were not.
    pub left_out: u64,
}

/// Something that failing requests (or failing calls of a candidate) carry more often than healthy
/// ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// Which incident.
    pub incident_id: u32,
    /// Rank of the candidate whose calls are compared; `None` where it is the requests as a whole.
    pub candidate: Option<u32>,
    /// Its name.
    pub service: Option<String>,
    /// What: the first names it, the same requests carry the others.
    pub traits: Vec<Told>,
    /// A sign of the failure (a log record), not something that could have led to it.
    pub symptom: bool,
    /// Failing ones.
    pub failing: Share,
    /// Healthy ones.
    pub healthy: Share,
    /// How much larger the share is among failing ones, between like ones; 0 to 1.
    pub difference: f64,
    /// Odds ratio between like ones; `None` where it is not finite.
    pub odds_ratio: Option<f64>,
    /// How often chance does as well, 0 to 1.
    pub p_value: f64,
    /// Share of false discoveries among everything at least as clear, 0 to 1.
    pub q_value: f64,
    /// Compared with healthy requests of the same time; otherwise with those before.
    pub same_time: bool,
    /// In one sentence.
    pub text: String,
}

/// Requests of which something is known, and those that carry it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// Kept traces of which it is known.
    pub known: u64,
    /// Those of them that carry it.
    pub with: u64,
    /// Share of the requests that the traces stand for, 0 to 1.
    pub share: f64,
}

/// What a span, an emitter or a log record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of which service; `None` where it is said of the request.
    pub service: Option<String>,
    /// An attribute's name, `feature_flag:NAME` or `log.template`.
    pub dimension: String,
    /// Its value.
    pub value: String,
}

/// What came or went near an onset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// By incident and distance from its onset.
    pub list: Vec<Change>,
    /// Farther ones that are not listed.
    pub left_out: u64,
}

/// Something that came or went.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which incident.
    pub incident_id: u32,
    /// When it was first seen (of what went: when it was last), to the slice.
    pub at: Nanos,
    /// So long before the onset, milliseconds; negative after it.
    pub lead_ms: i64,
    /// It came; otherwise it went.
    pub came: bool,
    /// What: the first names it, the others came or went with it.
    pub traits: Vec<Told>,
    /// Instances that show it.
    pub instances: u64,
    /// It is the first candidate's own; or, of the request as a whole, most harmed ones carry it.
    pub touches_candidate: bool,
    /// Of harmed requests of which it is known, the share that carries what came, 0 to 1.
    pub carried: Option<f64>,
    /// In one sentence.
    pub text: String,
}
