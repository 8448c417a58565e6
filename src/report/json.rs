//! The analysis as JSON: the contract that `docs/report.schema.json` states.
//!
//! The types here are the wire format and nothing else. Fields may be added; none is renamed
//! or removed without a new [`SCHEMA_VERSION`].

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::analysis as view;
use crate::model::{InputStats, LossKind, Nanos};

use super::json_boundaries::Boundaries;
use super::json_contrasts::{Change, Contrast};
use super::json_text::{self, finite, millis};

/// The version of the contract.
pub const SCHEMA_VERSION: &str = "1";

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(analysis: &view::Analysis, out: &mut dyn Write) -> io::Result<()> {
    json_text::write(&Report::of(analysis), out)
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: &'static str,
    tool: Tool,
    input: Input,
    baseline_input: Option<Input>,
    coverage: Coverage<'a>,
    verdict: &'static str,
    verdict_reason: &'a str,
    incident: Option<Incident<'a>>,
    incidents: Vec<Incident<'a>>,
    impact: Impact<'a>,
    candidates: Vec<Candidate<'a>>,
    tie_note: Option<&'a str>,
    independent: Vec<Independent<'a>>,
    contrasts: Vec<Contrast<'a>>,
    contrasts_tested: u64,
    changes: Vec<Change<'a>>,
    cascade: Cascade<'a>,
    boundaries: Boundaries<'a>,
    containment: Vec<Containment<'a>>,
    containment_note: Option<&'a str>,
}

impl<'a> Report<'a> {
    fn of(analysis: &'a view::Analysis) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            input: Input::of(&analysis.input, Some(analysis.traces)),
            baseline_input: analysis.baseline_input.as_ref().map(|i| Input::of(i, None)),
            coverage: Coverage::of(&analysis.coverage),
            verdict: analysis.verdict.as_str(),
            verdict_reason: &analysis.verdict_reason,
            incident: analysis.incidents.first().map(Incident::of),
            incidents: analysis.incidents.iter().map(Incident::of).collect(),
            impact: Impact { entries: analysis.impact.iter().map(Entry::of).collect() },
            candidates: analysis
                .candidates
                .iter()
                .map(|c| Candidate::of(c, analysis.coverage.status_blind))
                .collect(),
            tie_note: analysis.tie_note.as_deref(),
            independent: analysis.independent.iter().map(Independent::of).collect(),
            contrasts: analysis.contrasts.list.iter().map(Contrast::of).collect(),
            contrasts_tested: analysis.contrasts.tested,
            changes: analysis.changes.list.iter().map(Change::of).collect(),
            cascade: Cascade::of(&analysis.cascade),
            boundaries: Boundaries::of(&analysis.boundaries, analysis.coverage.status_blind),
            containment: analysis.containment.iter().map(Containment::of).collect(),
            containment_note: analysis.containment_note.as_deref(),
        }
    }
}

/// Two candidates that failed for reasons of their own.
#[derive(Serialize)]
struct Independent<'a> {
    candidates: [&'a str; 2],
    text: &'a str,
}

impl<'a> Independent<'a> {
    fn of(pair: &'a view::Independent) -> Self {
        let [one, other] = &pair.candidates;
        Self { candidates: [one, other], text: &pair.text }
    }
}

/// Who wrote the report.
#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(super) const fn this() -> Self {
        Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") }
    }
}

/// What was read.
#[derive(Serialize)]
pub(super) struct Input {
    files: u64,
    files_skipped: u64,
    bytes: u64,
    spans: u64,
    log_records: u64,
    metrics: u64,
    traces: Option<u64>,
    from: Option<String>,
    to: Option<String>,
    losses: BTreeMap<&'static str, u64>,
}

impl Input {
    pub(super) fn of(stats: &InputStats, traces: Option<u64>) -> Self {
        let loss = |kind: LossKind| {
            let n = stats.losses.get(&kind).copied().unwrap_or(0);
            (kind.as_str(), n)
        };
        Self {
            files: stats.files,
            files_skipped: stats.files_skipped,
            bytes: stats.bytes,
            spans: stats.spans,
            log_records: stats.log_records,
            metrics: stats.metrics,
            traces,
            from: given(stats.from),
            to: given(stats.to),
            losses: LossKind::ALL.map(loss).into_iter().collect(),
        }
    }
}

fn given(at: Nanos) -> Option<String> {
    (at != Nanos(0)).then(|| at.to_string())
}

#[derive(Serialize)]
struct Coverage<'a> {
    unpaired_client_spans: u64,
    unpaired_server_spans: u64,
    orphan_spans: u64,
    rootless_traces: u64,
    duplicate_spans: u64,
    duplicate_logs: u64,
    cyclic_spans: u64,
    unnamed_spans: u64,
    logs_without_trace: u64,
    logs_unjoined: u64,
    folded_keys: u64,
    noise_traces: u64,
    noise_by: NoiseBy,
    uninstrumented: &'a [String],
    skewed_clocks: Vec<SkewedClock<'a>>,
    sampling: &'a str,
    status_blind: bool,
    digest_traces: u64,
}

