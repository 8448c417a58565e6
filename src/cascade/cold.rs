//! A cache that answers and holds nothing: the store behind it drowns.

use std::collections::BTreeMap;

use crate::detect::EdgeSums;
use crate::model::PeerKind;
use crate::summary::{Catalog, NONE, NodeId};

/// Calls by (caller, callee).
pub type Pairs = BTreeMap<(NodeId, NodeId), EdgeSums>;

/// A store is spared fewer calls if its caller makes so many times as many of them in each of its
/// own. (Calls that repeat a failed one do not count.)
const MORE: f64 = 2.0;
/// Fewer calls than this show no rate.
const ENOUGH: f64 = 20.0;

/// By store: the caches that no longer spare it calls, with the calls that they spared before.
///
/// A look-up that misses is a success, so nothing about an emptied cache is slow or fails. What
/// shows is that its callers ask the store behind it far more often for each call of their own,
/// while they ask the cache as often as ever.
pub fn cold(
    catalog: &Catalog,
    before: &Pairs,
    during: &Pairs,
) -> BTreeMap<NodeId, Vec<(NodeId, f64)>> {
    let kind = |node: NodeId| catalog.nodes[node as usize].kind;
    let rate = |pairs: &Pairs, caller, callee| {
        let asked = pairs
            .get(&(caller, callee))
            .map_or(0.0, |sums| sums.calls.total.saturating_sub(sums.calls.retries) as f64);
        let own = calls_to(pairs, caller);
        (own >= ENOUGH).then_some((asked, asked / own))
    };
    let mut found: BTreeMap<NodeId, Vec<(NodeId, f64)>> = BTreeMap::new();
    for &(caller, store) in during.keys() {
        if caller == NONE || kind(store) != PeerKind::Database {
            continue;
        }
        let (Some((_, was)), Some((asked, is))) =
            (rate(before, caller, store), rate(during, caller, store))
        else {
            continue;
        };
        if asked < ENOUGH || is < MORE * was {
            continue;
        }
        for &(_, cache) in during.range((caller, 0)..=(caller, NONE)).map(|pair| pair.0) {
            let held = |pairs| rate(pairs, caller, cache).map_or(0.0, |r| r.1);
            // It was asked before and is asked still; else the mix of requests changed.
            let as_ever = held(during) >= held(before) / MORE && held(before) > 0.0;
            if kind(cache) == PeerKind::Cache && as_ever {
                found.entry(store).or_default().push((cache, asked * (1.0 - was / is)));
            }
        }
    }
    found
}

/// All calls into a node.
pub fn calls_to(pairs: &Pairs, node: NodeId) -> f64 {
    pairs.iter().filter(|(k, _)| k.1 == node).map(|(_, s)| s.calls.total as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::NodeKey;

    const SHOP: u32 = 0;
    const CACHE: u32 = 1;
    const STORE: u32 = 2;

    /// A hundred requests to a shop, each of which asks the cache, and so many the store.
    fn asks(store: u64) -> Pairs {
        let sums = |total: u64| {
            let mut sums = EdgeSums::default();
            sums.calls.total = total;
            sums
        };
        let pairs = [((NONE, SHOP), 100), ((SHOP, CACHE), 100), ((SHOP, STORE), store)];
        pairs.into_iter().map(|(pair, total)| (pair, sums(total))).collect()
    }

    fn catalog() -> Catalog {
        let kinds = [PeerKind::Service, PeerKind::Cache, PeerKind::Database];
        let node = |kind| NodeKey { kind, ..NodeKey::default() };
        Catalog { nodes: kinds.map(node).to_vec(), ..Catalog::default() }
    }

    #[test]
    fn a_store_that_is_asked_for_every_request_has_lost_its_cache() {
        let found = cold(&catalog(), &asks(5), &asks(100));
        assert_eq!(found[&STORE], [(CACHE, 95.0)]);
    }

    #[test]
    fn a_store_that_is_asked_as_often_as_ever_has_not() {
        assert!(cold(&catalog(), &asks(40), &asks(50)).is_empty());
    }
}
