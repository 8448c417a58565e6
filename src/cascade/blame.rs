//! Inside one trace: in which call was the request harmed, and how?

use std::collections::BTreeMap;

use crate::model::Cause;
use crate::summary::{Catalog, Children, Digest, DigestHop, NONE, NodeId, OpId};

use super::{Profile, Symptom};

/// The verdict of one trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Blame {
    /// Hops from the entry to the blamed one.
    pub path: Vec<u32>,
    /// The node that made the blamed call, or [`NONE`].
    pub caller: NodeId,
    /// The blamed operation.
    pub operation: OpId,
    /// How it misbehaved.
    pub symptom: Symptom,
    /// When the blamed call began, nanoseconds since the epoch.
    pub at: u64,
}

/// Blames one hop of a harmed trace.
///
/// A failing hop hands the blame to the call that it failed on: the last to end of those that
/// failed for it and were not made good. A hop that was given up on, or is just slow, hands it
/// to where its time went beyond the usual: its own work, the gap to its caller, or the callee
/// that took most of it. The caller's client span speaks for a callee that is silent,
/// unreachable or uninstrumented. (The error-origin rule of CRISP, USENIX ATC 2022, with
/// latency and silence treated alike.)
pub fn blame(digest: &Digest, catalog: &Catalog, profile: &Profile) -> Blame {
    let tracer = Tracer {
        digest,
        catalog,
        profile,
        children: Children::new(digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent))),
    };
    let mut path = vec![digest.entry];
    let symptom = loop {
        match tracer.step(path[path.len() - 1]) {
            Step::Into(next) => path.push(next),
            Step::Stop(symptom) => break symptom,
        }
    };
    let last = &digest.hops[path[path.len() - 1] as usize];
    Blame {
        caller: tracer.caller(last),
        operation: last.operation,
        symptom,
        at: digest.start + u64::from(last.offset) * 1000,
        path,
    }
}

enum Step {
    Into(u32),
    Stop(Symptom),
}

struct Tracer<'a> {
    digest: &'a Digest,
    catalog: &'a Catalog,
    profile: &'a Profile,
    children: Children,
}

impl Tracer<'_> {
    fn step(&self, at: u32) -> Step {
        let hop = self.hop(at);
        if let Some(child) = self.failed_on(at) {
            return if self.gave_up_early(at, child) {
                Step::Stop(Symptom::GaveUpEarly)
            } else {
                Step::Into(child)
            };
        }
        if hop.has(DigestHop::CALLEE_FAILED) {
            return match hop.cause {
                Cause::Rejected => Step::Stop(Symptom::Rejected),
                Cause::ShortCircuited => Step::Stop(Symptom::ShortCircuited),
                Cause::Timeout => self.slow(at),
                Cause::Unreachable => Step::Stop(Symptom::Unreachable),
                _ => Step::Stop(Symptom::Error),
            };
        }
        if hop.worked != NONE {
            return self.slow(at);
        }
        Step::Stop(match hop.cause {
            Cause::Rejected => Symptom::Rejected,
            Cause::ShortCircuited => Symptom::ShortCircuited,
            Cause::Unreachable => Symptom::Unreachable,
            // A callee that emits spans and shows none did not get to work on the call.
            _ if hop.has(DigestHop::UNPAIRED) => Symptom::NoAnswer,
            Cause::Timeout => Symptom::SlowPeer,
            _ if !hop.has(DigestHop::FAILED) => Symptom::SlowPeer,
            _ => Symptom::Error,
        })
    }

    /// Whether a caller's deadline passed before such calls usually end: then its patience
    /// changed, and not its callee.
    fn gave_up_early(&self, caller: u32, call: u32) -> bool {
        let hop = self.hop(call);
        if hop.cause != Cause::Timeout || hop.waited == NONE || hop.has(DigestHop::CALLEE_FAILED) {
            return false;
        }
        let node = |hop: &DigestHop| self.catalog.node_of(hop.operation);
        let usual = self.profile.patience(node(self.hop(caller)), node(hop));
        usual.is_some_and(|usual| f64::from(hop.waited) < usual)
    }

    fn failed_on(&self, at: u32) -> Option<u32> {
        let ended = |i: u32| {
            let hop = self.hop(i);
            u64::from(hop.offset) + u64::from(hop.took())
        };
        self.waited_for(at)
            .filter(|&i| {
                let hop = self.hop(i);
                hop.has(DigestHop::FAILED) && !hop.has(DigestHop::REPAIRED)
            })
            .max_by_key(|&i| (ended(i), i))
    }

    /// Where the time beyond the usual went.
    fn slow(&self, at: u32) -> Step {
        let hop = self.hop(at);
        let edge = (self.caller(hop), hop.operation);
        let over = |value: u32, usual: f64| {
            if value == NONE { 0.0 } else { (f64::from(value) - usual).max(0.0) }
        };
        let own = over(hop.own, self.profile.own(hop.operation));
        let gap = if hop.waited == NONE || hop.worked == NONE {
            0.0
        } else {
            over(hop.waited.saturating_sub(hop.worked), self.profile.gap(edge))
        };
        // Calls to one callee count together: a slow store shows in many short statements.
        let mut callees: BTreeMap<NodeId, (f64, u32, f64)> = BTreeMap::new();
        let here = self.catalog.node_of(hop.operation);
        for child in self.waited_for(at) {
            let called = self.hop(child);
            let node = self.catalog.node_of(called.operation);
            let usual = self.profile.waited((here, called.operation), node);
            let excess = over(called.took(), usual);
            let entry = callees.entry(node).or_insert((0.0, child, -1.0));
            entry.0 += excess;
            if excess > entry.2 {
                (entry.1, entry.2) = (child, excess);
            }
        }
        let worst = callees.values().copied().max_by(|a, b| a.0.total_cmp(&b.0));
        match worst {
            Some((excess, child, _)) if excess > own.max(gap) => Step::Into(child),
            _ if gap > own => Step::Stop(Symptom::Gap),
            _ => Step::Stop(Symptom::SlowOwn),
        }
    }

    fn waited_for(&self, at: u32) -> impl Iterator<Item = u32> + '_ {
        let children = self.children.of(at).iter().copied();
        children.filter(|&i| !self.hop(i).has(DigestHop::ASYNC))
    }

    fn hop(&self, at: u32) -> &DigestHop {
        &self.digest.hops[at as usize]
    }

    fn caller(&self, hop: &DigestHop) -> NodeId {
        if hop.parent == NONE {
            return NONE;
        }
        self.catalog.node_of(self.hop(hop.parent).operation)
    }
}

#[cfg(test)]
#[path = "blame_tests.rs"]
mod tests;
