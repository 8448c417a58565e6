//! From kept traces to a landscape.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::detect::Window;
use crate::model::Cause;
use crate::summary::{Digest, NONE, NodeId, OpId, Summary};

use super::arrivals::{Weights, arrive};
use super::attempts::Attempts;
use super::backlog::Backlog;
use super::breakers::breakers;
use super::landscape::{Arrival, Connections, Landscape, Node, Pair};
use super::notes::{Notes, Worked};
use super::patterns::circuit_breaker::RULE;
use super::pools::{Limits, workers};
use super::replay::PATIENCE;
use super::typical::median;

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
    let mut notes = Notes::new(summary, origin, incident);
    let weights = Weights::new(summary);
    let entered = || summary.digests.iter().filter(|d| d.stratum.0 != NONE);
    let phase = |digest: &Digest| match micros(digest.start) {
        at if incident[0] <= at && at < incident[1] => Some(1),
        at if incident[1] <= at && at < incident[2] => Some(2),
        _ => healthy(digest.slice).then_some(0),
    };
    for digest in entered() {
        if let Some(phase) = phase(digest).filter(|&phase| phase < 2) {
            notes.typical.see(digest, phase);
        }
    }
    notes.typical.settle(&summary.catalog);
    for hop in entered().flat_map(|d| &d.hops).filter(|h| h.worked != NONE) {
        let node = notes.node(hop);
        notes.served[node as usize] = true;
    }
    let taken = entered().map(|digest| {
        let node = notes.node(&digest.hops[digest.entry as usize]);
        (node, (micros(digest.start), weights.of(digest)))
    });
    let backlogs = backlogs(taken, incident[0]);
    let mut arrivals = Vec::new();
    for digest in entered() {
        let entry = &digest.hops[digest.entry as usize];
        let queued = backlogs[&notes.node(entry)].waited(micros(digest.start));
        let at = micros(digest.start) - queued;
        let lately = at + WARM_UP >= incident[0] && at < incident[2];
        let weight = weights.of(digest);
        if lately {
            arrive(&mut arrivals, digest, at, weight);
        }
        if let Some(phase) = phase(digest) {
            notes.see(digest, weight, phase, queued);
            let late = queued + u64::from(entry.took()) > PATIENCE;
            if phase > 0 && (digest.stratum.1 || late) {
                notes.failed.push((at, weight));
            }
        }
    }
    arrivals.sort_by_key(|a| (a.at, a.key));
    arrivals.truncate(MOST);
    notes.finish(arrivals, incident)
}

/// The backlog of each entry node; `taken` is what was taken up where and when, and its weight.
fn backlogs(
    taken: impl Iterator<Item = (NodeId, (u64, f64))>,
    incident: u64,
) -> BTreeMap<NodeId, Backlog> {
    let mut lists: BTreeMap<NodeId, Vec<(u64, f64)>> = BTreeMap::new();
    for (node, request) in taken {
        lists.entry(node).or_default().push(request);
    }
    let backlog = |(node, mut list): (NodeId, Vec<(u64, f64)>)| {
        list.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        (node, Backlog::new(&list, incident))
    };
    lists.into_iter().map(backlog).collect()
}

impl Notes<'_> {
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
