//! A discrete-event simulation of a landscape: time, events and the state of every queue.
//!
//! Nothing here knows what an incident looks like. Faults change service times, answers
//! and capacities; that failures spread is left to worker pools, queues, timeouts and
//! retries (`serving`, `calling`).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::arena::{Arena, Id};
use super::attributes::Dialect;
use super::calling::{Answer, Attempt, Breaker, Pool};
use super::faults::{Effect, Faults, Target};
use super::fleet::Fleet;
use super::landscape::{Call, Landscape};
use super::rng::Rng;
use super::serving::Frame;
use super::telemetry::{Context, Fact, Log, MILLISECOND, Nanos, SECOND, Severity, Sink, seconds};

/// How many requests users send.
#[derive(Debug, Clone, Copy)]
pub struct Traffic {
    /// Requests a second.
    pub rate: f64,
    /// Start, end and final factor of a linear change of the rate.
    pub ramp: Option<(Nanos, Nanos, f64)>,
    /// When the last user leaves.
    pub duration: Nanos,
}

impl Traffic {
    fn rate_at(&self, now: Nanos) -> f64 {
        let Some((from, until, factor)) = self.ramp else {
            return self.rate;
        };
        let progress = now.saturating_sub(from) as f64 / (until - from) as f64;
        self.rate * (1.0 + (factor - 1.0) * progress.min(1.0))
    }
}

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The services.
    pub landscape: &'a Landscape,
    /// Their instances.
    pub fleet: &'a Fleet,
    /// What goes wrong.
    pub faults: Faults<'a>,
    /// The load.
    pub traffic: Traffic,
    /// How wordy its telemetry is.
    pub dialect: Dialect,
}

/// Something that will happen.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A user sends a request.
    Arrival,
    /// A user sends the same request as in another run.
    Again(usize),
    /// An attempt reaches its callee.
    Deliver(Id<Attempt<'a>>),
    /// A peer has dealt with an attempt.
    PeerDone(Id<Attempt<'a>>, usize, Answer),
    /// An answer reaches the caller.
    Reply(Id<Attempt<'a>>, Answer),
    /// The caller's patience ends.
    Timeout(Id<Attempt<'a>>),
    /// The caller tries again.
    Retry(Id<Frame<'a>>, &'a Call, u32),
    /// Local work is done.
    WorkDone(Id<Frame<'a>>),
    /// An instance collects garbage.
    Pause(usize),
    /// A fault sets in or ends.
    Shift(usize, bool),
}

/// An instance at work.
#[derive(Debug, Default)]
pub struct Machine<'a> {
    /// Requests in progress.
    pub busy: usize,
    /// Attempts that wait for a worker.
    pub queue: VecDeque<Id<Attempt<'a>>>,
    /// Messages in progress.
    pub consuming: usize,
    /// End of the present pause.
    pub paused_until: Nanos,
}

/// A peer at work.
#[derive(Debug, Default)]
pub struct Desk<'a> {
    /// Requests in progress.
    pub busy: usize,
    /// Attempts that wait.
    pub queue: VecDeque<Id<Attempt<'a>>>,
}

/// A message in a topic.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// The span that sent it.
    pub sender: Context,
    /// When it was sent.
    pub at: Nanos,
}

struct Scheduled<'a> {
    at: Nanos,
    order: u64,
    event: Event<'a>,
}

impl PartialEq for Scheduled<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}
impl Eq for Scheduled<'_> {}
impl PartialOrd for Scheduled<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Scheduled<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// A running simulation.
pub struct Simulation<'a, S> {
    pub(super) world: World<'a>,
    pub(super) sink: S,
    pub(super) rng: Rng,
    pub(super) now: Nanos,
    pub(super) frames: Arena<Frame<'a>>,
    pub(super) attempts: Arena<Attempt<'a>>,
    pub(super) machines: Vec<Machine<'a>>,
    pub(super) desks: Vec<Desk<'a>>,
    pub(super) messages: Vec<VecDeque<Message>>,
    pub(super) breakers: Vec<Breaker>,
    pub(super) pools: Vec<Pool<'a>>,
    agenda: BinaryHeap<Reverse<Scheduled<'a>>>,
    scheduled: u64,
}

