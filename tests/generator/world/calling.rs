//! The calling side: pools, timeouts, retries, breakers and fallbacks, and the peers at the other end.

use std::collections::VecDeque;

use super::arena::Id;
use super::client;
use super::landscape::{Call, Node, Request};
use super::logs;
use super::serving::Frame;
use super::simulate::{Event, Simulation};
use super::telemetry::{Context, Fact, MILLISECOND, Nanos, SECOND, Severity, Sink, millis};

/// How long a caller waits for a connection of its pool.
const POOL_PATIENCE: Nanos = 800 * MILLISECOND;
/// Consecutive failures that open a breaker, and how long it stays open.
const BREAKER_LIMIT: u32 = 5;
const BREAKER_REST: Nanos = 5 * SECOND;

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The caller's patience ended.
    Timeout,
    /// Nobody listens.
    Refused,
    /// The callee died at work.
    Reset,
    /// The breaker is open.
    CircuitOpen,
    /// No connection in the pool.
    PoolExhausted,
    /// The callee's queue is full.
    Rejected,
    /// The callee answered with this error.
    Status(u16),
    /// A database or third party answered with an error.
    Peer,
    /// An exception of the service's own, by number; see `logs::EXCEPTIONS`.
    Exception(usize),
    /// Data that arrive by messages are too old.
    Stale,
    /// What the user asked for does not exist; no failure of the service.
    NotFound,
}

impl Cause {
    /// Whether it is a failure of the service.
    pub fn counts(self) -> bool {
        self != Self::NotFound
    }
}

/// What comes back to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A service answered with this HTTP status.
    Status(u16),
    /// The service's queue was full.
    Rejected,
    /// The connection failed.
    Lost(Cause),
    /// A peer did as asked.
    Done,
    /// A peer answered with an error.
    Failed,
}

impl Answer {
    /// The failure that it means to the caller, if any.
    pub fn cause(self) -> Option<Cause> {
        match self {
            Self::Status(status) => (status >= 500).then_some(Cause::Status(status)),
            Self::Rejected => Some(Cause::Rejected),
            Self::Lost(cause) => Some(cause),
            Self::Done => None,
            Self::Failed => Some(Cause::Peer),
        }
    }
}

/// One attempt of a call.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The caller's operation.
    pub frame: Id<Frame<'a>>,
    /// What is called.
    pub call: &'a Call,
    /// How many attempts went before.
    pub number: u32,
    /// The caller's instance.
    pub replica: usize,
    /// Ids of the client span.
    pub context: Context,
    /// When the connection was had.
    pub started: Nanos,
    waiting: bool,
    given_up: bool,
    silent: bool,
}

impl Attempt<'_> {
    /// The operation it asks for, if of a service.
    pub fn operation(&self) -> Option<usize> {
        match self.call.request {
            Request::Operation(operation) => Some(operation),
            Request::Statement { .. } => None,
        }
    }
}

/// The breaker of an instance for an edge.
#[derive(Debug, Clone, Copy, Default)]
pub struct Breaker {
    failures: u32,
    open_until: Nanos,
}

/// The connections of an instance for an edge.
#[derive(Debug, Default)]
pub struct Pool<'a> {
    in_use: usize,
    waiting: VecDeque<Id<Attempt<'a>>>,
}

