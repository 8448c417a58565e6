//! The serving side: admission, worker pools and queues, and the steps of an operation.

use super::arena::Id;
use super::attributes;
use super::calling::{Answer, Attempt, Cause};
use super::client;
use super::landscape::{Chance, Operation, Step, Trigger};
use super::logs;
use super::simulate::{Event, Message, Simulation};
use super::telemetry::{
    Context, Fact, Kind, Log, MILLISECOND, Nanos, Severity, Sink, Span, millis,
};

/// Messages that one instance works on at a time.
const CONSUMERS: usize = 2;

/// An operation in progress.
#[derive(Debug)]
pub struct Frame<'a> {
    /// What is being done.
    pub operation: &'a Operation,
    /// Index of that operation.
    pub number: usize,
    /// Where.
    pub replica: usize,
    /// The attempt to answer; users and messages have none.
    pub attempt: Option<Id<Attempt<'a>>>,
    /// Ids of its span.
    pub context: Context,
    /// Parent span.
    pub parent: Option<u64>,
    /// Link of a consumer.
    pub link: Option<Context>,
    /// When a worker took it.
    pub started: Nanos,
    /// The step in progress.
    pub step: usize,
    /// Start of the local work in progress.
    pub work_started: Nanos,
    /// Calls that have not ended.
    pub pending: usize,
    /// Why it fails, once it does.
    pub failure: Option<Cause>,
    /// Which order, product or customer it is about.
    pub subject: u32,
}

