//! Whose harm is more than chance: a node at which requests end as often as ever explains
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{Binomial, DiscreteCDF as _};

use crate::summary::NodeId;

/// The level at which harm at a node is more than usual, shared by all nodes that are tested
/// (Bonferroni): one incident in twenty may accuse a node that only had bad luck.
const LEVEL: f64 = 0.05;

/// The nodes whose harm the reference does not explain.
///
/// `excess` is the harm beyond the usual, `usual` the harmed requests of the reference, `scale`
/// how many times the reference's requests the incident has. Given all harmed requests of a node,
/// those of the incident are binomial if nothing changed (the conditional test of two Poisson
/// rates, Przyborowski & Wilenski, Biometrika 1940). If no node stands out, none is left out:
/// then the harm is thin, and not the nodes innocent.
pub fn unusual(
    excess: &BTreeMap<NodeId, f64>,
    usual: &BTreeMap<NodeId, f64>,
    scale: f64,
) -> BTreeSet<NodeId> {
    let level = LEVEL / excess.len().max(1) as f64;
    let beyond_chance = |(&node, &amount): (&NodeId, &f64)| {
        let before = usual.get(&node).copied().unwrap_or(0.0);
        let during = (amount + scale * before).round();
        (p_value(during, before.round(), scale) <= level).then_some(node)
    };
    let found: BTreeSet<NodeId> = excess.iter().filter_map(beyond_chance).collect();
    if found.is_empty() { excess.keys().copied().collect() } else { found }
}

/// How often chance gives the incident at least `during` of all these harmed requests.
fn p_value(during: f64, before: f64, scale: f64) -> f64 {
    if during < 1.0 {
        return 1.0;
    }
    let all = (during + before) as u64;
    Binomial::new(scale / (1.0 + scale), all).map_or(1.0, |fair| fair.sf(during as u64 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaky_node_stays_innocent_until_it_fails_more_often() {
        // As many requests before as during; node 1 failed 4 then and 6 now, node 2 0 and 40.
        let usual = BTreeMap::from([(1, 4.0)]);
        let excess = BTreeMap::from([(1, 2.0), (2, 40.0)]);
        assert_eq!(unusual(&excess, &usual, 1.0), BTreeSet::from([2]));
        // Node 1 fails ten times as often as before.
        let excess = BTreeMap::from([(1, 36.0), (2, 40.0)]);
        assert_eq!(unusual(&excess, &usual, 1.0), BTreeSet::from([1, 2]));
    }

    #[test]
    fn two_requests_accuse_nobody_beside_a_real_cause() {
        let excess = BTreeMap::from([(1, 2.0), (2, 40.0)]);
        assert_eq!(unusual(&excess, &BTreeMap::new(), 0.5), BTreeSet::from([2]));
    }

    #[test]
    fn thin_harm_clears_nobody() {
        let excess = BTreeMap::from([(1, 2.0), (2, 1.0)]);
        assert_eq!(unusual(&excess, &BTreeMap::new(), 1.0), BTreeSet::from([1, 2]));
    }
}
