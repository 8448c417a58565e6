//! The healthy part of the input, request by request: what each waits for.

use std::collections::BTreeMap;

use crate::contain::{Pair, Weights};
use crate::summary::{Digest, DigestHop, NONE, NodeId, OpId, Summary};

use super::need::Need;

/// What may fail: the way between two nodes, or a callee for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An edge.
    Edge(Pair),
    /// A node.
    Callee(NodeId),
}

/// One kept request.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Its trace.
    pub digest: &'a Digest,
    /// Requests that it stands for.
    pub weight: f64,
    /// By hop: whether the request waits for it.
    pub waits: Vec<bool>,
    /// Nodes that it waits for, in order.
    pub nodes: Vec<NodeId>,
    /// How likely it fails if that does, 0 to 1.
    pub needs: BTreeMap<Target, f64>,
}

/// The requests of the slices that `healthy` admits, in the order of the digests.
pub fn requests<'a>(
    summary: &'a Summary,
    need: &Need,
    healthy: impl Fn(u64) -> bool,
) -> Vec<Request<'a>> {
    let weights = Weights::new(summary);
    let kept = summary.digests.iter().filter(|d| d.stratum.0 != NONE && healthy(d.slice));
    kept.map(|digest| request(summary, need, digest, weights.of(digest))).collect()
}

impl Request<'_> {
    /// The entry operation.
    pub const fn entry(&self) -> OpId {
        self.digest.stratum.0
    }

    /// Hops that it waits for, but the entry itself: index and hop.
    pub fn calls(&self) -> impl Iterator<Item = (u32, &DigestHop)> {
        let hops = self.digest.hops.iter().enumerate();
        let waited = hops.filter(|(at, _)| self.waits[*at] && *at as u32 != self.digest.entry);
        waited.map(|(at, hop)| (at as u32, hop))
    }
}

fn request<'a>(summary: &Summary, need: &Need, digest: &'a Digest, weight: f64) -> Request<'a> {
    let node = |hop: &DigestHop| summary.catalog.node_of(hop.operation);
    let mut waits = vec![false; digest.hops.len()];
    // By hop: how likely the request fails if this call does.
    let mut share = vec![0.0; digest.hops.len()];
    let mut nodes = Vec::new();
    let mut needs: BTreeMap<Target, f64> = BTreeMap::new();
    for (at, hop) in digest.hops.iter().enumerate() {
        if at as u32 == digest.entry {
            (waits[at], share[at]) = (true, 1.0);
            nodes.push(node(hop));
            continue;
        }
        // Parents come before children.
        let Some(parent) = digest.hops.get(hop.parent as usize) else { continue };
        if hop.has(DigestHop::ASYNC) || !waits[hop.parent as usize] {
            continue;
        }
        waits[at] = true;
        let (caller, callee) = (node(parent), node(hop));
        share[at] = share[hop.parent as usize] * need.share(parent.operation, caller, callee);
        nodes.push(callee);
        if caller == callee {
            continue;
        }
        for target in [Target::Edge((caller, callee)), Target::Callee(callee)] {
            let most = needs.entry(target).or_default();
            *most = share[at].max(*most);
        }
    }
    nodes.sort_unstable();
    nodes.dedup();
    Request { digest, weight, waits, nodes, needs }
}
