//! What would have contained an incident, found out by running it again with a pattern in place.

use super::landscape::Landscape;
use super::recording::Recording;
use super::telemetry::{Fact, Kind, MILLISECOND, Nanos, SECOND, Span, Value};
use super::truth::{Contained, is_entry};

/// Users have gone after so long, whatever the answer is.
const PATIENCE: Nanos = 10 * SECOND;
/// A derived timeout is so many times what nine of ten healthy calls take …
const TIMES: Nanos = 3;
/// … and no shorter than this.
const SHORTEST: Nanos = 50 * MILLISECOND;
/// A bulkhead leaves a path this share of the workers of an instance of its caller …
const SHARE: f64 = 0.34;
/// … and no fewer than this.
const FEWEST: usize = 2;

/// What is put in place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pattern {
    /// The caller gives up after so long, or after a time derived from healthy calls.
    Timeout(Option<Nanos>),
    /// A breaker for each instance of the caller.
    CircuitBreaker,
    /// A limit on the calls under way from each instance of the caller.
    Bulkhead,
    /// Instances of the callee let nobody wait.
    LoadShedding,
    /// Nothing is repeated.
    RetryBudget,
}

/// A pattern on an edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Remedy {
    /// The caller's name.
    pub caller: &'static str,
    /// The callee's name.
    pub callee: &'static str,
    /// The pattern.
    pub pattern: Pattern,
}

impl Remedy {
    /// Several patterns on one edge.
    pub fn on(
        caller: &'static str,
        callee: &'static str,
        patterns: &[Pattern],
    ) -> impl Iterator<Item = Self> {
        patterns.iter().map(move |&pattern| Self { caller, callee, pattern })
    }

    /// The id of the pattern.
    pub fn id(&self) -> &'static str {
        match self.pattern {
            Pattern::Timeout(_) => "timeout",
            Pattern::CircuitBreaker => "circuit_breaker",
            Pattern::Bulkhead => "bulkhead",
            Pattern::LoadShedding => "load_shedding",
            Pattern::RetryBudget => "retry_budget",
        }
    }

    /// Puts the pattern in place in a landscape and says how it is set; `healthy` are the spans
    /// before the onset.
    pub fn apply(&self, landscape: &mut Landscape, healthy: &[&Span<'_>]) -> String {
        let usual = slowest(landscape, self, healthy);
        let workers = landscape.services[landscape.service(self.caller)].workers;
        let edge = landscape.edge(self.caller, self.callee);
        match self.pattern {
            Pattern::Timeout(given) => {
                let derived = (TIMES * usual).max(SHORTEST).min(edge.timeout);
                edge.timeout = given.unwrap_or(derived);
                format!("{} ms", edge.timeout / MILLISECOND)
            }
            Pattern::CircuitBreaker => {
                edge.breaker = true;
                "5 consecutive failures, open for 5 s".into()
            }
            Pattern::Bulkhead => {
                let limit = FEWEST.max((SHARE * workers as f64) as usize);
                edge.pool = Some(limit);
                edge.refuses = true;
                format!("{limit} calls from each instance")
            }
            Pattern::LoadShedding => {
                let callee = landscape.service(self.callee);
                landscape.services[callee].backlog = 0;
                "0 calls wait".into()
            }
            Pattern::RetryBudget => {
                edge.retries = 0;
                "no retries".into()
            }
        }
    }

    /// What became of `before` failed requests when only `failed` fail with the pattern.
    pub fn contained(&self, setting: String, before: usize, failed: usize) -> Contained {
        let share = (before as f64 - failed as f64) / before.max(1) as f64;
        Contained {
            pattern: self.id().into(),
            edge: [self.caller.into(), self.callee.into()],
            setting,
            failed,
            saved_share: (share * 1000.0).round() / 1000.0,
        }
    }
}

/// Entry requests since the onset that failed, came too late or were turned away.
pub fn failed(recording: &Recording<'_>, onset: Nanos) -> usize {
    let lost = |span: &&Span<'_>| span.error.is_some() || span.end - span.start > PATIENCE;
    let entries = recording.spans.iter().filter(|span| is_entry(span) && span.start >= onset);
    let away = |fact: &&Fact| matches!(fact, Fact::TurnedAway { at } if *at >= onset);
    entries.filter(lost).count() + recording.facts.iter().filter(away).count()
}

/// What nine of ten healthy calls of the callee's slowest operation take.
fn slowest(landscape: &Landscape, remedy: &Remedy, healthy: &[&Span<'_>]) -> Nanos {
    let callee = landscape.services.iter().position(|service| service.name == remedy.callee);
    let operations: Vec<String> = match callee {
        Some(callee) => (0..landscape.operations.len())
            .filter(|&operation| landscape.operations[operation].service == callee)
            .map(|operation| landscape.span_name(operation))
            .collect(),
        None => Vec::new(),
    };
    let asks = |span: &&&Span<'_>| {
        span.kind == Kind::Client
            && span.attributes.iter().any(|(key, value)| {
                matches!(*key, "server.address" | "net.peer.name")
                    && matches!(value, Value::Text(name) if name == remedy.callee)
            })
    };
    let nine_of_ten = |spans: &mut dyn Iterator<Item = &&Span<'_>>| {
        let well = spans.filter(|span| span.error.is_none());
        let mut times: Vec<Nanos> = well.map(|span| span.end - span.start).collect();
        times.sort_unstable();
        times.get(times.len().saturating_sub(1) * 9 / 10).copied()
    };
    match callee {
        Some(_) => operations
            .iter()
            .filter_map(|name| {
                let serves = |span: &&&Span<'_>| span.kind == Kind::Server && span.name == *name;
                nine_of_ten(&mut healthy.iter().filter(serves))
            })
            .max()
            .unwrap_or(0),
        None => nine_of_ten(&mut healthy.iter().filter(asks)).unwrap_or(0),
    }
}
