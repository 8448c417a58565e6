//! What the generator knows about a run: the cause, who was hit, and how much it hurt.
//!
//! Entry requests are counted over the exported root SERVER spans that start at or after
//! the onset (over all of them when nothing is wrong), so anyone can recount them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::landscape::Landscape;
use super::otlp::Exporter;
use super::recording::Recording;
use super::telemetry::{Fact, Kind, Nanos, SECOND, Span};

/// One cause of an incident.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Root {
    /// `service`, `database`, `cache`, `messaging`, `external` or `edge`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Names that are right as well.
    pub accept: Vec<String>,
    /// The team of a service.
    pub namespace: Option<String>,
    /// Caller and callee, when the cause is on a dependency.
    pub edge: Option<[String; 2]>,
    /// The version that is to blame.
    pub version: Option<String>,
    /// The instance that is to blame.
    pub instance: Option<String>,
}

/// Requests of an entry operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Name of the operation.
    pub operation: String,
    /// Requests since the onset.
    pub requests: usize,
    /// Those that failed.
    pub failed: usize,
}

/// What a pattern on an edge would have done, by running the same seed with it in place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Contained {
    /// The pattern's id.
    pub pattern: String,
    /// Caller and callee.
    pub edge: [String; 2],
    /// How it was set.
    pub setting: String,
    /// Entry requests since the onset that failed all the same, took more than ten seconds or
    /// were turned away, in all runs again.
    pub failed: usize,
    /// The share of those without the pattern that were saved; negative for harm.
    pub saved_share: f64,
}

/// The content of `truth.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Truth {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed that made it.
    pub seed: u64,
    /// `incident` or `no_incident`.
    pub verdict: String,
    /// Causes.
    pub roots: Vec<Root>,
    /// When the cause set in.
    pub onset: Option<String>,
    /// Services that are sick all the time and not to blame.
    pub bystanders: Vec<String>,
    /// Services that were hit, first ones first; by name where they only became slow.
    pub impacted: Vec<String>,
    /// Entry operations.
    pub entries: Vec<Entry>,
    /// Entry operations that took several times longer since the onset.
    pub slower: Vec<String>,
    /// Names of mechanisms that describe it.
    pub mechanisms: Vec<String>,
    /// What was tried to contain it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containment: Vec<Contained>,
}

/// Entry requests and failures before and since a moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Harm {
    /// Requests before.
    pub before: usize,
    /// Failures before.
    pub failed_before: usize,
    /// Requests since.
    pub since: usize,
    /// Failures since.
    pub failed_since: usize,
}