impl<'a, S: Sink<'a>> Simulation<'a, S> {
    /// A user's request; users queue like any caller but never give up.
    pub(super) fn admit_user(&mut self, operation: usize) {
        let trace = (u128::from(self.rng.bits()) << 64) | u128::from(self.rng.bits());
        let service = self.world.landscape.operations[operation].service;
        let replicas = &self.world.fleet.of_service[service];
        let replica = *self.rng.pick(replicas);
        let machine = &self.machines[replica];
        // Users are spread over the instances of the gateway, which is sized for them:
        // a full gateway turns them away before any telemetry is written.
        if machine.busy >= self.world.landscape.services[service].workers * 4 {
            self.sink.fact(Fact::TurnedAway { at: self.now });
            return;
        }
        self.start_frame(replica, operation, None, trace, None, None);
    }

    /// An attempt has reached an instance: work, wait or be turned away.
    pub(super) fn admit(&mut self, id: Id<Attempt<'a>>, service: usize) {
        let replica = *self.rng.pick(&self.world.fleet.of_service[service]);
        let number = self.world.fleet.replicas[replica].number;
        if self.world.faults.dead(service, number, self.now) {
            self.after(MILLISECOND, Event::Reply(id, Answer::Lost(Cause::Refused)));
            return;
        }
        let settings = &self.world.landscape.services[service];
        let machine = &mut self.machines[replica];
        if machine.busy < settings.workers {
            self.serve(replica, id);
        } else if machine.queue.len() < settings.backlog {
            machine.queue.push_back(id);
        } else {
            let waiting = machine.queue.len();
            self.after(MILLISECOND, Event::Reply(id, Answer::Rejected));
            if self.rng.chance(0.3) {
                self.runtime_log(replica, Severity::Warn, logs::queue_full(waiting));
            }
        }
    }

    fn serve(&mut self, replica: usize, id: Id<Attempt<'a>>) {
        // Servers do not learn that a caller has given up: they work all the same.
        let Some(attempt) = self.attempts.get(id) else {
            return;
        };
        let (operation, context) = (attempt.operation(), attempt.context);
        if let Some(operation) = operation {
            self.start_frame(replica, operation, Some(id), context.trace, Some(context.span), None);
        }
    }

    fn start_frame(
        &mut self,
        replica: usize,
        number: usize,
        attempt: Option<Id<Attempt<'a>>>,
        trace: u128,
        parent: Option<u64>,
        link: Option<Context>,
    ) {
        let operation = &self.world.landscape.operations[number];
        match operation.trigger {
            Trigger::Call { .. } => self.machines[replica].busy += 1,
            Trigger::Message(_) => self.machines[replica].consuming += 1,
        }
        // A service without an SDK passes on the headers that it got.
        let instrumented = self.world.landscape.services[operation.service].instrumented;
        let span = match (instrumented, parent) {
            (false, Some(parent)) => parent,
            _ => self.rng.bits(),
        };
        let id = self.frames.insert(Frame {
            operation,
            number,
            replica,
            attempt,
            context: Context { trace, span },
            parent,
            link,
            started: self.now,
            step: 0,
            work_started: self.now,
            pending: 0,
            failure: None,
            subject: self.rng.below(90_000) as u32 + 10_000,
        });
        self.advance(id);
    }

    /// Goes on with the steps until one of them takes time.
    pub(super) fn advance(&mut self, id: Id<Frame<'a>>) {
        loop {
            let Some(frame) = self.frames.get_mut(id) else {
                return;
            };
            let operation = frame.operation;
            let Some(step) = operation.steps.get(frame.step).filter(|_| frame.failure.is_none())
            else {
                self.finish(id);
                return;
            };
            let replica = frame.replica;
            match step {
                Step::Work(mean, _) => {
                    frame.work_started = self.now;
                    let number = self.world.fleet.replicas[replica].number;
                    let slowness = self.world.faults.slowness(operation.service, number, self.now);
                    let time = self.rng.lognormal(mean * slowness, 0.35);
                    self.after(millis(time), Event::WorkDone(id));
                    return;
                }
                Step::Calls(calls) => {
                    let made: Vec<_> =
                        calls.iter().filter(|call| self.wanted(call.chance)).collect();
                    let Some(frame) = self.frames.get_mut(id) else {
                        return;
                    };
                    frame.step += 1;
                    frame.pending = made.len();
                    if made.is_empty() {
                        continue;
                    }
                    for call in made {
                        self.start_attempt(id, call, 0);
                    }
                    return;
                }
                Step::Send(topic) => {
                    self.send(id, *topic);
                    return;
                }
                Step::Fresh(topic, limit) => {
                    let oldest =
                        self.messages[*topic].front().map_or(self.now, |message| message.at);
                    frame.step += 1;
                    if self.now - oldest > *limit {
                        frame.failure = Some(Cause::Stale);
                    }
                }
            }
        }
    }

    fn wanted(&mut self, chance: Chance) -> bool {
        match chance {
            Chance::Share(share) => share >= 1.0 || self.rng.chance(share),
            Chance::Miss(cache) => {
                let hit = self.world.landscape.peers[cache].hit_rate;
                self.world.faults.cold(cache, self.now) || !self.rng.chance(hit)
            }
        }
    }

    /// Local work has ended: this is also where a service's own errors happen.
    pub(super) fn work_done(&mut self, id: Id<Frame<'a>>) {
        let Some(frame) = self.frames.get_mut(id) else {
            return;
        };
        let replica = frame.replica;
        let paused_until = self.machines[replica].paused_until;
        if paused_until > self.now {
            self.at(paused_until, Event::WorkDone(id));
            return;
        }
        let step = frame.step;
        frame.step += 1;
        let operation = frame.operation;
        if step == 0 {
            let number = self.world.fleet.replicas[replica].number;
            let thrown = self.world.faults.throws(operation.service, number, self.now);
            let background = self.world.landscape.services[operation.service].error_rate;
            if self.rng.chance(thrown) {
                frame.failure = Some(Cause::Exception(0));
            } else if self.rng.chance(background) {
                frame.failure = Some(Cause::Exception(1 + self.rng.below(3)));
            } else if self.rng.chance(operation.not_found) {
                frame.failure = Some(Cause::NotFound);
            }
        }
        if let Step::Work(_, Some(name)) = &operation.steps[step] {
            self.inner_span(id, name);
        }
        self.advance(id);
    }

    fn inner_span(&mut self, id: Id<Frame<'a>>, name: &'a str) {
        let span = self.rng.bits();
        let Some(frame) = self.frames.get(id) else {
            return;
        };
        if !self.world.landscape.services[frame.operation.service].instrumented {
            return;
        }
        let thrown = matches!(frame.failure, Some(Cause::Exception(_)));
        let inner = Span {
            resource: self.world.fleet.resource(frame.replica, frame.started),
            scope: "shop.internal",
            context: Context { trace: frame.context.trace, span },
            parent: Some(frame.context.span),
            remote_parent: false,
            kind: Kind::Internal,
            name: name.into(),
            start: frame.work_started,
            end: self.now,
            attributes: attributes::inner(name, &self.world, &mut self.rng),
            exception: None,
            link: None,
            error: thrown.then_some(""),
        };
        self.sink.span(inner);
    }

    /// All is done or lost: write the span and the log, answer, and take the next in line.
    fn finish(&mut self, id: Id<Frame<'a>>) {
        let Some(frame) = self.frames.remove(id) else {
            return;
        };
        let service = frame.operation.service;
        let failed = frame.failure.is_some_and(Cause::counts);
        self.sink.fact(Fact::Served { service, at: self.now, failed });
        if self.world.landscape.services[service].instrumented {
            self.request_logs(&frame);
            let span = attributes::serving_span(&frame, &self.world, self.now, &mut self.rng);
            self.sink.span(span);
        }
        if let Some(attempt) = frame.attempt {
            let status = attributes::status_of(&frame, self.world.landscape);
            let wire = self.wire_time(attempt);
            self.after(wire, Event::Reply(attempt, Answer::Status(status)));
        }
        let machine = &mut self.machines[frame.replica];
        if let Trigger::Message(topic) = frame.operation.trigger {
            machine.consuming -= 1;
            self.consume(topic);
            return;
        }
        machine.busy -= 1;
        if let Some(next) = machine.queue.pop_front() {
            self.serve(frame.replica, next);
        }
    }

    fn request_logs(&mut self, frame: &Frame<'a>) {
        let took = (self.now - frame.started) / MILLISECOND;
        let (severity, body) = match frame.failure {
            Some(cause) if cause.counts() => {
                let what = self.world.landscape.span_name(frame.number);
                (Severity::Error, logs::failed(&what, took, cause, frame.subject))
            }
            _ => {
                let body = logs::fill(&frame.operation.log, frame.subject, took, &mut self.rng);
                (Severity::Info, body)
            }
        };
        self.frame_log(frame.replica, frame.started, frame.context, severity, body);
    }

    /// A log within a span.
    pub(super) fn frame_log(
        &mut self,
        replica: usize,
        started: Nanos,
        context: Context,
        severity: Severity,
        body: String,
    ) {
        self.sink.log(Log {
            resource: self.world.fleet.resource(replica, started),
            at: self.now,
            severity,
            body,
            context: Some(context),
        });
    }

    fn send(&mut self, id: Id<Frame<'a>>, topic: usize) {
        let (span, took) = (self.rng.bits(), millis(self.rng.lognormal(3.0, 0.4)));
        let Some(frame) = self.frames.get(id) else {
            return;
        };
        let sender = Context { trace: frame.context.trace, span };
        if self.world.landscape.services[frame.operation.service].instrumented {
            let producer = client::producer_span(
                frame,
                &self.world,
                topic,
                sender,
                (self.now, self.now + took),
            );
            self.sink.span(producer);
        }
        self.messages[topic].push_back(Message { sender, at: self.now + took });
        self.consume(topic);
        self.after(took, Event::WorkDone(id));
    }

    /// Hands waiting messages to consumers that have a hand free.
    pub(super) fn consume(&mut self, topic: usize) {
        let landscape = self.world.landscape;
        let operation = landscape.topics[topic].consumer;
        let service = landscape.operations[operation].service;
        for &replica in &self.world.fleet.of_service[service] {
            let number = self.world.fleet.replicas[replica].number;
            if self.world.faults.stalled(service, number, self.now) {
                continue;
            }
            while self.machines[replica].consuming < CONSUMERS {
                let Some(message) = self.messages[topic].pop_front() else {
                    return;
                };
                let (trace, parent, link) = if landscape.topics[topic].linked {
                    let trace = (u128::from(self.rng.bits()) << 64) | u128::from(self.rng.bits());
                    (trace, None, Some(message.sender))
                } else {
                    (message.sender.trace, Some(message.sender.span), None)
                };
                self.start_frame(replica, operation, None, trace, parent, link);
            }
        }
    }

    /// Tries every topic, after consumers have come back.
    pub(super) fn consume_all(&mut self) {
        for topic in 0..self.messages.len() {
            self.consume(topic);
        }
    }

    /// The process dies: work in progress and those in line are lost, spans and all.
    pub(super) fn crash(&mut self, replica: usize) {
        let lost = self.frames.ids_where(|frame| frame.replica == replica);
        let dropped = lost.into_iter().filter_map(|id| self.frames.remove(id)?.attempt);
        let mut abandoned: Vec<_> = dropped.collect();
        let machine = &mut self.machines[replica];
        abandoned.extend(machine.queue.drain(..));
        machine.busy = 0;
        machine.consuming = 0;
        for attempt in abandoned {
            self.after(MILLISECOND, Event::Reply(attempt, Answer::Lost(Cause::Reset)));
        }
    }
}
