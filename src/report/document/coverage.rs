//! What was not seen. Only what was found is told: a list of zeros hides the one that matters.

use crate::analysis::{Analysis, Coverage, SkewedClock};
use crate::report::escape::name;
use crate::report::human::{count, duration, plural, ratio, share};

use super::{Block, Text};

/// Names that are listed one by one.
const NAMES: usize = 8;

pub(super) fn blocks(analysis: &Analysis) -> Vec<Block> {
    let lines = lines(&analysis.coverage, analysis.traces);
    if lines.is_empty() {
        return Vec::new();
    }
    vec![
        Block::section("What was not seen"),
        Block::List(lines.into_iter().map(Text::from).collect()),
    ]
}

/// What was not seen, a sentence each.
pub fn all(analysis: &Analysis) -> Vec<String> {
    lines(&analysis.coverage, analysis.traces)
}

pub(super) fn lines(coverage: &Coverage, traces: u64) -> Vec<String> {
    let mut lines = Vec::new();
    if coverage.status_blind {
        lines.push(
            "No span states a failure: failures were inferred from behaviour, and their number \
             is unknown."
                .to_owned(),
        );
    }
    lines.extend(sampling(&coverage.sampling));
    lines.extend(counters(coverage));
    lines.extend(noise(coverage));
    if !coverage.uninstrumented.is_empty() {
        let names: Vec<String> = coverage.uninstrumented.iter().map(|n| name(n)).collect();
        lines.push(format!("Called, but without spans of their own: {}.", list(&names)));
    }
    if !coverage.skewed_clocks.is_empty() {
        let clocks: Vec<String> = coverage.skewed_clocks.iter().map(clock).collect();
        lines.push(format!("Clocks that were off, and corrected: {}.", list(&clocks)));
    }
    if coverage.digest_traces < traces && traces > 0 {
        let kept = ratio(coverage.digest_traces, traces).map_or_else(String::new, share);
        lines.push(format!(
            "{} of {} traces ({kept}) were kept whole for questions about single requests.",
            count(coverage.digest_traces),
            count(traces)
        ));
    }
    lines
}

fn sampling(sampling: &str) -> Option<String> {
    match sampling {
        "all" => None,
        "" | "unknown" => Some(
            "It is unknown whether traces were sampled; counts are those of the input.".to_owned(),
        ),
        other => Some(match other.strip_prefix("head:").map(str::parse) {
            Some(Ok(kept)) => format!(
                "About {} of all traces are here (head sampling); counts are those of the input.",
                share(kept)
            ),
            _ => format!("Traces were sampled: {}.", name(other)),
        }),
    }
}

fn counters(coverage: &Coverage) -> Vec<String> {
    let counters = [
        (
            coverage.unpaired_client_spans,
            "client span has no server span, though the callee emits spans",
            "client spans have no server span, though the callee emits spans",
        ),
        (
            coverage.unpaired_server_spans,
            "server span has no client span above it",
            "server spans have no client span above them",
        ),
        (
            coverage.orphan_spans,
            "span has a parent that is not in the input, which costs scores a little",
            "spans have a parent that is not in the input, which costs scores as much",
        ),
        (coverage.rootless_traces, "trace has no root span", "traces have no root span"),
        (coverage.duplicate_spans, "copy of a span was left out", "copies of spans were left out"),
        (
            coverage.duplicate_logs,
            "copy of a log record was left out",
            "copies of log records were left out",
        ),
        (coverage.cyclic_spans, "span was its own ancestor", "spans were their own ancestors"),
        (
            coverage.unnamed_spans,
            "span comes from a service without a name",
            "spans come from services without a name",
        ),
        (
            coverage.logs_without_trace,
            "log record has no trace id and was joined by service and time",
            "log records have no trace id and were joined by service and time",
        ),
        (
            coverage.logs_unjoined,
            "log record belongs to a span that is not in the input",
            "log records belong to spans that are not in the input",
        ),
        (
            coverage.folded_keys,
            "rare service, edge, operation, instance or log template was folded into \"other\"",
            "rare services, edges, operations, instances or log templates were folded into \"other\"",
        ),
    ];
    counters
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| plural(n, one, many) + ".")
        .collect()
}

/// Traces that were left out, and by what they were told.
fn noise(coverage: &Coverage) -> Option<String> {
    let by = coverage.noise_by;
    let told = [
        (by.operation, "by its operation", "by their operations"),
        (by.user_agent, "by its user agent", "by their user agents"),
        (by.synthetic, "as synthetic by its own word", "as synthetic by their own word"),
    ];
    let told = told.into_iter().filter(|(n, ..)| *n > 0);
    let told =
        told.map(|(n, one, many)| format!("{} {}", count(n), if n == 1 { one } else { many }));
    let traces = plural(
        coverage.noise_traces,
        "trace of a health check, a probe or the like was left out",
        "traces of health checks, probes and the like were left out",
    );
    let told: Vec<String> = told.collect();
    (coverage.noise_traces > 0).then(|| format!("{traces}: {}.", told.join(", ")))
}

fn clock(skewed: &SkewedClock) -> String {
    let off = duration(skewed.ahead_ns.unsigned_abs());
    let direction = if skewed.ahead_ns < 0 { "behind" } else { "ahead" };
    format!("{} ({off} {direction})", name(&skewed.clock))
}

fn list(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMES)].join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        left => format!("{shown} and {left} more"),
    }
}
