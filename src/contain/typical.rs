//! How long work usually takes by itself, and how long it waited inside its own span for a
//! worker.
//!
//! Where the span of a call begins when the call is accepted, the wait for a worker is inside
//! it and looks like work. But a queue stands before the work only: what a call does before its
//! first call grows, and what it does after it does not. And a queue is common to all operations
//! of a node, while slow work is slow in some.

use std::collections::{BTreeMap, BTreeSet};

use crate::summary::{Catalog, Children, Digest, DigestHop, NONE, NodeId, OpId, sent};

use super::pools::SIGHTINGS;

/// Fewer calls of an operation have no typical duration.
const FEWEST: usize = 5;
/// Work waited if it took so much longer than usual, microseconds …
pub const WAITED: u64 = 5_000;
/// … and so many times as long: services vary, but not by that.
pub const TIMES: u64 = 4;
/// In a common queue no operation waits so many times less often than all do.
const ALIKE: f64 = 3.0;

/// Nodes that spend more than this share of their time before their first calls compute: slow
/// work there looks like waiting.
const COMPUTES: f64 = 0.25;

/// A call's own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Before its first call; all of it where there is none.
    pub lead: u64,
    /// After that.
    pub rest: u64,
    /// All of the call.
    pub all: u64,
    /// It made calls.
    pub calls: bool,
}

/// Typical durations of work by itself, microseconds.
#[derive(Debug, Default)]
pub struct Typical {
    seen: BTreeMap<OpId, [Vec<Own>; 2]>,
    usual: BTreeMap<OpId, Own>,
    queued: BTreeSet<NodeId>,
    computing: BTreeSet<NodeId>,
}

impl Own {
    /// Of one hop and the hops that it made; `None` if its own time is unknown.
    pub fn of(digest: &Digest, hop: &DigestHop, calls: &[u32]) -> Option<Self> {
        if hop.own == NONE {
            return None;
        }
        let (own, all) = (u64::from(hop.own), u64::from(hop.worked));
        let made = calls.iter().map(|&c| &digest.hops[c as usize]);
        let first = made.filter(|c| !c.has(DigestHop::ASYNC) && c.waited != NONE).map(sent).min();
        Some(match first {
            Some(first) => {
                let lead = own.min(u64::from(first.saturating_sub(hop.offset)));
                Self { lead, rest: own - lead, all, calls: true }
            }
            None => Self { lead: own, rest: 0, all, calls: false },
        })
    }
}

impl Typical {
    /// Adds the work of one trace, in the reference (phase 0) or the incident (1).
    pub fn see(&mut self, digest: &Digest, phase: usize) {
        let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
        let children = Children::new(parents);
        for (at, hop) in digest.hops.iter().enumerate() {
            let own = Own::of(digest, hop, children.of(at as u32));
            if let Some(own) = own.filter(|_| !hop.has(DigestHop::CALLEE_FAILED)) {
                self.seen.entry(hop.operation).or_default()[phase].push(own);
            }
        }
    }

    /// Settles what is typical.
    pub fn settle(&mut self, catalog: &Catalog) {
        let seen = std::mem::take(&mut self.seen);
        let mut times: BTreeMap<NodeId, (u64, u64)> = BTreeMap::new();
        for (&operation, [before, _]) in &seen {
            let middle = |part: fn(&Own) -> u64| median(before.iter().map(part).collect());
            if let (Some(lead), Some(rest)) = (middle(|o| o.lead), middle(|o| o.rest)) {
                let calls = 2 * before.iter().filter(|o| o.calls).count() > before.len();
                let all = middle(|o| o.all).unwrap_or(lead);
                self.usual.insert(operation, Own { lead, rest, all, calls });
            }
            let sums = times.entry(catalog.node_of(operation)).or_default();
            sums.0 += before.iter().map(|o| o.lead).sum::<u64>();
            sums.1 += before.iter().map(|o| o.all).sum::<u64>();
        }
        let compute = times.into_iter().filter(|(_, t)| t.0 as f64 > COMPUTES * t.1 as f64);
        self.computing = compute.map(|(node, _)| node).collect();
        // By node: of each operation, calls and those that began late.
        let mut late: BTreeMap<NodeId, Vec<(usize, usize)>> = BTreeMap::new();
        for (operation, [before, during]) in &seen {
            if before.len() >= FEWEST && during.len() >= FEWEST {
                let waited = during.iter().filter(|own| self.delayed(*operation, **own) > 0);
                let counts = (during.len(), waited.count());
                late.entry(catalog.node_of(*operation)).or_default().push(counts);
            }
        }
        self.queued =
            late.into_iter().filter(|(_, list)| common(list)).map(|(node, _)| node).collect();
    }

    /// What an operation usually takes by itself; `None` if it was not seen in the reference.
    pub fn usual(&self, operation: OpId) -> Option<u64> {
        self.usual.get(&operation).map(|own| own.lead + own.rest)
    }

    /// Whether calls to a node waited in one queue.
    pub fn queued(&self, node: NodeId) -> bool {
        self.queued.contains(&node)
    }

    /// Whether a node itself works for much of its time.
    pub fn computes(&self, node: NodeId) -> bool {
        self.computing.contains(&node)
    }

    /// How much of a call's own time it waited for a worker, where calls to its node did.
    pub fn waited(&self, node: NodeId, operation: OpId, own: Own) -> u64 {
        let told = self.queued(node) && !self.computes(node);
        if told { self.delayed(operation, own) } else { 0 }
    }

    /// How much later than usual the work began, after what slower work explains.
    fn delayed(&self, operation: OpId, own: Own) -> u64 {
        let Some(usual) = self.usual.get(&operation) else { return 0 };
        let slower = own.rest as f64 / usual.rest.max(WAITED / TIMES) as f64;
        let lead = (usual.lead as f64 * slower.max(1.0)) as u64;
        let wait = own.lead.saturating_sub(lead);
        if wait > WAITED + (TIMES - 1) * usual.lead { wait } else { 0 }
    }
}

/// Whether calls of all operations began late alike. (With one operation a queue cannot be
/// told from waiting for the connections of what it calls; both let as many through.)
fn common(operations: &[(usize, usize)]) -> bool {
    let (calls, late) = operations.iter().fold((0, 0), |s, o| (s.0 + o.0, s.1 + o.1));
    let share = late as f64 / calls.max(1) as f64;
    let alike = |&(calls, late): &(usize, usize)| late as f64 * ALIKE >= share * calls as f64 - 1.0;
    late >= SIGHTINGS && operations.iter().all(alike)
}

/// The middle value.
pub fn median(mut list: Vec<u64>) -> Option<u64> {
    list.sort_unstable();
    list.get(list.len() / 2).copied()
}
