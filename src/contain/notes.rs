//! What is noted of each kept trace, before anything is settled.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::model::Cause;
use crate::summary::{
    CLOCKS, Children, Digest, DigestHop, NONE, NodeId, OpId, Summary, chains, sent,
};

use super::attempts::Attempts;
use super::breakers::Refused;
use super::connections::{ConnectionPools, Waited};
use super::landscape::{Edge, Operation, PHASES, Pair, Sample, Shape, Way};
use super::pools::{Arrived, Pools};
use super::typical::{Own, TIMES, Typical, WAITED};
use super::under_way::Interval;

/// All that was noted.
pub struct Notes<'a> {
    /// Where the traces are from.
    pub summary: &'a Summary,
    /// Nanoseconds since the epoch from which microseconds are counted.
    pub origin: u64,
    /// When the incident began, when its aftermath began, and when that ended.
    pub incident: [u64; 3],
    /// What operations do, by [`OpId`].
    pub operations: Vec<Operation>,
    /// Every edge that was called.
    pub edges: BTreeMap<Pair, Edge>,
    /// The ways of each, by phase.
    pub ways: BTreeMap<Pair, [Vec<Way>; PHASES]>,
    /// How often an operation's calls to a node failed, and how often it went on without.
    pub fallbacks: FxHashMap<(OpId, NodeId), (f64, f64)>,
    /// Copies of each node that were seen.
    pub instances: Vec<BTreeSet<u32>>,
    /// Nodes that show spans of their own.
    pub served: Vec<bool>,
    /// What callers do about failures.
    pub attempts: BTreeMap<Pair, Attempts>,
    /// Signs of full worker pools.
    pub pools: Pools,
    /// Signs of empty connection pools.
    pub connections: ConnectionPools,
    /// What is typical; settled before the first trace is noted.
    pub typical: Typical,
    /// Work, as recorded.
    pub work: Vec<Worked>,
    /// Work that a breaker stopped.
    pub refused: Vec<Refused>,
    /// Failed entry requests: when, and how many each stands for.
    pub failed: Vec<(u64, f64)>,
}

/// Work as recorded, and what of it was waiting if what it waited for proves to be a pool.
#[derive(Debug)]
pub struct Worked {
    /// Of what.
    pub operation: OpId,
    /// Reference, incident or aftermath.
    pub phase: usize,
    /// The whole span.
    pub span: Interval,
    /// Its own time.
    pub sample: Sample,
    /// Of that, for a worker, microseconds.
    pub for_worker: u64,
    /// Of that, for connections to whom.
    pub for_connections: Vec<(NodeId, u64)>,
    /// It failed for want of a connection.
    pub starved: bool,
}

