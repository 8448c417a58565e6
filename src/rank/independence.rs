//! Which candidates failed for reasons of their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::summary::{Digest, DigestHop, NONE, NodeId};

use super::Case;

/// Pairs of nodes that failed independently of each other, in both orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Independence {
    pairs: BTreeSet<(NodeId, NodeId)>,
}

/// Requests that must have ended at a node to say anything about it.
const ENOUGH: f64 = 5.0;
/// Of these, the share that may have met trouble at the other node: background failures.
const CHANCE: f64 = 0.1;

/// Requests that ended at a node, and those of them that met trouble elsewhere.
#[derive(Default)]
struct Met {
    ended: f64,
    trouble: BTreeMap<NodeId, f64>,
}

impl Independence {
    /// Compares every two nodes at which requests were seen to end.
    ///
    /// A consequence meets its cause: if a request fails at one node because of another, there is
    /// a failed or late call to the other in the same trace. Two nodes are independent if the
    /// requests that ended at either met no trouble at the other. (Trouble on the way from the
    /// entry down to the end is the request's own.)
    pub fn of(case: &Case<'_>) -> Self {
        let mut met: BTreeMap<NodeId, Met> = BTreeMap::new();
        for (digest, blame, weight) in &case.blames.list {
            let end = case.catalog().node_of(blame.operation);
            if !case.flow.at.contains_key(&(end, blame.symptom)) {
                continue;
            }
            let met = met.entry(end).or_default();
            met.ended += weight;
            for node in troubled(case, digest, &blame.path) {
                *met.trouble.entry(node).or_default() += weight;
            }
        }
        met.retain(|_, met| met.ended >= ENOUGH);
        let apart = |a: NodeId, b: NodeId| {
            let trouble = met[&a].trouble.get(&b).copied().unwrap_or(0.0);
            trouble <= CHANCE * met[&a].ended
        };
        let nodes = || met.keys().copied();
        let pairs = nodes().flat_map(|a| nodes().map(move |b| (a, b)));
        Self { pairs: pairs.filter(|&(a, b)| a != b && apart(a, b) && apart(b, a)).collect() }
    }

    /// Whether two nodes failed independently.
    pub fn between(&self, a: NodeId, b: NodeId) -> bool {
        self.pairs.contains(&(a, b))
    }

    /// The nodes that failed independently of this one.
    pub fn others(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.pairs.range((node, 0)..=(node, NONE)).map(|pair| pair.1)
    }
}

/// Nodes that a request met trouble at, apart from those on its path of blame.
fn troubled(case: &Case<'_>, digest: &Digest, path: &[u32]) -> BTreeSet<NodeId> {
    let node = |hop: &DigestHop| case.catalog().node_of(hop.operation);
    let bad = |hop: &DigestHop| {
        let edge = case.catalog().edge_of(digest, hop);
        !hop.has(DigestHop::ASYNC) && case.profile.in_trouble(edge, hop)
    };
    let hops = digest.hops.iter().enumerate();
    hops.filter(|(at, hop)| !path.contains(&(*at as u32)) && bad(hop)).map(|h| node(h.1)).collect()
}

#[cfg(test)]
#[path = "independence_tests.rs"]
mod tests;
