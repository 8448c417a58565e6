//! Whose time is lost: a wait between two nodes is one's or the other's.

use std::collections::{BTreeMap, BTreeSet};

use crate::summary::{Catalog, NONE, NodeId};

use super::features::Feature;
use super::times::Pace;

/// What took longer in a window: paces and strength by feature.
pub type Slower = BTreeMap<Feature, ([Pace; 2], f64)>;

/// From this strength on a connection counts as slow: one in a hundred by chance.
const SLOW: f64 = 4.605;

/// By node the features that could accuse it, with their strengths: of a wait between two nodes
/// one is accused, for the other it is a test that found nothing.
///
/// A host whose CPU is starved answers late and notices late what others answered: it loses time
/// on most of its connections. So does one whose network is slow, on those over which it is
/// called. Its healthy partner loses time on one. The end with the larger share of slow
/// connections, callers' and callees' counted apart, is accused; the callee if they are equal.
pub fn attribute(slower: &Slower, catalog: &Catalog) -> BTreeMap<NodeId, Vec<(Feature, f64)>> {
    let mut calling: BTreeMap<NodeId, Ends> = BTreeMap::new();
    let mut called: BTreeMap<NodeId, Ends> = BTreeMap::new();
    for (feature, (_, strength)) in slower {
        if let Feature::Gap((caller, _)) = *feature {
            let callee = feature.node(catalog);
            calling.entry(caller).or_default().see(callee, *strength);
            called.entry(callee).or_default().see(caller, *strength);
        }
    }
    let mut tests: BTreeMap<NodeId, Vec<(Feature, f64)>> = BTreeMap::new();
    for (&feature, &(_, strength)) in slower {
        let node = feature.node(catalog);
        let (accused, other) = match feature {
            Feature::Gap((caller, _)) if caller != NONE => {
                if calling[&caller].share() > called[&node].share() {
                    (caller, Some(node))
                } else {
                    (node, Some(caller))
                }
            }
            _ => (node, None),
        };
        tests.entry(accused).or_default().push((feature, strength));
        if let Some(other) = other {
            tests.entry(other).or_default().push((feature, 0.0));
        }
    }
    tests
}

/// The other ends of a node's connections.
#[derive(Default)]
struct Ends {
    all: BTreeSet<NodeId>,
    slow: BTreeSet<NodeId>,
}

impl Ends {
    fn see(&mut self, other: NodeId, strength: f64) {
        self.all.insert(other);
        if strength >= SLOW {
            self.slow.insert(other);
        }
    }

    /// One more healthy connection than were seen: one of one says less than four of five.
    fn share(&self) -> f64 {
        self.slow.len() as f64 / (self.all.len() as f64 + 1.0)
    }
}

/// Strength of all tests of one node together: by Fisher's combination (Statistical Methods for
/// Research Workers, 1932) or by the strongest alone (Bonferroni), whichever is stronger, at the
/// price of having looked twice.
pub fn combined(strengths: &[f64]) -> f64 {
    let sum: f64 = strengths.iter().sum();
    let strongest = strengths.iter().copied().fold(0.0, f64::max);
    let alone = strongest - (strengths.len().max(1) as f64).ln();
    (erlang(sum, strengths.len()).max(alone) - 2.0_f64.ln()).max(0.0)
}

/// Minus the logarithm of the chance that the sum of `count` exponential variables exceeds `sum`.
fn erlang(sum: f64, count: usize) -> f64 {
    if count == 0 || sum <= 0.0 {
        return 0.0;
    }
    // The largest term is taken out, so that nothing under- or overflows.
    let mut term = 0.0;
    let mut logs = vec![term];
    for i in 1..count {
        term += (sum / i as f64).ln();
        logs.push(term);
    }
    let largest = logs.iter().copied().fold(f64::MIN, f64::max);
    let total: f64 = logs.iter().map(|l| (l - largest).exp()).sum();
    (sum - largest - total.ln()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PeerKind;
    use crate::summary::{NodeKey, Operation};

    #[test]
    fn the_tail_of_a_sum_is_exact() {
        // One variable: e^-x. Two: e^-x (1 + x).
        assert!((erlang(3.0, 1) - 3.0).abs() < 1e-12);
        assert!((erlang(3.0, 2) - (3.0 - 4.0_f64.ln())).abs() < 1e-12);
        assert!(erlang(4000.0, 90).is_finite());
    }

    /// A calls B and C, D calls B: node ids in this order, one operation each.
    fn slower(slow: &[(NodeId, NodeId)]) -> (Slower, Catalog) {
        let node = |name: &&str| NodeKey {
            name: (*name).to_owned(),
            namespace: String::new(),
            database: String::new(),
            kind: PeerKind::Service,
        };
        let catalog = Catalog {
            nodes: ["a", "b", "c", "d"].iter().map(node).collect(),
            operations: (0..4).map(|node| Operation { node, name: "op".into() }).collect(),
            ..Catalog::default()
        };
        let paces = [Pace { traces: 9.0, millis: 2.0 }, Pace { traces: 9.0, millis: 90.0 }];
        let edges = [(0, 1), (0, 2), (3, 1)];
        let strength = |edge| if slow.contains(edge) { 20.0 } else { 0.5 };
        let all = edges.iter().map(|e| (Feature::Gap(*e), (paces, strength(e)))).collect();
        (all, catalog)
    }

    fn accused(slow: &[(NodeId, NodeId)]) -> NodeId {
        let (slower, catalog) = slower(slow);
        let tests = attribute(&slower, &catalog);
        let strength = |n: &NodeId| tests[n].iter().map(|t| t.1).sum::<f64>();
        tests.keys().copied().max_by(|a, b| strength(a).total_cmp(&strength(b))).expect("some")
    }

    #[test]
    fn who_is_late_on_all_connections_is_accused() {
        assert_eq!(accused(&[(0, 1), (0, 2)]), 0);
        assert_eq!(accused(&[(0, 1), (3, 1)]), 1);
        // Caller and callee each lose one of two: the callee.
        assert_eq!(accused(&[(0, 1)]), 1);
    }
}