#[derive(Serialize)]
struct NoiseBy {
    operation: u64,
    user_agent: u64,
    synthetic: u64,
}

#[derive(Serialize)]
struct SkewedClock<'a> {
    clock: &'a str,
    ahead_ns: i64,
}

impl<'a> Coverage<'a> {
    fn of(coverage: &'a view::Coverage) -> Self {
        // Taken apart in full, so that a counter added to the view cannot be forgotten here.
        let view::Coverage {
            unpaired_client_spans,
            unpaired_server_spans,
            orphan_spans,
            rootless_traces,
            duplicate_spans,
            duplicate_logs,
            cyclic_spans,
            unnamed_spans,
            logs_without_trace,
            logs_unjoined,
            folded_keys,
            noise_traces,
            noise_by: view::NoiseBy { operation, user_agent, synthetic },
            ref uninstrumented,
            ref skewed_clocks,
            ref sampling,
            status_blind,
            digest_traces,
        } = *coverage;
        Self {
            unpaired_client_spans,
            unpaired_server_spans,
            orphan_spans,
            rootless_traces,
            duplicate_spans,
            duplicate_logs,
            cyclic_spans,
            unnamed_spans,
            logs_without_trace,
            logs_unjoined,
            folded_keys,
            noise_traces,
            noise_by: NoiseBy { operation, user_agent, synthetic },
            uninstrumented,
            skewed_clocks: skewed_clocks
                .iter()
                .map(|skewed| SkewedClock { clock: &skewed.clock, ahead_ns: skewed.ahead_ns })
                .collect(),
            sampling: if sampling.is_empty() { "unknown" } else { sampling },
            status_blind,
            digest_traces,
        }
    }
}

#[derive(Serialize)]
struct Incident<'a> {
    id: u32,
    onset: String,
    onset_earliest: String,
    onset_latest: String,
    end: Option<String>,
    reference: &'a str,
    requests: u64,
    failed: Option<u64>,
}

impl<'a> Incident<'a> {
    fn of(incident: &'a view::Incident) -> Self {
        Self {
            id: incident.id,
            onset: incident.onset.to_string(),
            onset_earliest: incident.onset_earliest.to_string(),
            onset_latest: incident.onset_latest.to_string(),
            end: incident.end.map(|end| end.to_string()),
            reference: &incident.reference,
            requests: incident.requests,
            failed: incident.failed,
        }
    }
}

#[derive(Serialize)]
struct Impact<'a> {
    entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    service: &'a str,
    operation: &'a str,
    requests: u64,
    requests_estimated: Option<f64>,
    failed: Option<u64>,
    failed_before: Option<f64>,
    unusual: Option<u64>,
    p50_before_ms: Option<f64>,
    p50_during_ms: Option<f64>,
    p99_before_ms: Option<f64>,
    p99_during_ms: Option<f64>,
}

impl<'a> Entry<'a> {
    fn of(entry: &'a view::EntryImpact) -> Self {
        Self {
            service: &entry.service,
            operation: &entry.operation,
            requests: entry.requests,
            requests_estimated: entry.requests_estimated.and_then(finite),
            failed: entry.failed,
            failed_before: entry.failed_before.and_then(finite),
            unusual: entry.unusual,
            p50_before_ms: entry.p50_before.map(millis),
            p50_during_ms: entry.p50_during.map(millis),
            p99_before_ms: entry.p99_before.map(millis),
            p99_during_ms: entry.p99_during.map(millis),
        }
    }
}

#[derive(Serialize)]
struct Candidate<'a> {
    rank: u32,
    incident_id: u32,
    service: &'a str,
    namespace: Option<&'a str>,
    kind: &'static str,
    /// What the accused is, also where the connection to it is meant.
    service_kind: &'static str,
    edge: Option<&'a [String; 2]>,
    operation: Option<&'a str>,
    instance: Option<&'a str>,
    version: Option<&'a str>,
    zone: Option<&'a str>,
    score: Option<f64>,
    prior: Option<f64>,
    mechanism: &'static str,
    mechanism_title: &'static str,
    onset: Option<String>,
    summary: &'a str,
    evidence: Vec<Evidence<'a>>,
    path: Vec<Hop<'a>>,
    blast_radius: BlastRadius,
    exemplars: &'a [String],
}

