//! Whether a caller can do without a callee: what became of its own request when the call failed.

use std::collections::BTreeMap;

use crate::contain::Pair;
use crate::summary::{Children, DigestHop, NONE, NodeId, OpId, Summary, chains};

/// Before a failure is seen, a call is taken to be needed so surely (judgement: few callers have
/// a fallback) …
const NEEDED: f64 = 0.9;
/// … with the weight of so many failures. Edges are shrunk to that, operations to their edge.
const WEIGHT: f64 = 2.0;

/// How often callers failed with their callees.
#[derive(Clone, Debug, Default)]
pub struct Need {
    operations: BTreeMap<(OpId, NodeId), Seen>,
    edges: BTreeMap<Pair, Seen>,
}

/// Calls whose last attempt failed, and after how many of these the caller's request failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    failed: f64,
    took_along: f64,
}

impl Seen {
    /// Shrunk to what is expected of its kind (a beta prior).
    fn share(self, expected: f64) -> f64 {
        (self.took_along + WEIGHT * expected) / (self.failed + WEIGHT)
    }
}

impl Need {
    /// From all kept traces: whether a caller has a fallback does not depend on the hour.
    pub fn of(summary: &Summary) -> Self {
        let mut need = Self::default();
        for digest in summary.digests.iter() {
            let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
            let children = Children::new(parents);
            for (at, parent) in digest.hops.iter().enumerate() {
                let called = children.of(at as u32).iter().map(|&c| &digest.hops[c as usize]);
                let mut by_node: BTreeMap<NodeId, Vec<&DigestHop>> = BTreeMap::new();
                for hop in called.filter(|hop| !hop.has(DigestHop::ASYNC)) {
                    let node = summary.catalog.node_of(hop.operation);
                    by_node.entry(node).or_default().push(hop);
                }
                let along = parent.has(DigestHop::FAILED) || parent.has(DigestHop::CALLEE_FAILED);
                let lost = by_node.into_iter().filter(|(_, hops)| lost(hops));
                let nodes: Vec<NodeId> = lost.map(|(node, _)| node).collect();
                // Of two callees that failed the caller, either may have been the reason.
                let weight = 1.0 / nodes.len().max(1) as f64;
                for node in nodes {
                    need.see(parent.operation, node, summary, (weight, along));
                }
            }
        }
        need
    }

    fn see(&mut self, above: OpId, node: NodeId, summary: &Summary, (weight, along): (f64, bool)) {
        let pair = (summary.catalog.node_of(above), node);
        let seen = [
            self.operations.entry((above, node)).or_default(),
            self.edges.entry(pair).or_default(),
        ];
        for seen in seen {
            seen.failed += weight;
            seen.took_along += if along { weight } else { 0.0 };
        }
    }

    /// How likely an operation fails if its call to a node does, 0 to 1.
    pub fn share(&self, above: OpId, caller: NodeId, callee: NodeId) -> f64 {
        let edge = self.edge((caller, callee)).0;
        self.operations.get(&(above, callee)).copied().unwrap_or_default().share(edge)
    }

    /// The same for all operations of an edge, and the failures behind it.
    pub fn edge(&self, pair: Pair) -> (f64, f64) {
        let seen = self.edges.get(&pair).copied().unwrap_or_default();
        (seen.share(NEEDED), seen.failed)
    }
}

/// Whether one of these calls failed in its last attempt.
fn lost(hops: &[&DigestHop]) -> bool {
    chains(hops.iter().copied()).iter().any(|chain| {
        chain.last().is_some_and(|l| l.has(DigestHop::FAILED) && !l.has(DigestHop::REPAIRED))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cause;
    use crate::summary::small_world::{CACHE, SHOP, STOCK, STORE, call, request, summary};

    #[test]
    fn a_fallback_shows_in_what_becomes_of_the_caller() {
        // The cache fails now and then and nobody minds; the store's failures fail everybody.
        let traces = (0..200).map(|n| {
            let (cache, store) = (n % 10 == 0, n % 10 == 5);
            let failing =
                |hop: DigestHop, yes| if yes { hop.broken(Cause::Exception) } else { hop };
            let hops = vec![
                failing(call(NONE, SHOP, [NONE, 30, 10]), store),
                failing(call(0, STOCK, [20, 18, 4]), store),
                failing(call(1, CACHE, [1, NONE, NONE]), cache),
                failing(call(1, STORE, [10, NONE, NONE]), store),
            ];
            request(n, 4, hops)
        });
        let need = Need::of(&summary(traces.collect()));
        assert!(need.share(STOCK, STOCK, CACHE) < 0.1, "{need:?}");
        assert!(need.share(STOCK, STOCK, STORE) > 0.95);
        // Of what was never seen to fail, little is known.
        assert_eq!(need.share(SHOP, SHOP, STORE), NEEDED);
    }
}
