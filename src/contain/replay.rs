//! The incident once more, by discrete events: requests arrive as they did, wait for workers,
//! work as long as such work was seen to take, call, time out, try again and give up.
//!
//! Chance is drawn by hashing what a call is (request, place, attempt) and not from a sequence:
//! two replays of landscapes that differ on one edge differ only where that edge matters.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use rustc_hash::FxHashMap;

use crate::model::{Cause, stable_hash};
use crate::summary::{NodeId, OpId};

use super::guard::{Guard, Strain};
use super::landscape::{Edge, Landscape, Pair, Shape, Way};

/// What came of a replay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Entry requests that arrived during the incident.
    pub requests: u64,
    /// Of those, failed.
    pub failed: u64,
    /// The failed ones, by where and why it began.
    pub began: BTreeMap<Failure, u64>,
    /// By edge.
    pub strain: BTreeMap<Pair, Strain>,
    /// Nodes at which calls waited for a worker.
    pub queued: BTreeSet<NodeId>,
}

/// Why a call failed, and where that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// What the caller of the call sees.
    pub cause: Cause,
    /// Who failed first.
    pub node: NodeId,
    /// And why.
    pub origin: Cause,
}

/// Calls at most this deep; deeper is a cycle.
const DEEPEST: u16 = 32;
/// Users have gone after so long, whatever the answer is: about ten seconds keep their attention
/// (Miller 1968; Nielsen 1993), microseconds.
pub const PATIENCE: u64 = 10_000_000;
/// A way that was not seen takes so long, microseconds.
const LOCAL: u64 = 1_000;

/// Plays the landscape once.
pub fn replay(world: &Landscape, seed: u64) -> Outcome {
    let mut stage = Replay {
        world,
        seed,
        now: 0,
        order: 0,
        events: BinaryHeap::new(),
        jobs: Vec::new(),
        attempts: Vec::new(),
        instances: world
            .nodes
            .iter()
            .map(|n| vec![Instance::default(); n.instances as usize])
            .collect(),
        guards: FxHashMap::default(),
        outcome: Outcome::default(),
    };
    for (at, arrival) in world.arrivals.iter().enumerate() {
        stage.schedule(arrival.at, Event::Arrive(at as u32));
    }
    // Whoever has no answer by then has gone.
    let last = world.arrivals.last().map_or(0, |a| a.at) + PATIENCE;
    while let Some(Reverse((at, _, event))) = stage.events.pop().filter(|e| e.0.0 <= last) {
        stage.now = at;
        stage.handle(event);
    }
    for job in stage.jobs.iter().filter(|j| j.counted && !j.done) {
        stage.outcome.failed += 1;
        *stage.outcome.began.entry(Failure::of(Cause::Cancelled, job.node)).or_default() += 1;
    }
    for ((pair, _), guard) in &stage.guards {
        let strain = stage.outcome.strain.entry(*pair).or_default();
        *strain = strain.plus(guard.strain);
    }
    stage.outcome
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrive(u32),
    /// An attempt reaches its callee.
    Reach(u32),
    /// A job's own work up to the next calls is done.
    Step(u32),
    /// The answer is back at the caller.
    Answer(u32, Option<Failure>),
    /// No connection became free in time.
    Starve(u32),
    /// The caller's patience ends.
    GiveUp(u32),
    /// After the back-off.
    Again(u32),
}

/// Work on one call.
#[derive(Debug)]
struct Job<'a> {
    operation: OpId,
    node: NodeId,
    instance: u32,
    /// The attempt that asked for it; none for an entry request and for messages.
    client: Option<u32>,
    /// The entry request counts.
    counted: bool,
    /// When it came.
    came: u64,
    key: u64,
    depth: u16,
    shape: Option<&'a Shape>,
    stage: u16,
    waiting: u16,
    took: u64,
    fails: Option<Failure>,
    done: bool,
}

/// One attempt of a call.
#[derive(Debug)]
struct Attempt {
    caller: u32,
    pair: Pair,
    operation: OpId,
    key: u64,
    number: u32,
    open: bool,
    /// It has its connection.
    sent: bool,
    /// When it began.
    at: u64,
}

#[derive(Clone, Debug, Default)]
struct Instance {
    busy: u32,
    queue: VecDeque<u32>,
}