impl<'a> Candidate<'a> {
    fn of(candidate: &'a view::Candidate, status_blind: bool) -> Self {
        let node = &candidate.node;
        let kind = if candidate.edge.is_some() { "edge" } else { node.kind.as_str() };
        let failed = candidate.blast_radius.failed_requests;
        Self {
            rank: candidate.rank,
            incident_id: candidate.incident_id,
            service: &node.name,
            namespace: (!node.namespace.is_empty()).then_some(&node.namespace),
            kind,
            service_kind: node.kind.as_str(),
            edge: candidate.edge.as_ref(),
            operation: candidate.operation.as_deref(),
            instance: candidate.instance.as_deref(),
            version: candidate.version.as_deref(),
            zone: candidate.zone.as_deref(),
            score: finite(candidate.score),
            prior: finite(candidate.prior),
            mechanism: candidate.mechanism,
            mechanism_title: candidate.mechanism_title,
            onset: candidate.onset.map(|onset| onset.to_string()),
            summary: &candidate.summary,
            evidence: candidate.evidence.iter().map(Evidence::of).collect(),
            path: candidate.path.iter().map(Hop::of).collect(),
            blast_radius: BlastRadius {
                services: candidate.blast_radius.services,
                // Where no span states a failure, none counted does not mean none.
                failed_requests: (!status_blind || failed > 0).then_some(failed),
            },
            exemplars: &candidate.exemplars,
        }
    }
}

#[derive(Serialize)]
struct Evidence<'a> {
    id: &'static str,
    title: &'static str,
    value: Option<f64>,
    unit: &'static str,
    contribution: Option<f64>,
    text: &'a str,
    exemplars: &'a [String],
}

impl<'a> Evidence<'a> {
    fn of(evidence: &'a view::Evidence) -> Self {
        Self {
            id: evidence.id,
            title: evidence.title,
            value: finite(evidence.value),
            unit: evidence.unit,
            contribution: finite(evidence.contribution),
            text: &evidence.text,
            exemplars: &evidence.exemplars,
        }
    }
}

#[derive(Serialize)]
struct Hop<'a> {
    from: &'a str,
    to: &'a str,
    lag_ms: i64,
}

impl<'a> Hop<'a> {
    fn of(hop: &'a view::Hop) -> Self {
        Self { from: &hop.from, to: &hop.to, lag_ms: hop.lag_ms }
    }
}

#[derive(Serialize)]
struct BlastRadius {
    services: u32,
    failed_requests: Option<u64>,
}

#[derive(Serialize)]
struct Cascade<'a> {
    edges: Vec<CascadeEdge<'a>>,
    impacted: Vec<Impacted<'a>>,
    factors: Vec<Factor<'a>>,
}

/// What made it worse, or kept it from spreading.
#[derive(Serialize)]
struct Factor<'a> {
    id: &'static str,
    title: &'static str,
    edge: &'a [String; 2],
    value: Option<f64>,
    unit: &'static str,
    text: &'a str,
}

impl<'a> Factor<'a> {
    fn of(factor: &'a view::Factor) -> Self {
        Self {
            id: factor.id,
            title: factor.title,
            edge: &factor.edge,
            value: finite(factor.value),
            unit: factor.unit,
            text: &factor.text,
        }
    }
}

#[derive(Serialize)]
struct CascadeEdge<'a> {
    from: &'a str,
    to: &'a str,
    onset: String,
    lag_ms: i64,
    failure_rate: Option<f64>,
    before: Option<f64>,
}

#[derive(Serialize)]
struct Impacted<'a> {
    service: &'a str,
    onset: String,
}

impl<'a> Cascade<'a> {
    fn of(cascade: &'a view::Cascade) -> Self {
        let edge = |edge: &'a view::CascadeEdge| CascadeEdge {
            from: &edge.from,
            to: &edge.to,
            onset: edge.onset.to_string(),
            lag_ms: edge.lag_ms,
            failure_rate: finite(edge.failure_rate),
            before: finite(edge.before),
        };
        let impacted = |impacted: &'a view::Impacted| Impacted {
            service: &impacted.service,
            onset: impacted.onset.to_string(),
        };
        Self {
            edges: cascade.edges.iter().map(edge).collect(),
            impacted: cascade.impacted.iter().map(impacted).collect(),
            factors: cascade.factors.iter().map(Factor::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Containment<'a> {
    pattern: &'static str,
    edge: &'a [String; 2],
    saved_share: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    assumption: &'a str,
    settings: BTreeMap<&'a str, &'a str>,
    configuration: BTreeMap<&'a str, &'a str>,
}

impl<'a> Containment<'a> {
    fn of(containment: &'a view::Containment) -> Self {
        let map = |list: &'a [(String, String)]| {
            list.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()
        };
        Self {
            pattern: containment.pattern,
            edge: &containment.edge,
            saved_share: finite(containment.saved_share),
            low: finite(containment.low),
            high: finite(containment.high),
            assumption: &containment.assumption,
            settings: map(&containment.settings),
            configuration: map(&containment.configurations),
        }
    }
}
