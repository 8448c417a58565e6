//! Who else is lost when a call hangs: callers that wait hold workers, and requests that never
//! needed the call find none.
//!
//! Little's law, and no more: calls held at a node = rate × time. What is beyond its capacity is
//! lost, whatever it asks for. No queue is replayed; `tracefall whatif` does that for an incident.

use std::collections::{BTreeMap, BTreeSet};

use crate::cascade::Deadlines;
use crate::contain::Pair;
use crate::summary::{NONE, NodeId, SLICE_SHIFT, Summary};

use super::requests::{Request, Target};

/// A user has gone after so long, microseconds: no wait counts for more.
const PATIENCE: f64 = 10_000_000.0;
/// Where no timeout was seen, a call that hangs is taken to last so long, microseconds
/// (judgement: timeouts of calls within a landscape are mostly between one and five seconds).
const UNSEEN: f64 = 2_000_000.0;
/// Share of a service's workers that are busy in health, where its limits were never seen
/// (judgement: services are sized for three or four times the usual load).
const USUAL_LOAD: f64 = 0.25;
/// Workers that an instance has at least (judgement).
const FEWEST: f64 = 4.0;

/// What hanging calls hold, and what nodes can hold.
#[derive(Clone, Debug, Default)]
pub struct Collateral {
    /// By node: calls worked on at once in health, mean; and at most.
    room: BTreeMap<NodeId, (f64, f64)>,
    /// By target and node above it: calls held there beyond the usual, if the target hangs.
    held: BTreeMap<Target, BTreeMap<NodeId, f64>>,
}

impl Collateral {
    /// Of these requests, which came within so many seconds.
    pub fn of(
        summary: &Summary,
        requests: &[Request<'_>],
        deadlines: &Deadlines,
        seconds: f64,
        healthy: impl Fn(u64) -> bool,
    ) -> Self {
        let micros = (seconds * 1e6).max(1.0);
        let mut busy: BTreeMap<NodeId, f64> = BTreeMap::new();
        let mut held: BTreeMap<Target, BTreeMap<NodeId, f64>> = BTreeMap::new();
        for request in requests {
            for hop in &request.digest.hops {
                let worked = if hop.worked == NONE { hop.took() } else { hop.worked };
                let node = summary.catalog.node_of(hop.operation);
                *busy.entry(node).or_default() += request.weight * f64::from(worked) / micros;
            }
            hold(summary, request, deadlines, |target, node, time| {
                let at = held.entry(target).or_default().entry(node).or_default();
                *at += request.weight * time / micros;
            });
        }
        let peaks = peaks(summary, healthy);
        let room = busy.into_iter().map(|(node, mean)| {
            let instances = summary.catalog.instances.iter().filter(|i| i.node == node).count();
            let peak = mean * peaks.get(&node).copied().unwrap_or(1.0);
            let least = FEWEST * instances.max(1) as f64;
            (node, (mean, peak.max(mean / USUAL_LOAD).max(least)))
        });
        Self { room: room.collect(), held }
    }

    /// By node: the share of its requests that find no worker if the target hangs; those that
    /// lose none are left out.
    pub fn losses(&self, target: Target) -> BTreeMap<NodeId, f64> {
        let held = self.held.get(&target).into_iter().flatten();
        let losses = held.filter_map(|(&node, &more)| {
            let (mean, room) = self.room.get(&node).copied()?;
            let lost = 1.0 - room / (mean + more).max(room);
            (lost > 0.0).then_some((node, lost))
        });
        losses.collect()
    }
}

/// Tells, for everything that a request waits for, how long each caller above is held if that
/// hangs, microseconds: every attempt lasts as long as the callee is held, or until the caller's
/// timeout; and a caller that was let down tries as often as it was seen to.
fn hold(
    summary: &Summary,
    request: &Request<'_>,
    deadlines: &Deadlines,
    mut tell: impl FnMut(Target, NodeId, f64),
) {
    let digest = request.digest;
    let policy = |edge: &Pair| {
        let seen = deadlines.on(edge.0, edge.1);
        (seen.patience.map_or(UNSEEN, |t| t as f64), f64::from(seen.attempts))
    };
    // By hop: how often it is made, if all above it try again.
    let mut times = vec![1.0; digest.hops.len()];
    let mut told: BTreeSet<(Target, u32)> = BTreeSet::new();
    for (at, hop) in request.calls() {
        let edge = summary.catalog.edge_of(digest, hop);
        times[at as usize] = times[hop.parent as usize] * policy(&edge).1;
        if edge.0 == edge.1 {
            continue;
        }
        for target in [Target::Edge(edge), Target::Callee(edge.1)] {
            let (mut below, mut lasts) = (hop, PATIENCE);
            loop {
                let edge = summary.catalog.edge_of(digest, below);
                let (timeout, attempts) = policy(&edge);
                lasts = (lasts.min(timeout) * attempts).min(PATIENCE);
                let above = below.parent;
                // A second call of the same caller is not made when the first one fails.
                if told.insert((target, above)) {
                    tell(target, edge.0, times[above as usize] * lasts);
                }
                if above == digest.entry {
                    break;
                }
                let Some(next) = digest.hops.get(above as usize) else { break };
                below = next;
            }
        }
    }
}

/// By node: how many times its mean concurrency is that of its busiest slice.
fn peaks(summary: &Summary, healthy: impl Fn(u64) -> bool) -> BTreeMap<NodeId, f64> {
    let mut slices: BTreeSet<u64> = BTreeSet::new();
    for row in summary.entries.rows() {
        slices.insert(row.1 >> SLICE_SHIFT);
    }
    let count = slices.iter().filter(|&&slice| healthy(slice)).count().max(1);
    let mut busy: BTreeMap<NodeId, BTreeMap<u64, u64>> = BTreeMap::new();
    for (instance, slice, work) in summary.instances.rows().iter().filter(|r| healthy(r.1)) {
        let Some(instance) = summary.catalog.instances.get(*instance as usize) else { continue };
        *busy.entry(instance.node).or_default().entry(*slice).or_default() += work.busy;
    }
    let peak = busy.into_iter().filter_map(|(node, slices)| {
        let mean = slices.values().sum::<u64>() as f64 / count as f64;
        let most = slices.into_values().max()? as f64;
        (mean > 0.0).then(|| (node, (most / mean).max(1.0)))
    });
    peak.collect()
}