impl Harm {
    /// Counts both sides of `onset`.
    pub fn count(spans: &[Span<'_>], onset: Nanos) -> Self {
        let mut harm = Self::default();
        for span in spans.iter().filter(|span| is_entry(span)) {
            let failed = usize::from(span.error.is_some());
            if span.start < onset {
                harm.before += 1;
                harm.failed_before += failed;
            } else {
                harm.since += 1;
                harm.failed_since += failed;
            }
        }
        harm
    }

    /// Share of failures before.
    pub fn rate_before(&self) -> f64 {
        self.failed_before as f64 / self.before.max(1) as f64
    }

    /// Share of failures since.
    pub fn rate_since(&self) -> f64 {
        self.failed_since as f64 / self.since.max(1) as f64
    }

    /// Whether users were truly hurt.
    pub fn is_incident(&self) -> bool {
        self.failed_since >= 20
            && self.rate_since() > 0.05
            && self.rate_since() > 4.0 * self.rate_before()
            && self.rate_before() < 0.04
    }

    /// Whether users had to wait without being turned away.
    pub fn is_slowness(&self, slower: &[String]) -> bool {
        !slower.is_empty() && self.rate_since() < 0.04 && self.rate_before() < 0.04
    }

    /// Whether users noticed no change.
    pub fn is_calm(&self) -> bool {
        let all = (self.before + self.since).max(1) as f64;
        let rate = (self.failed_before + self.failed_since) as f64 / all;
        let spread = rate
            * (1.0 - rate)
            * (1.0 / self.before.max(1) as f64 + 1.0 / self.since.max(1) as f64);
        let change = self.rate_since() - self.rate_before();
        rate < 0.04 && change * change <= 2.0 * spread.max(1e-9)
    }
}

/// Whether a span is a request of a user.
pub fn is_entry(span: &Span<'_>) -> bool {
    span.kind == Kind::Server && span.parent.is_none()
}

/// Entry operations in order of their names; times are those that the clocks of hosts show.
pub fn entries(spans: &[Span<'_>], exporter: &Exporter, since: Nanos) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let since = exporter.epoch + since as i64;
    let late = |span: &&Span<'_>| exporter.clock(span.resource, span.start) >= since;
    for span in spans.iter().filter(|span| is_entry(span)).filter(late) {
        let place = entries.binary_search_by(|entry| entry.operation.as_str().cmp(&span.name));
        let place = place.unwrap_or_else(|place| {
            let operation = span.name.to_string();
            entries.insert(place, Entry { operation, requests: 0, failed: 0 });
            place
        });
        entries[place].requests += 1;
        entries[place].failed += usize::from(span.error.is_some());
    }
    entries
}

/// Services that fail or do not answer markedly more often after the onset, first ones first.
pub fn impacted(recording: &Recording<'_>, landscape: &Landscape, onset: Nanos) -> Vec<String> {
    let mut found: Vec<(Nanos, usize)> = Vec::new();
    for service in 0..landscape.services.len() {
        let mut troubles = Vec::new();
        let (mut before, mut sick, mut after) = (0usize, 0usize, 0usize);
        for fact in &recording.facts {
            let (at, bad) = match *fact {
                Fact::Served { service: who, at, failed } if who == service => (at, failed),
                Fact::Unanswered { service: who, at } if who == service => (at, true),
                _ => continue,
            };
            match (at < onset, bad) {
                (true, _) => {
                    before += 1;
                    sick += usize::from(bad);
                }
                (false, true) => troubles.push(at),
                (false, false) => after += 1,
            }
        }
        let usual = sick as f64 / before.max(1) as f64;
        let now = troubles.len() as f64 / (after + troubles.len()).max(1) as f64;
        if troubles.len() >= 5 && now > 0.04 && now > 3.0 * usual {
            // A lone background error must not date the onset: three in a quarter minute do.
            let dense = troubles.windows(3).find(|three| three[2] - three[0] < 15 * SECOND);
            found.push((dense.map_or(troubles[0], |three| three[0]), service));
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, service)| landscape.services[service].name.clone()).collect()
}

/// Spans on each side of the onset that a median needs.
const ENOUGH: usize = 20;
/// A median that grew this much counts as slower.
const SLOWER: u64 = 3;

/// Groups of spans whose median duration is several times longer since the onset, in order of
/// their names. Spans of the group `None` are left out.
pub fn slower<'s>(
    spans: &'s [Span<'s>],
    onset: Nanos,
    group: impl Fn(&'s Span<'s>) -> Option<&'s str>,
) -> Vec<String> {
    let mut durations: BTreeMap<&str, [Vec<u64>; 2]> = BTreeMap::new();
    for span in spans {
        if let Some(name) = group(span) {
            let sides = durations.entry(name).or_default();
            sides[usize::from(span.start >= onset)].push(span.end - span.start);
        }
    }
    let median = |side: &mut Vec<u64>| {
        side.sort_unstable();
        side[side.len() / 2]
    };
    durations
        .into_iter()
        .filter(|(_, sides)| sides.iter().all(|side| side.len() >= ENOUGH))
        .filter_map(|(name, [mut before, mut since])| {
            (median(&mut since) >= SLOWER * median(&mut before)).then(|| name.to_owned())
        })
        .collect()
}

/// A moment of the simulation as RFC 3339.
pub fn rfc3339(exporter: &Exporter, at: Nanos) -> String {
    let nanos = i128::from(exporter.epoch) + i128::from(at);
    Timestamp::from_nanosecond(nanos).map_or_else(|_| nanos.to_string(), |time| time.to_string())
}