impl<'a, S: Sink<'a>> Simulation<'a, S> {
    /// Makes an attempt, if breaker and pool allow.
    pub(super) fn start_attempt(&mut self, id: Id<Frame<'a>>, call: &'a Call, number: u32) {
        let span = self.rng.bits();
        let Some(frame) = self.frames.get(id) else {
            return;
        };
        let (replica, trace) = (frame.replica, frame.context.trace);
        let edge = &self.world.landscape.edges[call.edge];
        let place = self.place(replica, call.edge);
        if edge.breaker && self.breakers[place].open_until > self.now {
            self.settle(id, call, number, Some(Cause::CircuitOpen));
            return;
        }
        let limit = self.world.faults.pool(call.edge, self.now).or(edge.pool);
        let full = limit.is_some_and(|limit| self.pools[place].in_use >= limit);
        if full && edge.refuses {
            // A retry would be refused as well.
            self.settle(id, call, edge.retries, Some(Cause::PoolExhausted));
            return;
        }
        let attempt = self.attempts.insert(Attempt {
            frame: id,
            call,
            number,
            replica,
            context: Context { trace, span },
            started: self.now,
            waiting: full,
            given_up: false,
            silent: false,
        });
        if full {
            self.pools[place].waiting.push_back(attempt);
            self.after(POOL_PATIENCE, Event::Timeout(attempt));
        } else {
            self.launch(attempt);
        }
    }

    fn place(&self, replica: usize, edge: usize) -> usize {
        replica * self.world.landscape.edges.len() + edge
    }

    fn launch(&mut self, id: Id<Attempt<'a>>) {
        let wire = self.wire_time(id);
        let Some(attempt) = self.attempts.get_mut(id) else {
            return;
        };
        attempt.waiting = false;
        attempt.started = self.now;
        let (edge, replica) = (attempt.call.edge, attempt.replica);
        let place = self.place(replica, edge);
        self.pools[place].in_use += 1;
        let usual = self.world.landscape.edges[edge].timeout;
        let patience = self.world.faults.patience(edge, self.now).unwrap_or(usual);
        self.after(wire, Event::Deliver(id));
        self.after(patience, Event::Timeout(id));
    }

    /// The time that the network takes, one way.
    pub(super) fn wire_time(&mut self, id: Id<Attempt<'a>>) -> Nanos {
        let usual = millis(self.rng.lognormal(0.45, 0.4));
        let edge = self.attempts.get(id).map(|attempt| attempt.call.edge);
        usual + edge.map_or(0, |edge| self.world.faults.delay(edge, self.now))
    }

    /// An attempt arrives at its callee.
    pub(super) fn deliver(&mut self, id: Id<Attempt<'a>>) {
        let Some(attempt) = self.attempts.get(id) else {
            return;
        };
        let peer = match self.world.landscape.edges[attempt.call.edge].to {
            Node::Service(service) => return self.admit(id, service),
            Node::Peer(peer) => peer,
        };
        if self.world.faults.peer_dead(peer, self.now) {
            self.after(MILLISECOND, Event::Reply(id, Answer::Lost(Cause::Refused)));
            return;
        }
        let hangs = self.world.faults.peer_hangs(peer, self.now);
        if hangs > 0.0 && self.rng.chance(hangs) {
            if let Some(attempt) = self.attempts.get_mut(id) {
                attempt.silent = true;
            }
            return;
        }
        if self.desks[peer].busy < self.world.landscape.peers[peer].slots {
            self.work_at_peer(id, peer);
        } else {
            self.desks[peer].queue.push_back(id);
        }
    }

    fn work_at_peer(&mut self, id: Id<Attempt<'a>>, peer: usize) {
        self.desks[peer].busy += 1;
        let mean = self.world.landscape.peers[peer].mean;
        let slowness = self.world.faults.peer_slowness(peer, self.now);
        let time = millis(self.rng.lognormal(mean * slowness, 0.45));
        let failing = self.world.faults.peer_fails(peer, self.now).max(0.0004);
        let answer = if self.rng.chance(failing) { Answer::Failed } else { Answer::Done };
        self.after(time, Event::PeerDone(id, peer, answer));
    }

    /// A peer has done its work and takes the next in line whose caller still waits.
    pub(super) fn peer_done(&mut self, id: Id<Attempt<'a>>, peer: usize, answer: Answer) {
        let wire = self.wire_time(id);
        self.after(wire, Event::Reply(id, answer));
        self.desks[peer].busy -= 1;
        while let Some(next) = self.desks[peer].queue.pop_front() {
            if self.attempts.get(next).is_some_and(|attempt| !attempt.given_up) {
                self.work_at_peer(next, peer);
                break;
            }
            self.attempts.remove(next);
        }
    }

    /// The caller's patience has ended, for an answer or for a connection.
    pub(super) fn time_out(&mut self, id: Id<Attempt<'a>>) {
        let Some(attempt) = self.attempts.get_mut(id) else {
            return;
        };
        if attempt.given_up {
            return;
        }
        let (frame, call, number) = (attempt.frame, attempt.call, attempt.number);
        if attempt.waiting {
            self.attempts.remove(id);
            self.settle(frame, call, number, Some(Cause::PoolExhausted));
            return;
        }
        // The timer of the wait for a connection rings too when the connection came.
        let usual = self.world.landscape.edges[call.edge].timeout;
        let patience = self.world.faults.patience(call.edge, attempt.started).unwrap_or(usual);
        if self.now < attempt.started + patience {
            return;
        }
        attempt.given_up = true;
        let silent = attempt.silent;
        self.close(id, Answer::Lost(Cause::Timeout));
        if silent {
            self.attempts.remove(id);
        }
    }

    /// An answer reaches the caller, who may have left.
    pub(super) fn reply(&mut self, id: Id<Attempt<'a>>, answer: Answer) {
        if self.attempts.get(id).is_some_and(|attempt| !attempt.given_up) {
            self.close(id, answer);
        }
        self.attempts.remove(id);
    }

    fn close(&mut self, id: Id<Attempt<'a>>, answer: Answer) {
        let Some(attempt) = self.attempts.get(id) else {
            return;
        };
        let (frame_id, call, number, replica) =
            (attempt.frame, attempt.call, attempt.number, attempt.replica);
        let unanswered = matches!(answer, Answer::Lost(_) | Answer::Rejected);
        if let (true, Node::Service(service)) =
            (unanswered, self.world.landscape.edges[call.edge].to)
        {
            self.sink.fact(Fact::Unanswered { service, at: self.now });
        }
        // A caller that died meanwhile leaves no span.
        if let Some(frame) = self.frames.get(frame_id)
            && self.world.landscape.services[frame.operation.service].instrumented
        {
            let span = client::span(attempt, frame, answer, &self.world, self.now);
            self.sink.span(span);
        }
        self.release(replica, call.edge);
        self.settle(frame_id, call, number, answer.cause());
    }

    fn release(&mut self, replica: usize, edge: usize) {
        let place = self.place(replica, edge);
        self.pools[place].in_use = self.pools[place].in_use.saturating_sub(1);
        while let Some(next) = self.pools[place].waiting.pop_front() {
            if self.attempts.get(next).is_some() {
                self.launch(next);
                break;
            }
        }
    }

    /// An attempt is over: retry, do without, fail, or go on.
    fn settle(&mut self, id: Id<Frame<'a>>, call: &'a Call, number: u32, cause: Option<Cause>) {
        let Some(frame) = self.frames.get(id) else {
            return;
        };
        let (replica, started, context) = (frame.replica, frame.started, frame.context);
        let landscape = self.world.landscape;
        let edge = &landscape.edges[call.edge];
        let instrumented = landscape.services[edge.from].instrumented;
        let callee = landscape.name(edge.to);
        self.note_breaker(replica, call.edge, cause);
        if let Some(cause) = cause {
            let again = number < edge.retries && cause != Cause::CircuitOpen;
            if again {
                if instrumented {
                    let body = logs::retrying(callee, number + 2, edge.retries + 1, cause);
                    self.frame_log(replica, started, context, Severity::Warn, body);
                }
                let jitter = self.rng.between(0.8, 1.2);
                let pause = (edge.backoff << number) as f64 * jitter;
                self.after(pause as Nanos, Event::Retry(id, call, number + 1));
                return;
            }
            if edge.fallback {
                if instrumented {
                    let body = logs::falling_back(callee, cause);
                    self.frame_log(replica, started, context, Severity::Warn, body);
                }
            } else if let Some(frame) = self.frames.get_mut(id) {
                frame.failure = Some(cause);
            }
        }
        let Some(frame) = self.frames.get_mut(id) else {
            return;
        };
        frame.pending -= 1;
        if frame.pending == 0 {
            self.advance(id);
        }
    }

    fn note_breaker(&mut self, replica: usize, edge: usize, cause: Option<Cause>) {
        let place = self.place(replica, edge);
        let breaker = &mut self.breakers[place];
        match cause {
            None => breaker.failures = 0,
            Some(Cause::CircuitOpen) => {}
            Some(_) => breaker.failures += 1,
        }
        if breaker.failures >= BREAKER_LIMIT {
            // One failure more after the rest opens it again.
            breaker.failures = BREAKER_LIMIT - 1;
            breaker.open_until = self.now + BREAKER_REST;
        }
    }
}
