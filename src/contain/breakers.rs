//! Which edges have breakers of their own.
//!
//! Work that failed short-circuited does not say for which callee: it is one that such work
//! usually calls and that was not called, and whose calls failed before.

use std::collections::{BTreeMap, BTreeSet};

use crate::summary::{NodeId, OpId};

use super::landscape::Pair;
use super::pools::SIGHTINGS;

/// Work that was refused by a breaker.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What was refused to go on.
    pub operation: OpId,
    /// At which node.
    pub node: NodeId,
    /// Whom it had called by then.
    pub called: BTreeSet<NodeId>,
}

/// A callee that fewer of the calls of an operation need cannot have stopped it.
const NEEDED: f64 = 0.1;

/// The edges with breakers, such that they explain the refused work; `callees` says which share
/// of the calls of an operation call whom, `failing` how much of an edge's calls failed.
pub fn breakers(
    mut refused: Vec<Refused>,
    callees: impl Fn(OpId) -> BTreeMap<NodeId, f64>,
    failing: impl Fn(Pair) -> f64,
) -> BTreeSet<Pair> {
    let operations: BTreeSet<OpId> = refused.iter().map(|one| one.operation).collect();
    let needs: BTreeMap<OpId, BTreeMap<NodeId, f64>> =
        operations.into_iter().map(|operation| (operation, callees(operation))).collect();
    let mut found = BTreeSet::new();
    while refused.len() >= SIGHTINGS {
        let mut scores: BTreeMap<Pair, f64> = BTreeMap::new();
        for one in &refused {
            for (&callee, &share) in &needs[&one.operation] {
                if share >= NEEDED && !one.called.contains(&callee) {
                    let pair = (one.node, callee);
                    *scores.entry(pair).or_default() += share * failing(pair);
                }
            }
        }
        let best = scores.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((pair, _)) = best.filter(|(_, score)| *score > 0.0) else { break };
        found.insert(pair);
        refused.retain(|one| {
            let needed = needs[&one.operation].get(&pair.1).is_some_and(|&s| s >= NEEDED);
            one.node != pair.0 || one.called.contains(&pair.1) || !needed
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failing_callee_that_was_not_called_has_the_breaker() {
        // Node 0 calls 1, then 2, then 3; it was stopped after 1, and the calls of 2 fail most.
        let refused = |called: &[NodeId]| Refused {
            operation: 7,
            node: 0,
            called: called.iter().copied().collect(),
        };
        let callees = |_| BTreeMap::from([(1, 1.0), (2, 1.0), (3, 1.0)]);
        let failing = |pair: Pair| match pair.1 {
            1 => 0.9,
            2 => 0.5,
            _ => 0.1,
        };
        let found = breakers(vec![refused(&[1]); SIGHTINGS], callees, failing);
        assert_eq!(found, BTreeSet::from([(0, 2)]));
        // What had called 2 already was stopped by another.
        let mut both = vec![refused(&[1]); SIGHTINGS];
        both.extend(vec![refused(&[1, 2]); SIGHTINGS]);
        assert_eq!(breakers(both, callees, failing), BTreeSet::from([(0, 2), (0, 3)]));
        assert!(breakers(vec![refused(&[]); SIGHTINGS - 1], callees, failing).is_empty());
        assert!(breakers(vec![refused(&[1, 2, 3]); SIGHTINGS], callees, failing).is_empty());
    }
}