impl<'a, S: Sink<'a>> Simulation<'a, S> {
    /// A simulation at time zero.
    pub fn new(world: World<'a>, rng: Rng, sink: S) -> Self {
        let replicas = world.fleet.replicas.len();
        let edges = world.landscape.edges.len();
        let mut simulation = Self {
            world,
            sink,
            rng,
            now: 0,
            frames: Arena::new(),
            attempts: Arena::new(),
            machines: (0..replicas).map(|_| Machine::default()).collect(),
            desks: world.landscape.peers.iter().map(|_| Desk::default()).collect(),
            messages: world.landscape.topics.iter().map(|_| VecDeque::new()).collect(),
            breakers: vec![Breaker::default(); replicas * edges],
            pools: (0..replicas * edges).map(|_| Pool::default()).collect(),
            agenda: BinaryHeap::new(),
            scheduled: 0,
        };
        simulation.after(0, Event::Arrival);
        for replica in 0..replicas {
            simulation.schedule_pause(replica);
        }
        for (index, fault) in world.faults.0.iter().enumerate() {
            simulation.at(fault.from, Event::Shift(index, true));
            simulation.at(fault.until, Event::Shift(index, false));
        }
        simulation
    }

    /// The same users come as in another run, whatever else chance does.
    pub fn after_the_users_of(mut self, facts: &[Fact]) -> Self {
        self.agenda.retain(|Reverse(next)| !matches!(next.event, Event::Arrival));
        for fact in facts {
            if let Fact::Came { operation, at } = *fact {
                self.at(at, Event::Again(operation));
            }
        }
        self
    }

    /// Runs until all requests are answered, or `enough` says so.
    pub fn run(mut self, mut enough: impl FnMut(&S) -> bool) -> S {
        let end = self.world.traffic.duration + 30 * SECOND;
        while let Some(Reverse(next)) = self.agenda.pop() {
            if next.at > end || enough(&self.sink) {
                break;
            }
            self.now = next.at;
            self.handle(next.event);
        }
        self.sink
    }

    fn handle(&mut self, event: Event<'a>) {
        match event {
            Event::Arrival => self.arrive(),
            Event::Again(operation) => self.admit_user(operation),
            Event::Deliver(attempt) => self.deliver(attempt),
            Event::PeerDone(attempt, peer, answer) => self.peer_done(attempt, peer, answer),
            Event::Reply(attempt, answer) => self.reply(attempt, answer),
            Event::Timeout(attempt) => self.time_out(attempt),
            Event::Retry(frame, call, number) => self.start_attempt(frame, call, number),
            Event::WorkDone(frame) => self.work_done(frame),
            Event::Pause(replica) => self.pause(replica),
            Event::Shift(fault, begins) => self.shift(fault, begins),
        }
    }

    /// Schedules an event.
    pub(super) fn at(&mut self, at: Nanos, event: Event<'a>) {
        self.scheduled += 1;
        let order = self.scheduled;
        self.agenda.push(Reverse(Scheduled { at, order, event }));
    }

    /// Schedules an event after a while.
    pub(super) fn after(&mut self, delay: Nanos, event: Event<'a>) {
        self.at(self.now + delay, event);
    }

    fn arrive(&mut self) {
        let traffic = self.world.traffic;
        if self.now >= traffic.duration {
            return;
        }
        let gap = seconds(self.rng.exponential(1.0 / traffic.rate_at(self.now)));
        self.after(gap, Event::Arrival);
        let entries = &self.world.landscape.entries;
        let total = entries.iter().map(|(_, weight)| weight).sum();
        let mut point = self.rng.between(0.0, total);
        let chosen = entries.iter().find(|(_, weight)| {
            point -= weight;
            point < 0.0
        });
        if let Some((operation, _)) = chosen.or(entries.last()) {
            self.sink.fact(Fact::Came { operation: *operation, at: self.now });
            self.admit_user(*operation);
        }
    }

    fn schedule_pause(&mut self, replica: usize) {
        let gap = seconds(self.rng.exponential(70.0));
        self.after(gap, Event::Pause(replica));
    }

    fn pause(&mut self, replica: usize) {
        // Housekeeping goes on only while there is traffic; else the run would never end.
        if self.now >= self.world.traffic.duration {
            return;
        }
        let length = self.rng.between(20.0, 240.0);
        self.machines[replica].paused_until = self.now + (length * MILLISECOND as f64) as Nanos;
        let body = super::logs::housekeeping(length, &mut self.rng);
        self.runtime_log(replica, Severity::Info, body);
        self.schedule_pause(replica);
    }

    fn shift(&mut self, fault: usize, begins: bool) {
        let fault = &self.world.faults.0[fault];
        let struck: Vec<usize> = match fault.target {
            Target::Service(service) => self.world.fleet.of_service[service].clone(),
            Target::Replica(service, number) => vec![self.world.fleet.of_service[service][number]],
            Target::Peer(_) | Target::Edge(_) => Vec::new(),
        };
        for replica in struck {
            match (&fault.effect, begins) {
                (Effect::Dead, true) => self.crash(replica),
                (Effect::Dead, false) | (Effect::Rollout(_), true) => {
                    let body = super::logs::started(&mut self.rng);
                    self.runtime_log(replica, Severity::Info, body);
                    self.consume_all();
                }
                (Effect::Stalled, false) => self.consume_all(),
                _ => {}
            }
        }
    }

    /// A log without a span.
    pub(super) fn runtime_log(&mut self, replica: usize, severity: Severity, body: String) {
        let service = self.world.fleet.replicas[replica].service;
        let down =
            self.world.faults.dead(service, self.world.fleet.replicas[replica].number, self.now);
        if self.world.landscape.services[service].instrumented && !down {
            self.sink.log(Log {
                resource: self.world.fleet.resource(replica, self.now),
                at: self.now,
                severity,
                body,
                context: None,
            });
        }
    }
}
