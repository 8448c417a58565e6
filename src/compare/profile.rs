//! One run in blocks of time: what its counts are, and how they vary while it lasts.

use std::collections::BTreeMap;

use crate::model::Cause;
use crate::summary::{
    Add as _, Calls, EdgeKey, Histogram, NodeId, OpId, Renaming, SLICE_SHIFT, Severity, Summary,
    TemplateId,
};

/// A run is cut into so many blocks with about as many entry requests each: enough to see
/// bursts, few enough that most calls of one burst share a block.
const BLOCKS: u64 = 20;

/// The counts of one run, in the united names.
#[derive(Debug, Default)]
pub struct Profile {
    /// Entry requests by block.
    pub requests: Vec<u64>,
    /// Entry requests by operation; of [`Calls`] only `total` and `failed`.
    pub entries: BTreeMap<OpId, Series>,
    /// Calls by edge.
    pub edges: BTreeMap<EdgeKey, Series>,
    /// Calls of a node, from whomever, by block.
    pub nodes: BTreeMap<NodeId, Vec<u64>>,
    /// Failed entry requests by (blamed operation, cause) and block.
    pub causes: BTreeMap<(OpId, Cause), Vec<u64>>,
    /// Log records that speak of errors, by template and block.
    pub errors: BTreeMap<TemplateId, Vec<u64>>,
}

/// Calls and their durations by block.
#[derive(Debug, Default)]
pub struct Series {
    /// Counts.
    pub calls: Vec<Calls>,
    /// Durations as the caller saw them.
    pub waited: Vec<Histogram>,
    /// Durations as the callee saw them.
    pub worked: Vec<Histogram>,
}

impl Series {
    /// All calls.
    pub fn total(&self) -> u64 {
        self.calls.iter().map(|calls| calls.total).sum()
    }

    fn block(&mut self, at: usize) -> (&mut Calls, &mut Histogram, &mut Histogram) {
        let length = at + 1;
        if self.calls.len() < length {
            self.calls.resize(length, Calls::default());
            self.waited.resize(length, Histogram::default());
            self.worked.resize(length, Histogram::default());
        }
        (&mut self.calls[at], &mut self.waited[at], &mut self.worked[at])
    }
}

impl Profile {
    /// Of a summary, with its ids as the united catalog calls them.
    pub fn new(summary: &Summary, names: &Renaming) -> Self {
        let blocks = Blocks::new(summary);
        let mut profile = Self { requests: vec![0; blocks.count()], ..Self::default() };
        for &(operation, bucket, requests) in summary.entries.rows() {
            let at = blocks.of(bucket >> SLICE_SHIFT);
            profile.requests[at] += requests.total;
            let series = profile.entries.entry(names.operation(operation)).or_default();
            let (calls, _, _) = series.block(at);
            calls.total += requests.total;
            calls.failed += requests.failed;
        }
        for (operation, slice, times) in summary.entry_times.rows() {
            let series = profile.entries.entry(names.operation(*operation)).or_default();
            series.block(blocks.of(*slice)).1.add(times);
        }
        for &((caller, operation), bucket, ref counts) in summary.calls.rows() {
            let at = blocks.of(bucket >> SLICE_SHIFT);
            let key = (names.node(caller), names.operation(operation));
            profile.edges.entry(key).or_default().block(at).0.add(counts);
            let node = names.node(summary.catalog.node_of(operation));
            count(profile.nodes.entry(node).or_default(), at, counts.total);
        }
        for &((caller, operation), slice, ref timings) in summary.timings.rows() {
            let key = (names.node(caller), names.operation(operation));
            let (_, waited, worked) = profile.edges.entry(key).or_default().block(blocks.of(slice));
            waited.add(&timings.waited);
            worked.add(&timings.worked);
        }
        for &((_, operation, cause), slice, failed) in summary.blamed.rows() {
            let key = (names.operation(operation), cause);
            count(profile.causes.entry(key).or_default(), blocks.of(slice), failed);
        }
        for &(template, bucket, records) in summary.logs.rows() {
            let known = summary.catalog.templates.get(template as usize);
            if known.is_some_and(|t| t.severity == Severity::Error && !t.text.is_empty()) {
                let at = blocks.of(bucket >> SLICE_SHIFT);
                count(profile.errors.entry(names.template(template)).or_default(), at, records);
            }
        }
        profile
    }

    /// All entry requests.
    pub fn total(&self) -> u64 {
        self.requests.iter().sum()
    }
}

fn count(list: &mut Vec<u64>, at: usize, more: u64) {
    if list.len() <= at {
        list.resize(at + 1, 0);
    }
    list[at] += more;
}

/// Where the blocks of a run begin.
struct Blocks(Vec<u64>);

impl Blocks {
    fn new(summary: &Summary) -> Self {
        let mut by_slice: BTreeMap<u64, u64> = BTreeMap::new();
        for row in summary.entries.rows() {
            *by_slice.entry(row.1 >> SLICE_SHIFT).or_default() += row.2.total;
        }
        let total: u64 = by_slice.values().sum();
        let mut starts = Vec::new();
        let mut seen = 0;
        for (slice, requests) in by_slice {
            // A block begins with the slice in which the one before has its fill.
            if seen * BLOCKS >= starts.len() as u64 * total {
                starts.push(slice);
            }
            seen += requests;
        }
        Self(starts)
    }

    fn count(&self) -> usize {
        self.0.len().max(1)
    }

    /// The block of a slice; what lies before the first belongs to it.
    fn of(&self, slice: u64) -> usize {
        self.0.partition_point(|&start| start <= slice).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{Requests, Table};

    #[test]
    fn blocks_hold_about_as_many_requests_each() {
        let requests = |total| Requests { total, failed: 0 };
        let rows = (0..100_u64).map(|slice| (0, slice << SLICE_SHIFT, requests(1 + slice / 50)));
        let summary = Summary { entries: Table::from_rows(rows.collect()), ..Summary::default() };
        let blocks = Blocks::new(&summary);
        assert_eq!(blocks.count(), BLOCKS as usize);
        let mut sizes = vec![0; blocks.count()];
        (0..100).for_each(|slice| sizes[blocks.of(slice)] += 1 + slice / 50);
        assert_eq!(sizes.iter().sum::<u64>(), 150);
        assert!(sizes.iter().all(|size| (6..=9).contains(size)), "{sizes:?}");
        assert_eq!(blocks.of(0), 0);
        assert_eq!(blocks.of(1_000), BLOCKS as usize - 1);
        let none = Blocks::new(&Summary::default());
        assert_eq!((none.count(), none.of(5)), (1, 0));
    }
}
