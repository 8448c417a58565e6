//! From kept traces to a landscape.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::detect::Window;
use crate::model::Cause;
use crate::summary::{Children, Digest, DigestHop, NONE, NodeId, OpId, Summary};

use super::arrivals::{Weights, arrive};
use super::attempts::{Attempts, CLOCKS, chains, sent};
use super::backlog::Backlog;
use super::breakers::{Refused, breakers};
use super::connections::{ConnectionPools, Waited};
use super::landscape::{
    Arrival, Connections, Edge, Landscape, Node, Operation, PHASES, Pair, Sample, Shape, Way,
};
use super::patterns::circuit_breaker::RULE;
use super::pools::{Arrived, Limits, Pools, workers};
use super::replay::PATIENCE;
use super::typical::{Own, TIMES, Typical, WAITED, median};
use super::under_way::Interval;

/// The replay begins so long before the incident, so that queues are as they were.
const WARM_UP: u64 = 20_000_000;
/// What an incident leaves behind is counted for as long as it lasted, and at least so long,
/// nanoseconds.
const AFTERMATH: u64 = 120_000_000_000;
/// Requests replayed, from the beginning on: more only take longer.
const MOST: usize = 5_000;
/// Fewer cases say nothing of a share.
const FEWEST: f64 = 3.0;

/// Learns a landscape from the kept traces in the incident's window and its reference.
pub fn learn(summary: &Summary, window: &Window, healthy: impl Fn(u64) -> bool) -> Landscape {
    let log2 = summary.slice_log2();
    let (from, to) = (window.from << log2, window.to << log2);
    let origin = summary.digests.iter().map(|d| d.start).min().unwrap_or(0);
    let micros = |nanos: u64| nanos.saturating_sub(origin) / 1000;
    let end = summary.digests.iter().map(|d| d.start).max().unwrap_or(0);
    // Queues and retries outlast what set them off: what comes after counts too.
    let after = (to + (to - from).max(AFTERMATH)).min(end).max(to);
    let incident = [micros(from.max(window.earliest.0)), micros(to), micros(after)];
    let nodes = summary.catalog.nodes.len();
    let mut learner = Learner {
        summary,
        origin,
        incident,
        operations: summary
            .catalog
            .operations
            .iter()
            .map(|o| Operation { node: o.node, ..Operation::default() })
            .collect(),
        edges: BTreeMap::new(),
        ways: BTreeMap::new(),
        fallbacks: FxHashMap::default(),
        instances: vec![Default::default(); nodes],
        served: vec![false; nodes],
        attempts: BTreeMap::new(),
        pools: Pools::new(nodes),
        connections: ConnectionPools::default(),
        typical: Typical::default(),
        work: Vec::new(),
        refused: Vec::new(),
        failed: Vec::new(),
    };
    let weights = Weights::new(summary);
    let entered = || summary.digests.iter().filter(|d| d.stratum.0 != NONE);
    let phase = |digest: &Digest| match micros(digest.start) {
        at if incident[0] <= at && at < incident[1] => Some(1),
        at if incident[1] <= at && at < incident[2] => Some(2),
        _ => healthy(digest.slice).then_some(0),
    };
    for digest in entered() {
        if let Some(phase) = phase(digest).filter(|&phase| phase < 2) {
            learner.typical.see(digest, phase);
        }
    }
    learner.typical.settle(&summary.catalog);
    for hop in entered().flat_map(|d| &d.hops).filter(|h| h.worked != NONE) {
        let node = learner.node(hop);
        learner.served[node as usize] = true;
    }
    let mut taken: BTreeMap<NodeId, Vec<(u64, f64)>> = BTreeMap::new();
    for digest in entered() {
        let node = learner.node(&digest.hops[digest.entry as usize]);
        taken.entry(node).or_default().push((micros(digest.start), weights.of(digest)));
    }
    for list in taken.values_mut() {
        list.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }
    let backlogs: BTreeMap<NodeId, Backlog> =
        taken.iter().map(|(&node, list)| (node, Backlog::new(list, incident[0]))).collect();
    let mut arrivals = Vec::new();
    for digest in entered() {
        let entry = &digest.hops[digest.entry as usize];
        let queued = backlogs[&learner.node(entry)].waited(micros(digest.start));
        let at = micros(digest.start) - queued;
        let lately = at + WARM_UP >= incident[0] && at < incident[2];
        let weight = weights.of(digest);
        if lately {
            arrive(&mut arrivals, digest, at, weight);
        }
        if let Some(phase) = phase(digest) {
            learner.see(digest, weight, phase, queued);
            let late = queued + u64::from(entry.took()) > PATIENCE;
            if phase > 0 && (digest.stratum.1 || late) {
                learner.failed.push((at, weight));
            }
        }
    }
    arrivals.sort_by_key(|a| (a.at, a.key));
    arrivals.truncate(MOST);
    learner.finish(arrivals, incident)
}

struct Learner<'a> {
    summary: &'a Summary,
    origin: u64,
    incident: [u64; 3],
    operations: Vec<Operation>,
    edges: BTreeMap<Pair, Edge>,
    ways: BTreeMap<Pair, [Vec<Way>; PHASES]>,
    fallbacks: FxHashMap<(OpId, NodeId), (f64, f64)>,
    instances: Vec<BTreeSet<u32>>,
    served: Vec<bool>,
    attempts: BTreeMap<Pair, Attempts>,
    pools: Pools,
    connections: ConnectionPools,
    typical: Typical,
    work: Vec<Worked>,
    refused: Vec<Refused>,
    /// Failed entry requests: when, and how many each stands for.
    failed: Vec<(u64, f64)>,
}

