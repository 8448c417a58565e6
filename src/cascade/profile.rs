//! What is usual: the reference's durations by edge and operation.

use std::collections::BTreeMap;

use crate::detect::Aggregate;
use crate::summary::{Catalog, DigestHop, EdgeKey, Histogram, NodeId, OpId, Timings};

/// Usual durations in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    waited: BTreeMap<EdgeKey, f64>,
    patience: BTreeMap<(NodeId, NodeId), f64>,
    waited_any: BTreeMap<OpId, f64>,
    waited_node: BTreeMap<(NodeId, NodeId), f64>,
    own: BTreeMap<OpId, f64>,
    gap: BTreeMap<EdgeKey, f64>,
}

/// A call is late if it took more than so many times the usual median of its edge: beyond the
/// tail of healthy services, whose 99th percentile is seldom more than a few medians.
const LATE: f64 = 5.0;
/// Calls needed before a high quantile means anything.
const ENOUGH: u64 = 30;

impl Profile {
    /// The medians of the reference.
    pub fn new(before: &Aggregate, catalog: &Catalog) -> Self {
        let median = |h: &Histogram| h.quantile(0.5).map(|ns| ns as f64 / 1000.0);
        let mut profile = Self::default();
        let mut operations: BTreeMap<OpId, Timings> = BTreeMap::new();
        let mut pairs: BTreeMap<(NodeId, NodeId), Histogram> = BTreeMap::new();
        for (&key, sums) in &before.edges {
            let t = &sums.timings;
            profile.waited.extend(median(&t.waited).map(|m| (key, m)));
            profile.gap.extend(median(&t.gap).map(|m| (key, m)));
            crate::summary::Add::add(operations.entry(key.1).or_default(), t);
            pairs.entry((key.0, catalog.node_of(key.1))).or_default().add(&t.waited);
        }
        for (&operation, t) in &operations {
            profile.waited_any.extend(median(&t.waited).map(|m| (operation, m)));
            profile.own.extend(median(&t.own).map(|m| (operation, m)));
        }
        profile.patience = pairs
            .iter()
            .filter(|(_, h)| h.count() >= ENOUGH)
            .filter_map(|(&key, h)| Some((key, h.quantile(0.9)? as f64 / 1000.0)))
            .collect();
        profile.waited_node = pairs.iter().filter_map(|(&k, h)| Some((k, median(h)?))).collect();
        profile
    }

    /// How long calls on an edge usually take; for an operation not seen there before, calls of
    /// that operation from anywhere, or between the two nodes. 0 if there never was one.
    pub fn waited(&self, edge: EdgeKey, callee: NodeId) -> f64 {
        let exact = self.waited.get(&edge).or_else(|| self.waited_any.get(&edge.1));
        exact.or_else(|| self.waited_node.get(&(edge.0, callee))).copied().unwrap_or(0.0)
    }

    /// Whether a call from one node to another failed, or was late.
    pub fn in_trouble(&self, (caller, callee): (NodeId, NodeId), hop: &DigestHop) -> bool {
        let usual = self.waited((caller, hop.operation), callee);
        hop.has(DigestHop::FAILED) || usual > 0.0 && f64::from(hop.took()) > LATE * usual
    }

    /// How long nine of ten calls between two nodes usually take at most; `None` if too few were
    /// seen. A caller that gives up sooner is impatient, whatever the callee does.
    pub fn patience(&self, caller: NodeId, callee: NodeId) -> Option<f64> {
        self.patience.get(&(caller, callee)).copied()
    }

    /// How long an operation usually works by itself.
    pub fn own(&self, operation: OpId) -> f64 {
        self.own.get(&operation).copied().unwrap_or(0.0)
    }

    /// What usually passes between caller and callee.
    pub fn gap(&self, edge: EdgeKey) -> f64 {
        self.gap.get(&edge).copied().unwrap_or(0.0)
    }
}
