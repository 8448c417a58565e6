//! How long work usually takes by itself, and how long it waited inside its own span for a
//! worker.
//!
//! Where the span of a call begins when the call is accepted, the wait for a worker is inside
//! it and looks like work. But a queue is common to all operations of a node: the operation that
//! was slowed down least shows the wait, and what others were slowed down beyond that is work.

use std::collections::{BTreeMap, BTreeSet};

use crate::summary::{Catalog, Digest, DigestHop, NONE, NodeId, OpId};

/// Fewer calls of an operation have no typical duration.
const FEWEST: usize = 5;
/// Work waited if it took so much longer than usual, microseconds …
pub const WAITED: u64 = 5_000;
/// … and so many times as long: services vary, but not by that.
pub const TIMES: u64 = 4;

/// Typical durations of work by itself, microseconds.
#[derive(Debug, Default)]
pub struct Typical {
    own: BTreeMap<OpId, [Vec<u64>; 2]>,
    usual: BTreeMap<OpId, u64>,
    /// Of operations of nodes where calls waited: the work without the wait.
    working: BTreeMap<OpId, u64>,
    queued: BTreeSet<NodeId>,
}

impl Typical {
    /// Adds the work of one trace, in the reference (phase 0) or the incident (1).
    pub fn see(&mut self, digest: &Digest, phase: usize) {
        for hop in &digest.hops {
            if hop.own != NONE && !hop.has(DigestHop::CALLEE_FAILED) {
                self.own.entry(hop.operation).or_default()[phase].push(u64::from(hop.own));
            }
        }
    }

    /// Settles what is typical.
    pub fn settle(&mut self, catalog: &Catalog) {
        let mut slowed: BTreeMap<NodeId, Vec<(OpId, u64, u64, u64)>> = BTreeMap::new();
        for (operation, [before, during]) in std::mem::take(&mut self.own) {
            let enough = before.len() >= FEWEST && during.len() >= FEWEST;
            let low = [tenth(before.clone()), tenth(during.clone())];
            let Some(usual) = median(before) else { continue };
            self.usual.insert(operation, usual);
            if let (Some(now), true) = (median(during), enough) {
                let node = catalog.node_of(operation);
                slowed.entry(node).or_default().push((
                    operation,
                    usual,
                    now,
                    low[1].saturating_sub(low[0]),
                ));
            }
        }
        // With one operation a queue cannot be told from slow work.
        for (node, list) in slowed.into_iter().filter(|(_, list)| list.len() > 1) {
            let least =
                list.iter().map(|&(_, usual, now, _)| (now.saturating_sub(usual), usual)).min();
            let Some((wait, usual)) = least else { continue };
            if wait > WAITED + usual / 2 {
                self.queued.insert(node);
                let working =
                    list.into_iter().map(|(operation, usual, _, least)| (operation, usual + least));
                self.working.extend(working);
            }
        }
    }

    /// What an operation usually takes by itself; `None` if it was not seen in the reference.
    pub fn usual(&self, operation: OpId) -> Option<u64> {
        self.usual.get(&operation).copied()
    }

    /// Whether calls to a node waited in one queue.
    pub fn queued(&self, node: NodeId) -> bool {
        self.queued.contains(&node)
    }

    /// How much of a call's own time it waited for a worker, where calls to its node did.
    pub fn waited(&self, operation: OpId, own: u64) -> u64 {
        let working = self.working.get(&operation).copied();
        working.filter(|&w| own > WAITED + 2 * w).map_or(0, |w| own - w)
    }
}

fn tenth(mut list: Vec<u64>) -> u64 {
    list.sort_unstable();
    list.get(list.len() / 10).copied().unwrap_or(0)
}

/// The middle value.
pub fn median(mut list: Vec<u64>) -> Option<u64> {
    list.sort_unstable();
    list.get(list.len() / 2).copied()
}