/// Work as recorded, and what of it was waiting if what it waited for proves to be a pool.
#[derive(Debug)]
struct Worked {
    operation: OpId,
    phase: usize,
    span: Interval,
    sample: Sample,
    for_worker: u64,
    for_connections: Vec<(NodeId, u64)>,
    starved: bool,
}

impl Learner<'_> {
    fn see(&mut self, digest: &Digest, weight: f64, phase: usize, queued: u64) {
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

    fn node(&self, hop: &DigestHop) -> NodeId {
        self.summary.catalog.node_of(hop.operation)
    }

    /// The edges with breakers of their own.
    fn breakers(&mut self) -> BTreeSet<Pair> {
        let callees = |operation: OpId| {
            let mut counts: BTreeMap<NodeId, f64> = BTreeMap::new();
            let shapes = &self.operations[operation as usize].shapes[0];
            for shape in shapes {
                let nodes =
                    shape.stages.iter().flatten().map(|&o| self.operations[o as usize].node);
                for node in nodes.collect::<BTreeSet<NodeId>>() {
                    *counts.entry(node).or_default() += 1.0 / shapes.len() as f64;
                }
            }
            counts
        };
        let failing = |pair: Pair| self.attempts.get(&pair).map_or(0.0, Attempts::failing);
        breakers(self.refused.clone(), callees, failing)
    }

    /// Keeps recorded work, without what it waited for if that will be replayed.
    fn keep(
        &mut self,
        worked: Worked,
        limits: &[Limits],
        connections: &BTreeMap<Pair, Connections>,
        breakers: &BTreeSet<Pair>,
    ) {
        let node = self.operations[worked.operation as usize].node;
        let mut sample = worked.sample;
        let limits = &limits[node as usize];
        if limits.there.is_some() {
            let span = worked.span;
            let waited = (span.to - span.from) as f64 * (1.0 - limits.working(&span));
            // The work began when the waiting was over.
            sample.took = sample.took.saturating_sub(waited as u64);
            sample.at += waited as u64;
        } else if limits.pool.is_some() {
            sample.took -= worked.for_worker;
            sample.at += worked.for_worker;
        }
        let replayed = |callee: NodeId| connections.contains_key(&(node, callee));
        for (callee, took) in worked.for_connections {
            if replayed(callee) {
                sample.took = sample.took.saturating_sub(took);
            }
        }
        let runs_out =
            connections.range((node, 0)..=(node, u32::MAX)).any(|c| c.1.patience.is_some());
        let broken = sample.failed == Some(Cause::ShortCircuited)
            && breakers.range((node, 0)..=(node, u32::MAX)).next().is_some();
        if (worked.starved && runs_out) || broken {
            // The replay stops it where it was stopped; otherwise it would have done its work.
            sample.failed = None;
            sample.took = self.typical.usual(worked.operation).unwrap_or(sample.took);
        }
        self.operations[worked.operation as usize].work[worked.phase].push(sample);
    }

    fn finish(mut self, arrivals: Vec<Arrival>, incident: [u64; 3]) -> Landscape {
        let pools = std::mem::take(&mut self.connections).measure(|n| self.typical.queued(n));
        let breakers = self.breakers();
        let ids = 0..self.instances.len() as NodeId;
        let limits: Vec<Limits> =
            ids.map(|id| self.pools.measure(id, self.typical.computes(id))).collect();
        for worked in std::mem::take(&mut self.work) {
            self.keep(worked, &limits, &pools, &breakers);
        }
        for operation in &mut self.operations {
            operation.work.iter_mut().for_each(|w| w.sort_by_key(|s| (s.at, s.took)));
        }
        for (pair, edge) in &mut self.edges {
            let mut ways = self.ways.remove(pair).unwrap_or_default();
            ways.iter_mut().for_each(|w| w.sort_by_key(|w| (w.at, w.took)));
            let phase = usize::from(ways[0].is_empty());
            let reached = ways[phase].iter().filter(|w| w.lost.is_none());
            edge.usual = median(reached.map(|w| w.took).collect()).unwrap_or(0);
            edge.ways = Arc::new(ways);
            edge.attempts = 1;
            edge.connections = pools.get(pair).copied();
            edge.breaker = breakers.contains(pair).then_some(RULE);
            if let Some(attempts) = self.attempts.get(pair) {
                attempts.settle(edge);
            }
        }
        let entries: BTreeSet<NodeId> =
            arrivals.iter().map(|a| self.operations[a.operation as usize].node).collect();
        let workers = workers(&limits, |node| entries.contains(&(node as NodeId)));
        let nodes = (0..self.instances.len()).map(|id| Node {
            served: self.served[id],
            instances: (self.instances[id].len() as u32).max(1),
            pool: limits[id].pool,
            workers: workers[id],
            busiest: limits[id].busiest,
        });
        let last = arrivals.last().map_or(0, |a| a.at);
        let failed = self.failed.iter().filter(|f| f.0 <= last).map(|f| f.1).sum();
        let shares = self.fallbacks.iter().filter(|(_, c)| c.0 >= FEWEST);
        Landscape {
            origin: self.origin,
            nodes: nodes.collect(),
            fallbacks: Arc::new(shares.map(|(&key, c)| (key, c.1 / c.0)).collect()),
            operations: Arc::new(self.operations),
            edges: self.edges,
            arrivals: Arc::new(arrivals),
            incident,
            failed,
        }
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
