//! Sums over a window, beside the same over the reference.

use std::collections::BTreeMap;

use crate::model::Cause;
use crate::summary::{
    Add as _, Calls, EdgeKey, Histogram, InstanceId, NodeId, OpId, Requests, SLICE_SHIFT, Summary,
    Table, TemplateId, Timings, TransitionKey, Work,
};

/// Everything counted between some slices.
#[derive(Clone, Debug, Default)]
pub struct Aggregate {
    /// How long the slices last together, seconds.
    pub seconds: f64,
    /// Entry requests by operation.
    pub entries: BTreeMap<OpId, Requests>,
    /// Their durations.
    pub entry_times: BTreeMap<OpId, Histogram>,
    /// Calls and durations by edge and operation.
    pub edges: BTreeMap<EdgeKey, EdgeSums>,
    /// Work by instance.
    pub instances: BTreeMap<InstanceId, Work>,
    /// Parents with at least one such child.
    pub children: BTreeMap<(OpId, OpId), u64>,
    /// Log records by template.
    pub logs: BTreeMap<TemplateId, u64>,
    /// What was logged after what.
    pub transitions: BTreeMap<TransitionKey, u64>,
    /// Failed entry requests by entry, blamed operation and cause.
    pub blamed: BTreeMap<(OpId, OpId, Cause), u64>,
    /// Entry requests by entry and node that took part.
    pub touched: BTreeMap<(OpId, NodeId), Requests>,
}

/// What happened on an edge.
#[derive(Clone, Debug, Default)]
pub struct EdgeSums {
    /// Counts.
    pub calls: Calls,
    /// Durations.
    pub timings: Timings,
}

impl EdgeSums {
    /// Durations as the caller saw them, or as the callee did where no caller looked.
    pub fn took(&self) -> &Histogram {
        if self.timings.waited.is_empty() { &self.timings.worked } else { &self.timings.waited }
    }
}

impl Aggregate {
    /// The sums over the slices that `within` admits.
    pub fn of(summary: &Summary, within: impl Fn(u64) -> bool) -> Self {
        let bucket = |bucket: u64| within(bucket >> SLICE_SHIFT);
        let mut edges: BTreeMap<EdgeKey, EdgeSums> = BTreeMap::new();
        for (key, calls) in sums(&summary.calls, bucket) {
            edges.entry(key).or_default().calls = calls;
        }
        for (key, timings) in sums(&summary.timings, &within) {
            edges.entry(key).or_default().timings = timings;
        }
        let mut slices: Vec<u64> = summary
            .entries
            .rows()
            .iter()
            .map(|r| r.1 >> SLICE_SHIFT)
            .filter(|&s| within(s))
            .collect();
        slices.sort_unstable();
        slices.dedup();
        Self {
            seconds: slices.len() as f64 * (1_u64 << summary.slice_log2()) as f64 / 1e9,
            entries: sums(&summary.entries, bucket),
            entry_times: sums(&summary.entry_times, &within),
            edges,
            instances: sums(&summary.instances, &within),
            children: sums(&summary.children, &within),
            logs: sums(&summary.logs, bucket),
            transitions: sums(&summary.transitions, &within),
            blamed: sums(&summary.blamed, &within),
            touched: sums(&summary.touched, &within),
        }
    }

    /// Adds sums of another summary with the same names.
    #[must_use]
    pub fn plus(mut self, other: Self) -> Self {
        fn add<K: Ord, C: crate::summary::Add>(a: &mut BTreeMap<K, C>, b: BTreeMap<K, C>) {
            for (key, count) in b {
                a.entry(key).or_default().add(&count);
            }
        }
        self.seconds += other.seconds;
        add(&mut self.entries, other.entries);
        add(&mut self.entry_times, other.entry_times);
        for (key, sums) in other.edges {
            let mine = self.edges.entry(key).or_default();
            mine.calls.add(&sums.calls);
            mine.timings.add(&sums.timings);
        }
        add(&mut self.instances, other.instances);
        add(&mut self.children, other.children);
        add(&mut self.logs, other.logs);
        add(&mut self.transitions, other.transitions);
        add(&mut self.blamed, other.blamed);
        add(&mut self.touched, other.touched);
        self
    }

    /// All entry requests.
    pub fn requests(&self) -> Requests {
        let mut total = Requests::default();
        self.entries.values().for_each(|r| total.add(r));
        total
    }

    /// What happened to calls of an operation, whoever made them.
    pub fn operation(&self, operation: OpId) -> EdgeSums {
        let mut total = EdgeSums::default();
        for (key, sums) in &self.edges {
            if key.1 == operation {
                total.calls.add(&sums.calls);
                total.timings.add(&sums.timings);
            }
        }
        total
    }
}

fn sums<K: Copy + Ord, C: crate::summary::Add>(
    table: &Table<K, C>,
    within: impl Fn(u64) -> bool,
) -> BTreeMap<K, C> {
    let mut sums = BTreeMap::new();
    for (key, rows) in table.by_key() {
        let mut rows = rows.iter().filter(|r| within(r.1)).peekable();
        if rows.peek().is_some() {
            sums.insert(key, Table::sum(rows));
        }
    }
    sums
}

/// An incident beside its reference.
#[derive(Clone, Debug, Default)]
pub struct Contrast {
    /// The reference.
    pub before: Aggregate,
    /// The incident.
    pub during: Aggregate,
}