impl<'a> Notes<'a> {
    /// Nothing noted yet.
    pub fn new(summary: &'a Summary, origin: u64, incident: [u64; 3]) -> Self {
        let nodes = summary.catalog.nodes.len();
        let operations = summary.catalog.operations.iter();
        let operation = |node| Operation { node, ..Operation::default() };
        Self {
            summary,
            origin,
            incident,
            operations: operations.map(|o| operation(o.node)).collect(),
            edges: BTreeMap::new(),
            ways: BTreeMap::new(),
            fallbacks: FxHashMap::default(),
            instances: vec![BTreeSet::new(); nodes],
            served: vec![false; nodes],
            attempts: BTreeMap::new(),
            pools: Pools::new(nodes),
            connections: ConnectionPools::default(),
            typical: Typical::default(),
            work: Vec::new(),
            refused: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Notes one trace of a phase that stands for `weight`, and waited `queued` before it was seen.
    pub fn see(&mut self, digest: &Digest, weight: f64, phase: usize, queued: u64) {
        let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
        let children = Children::new(parents);
        let base = (digest.start - self.origin) / 1000;
        for (at, hop) in digest.hops.iter().enumerate() {
            let node = self.node(hop);
            let start = base + u64::from(hop.offset);
            // What the incident caught under way belongs to it.
            let phase = match self.incident {
                [begin, after, _] if start + u64::from(hop.took()) >= begin && start < after => 1,
                [_, after, end] if after <= start && start < end => 2,
                _ => phase,
            };
            let calls = children.of(at as u32);
            let turned_away = hop.worked != NONE
                && hop.has(DigestHop::FAILED)
                && hop.cause == Cause::Rejected
                && calls.is_empty();
            let mut waited = 0;
            if !turned_away {
                waited = self.see_work(digest, hop, (start, weight), calls, phase);
            }
            if hop.worked != NONE {
                self.instances[node as usize].insert(hop.instance);
                let (from, to) = (start + waited, start + u64::from(hop.worked));
                let work = Interval { instance: hop.instance, from, to, weight };
                let both = hop.waited != NONE && !hop.has(DigestHop::ASYNC);
                let entry = hop.parent == NONE;
                let before = if entry { queued } else { u64::from(hop.delay) };
                let delay = (both || entry).then_some(before + waited);
                let healthy = phase == 0;
                let call = Arrived { work, delay, inside: waited, turned_away, healthy };
                self.pools.arrived(node, call);
            }
            if hop.parent != NONE && !hop.has(DigestHop::ASYNC) {
                self.see_way(digest, hop, start, phase);
                let parent = &digest.hops[hop.parent as usize];
                if phase == 1 && hop.waited != NONE {
                    let from = start.saturating_sub(u64::from(hop.delay));
                    let to = from + u64::from(hop.waited);
                    let call = Interval { instance: parent.instance, from, to, weight };
                    self.connections.called((self.node(parent), node), call);
                }
            }
            self.see_attempts(digest, hop, calls);
        }
    }

    /// Records the work of one hop. Yields how long it waited for a worker inside its span.
    fn see_work(
        &mut self,
        digest: &Digest,
        hop: &DigestHop,
        (start, weight): (u64, f64),
        calls: &[u32],
        phase: usize,
    ) -> u64 {
        let let_down = calls
            .iter()
            .map(|&c| &digest.hops[c as usize])
            .any(|c| c.has(DigestHop::FAILED) && !c.has(DigestHop::ASYNC));
        let failed =
            hop.has(DigestHop::CALLEE_FAILED) || (hop.worked == NONE && hop.has(DigestHop::FAILED));
        let took = match (hop.worked, hop.own) {
            (NONE, _) => hop.took(),
            (worked, NONE) => worked,
            (_, own) => own,
        };
        let took = u64::from(took);
        let mut worked = Worked {
            operation: hop.operation,
            phase,
            span: Interval {
                instance: hop.instance,
                from: start,
                to: start + u64::from(hop.took()),
                weight,
            },
            sample: Sample { at: start, took, failed: failed.then_some(hop.cause) },
            for_worker: 0,
            for_connections: Vec::new(),
            starved: false,
        };
        if hop.worked == NONE {
            self.work.push(worked);
            return 0;
        }
        let node = self.node(hop);
        if phase > 0 {
            self.see_waits(digest, hop, start, calls, &mut worked);
            let alone = phase == 1 && failed && !let_down && hop.cause == Cause::Timeout;
            if alone && calls.is_empty() {
                let at = start + u64::from(hop.worked);
                self.connections.starved(node, Waited { instance: hop.instance, at, took });
                worked.starved = true;
            }
        }
        let waited = worked.for_worker;
        if failed && !let_down && hop.cause == Cause::ShortCircuited {
            let called = calls.iter().map(|&c| self.node(&digest.hops[c as usize])).collect();
            self.refused.push(Refused { operation: hop.operation, node, called });
        }
        // Whom others let down did its own work.
        worked.sample.failed = worked.sample.failed.filter(|_| !let_down);
        self.work.push(worked);
        if !failed {
            self.operations[hop.operation as usize].shapes[phase].push(shape(digest, calls));
        }
        waited
    }

    /// What of a hop's own time was waiting: for a worker at its beginning, for connections
    /// before its calls.
    fn see_waits(
        &mut self,
        digest: &Digest,
        hop: &DigestHop,
        start: u64,
        calls: &[u32],
        worked: &mut Worked,
    ) {
        let mut made: Vec<&DigestHop> = calls.iter().map(|&c| &digest.hops[c as usize]).collect();
        made.retain(|call| !call.has(DigestHop::ASYNC) && call.waited != NONE);
        made.sort_by_key(|call| (sent(call), call.took()));
        if let Some(own) = Own::of(digest, hop, calls) {
            worked.for_worker = self.typical.waited(self.node(hop), hop.operation, own);
        }
        let Some(usual) = self.typical.usual(hop.operation) else { return };
        let (node, base) = (self.node(hop), start - u64::from(hop.offset));
        let mut free = u64::from(hop.offset) + worked.for_worker;
        let mut failed: BTreeSet<NodeId> = BTreeSet::new();
        for call in made {
            let began = u64::from(sent(call));
            let idle = began.saturating_sub(free);
            let callee = self.node(call);
            // Between attempts the caller bides its time.
            let again = failed.contains(&callee);
            if call.has(DigestHop::FAILED) {
                failed.insert(callee);
            }
            if idle > WAITED + TIMES * usual && !again {
                let took = idle - usual;
                worked.for_connections.push((callee, took));
                let waited = Waited { instance: hop.instance, at: base + began, took };
                if worked.phase == 1 {
                    self.connections.waited((node, callee), waited);
                }
            }
            free = free.max(began + u64::from(call.took()));
        }
    }

    fn see_way(&mut self, digest: &Digest, hop: &DigestHop, start: u64, phase: usize) {
        let pair = (self.node(&digest.hops[hop.parent as usize]), self.node(hop));
        let unanswered = hop.cause == Cause::Timeout && hop.has(DigestHop::UNPAIRED);
        let lost = hop.has(DigestHop::FAILED)
            && hop.worked == NONE
            && (hop.cause == Cause::Unreachable || unanswered);
        let took = match (lost, hop.gap()) {
            (true, _) => hop.took(),
            (false, NONE) => 0,
            (false, gap) => gap.max(hop.delay),
        };
        let way = Way { at: start, took: u64::from(took), lost: lost.then_some(hop.cause) };
        self.attempts.entry(pair).or_default().see_time(hop, phase);
        let known = lost || hop.gap() != NONE || !self.served[pair.1 as usize];
        let edge = self.edges.entry(pair).or_default();
        edge.failed += u64::from(phase == 1 && hop.has(DigestHop::FAILED));
        if known {
            self.ways.entry(pair).or_default()[phase].push(way);
        }
    }

    /// Which of the calls of one hop repeat which, and whether the hop went on without them.
    fn see_attempts(&mut self, digest: &Digest, parent: &DigestHop, calls: &[u32]) {
        let caller = self.node(parent);
        let mut by_callee: BTreeMap<NodeId, Vec<&DigestHop>> = BTreeMap::new();
        for &call in calls {
            let hop = &digest.hops[call as usize];
            if !hop.has(DigestHop::ASYNC) {
                by_callee.entry(self.node(hop)).or_default().push(hop);
            }
        }
        for (callee, calls) in by_callee {
            for chain in chains(calls) {
                self.attempts.entry((caller, callee)).or_default().see(&chain);
                if chain[chain.len() - 1].has(DigestHop::FAILED) {
                    let count = self.fallbacks.entry((parent.operation, callee)).or_default();
                    count.0 += 1.0;
                    count.1 += f64::from(!parent.has(DigestHop::CALLEE_FAILED));
                }
            }
        }
    }

    /// The node of a hop.
    pub fn node(&self, hop: &DigestHop) -> NodeId {
        self.summary.catalog.node_of(hop.operation)
    }
}

fn shape(digest: &Digest, calls: &[u32]) -> Shape {
    let mut shape = Shape::default();
    let mut calls: Vec<&DigestHop> = calls.iter().map(|&c| &digest.hops[c as usize]).collect();
    calls.sort_by_key(|hop| sent(hop));
    let mut until = 0;
    for hop in calls {
        if hop.has(DigestHop::ASYNC) {
            shape.sent.push(hop.operation);
        } else if !hop.has(DigestHop::RETRY) {
            let end = sent(hop).saturating_add(hop.took());
            match shape.stages.last_mut() {
                Some(stage) if sent(hop) + CLOCKS < until => stage.push(hop.operation),
                _ => shape.stages.push(vec![hop.operation]),
            }
            until = until.max(end);
        }
    }
    shape
}
