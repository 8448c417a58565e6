//! How failure went up from each candidate, as its blamed traces show.

use std::collections::{BTreeMap, BTreeSet};

use crate::rank::{Case, Scored};
use crate::summary::{Digest, NONE, NodeId, OpId};

use super::scene::Exemplar;
use super::waterfall::exemplar;

/// Exemplar traces a candidate carries.
const EXEMPLARS: usize = 5;
/// An operation is named if at least this share of the candidate's blame is on it.
const MAIN_OPERATION: f64 = 0.6;

/// What the blamed traces of each candidate show, by node.
#[derive(Clone, Debug, Default)]
pub struct Trails {
    by_node: BTreeMap<NodeId, Trail>,
}

/// What the blamed traces of one candidate show.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// The commonest way from the entry down to it.
    pub path: Vec<NodeId>,
    /// The operation that carries most of its blame.
    pub operation: Option<OpId>,
    /// Trace ids, earliest first.
    pub exemplars: Vec<String>,
    /// Nodes that its failure went through.
    pub reached: BTreeSet<NodeId>,
    /// A failing trace beside a healthy one.
    pub exemplar: Option<Exemplar>,
}

impl Trails {
    /// Looks at the blamed traces of every candidate.
    pub fn new(case: &Case<'_>, scored: &[Scored]) -> Self {
        let by_node = scored.iter().map(|s| (s.node, trail(case, s.node))).collect();
        Self { by_node }
    }

    /// What the traces of one candidate show.
    pub fn of(&self, node: NodeId) -> Trail {
        self.by_node.get(&node).cloned().unwrap_or_default()
    }
}

/// How failure went up from a node: of the blamed traces' paths, those that touch it.
fn trail(case: &Case<'_>, node: NodeId) -> Trail {
    let catalog = case.catalog();
    let mut paths: BTreeMap<Vec<NodeId>, f64> = BTreeMap::new();
    let mut operations: BTreeMap<OpId, f64> = BTreeMap::new();
    let mut reached = BTreeSet::new();
    let moved_from: BTreeSet<NodeId> =
        case.flow.moved.keys().filter(|k| k.1 == node).map(|k| k.0).collect();
    let mut followed: Vec<(Vec<NodeId>, &Digest, Vec<u32>)> = Vec::new();
    for (digest, blame, weight) in &case.blames.list {
        let mut hops = blame.path.clone();
        let node_at = |hop: u32| catalog.node_of(digest.hops[hop as usize].operation);
        let mut nodes: Vec<NodeId> = hops.iter().map(|&hop| node_at(hop)).collect();
        nodes.dedup();
        let end = nodes.last().copied();
        if end == Some(node) {
            *operations.entry(blame.operation).or_default() += weight;
        } else if end.is_some_and(|end| moved_from.contains(&end)) {
            // Blame moved from there to here: the failure came through this call.
            nodes.push(node);
            let last = hops.last().copied().unwrap_or(NONE);
            let called = (0..digest.hops.len() as u32)
                .filter(|&i| digest.hops[i as usize].parent == last && node_at(i) == node);
            hops.extend(called.max_by_key(|&i| digest.hops[i as usize].took()));
        } else {
            continue;
        }
        reached.extend(nodes.iter().copied().filter(|&n| n != node));
        *paths.entry(nodes.clone()).or_default() += weight;
        followed.push((nodes, digest, hops));
    }
    let heaviest = |a: &(&Vec<NodeId>, &f64), b: &(&Vec<NodeId>, &f64)| {
        a.1.total_cmp(b.1).then_with(|| b.0.cmp(a.0))
    };
    let total: f64 = operations.values().sum();
    let path = paths.iter().max_by(heaviest).map(|p| p.0.clone()).unwrap_or_default();
    let typical: Vec<(&Digest, &[u32])> =
        followed.iter().filter(|f| f.0 == path).map(|f| (f.1, f.2.as_slice())).collect();
    let healthy = |d: &Digest| !case.window.contains(d.slice);
    Trail {
        exemplar: exemplar(case.summary, node, &typical, healthy),
        path,
        operation: operations
            .into_iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|o| o.1 >= MAIN_OPERATION * total)
            .map(|o| o.0),
        exemplars: case.exemplars(node, EXEMPLARS),
        reached,
    }
}
