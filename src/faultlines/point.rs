//! One integration point as findings see it.

use crate::cascade::Deadline;
use crate::contain::Pair;
use crate::detect::EdgeSums;
use crate::summary::{Catalog, NodeId};

use super::below::Below;
use super::limits::{Failures, Limits};
use super::view::Losses;

/// Calls from one service to another that somebody waits for, and what is known of them.
pub struct Point<'a> {
    /// The names.
    pub catalog: &'a Catalog,
    /// Who calls whom.
    pub pair: Pair,
    /// Counts and times of the healthy part.
    pub sums: &'a EdgeSums,
    /// What hangs below and above.
    pub below: &'a Below,
    /// The limits of every edge.
    pub limits: &'a Limits,
    /// Share of entry requests that would be lost.
    pub losses: Losses,
    /// Entry operations, and those of them that wait for the callee, whoever calls it.
    pub entries: [usize; 2],
    /// Share of entry requests that wait for the callee, whoever calls it, 0 to 1.
    pub waiting: f64,
}

/// What a finding found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The measured value, in the article's unit.
    pub value: f64,
    /// What was seen, in plain words.
    pub text: String,
}

impl Point<'_> {
    /// After how long the caller gives up, and how often it tries.
    pub fn deadline(&self) -> Deadline {
        self.limits.deadlines.on(self.pair.0, self.pair.1)
    }

    /// What became of calls that failed.
    pub fn failures(&self) -> Failures {
        self.limits.failures.get(&self.pair).copied().unwrap_or_default()
    }

    /// The caller's and the callee's name.
    pub fn names(&self) -> [&str; 2] {
        [self.name(self.pair.0), self.name(self.pair.1)]
    }

    /// A node's name.
    pub fn name(&self, node: NodeId) -> &str {
        self.catalog.nodes.get(node as usize).map_or("", |n| &n.name)
    }
}

/// Microseconds for people.
pub fn told(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{:.1} s", micros as f64 / 1e6),
    }
}
