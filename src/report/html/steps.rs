//! The cascade as steps, in the order in which calls began to fail.

use crate::analysis::Analysis;
use crate::report::escape::name;
use crate::report::human::{Clock, lag, share};

/// One step; the origin is the zeroth and is no edge.
pub struct Step {
    /// From 1.
    pub number: usize,
    /// The caller's place in the graph.
    pub caller_place: usize,
    /// The callee's.
    pub callee_place: usize,
    /// The caller, who was taken along.
    pub caller: String,
    /// The callee, who failed first.
    pub callee: String,
    /// When.
    pub onset: String,
    /// Behind its own cause.
    pub lag: String,
    /// Share of bad calls.
    pub bad: String,
    /// The same before.
    pub before: String,
    /// When, nanoseconds since the epoch.
    pub at: u64,
    /// What happened, in a sentence.
    pub told: String,
}

/// All steps.
pub fn steps(analysis: &Analysis, clock: &Clock) -> Vec<Step> {
    let edges = analysis.cascade.edges.iter().enumerate();
    let step = |(i, edge): (usize, &crate::analysis::CascadeEdge)| {
        let (caller, callee) = (name(&edge.to), name(&edge.from));
        let (bad, before) = (share(edge.failure_rate), share(edge.before));
        let (onset, lag) = (clock.time(edge.onset), lag(edge.lag_ms));
        Step {
            number: i + 1,
            caller_place: edge.places[1],
            callee_place: edge.places[0],
            told: format!("{onset} ({lag}): calls from {caller} to {callee} go bad, {bad} of them"),
            caller,
            callee,
            onset,
            lag,
            bad,
            before,
            at: edge.onset.0,
        }
    };
    edges.map(step).collect()
}
