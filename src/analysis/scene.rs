//! Plain values that pictures are drawn from: courses in time, and single traces.

use crate::model::{Nanos, PeerKind};

/// What happened when, around the first incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Where the first step begins.
    pub from: Nanos,
    /// Width of a step, nanoseconds.
    pub step: u64,
    /// How many steps.
    pub steps: usize,
    /// Hurt or accused nodes, in order of onset.
    pub lanes: Vec<Lane>,
    /// Versions that came while others of the same service were there, in order of time.
    pub deployments: Vec<Deployment>,
    /// Log templates that appeared, grew or vanished with the incident, the clearest first.
    pub log_shifts: Vec<LogShift>,
}

impl Timeline {
    /// Where the last step ends.
    pub const fn to(&self) -> Nanos {
        Nanos(self.from.0.saturating_add(self.step.saturating_mul(self.steps as u64)))
    }
}

/// The course of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lane {
    /// Index in [`super::ServiceGraph::nodes`].
    pub node: usize,
    /// When its trouble began, if it did.
    pub onset: Option<Nanos>,
    /// Calls that it took.
    pub course: Course,
    /// Warnings and errors that it wrote, by step.
    pub bad_logs: Vec<u64>,
}

/// How calls went, step by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// Share of calls that ended in the step and failed or were far slower than usual, 0 to 1;
    /// `None` without a call.
    pub trouble: Vec<Option<f32>>,
    /// 95th percentile of their durations, nanoseconds.
    pub p95: Vec<Option<u64>>,
}

/// A version that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Of which service.
    pub service: String,
    /// Its name.
    pub version: String,
    /// When it was first seen, to the slice.
    pub at: Nanos,
}

/// A log template that is written more or less often during the incident.
#[derive(Clone, Debug, PartialEq)]
pub struct LogShift {
    /// Who writes it.
    pub service: String,
    /// `debug`, `info`, `warn`, `error` or empty.
    pub severity: &'static str,
    /// Its text, varying parts masked.
    pub text: String,
    /// Records a minute in the reference.
    pub before: f64,
    /// Records a minute during the incident.
    pub during: f64,
    /// Records by step of the [`Timeline`].
    pub course: Vec<u64>,
}

/// A failing trace beside a healthy one of the same operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// One that was blamed on the candidate.
    pub failing: Waterfall,
    /// One of the same entry operation that went well, if any was kept.
    pub healthy: Option<Waterfall>,
}

/// One trace, call by call.
#[derive(Clone, Debug, PartialEq)]
pub struct Waterfall {
    /// Its id, 32 hex digits.
    pub id: String,
    /// Who took the request.
    pub service: String,
    /// The entry operation.
    pub operation: String,
    /// When it began.
    pub start: Nanos,
    /// How long it took, nanoseconds.
    pub took: u64,
    /// Whether the request failed.
    pub failed: bool,
    /// Calls, parents before children, siblings in order of time.
    pub bars: Vec<Bar>,
    /// Calls that are not among the bars.
    pub left_out: usize,
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// How many calls are above it.
    pub depth: usize,
    /// The callee.
    pub service: String,
    /// What it is.
    pub kind: PeerKind,
    /// Its operation.
    pub operation: String,
    /// When the caller began, nanoseconds after the trace.
    pub offset: u64,
    /// How long the caller waited (the callee worked, where no caller looked), nanoseconds.
    pub took: u64,
    /// When the callee began and how long it worked; `None` if it left no span.
    pub worked: Option<(u64, u64)>,
    /// It failed for its caller.
    pub failed: bool,
    /// A later attempt made it good.
    pub repaired: bool,
    /// It repeats an earlier attempt.
    pub retry: bool,
    /// A message: nobody waited.
    pub asynchronous: bool,
    /// The request would have been shorter without it.
    pub critical: bool,
    /// This is where the request was harmed.
    pub blamed: bool,
    /// Why it failed, in a word or two; empty for unknown.
    pub cause: &'static str,
    /// Warnings and errors written in it: severity and template.
    pub logs: Vec<(&'static str, String)>,
}

/// What a name from telemetry is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A service, store, broker or peer.
    Service,
    /// A `service.namespace`.
    Namespace,
    /// An operation.
    Operation,
    /// A running copy.
    Instance,
    /// A version.
    Version,
    /// An availability zone.
    Zone,
    /// A host, by its clock.
    Host,
    /// A log template.
    Log,
    /// A region, a host, a tenant, a feature flag or its variant: whatever else requests are told
    /// apart by.
    Tag,
}
