//! What a replay needs to know: who calls whom, how long work takes, and what limits there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::Cause;
use crate::summary::{NodeId, OpId};

/// A caller's and a callee's node.
pub type Pair = (NodeId, NodeId);

/// Reference (0), incident (1) and aftermath (2) are different worlds.
pub const PHASES: usize = 3;
/// Where nothing was recorded in a phase, others stand in, in this order.
const ORDER: [[usize; PHASES]; PHASES] = [[0, 2, 1], [1, 0, 2], [2, 0, 1]];

/// A model of the landscape around one incident, learned from traces. Times are microseconds
/// from [`Landscape::origin`]. What no pattern changes is shared between copies.
#[derive(Clone, Debug, Default)]
pub struct Landscape {
    /// Nanoseconds since the epoch.
    pub origin: u64,
    /// By [`NodeId`].
    pub nodes: Vec<Node>,
    /// By [`OpId`].
    pub operations: Arc<Vec<Operation>>,
    /// Every edge that was called.
    pub edges: BTreeMap<Pair, Edge>,
    /// Entry requests, by time.
    pub arrivals: Arc<Vec<Arrival>>,
    /// Share of calls with which an operation goes on though its call to a node failed, 0 to 1.
    pub fallbacks: Arc<FxHashMap<(OpId, NodeId), f64>>,
    /// When the incident began, when its aftermath began, and when that ended.
    pub incident: [u64; 3],
    /// Entry requests that failed then, sampling adjusted.
    pub failed: f64,
}

/// One entry request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: u64,
    /// Of what.
    pub operation: OpId,
    /// Tells it from all others, so that its fate does not depend on theirs by chance.
    pub key: u64,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// It shows spans of its own.
    pub served: bool,
    /// Running copies, at least 1.
    pub instances: u32,
    /// Its limits, if it was seen at them.
    pub pool: Option<Pool>,
    /// Workers of each instance: measured, or as nodes that were measured let expect.
    pub workers: Option<f64>,
    /// The most calls that one instance was seen to work on at once, estimated.
    pub busiest: f64,
}

/// The limits of each instance of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    /// Calls worked on at once.
    pub workers: u32,
    /// Calls that may wait for a worker; more are turned away.
    pub queue: u32,
}

/// An operation: what it does (shapes) and how long that takes (samples of both phases:
/// reference, incident).
#[derive(Clone, Debug, Default)]
pub struct Operation {
    /// Its node.
    pub node: NodeId,
    /// The calls it makes, as seen in calls that succeeded.
    pub shapes: [Vec<Shape>; PHASES],
    /// Work, by time.
    pub work: [Vec<Sample>; PHASES],
}

/// The calls one piece of work makes: stages one after the other, the calls of a stage at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Calls that are waited for.
    pub stages: Vec<Vec<OpId>>,
    /// Messages.
    pub sent: Vec<OpId>,
}

/// One piece of work as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it began.
    pub at: u64,
    /// How long it took by itself (for a node without spans: as its caller saw it).
    pub took: u64,
    /// Why it failed by itself, if it did.
    pub failed: Option<Cause>,
}

/// The way from a caller to a callee.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    /// The caller gives up after so long.
    pub timeout: Option<u64>,
    /// Attempts of one logical call at most.
    pub attempts: u32,
    /// Share of failed attempts that are repeated while attempts are left, by cause.
    pub repeated: BTreeMap<Cause, f64>,
    /// Between a failed attempt and the next.
    pub backoff: u64,
    /// Attempts seen to fail in the incident.
    pub failed: u64,
    /// Attempts that succeeded in the incident, far slower than usual.
    pub slow: u64,
    /// Ways as recorded, by time, by phase.
    pub ways: Arc<[Vec<Way>; PHASES]>,
    /// The usual way there and back.
    pub usual: u64,
    /// What nine of ten calls of the slowest operation called take, at the callee, in the
    /// reference; 0 if unknown.
    pub slowest: u64,
    /// Connections of each instance of the caller, if they were seen to run out.
    pub connections: Option<Connections>,
    /// At most so many calls under way from each instance of the caller.
    pub limit: Option<u32>,
    /// A breaker for each instance of the caller.
    pub breaker: Option<BreakerRule>,
    /// Retries for each call, at most.
    pub budget: Option<f64>,
}

/// A pool of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// So many calls at once; others wait …
    pub size: u32,
    /// … at most so long, if there is a limit.
    pub patience: Option<u64>,
}

/// What happened between caller and callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// When.
    pub at: u64,
    /// There and back, or until the failure.
    pub took: u64,
    /// The callee was not reached.
    pub lost: Option<Cause>,
}

/// When a breaker opens and closes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerRule {
    /// The calls looked at: the last so many.
    pub window: u32,
    /// Fewer calls decide nothing.
    pub least: u32,
    /// It opens when this share of them failed, 0 to 1.
    pub share: f64,
    /// It stays open so long.
    pub open: u64,
    /// Then so many calls are let through, and all must succeed.
    pub probes: u32,
}

impl Landscape {
    /// The phase of a moment.
    pub fn phase(&self, at: u64) -> usize {
        let [begin, after, end] = self.incident;
        match at {
            _ if at < begin || at >= end => 0,
            _ if at < after => 1,
            _ => 2,
        }
    }
}

impl Operation {
    /// A sample near a time, chosen by `dice` among the nearest few of its phase.
    pub fn sample(&self, at: u64, phase: usize, dice: u64) -> Option<Sample> {
        ORDER[phase].iter().find_map(|&p| near(&self.work[p], at, dice, |s| s.at))
    }

    /// A shape, chosen by `dice`. Those of the reference come first: in an incident the calls
    /// that succeed are a selection.
    pub fn shape(&self, dice: u64) -> Option<&Shape> {
        let shapes = ORDER[0].iter().map(|&p| &self.shapes[p]).find(|s| !s.is_empty())?;
        Some(&shapes[(dice % shapes.len() as u64) as usize])
    }
}

impl Edge {
    /// A way near a time, chosen by `dice` among the nearest few of its phase.
    pub fn way(&self, at: u64, phase: usize, dice: u64) -> Option<Way> {
        ORDER[phase].iter().find_map(|&p| near(&self.ways[p], at, dice, |w| w.at))
    }
}

/// So many of the records nearest in time may be chosen: enough for a share, few enough to
/// follow a fault as it comes and goes.
const NEAREST: usize = 8;

fn near<T: Copy>(list: &[T], at: u64, dice: u64, time: impl Fn(&T) -> u64) -> Option<T> {
    let middle = list.partition_point(|item| time(item) < at);
    let count = NEAREST.min(list.len());
    let from = middle.saturating_sub(count / 2).min(list.len() - count);
    (count > 0).then(|| list[from + (dice % count as u64) as usize])
}
