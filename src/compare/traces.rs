//! One run by its kept traces: what each request did, which counts by edge cannot tell.

use std::collections::BTreeMap;

use crate::summary::{Digest, DigestHop, EdgeKey, NONE, NodeId, OpId, Renaming, Summary, weights};

/// What the kept traces of a run say, each weighted by the traces that it stands for.
#[derive(Debug, Default)]
pub struct Traces {
    /// Kept requests by entry.
    pub entries: BTreeMap<OpId, Kept>,
    /// Calls by (entry, edge).
    pub calls: BTreeMap<(OpId, EdgeKey), Sums>,
    /// Durations of calls by edge: microseconds and weight.
    pub durations: BTreeMap<EdgeKey, Vec<(u32, f64)>>,
    /// Durations of requests by entry.
    pub entry_durations: BTreeMap<OpId, Vec<(u32, f64)>>,
    /// After how many microseconds callers gave up, by edge.
    pub gave_up: BTreeMap<EdgeKey, Vec<u32>>,
}

/// Requests to one entry.
#[derive(Debug, Default)]
pub struct Kept {
    /// How many were kept.
    pub traces: u64,
    /// Sum of their weights.
    pub weight: f64,
    /// Sum of the squares of their weights.
    pub squares: f64,
    /// Kept requests by the length of their longest synchronous chain of calls.
    pub depths: BTreeMap<u32, u64>,
    /// Kept requests by the most different operations that one call in them waited for.
    pub fan_outs: BTreeMap<u32, u64>,
}

impl Kept {
    /// How many independent requests of one weight would say as much (Kish, Survey Sampling 1965).
    pub fn effective(&self) -> f64 {
        if self.squares > 0.0 { self.weight * self.weight / self.squares } else { 0.0 }
    }
}

/// Weighted sums of a count per request, over the requests that have any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Of the counts.
    pub sum: f64,
    /// Of their squares.
    pub squares: f64,
    /// Calls as they were kept, without weights.
    pub calls: u64,
}

impl Traces {
    /// Of a summary, with its ids as the united catalog calls them.
    pub fn new(summary: &Summary, names: &Renaming) -> Self {
        let weights = weights(summary);
        let mut traces = Self::default();
        for digest in summary.digests.iter().filter(|d| d.stratum.0 != NONE) {
            traces.see(digest, weights(digest), summary, names);
        }
        for list in traces.durations.values_mut().chain(traces.entry_durations.values_mut()) {
            list.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        }
        traces.gave_up.values_mut().for_each(|list| list.sort_unstable());
        traces
    }

    fn see(&mut self, digest: &Digest, weight: f64, summary: &Summary, names: &Renaming) {
        let entry = names.operation(digest.stratum.0);
        let mut edges: Vec<EdgeKey> = Vec::with_capacity(digest.hops.len());
        let mut depths: Vec<u32> = Vec::with_capacity(digest.hops.len());
        let mut fans: Vec<(u32, OpId)> = Vec::new();
        for hop in &digest.hops {
            let parent = digest.hops.get(hop.parent as usize);
            let caller: NodeId = parent.map_or(NONE, |p| summary.catalog.node_of(p.operation));
            let key = (names.node(caller), names.operation(hop.operation));
            edges.push(key);
            let above = depths.get(hop.parent as usize).copied();
            let waits = parent.is_some() && !hop.has(DigestHop::ASYNC);
            depths.push(if waits { above.unwrap_or(0) + 1 } else { 0 });
            if waits {
                fans.push((hop.parent, hop.operation));
            }
            self.durations.entry(key).or_default().push((hop.took(), weight));
            if let Some(micros) = hop.given_up() {
                self.gave_up.entry(key).or_default().push(micros);
            }
        }
        if let Some(root) = digest.hops.get(digest.entry as usize) {
            self.entry_durations.entry(entry).or_default().push((root.took(), weight));
        }
        edges.sort_unstable();
        for alike in edges.chunk_by(|a, b| a == b) {
            let sums = self.calls.entry((entry, alike[0])).or_default();
            let count = alike.len() as f64;
            sums.sum += weight * count;
            sums.squares += weight * count * count;
            sums.calls += alike.len() as u64;
        }
        fans.sort_unstable();
        fans.dedup();
        let widest = fans.chunk_by(|a, b| a.0 == b.0).map(|fan| fan.len() as u32).max();
        let kept = self.entries.entry(entry).or_default();
        kept.traces += 1;
        kept.weight += weight;
        kept.squares += weight * weight;
        *kept.depths.entry(depths.into_iter().max().unwrap_or(0)).or_default() += 1;
        *kept.fan_outs.entry(widest.unwrap_or(0)).or_default() += 1;
    }
}

/// The `q`-quantile (0 to 1) of weighted durations in order, nanoseconds.
pub fn quantile(durations: &[(u32, f64)], q: f64) -> Option<f64> {
    let rank = q * durations.iter().map(|d| d.1).sum::<f64>();
    let mut seen = 0.0;
    let found = durations.iter().find(|(_, weight)| {
        seen += weight;
        seen >= rank
    });
    found.or(durations.last()).map(|&(micros, _)| f64::from(micros) * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weighted_quantile_counts_what_each_stands_for() {
        let list = [(10, 1.0), (20, 1.0), (30, 8.0)];
        assert_eq!(quantile(&list, 0.1), Some(10_000.0));
        assert_eq!(quantile(&list, 0.5), Some(30_000.0));
        assert_eq!(quantile(&list, 1.0), Some(30_000.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