struct Replay<'a> {
    world: &'a Landscape,
    seed: u64,
    now: u64,
    order: u64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    jobs: Vec<Job<'a>>,
    attempts: Vec<Attempt>,
    instances: Vec<Vec<Instance>>,
    guards: FxHashMap<(Pair, u32), Guard>,
    outcome: Outcome,
}

static NO_EDGE: std::sync::LazyLock<Edge> =
    std::sync::LazyLock::new(|| Edge { attempts: 1, ..Edge::default() });

impl<'a> Replay<'a> {
    fn schedule(&mut self, at: u64, event: Event) {
        self.order += 1;
        self.events.push(Reverse((at, self.order, event)));
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Arrive(at) => {
                let arrival = self.world.arrivals[at as usize];
                let key = stable_hash(arrival.key, self.seed);
                let counted = arrival.at >= self.world.incident[0];
                self.outcome.requests += u64::from(counted);
                self.come(arrival.operation, None, counted, key, 0);
            }
            Event::Reach(attempt) => {
                let a = &self.attempts[attempt as usize];
                let (operation, key) = (a.operation, a.key);
                let depth = self.jobs[a.caller as usize].depth + 1;
                self.come(operation, Some(attempt), false, key, depth);
            }
            Event::Step(job) => self.step(job),
            Event::Answer(attempt, failed) => self.close(attempt, failed),
            Event::Starve(attempt) => {
                let a = &self.attempts[attempt as usize];
                if !a.sent {
                    let node = self.jobs[a.caller as usize].node;
                    self.close(attempt, Some(Failure::of(Cause::Cancelled, node)));
                }
            }
            Event::GiveUp(attempt) => {
                let node = self.attempts[attempt as usize].pair.1;
                self.close(attempt, Some(Failure::of(Cause::Timeout, node)));
            }
            Event::Again(attempt) => {
                let a = &self.attempts[attempt as usize];
                let (caller, operation, number) = (a.caller, a.operation, a.number + 1);
                let key = stable_hash(a.key, 77);
                if self.jobs[caller as usize].done {
                    return;
                }
                self.call(caller, operation, key, number);
            }
        }
    }

    fn phase(&self) -> usize {
        self.world.phase(self.now)
    }

    /// A call comes to a node: to a worker, into the queue, or back.
    fn come(&mut self, operation: OpId, client: Option<u32>, counted: bool, key: u64, depth: u16) {
        let world = self.world;
        let node = world.operations[operation as usize].node;
        let place = &world.nodes[node as usize];
        let instance = (stable_hash(key, 1) % u64::from(place.instances)) as u32;
        let job = self.jobs.len() as u32;
        self.jobs.push(Job {
            operation,
            node,
            instance,
            client,
            counted,
            came: self.now,
            key,
            depth,
            shape: None,
            stage: 0,
            waiting: 0,
            took: 0,
            fails: None,
            done: false,
        });
        let Some(pool) = place.pool else { return self.start(job) };
        let at = &mut self.instances[node as usize][instance as usize];
        if at.busy < pool.workers {
            self.start(job);
        } else if (at.queue.len() as u32) < pool.queue {
            at.queue.push_back(job);
            self.outcome.queued.insert(node);
        } else {
            self.answer(job, Some(Failure::of(Cause::Rejected, node)));
        }
    }

    /// A worker takes a call.
    fn start(&mut self, at: u32) {
        let phase = self.phase();
        let world = self.world;
        let now = self.now;
        let job = &mut self.jobs[at as usize];
        self.instances[job.node as usize][job.instance as usize].busy += 1;
        let operation = &world.operations[job.operation as usize];
        let sample = operation.sample(now, phase, stable_hash(job.key, 2));
        let (took, fails) = sample.map_or((LOCAL, None), |s| (s.took, s.failed));
        // An operation known by its callers only may end later than they waited.
        let unseen = !world.nodes[job.node as usize].served && fails == Some(Cause::Timeout);
        let fails = fails.map(|cause| Failure::of(cause, job.node));
        job.took = if unseen { took.saturating_mul(100) } else { took };
        job.fails = fails;
        job.shape = match (fails, job.depth < DEEPEST) {
            (None, true) => operation.shape(stable_hash(job.key, 3)),
            _ => None,
        };
        let parts = 1 + job.shape.map_or(0, |s| s.stages.len()) as u64;
        let first = job.took / parts;
        self.schedule(now + first, Event::Step(at));
    }

    /// The next calls of a job, or its end.
    fn step(&mut self, at: u32) {
        let job = &mut self.jobs[at as usize];
        if job.done {
            return;
        }
        let stages = job.shape.map_or(&[][..], |s| &s.stages);
        let Some(calls) = stages.get(job.stage as usize) else {
            let failed = job.fails;
            return self.finish(at, failed);
        };
        let place = u64::from(job.stage) << 16;
        job.stage += 1;
        job.waiting = calls.len() as u16;
        let key = job.key;
        for (i, &operation) in calls.iter().enumerate() {
            let key = stable_hash(key, 1000 + place + i as u64);
            // A call that was refused at once may have ended the job.
            if !self.jobs[at as usize].done {
                self.call(at, operation, key, 0);
            }
        }
    }

    /// One attempt of a call.
    fn call(&mut self, caller: u32, operation: OpId, key: u64, number: u32) {
        let job = &self.jobs[caller as usize];
        let (node, instance) = (job.node, job.instance);
        let pair = (node, self.world.operations[operation as usize].node);
        let edge = self.edge(pair);
        let attempt = self.attempts.len() as u32;
        let now = self.now;
        self.attempts.push(Attempt {
            caller,
            pair,
            operation,
            key,
            number,
            open: true,
            sent: false,
            at: now,
        });
        let guard = self.guards.entry((pair, instance)).or_default();
        if number == 0 {
            guard.begins(edge);
        }
        if !guard.admits(edge, now) {
            self.attempts[attempt as usize].open = false;
            let refused = Failure::of(Cause::ShortCircuited, pair.1);
            return self.settle(attempt, Some(refused));
        }
        if let Some(connections) = edge.connections {
            if guard.connected >= connections.size {
                guard.waiting.push_back(attempt);
                if let Some(patience) = connections.patience {
                    self.schedule(now + patience, Event::Starve(attempt));
                }
                return;
            }
            guard.connected += 1;
        }
        self.send(attempt);
    }

    /// An attempt leaves its caller.
    fn send(&mut self, attempt: u32) {
        let a = &mut self.attempts[attempt as usize];
        a.sent = true;
        let (pair, key) = (a.pair, a.key);
        let edge = self.edge(pair);
        let now = self.now;
        if let Some(timeout) = edge.timeout {
            self.schedule(now + timeout, Event::GiveUp(attempt));
        }
        let way = edge.way(now, self.phase(), stable_hash(key, 4));
        let lost = |way: Way| way.lost.map(|cause| Failure::of(cause, pair.1));
        let pooled = self.world.nodes[pair.1 as usize].pool.is_some();
        match way {
            Some(way) if way.lost == Some(Cause::Unreachable) => {
                self.schedule(now + way.took, Event::Answer(attempt, lost(way)));
            }
            Some(way) if way.lost.is_some() && !pooled => {
                self.schedule(now + way.took, Event::Answer(attempt, lost(way)));
            }
            _ => {
                let took = self.way_in(edge, way.map(|w| w.took), pooled);
                self.schedule(now + took, Event::Reach(attempt));
            }
        }
    }

    fn way_in(&self, edge: &Edge, seen: Option<u64>, pooled: bool) -> u64 {
        // Where queues are replayed, the way as seen would count them twice.
        let took = if pooled { edge.usual } else { seen.unwrap_or(edge.usual) };
        took / 2
    }

    fn edge(&self, pair: Pair) -> &'a Edge {
        self.world.edges.get(&pair).unwrap_or(&NO_EDGE)
    }

    /// A job ends; its worker takes the next.
    fn finish(&mut self, at: u32, failed: Option<Failure>) {
        let job = &mut self.jobs[at as usize];
        if job.done {
            return;
        }
        let (node, instance) = (job.node as usize, job.instance as usize);
        self.answer(at, failed);
        let place = &mut self.instances[node][instance];
        place.busy -= 1;
        if let Some(next) = place.queue.pop_front() {
            self.start(next);
        }
    }

    /// The end of a job as its client learns of it.
    fn answer(&mut self, at: u32, failed: Option<Failure>) {
        let job = &mut self.jobs[at as usize];
        job.done = true;
        let (client, counted, key) = (job.client, job.counted, job.key);
        let (came, node) = (job.came, job.node);
        let sent = match (failed, job.shape) {
            (None, Some(shape)) => &shape.sent[..],
            _ => &[],
        };
        let late = self.now - came > PATIENCE;
        let gone = late.then_some(Failure::of(Cause::Cancelled, node));
        if let (true, Some(failure)) = (counted, failed.or(gone)) {
            self.outcome.failed += 1;
            *self.outcome.began.entry(failure).or_default() += 1;
        }
        let depth = self.jobs[at as usize].depth + 1;
        for (i, &operation) in sent.iter().enumerate() {
            self.come(operation, None, false, stable_hash(key, 500 + i as u64), depth);
        }
        let Some(client) = client else { return };
        let attempt = &self.attempts[client as usize];
        let edge = self.edge(attempt.pair);
        let way = edge.way(self.now, self.phase(), stable_hash(attempt.key, 4));
        let pooled = self.world.nodes[attempt.pair.1 as usize].pool.is_some();
        let back = match way {
            Some(way) if way.lost.is_none() => self.way_in(edge, Some(way.took), pooled),
            _ => self.way_in(edge, None, pooled),
        };
        self.schedule(self.now + back, Event::Answer(client, failed));
    }

    /// An attempt ends for its caller.
    fn close(&mut self, at: u32, failed: Option<Failure>) {
        let attempt = &mut self.attempts[at as usize];
        if !attempt.open {
            return;
        }
        attempt.open = false;
        let (pair, sent, began) = (attempt.pair, attempt.sent, attempt.at);
        let instance = self.jobs[attempt.caller as usize].instance;
        let edge = self.edge(pair);
        let now = self.now;
        if let Some(guard) = self.guards.get_mut(&(pair, instance)) {
            guard.ended(edge, now, now - began, failed.is_some());
            if edge.connections.is_some() && sent {
                guard.connected -= 1;
                while let Some(next) = guard.waiting.pop_front() {
                    if self.attempts[next as usize].open {
                        guard.connected += 1;
                        self.send(next);
                        break;
                    }
                }
            }
        }
        self.settle(at, failed);
    }

    /// What a caller makes of an attempt's end: go on, try again, do without, or fail.
    fn settle(&mut self, at: u32, failed: Option<Failure>) {
        let (caller, pair) = {
            let a = &self.attempts[at as usize];
            (a.caller, a.pair)
        };
        if self.jobs[caller as usize].done {
            return;
        }
        let Some(failure) = failed else { return self.arrived(caller) };
        if self.repeats(at, failure.cause) {
            let backoff = self.edge(pair).backoff;
            return self.schedule(self.now + backoff, Event::Again(at));
        }
        let above = self.jobs[caller as usize].operation;
        let without = self.world.fallbacks.get(&(above, pair.1)).copied().unwrap_or(0.0);
        if chance(stable_hash(self.attempts[at as usize].key, 5), without) {
            return self.arrived(caller);
        }
        self.finish(caller, Some(Failure { cause: Cause::Unknown, ..failure }));
    }

    fn repeats(&mut self, at: u32, cause: Cause) -> bool {
        let a = &self.attempts[at as usize];
        let (pair, number, key) = (a.pair, a.number, a.key);
        let edge = self.edge(pair);
        if number + 1 >= edge.attempts || cause == Cause::ShortCircuited {
            return false;
        }
        let share = edge.repeated.get(&cause).copied().unwrap_or(0.0);
        if !chance(stable_hash(key, 6), share) {
            return false;
        }
        let instance = self.jobs[a.caller as usize].instance;
        self.guards.entry((pair, instance)).or_default().repeats(edge)
    }

    /// One of the calls that a job waits for is settled.
    fn arrived(&mut self, at: u32) {
        let job = &mut self.jobs[at as usize];
        job.waiting -= 1;
        if job.waiting == 0 {
            let parts = 1 + job.shape.map_or(0, |s| s.stages.len()) as u64;
            let next = job.took / parts;
            self.schedule(self.now + next, Event::Step(at));
        }
    }
}

impl Failure {
    const fn of(cause: Cause, node: NodeId) -> Self {
        Self { cause, node, origin: cause }
    }
}

fn chance(dice: u64, share: f64) -> bool {
    ((dice >> 11) as f64) < share * (1_u64 << 53) as f64
}
