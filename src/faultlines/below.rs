//! What hangs below an integration point, and what retries pile up above it.

use std::collections::{BTreeMap, BTreeSet};

use crate::cascade::Deadlines;
use crate::contain::Pair;
use crate::summary::{OpId, Summary};

use super::requests::Request;

/// Exemplars of a point.
const EXEMPLARS: usize = 3;

/// What calls on an edge lead to, over all requests that wait for them.
#[derive(Clone, Debug, Default)]
pub struct Below {
    /// Requests with such a call.
    pub requests: f64,
    /// Such calls.
    pub calls: f64,
    /// Entry operations with such a call.
    pub entries: BTreeSet<OpId>,
    /// Levels of calls below the callee, at most.
    pub depth: u32,
    /// Calls below the callee, all levels and all calls together.
    pub further: f64,
    /// Attempts that one request may make here at worst: those of this edge, times those of every
    /// edge above it on one way.
    pub worst: u64,
    /// On how many edges of that way calls are repeated.
    pub levels: u32,
    /// Trace ids: the deepest first, then as they come.
    pub exemplars: Vec<String>,
    deepest: Vec<(u32, usize)>,
}

/// What lies below every edge.
pub fn below(
    summary: &Summary,
    requests: &[Request<'_>],
    deadlines: &Deadlines,
) -> BTreeMap<Pair, Below> {
    let mut all: BTreeMap<Pair, Below> = BTreeMap::new();
    for (number, request) in requests.iter().enumerate() {
        let hops = &request.digest.hops;
        // From the last hop on, as children come after their parents.
        let mut depth = vec![0_u32; hops.len()];
        let mut further = vec![0.0_f64; hops.len()];
        let calls: Vec<_> = request.calls().collect();
        for &(at, hop) in calls.iter().rev() {
            let (at, parent) = (at as usize, hop.parent as usize);
            depth[parent] = depth[parent].max(depth[at] + 1);
            further[parent] += further[at] + 1.0;
        }
        let mut worst = vec![(1_u64, 0_u32); hops.len()];
        let mut seen: BTreeSet<Pair> = BTreeSet::new();
        for (at, hop) in calls {
            let edge = summary.catalog.edge_of(request.digest, hop);
            let index = at as usize;
            let attempts = deadlines.on(edge.0, edge.1).attempts;
            let above = worst[hop.parent as usize];
            let levels = above.1 + u32::from(attempts > 1);
            worst[index] = (above.0.saturating_mul(u64::from(attempts)), levels);
            if edge.0 == edge.1 {
                continue;
            }
            let below = all.entry(edge).or_default();
            below.calls += request.weight;
            below.further += request.weight * further[index];
            below.depth = below.depth.max(depth[index]);
            if worst[index] > (below.worst, below.levels) {
                (below.worst, below.levels) = worst[index];
            }
            if seen.insert(edge) {
                below.requests += request.weight;
                below.entries.insert(request.entry());
                below.keep(depth[index], number);
            }
        }
    }
    for below in all.values_mut() {
        let deepest = std::mem::take(&mut below.deepest);
        let id = |(_, number): &(u32, usize)| requests[*number].digest.trace().to_string();
        below.exemplars = deepest.iter().map(id).collect();
    }
    all
}

impl Below {
    fn keep(&mut self, depth: u32, number: usize) {
        let place = self.deepest.partition_point(|kept| kept.0 >= depth);
        if place < EXEMPLARS {
            self.deepest.insert(place, (depth, number));
            self.deepest.truncate(EXEMPLARS);
        }
    }
}
