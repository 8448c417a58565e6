//! From spans to hops: one value per call, seen from both sides.

use rustc_hash::FxHashMap;

use crate::model::{
    Cause, LogRecord, Nanos, PeerKind, ResourceId, SamplingThreshold, SpanKind, SpanRecord, Sym,
    Tables, TagsId, TraceId,
};

use super::group::distinct;
use super::{Judge, Offsets, Resolver, TraceRecords, Tree, join};

/// One call, or the request at the root of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Hop {
    /// The hop within which the call was made; `None` at a root.
    pub parent: Option<u32>,
    /// The callee's node.
    pub node: u32,
    /// The callee's operation (its server span's name, else the client span's name).
    pub operation: Sym,
    /// The callee's emitter, if the callee emitted anything here.
    pub resource: Option<ResourceId>,
    /// When it began, corrected: at the callee if it was seen there, else at the caller.
    pub start: Nanos,
    /// How long the caller waited, nanoseconds.
    pub waited: Option<u64>,
    /// How long the callee worked, nanoseconds.
    pub worked: Option<u64>,
    /// Of `worked`, what no call further down covers, nanoseconds.
    pub own: Option<u64>,
    /// The caller saw it fail.
    pub caller_failed: bool,
    /// The callee saw it fail.
    pub callee_failed: bool,
    /// Why, as the caller says (else as the callee says).
    pub cause: Cause,
    /// `error.type` of the same span.
    pub error: Sym,
    /// An earlier attempt of the same logical call failed before this one began.
    pub retry: bool,
    /// It failed, and a later attempt of the same logical call did not.
    pub repaired: bool,
    /// A message: nobody waits.
    pub asynchronous: bool,
    /// The callee went on after its caller had given up, nanoseconds.
    pub abandoned: u64,
    /// How long after the caller's beginning the callee's was, nanoseconds: the way there and
    /// the wait for a worker. 0 unless both were seen.
    pub delay: u64,
    /// The kind of the span that opened it, the callee's if there is one.
    pub kind: SpanKind,
    /// A client span without a server span though the callee does emit spans.
    pub unpaired: bool,
    /// Its first span names a parent that is not in the input.
    pub orphan: bool,
    /// How many requests it stands for, if its `tracestate` says so.
    pub sampling: SamplingThreshold,
}

impl Hop {
    /// Whether the call failed for whoever made it: the caller's word counts, then the callee's.
    pub const fn failed(&self) -> bool {
        if self.waited.is_some() { self.caller_failed } else { self.callee_failed }
    }

    /// The time that the call took for whoever made it, nanoseconds.
    pub fn took(&self) -> u64 {
        self.waited.or(self.worked).unwrap_or(0)
    }
}

/// A piece of work inside a hop that has a span of its own.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    /// The hop.
    pub hop: u32,
    /// The span's name.
    pub name: Sym,
    /// Whether it failed.
    pub failed: bool,
}

/// A log record at its place.
#[derive(Clone, Copy, Debug)]
pub struct Logged {
    /// The hop; `None` if its span is not in the input.
    pub hop: Option<u32>,
    /// The record.
    pub record: LogRecord,
}

/// One assembled trace.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Its id.
    pub id: TraceId,
    /// Parents before children.
    pub hops: Vec<Hop>,
    /// Work inside hops.
    pub locals: Vec<Local>,
    /// Log records in order of time.
    pub logs: Vec<Logged>,
    /// What spans inside a hop say of themselves: the hop and the tags.
    pub tags: Vec<(u32, TagsId)>,
    /// The earliest corrected start.
    pub start: Nanos,
    /// The latest corrected end.
    pub end: Nanos,
    /// What had to be mended.
    pub stats: TraceStats,
}

/// Counts for the coverage section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceStats {
    /// See [`Tree::duplicates`].
    pub duplicates: u64,
    /// Log records that were copies of another.
    pub duplicate_logs: u64,
    /// See [`Tree::cyclic`].
    pub cyclic: u64,
    /// Spans whose parent is missing.
    pub orphans: u64,
}

/// Joins the records of one trace into hops.
pub fn assemble(
    records: &TraceRecords<'_>,
    tables: &Tables,
    resolver: &Resolver,
    offsets: &Offsets,
    judge: &Judge,
) -> Trace {
    let tree = join(records, tables);
    let logs = distinct(records.logs);
    let stats = TraceStats {
        duplicates: tree.duplicates,
        duplicate_logs: (records.logs.len() - logs.len()) as u64,
        cyclic: tree.cyclic,
        orphans: tree.spans.iter().filter(|s| s.orphan).count() as u64,
    };
    let mut builder = Builder::new(&tree, resolver, offsets, judge);
    builder.place_all();
    builder.finish(records.id, &logs, stats)
}

/// Where a span belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It ran inside the callee of this hop.
    Inside(u32),
    /// It is the caller's side of a call made inside this hop; its callee's hop, once known.
    Calling { within: u32, hop: Option<u32> },
}

impl Place {
    /// The hop that ran it.
    const fn inside(self) -> u32 {
        match self {
            Self::Inside(hop) | Self::Calling { within: hop, .. } => hop,
        }
    }
}

/// What the children of a span make of it.
#[derive(Clone, Copy, Default)]
struct Role {
    /// A client span that only wraps another client span of the same service (a logical call
    /// and its attempts): it is work inside, and the inner ones are the calls.
    wraps: bool,
    /// Something at the far side of the call emitted a span.
    reaches: bool,
}

struct Builder<'a> {
    tree: &'a Tree,
    resolver: &'a Resolver,
    offsets: &'a Offsets,
    judge: &'a Judge,
    places: Vec<Place>,
    hops: Vec<Hop>,
    locals: Vec<Local>,
    tags: Vec<(u32, TagsId)>,
    /// Corrected interval of each hop at its caller's side, for own time.
    intervals: Vec<(u64, u64)>,
    /// Hops opened behind something that forwards, by that hop and the node reached.
    forwarded: FxHashMap<(u32, u32), u32>,
}

impl<'a> Builder<'a> {
    fn new(tree: &'a Tree, resolver: &'a Resolver, offsets: &'a Offsets, judge: &'a Judge) -> Self {
        Self {
            tree,
            resolver,
            offsets,
            judge,
            places: Vec::with_capacity(tree.spans.len()),
            hops: Vec::with_capacity(tree.spans.len()),
            locals: Vec::new(),
            tags: Vec::new(),
            intervals: Vec::with_capacity(tree.spans.len()),
            forwarded: FxHashMap::default(),
        }
    }

    fn place_all(&mut self) {
        let roles = self.roles();
        for (joined, role) in self.tree.spans.iter().zip(roles) {
            let place = match joined.parent {
                None => self.place_root(joined.span, joined.orphan, role),
                Some(parent) => self.place_child(joined.span, parent, role),
            };
            self.places.push(place);
            if !joined.span.tags.is_none() {
                self.tags.push((place.inside(), joined.span.tags));
            }
        }
    }

    /// What the children of each span make of it.
    fn roles(&self) -> Vec<Role> {
        let mut roles = vec![Role::default(); self.tree.spans.len()];
        for joined in &self.tree.spans {
            let Some(parent) = joined.parent else { continue };
            let outer = &self.tree.spans[parent as usize].span;
            let same = self.node(outer) == self.node(&joined.span);
            let role = &mut roles[parent as usize];
            role.wraps |= same && calls(outer) && calls(&joined.span);
            role.reaches |= !same || serves(&joined.span);
        }
        roles
    }

    fn place_root(&mut self, span: SpanRecord, orphan: bool, role: Role) -> Place {
        // A message that arrives from elsewhere comes from its topic, whose hop is not here.
        let hop = self.push_served(None, &span, None);
        self.hops[hop as usize].orphan = orphan;
        if calls(&span) && !role.wraps && self.peer(&span).is_some() {
            // A root that is itself a call: a job or a browser. Its work is to make that call.
            return self.push_call(hop, &span);
        }
        Place::Inside(hop)
    }

    fn place_child(&mut self, span: SpanRecord, parent: u32, role: Role) -> Place {
        let caller = self.tree.spans[parent as usize].span;
        let same = self.node(&caller) == self.node(&span);
        let serves = serves(&span);
        match self.places[parent as usize] {
            Place::Inside(within) if same && (!serves || caller.kind == span.kind) => {
                self.place_inside(within, &span, role)
            }
            Place::Inside(within) => {
                let hop = self.push_served(Some(within), &span, None);
                self.place_arrived(hop, &span, role)
            }
            Place::Calling { within, .. } if same && !serves => {
                self.place_inside(within, &span, role)
            }
            Place::Calling { within, hop } => {
                let hop = self.arrive(within, hop, parent, &caller, &span);
                self.place_arrived(hop, &span, role)
            }
        }
    }

    /// The first span at the far side of a call may itself be a call: of a service that emits
    /// no server spans.
    fn place_arrived(&mut self, hop: u32, span: &SpanRecord, role: Role) -> Place {
        if calls(span) && !role.wraps && (self.peer(span).is_some() || role.reaches) {
            self.push_call(hop, span)
        } else {
            Place::Inside(hop)
        }
    }

    fn place_inside(&mut self, within: u32, span: &SpanRecord, role: Role) -> Place {
        if calls(span) && !role.wraps && (self.peer(span).is_some() || role.reaches) {
            return self.push_call(within, span);
        }
        let failed = self.judge.failed(span);
        self.locals.push(Local { hop: within, name: span.name, failed });
        Place::Inside(within)
    }

    /// The caller's side of a call. Its hop exists at once if the peer has a name; the server
    /// span, if there is one, completes it.
    fn push_call(&mut self, within: u32, span: &SpanRecord) -> Place {
        let hop = self.peer(span).map(|node| {
            let start = self.start(span);
            let hop = Hop { parent: Some(within), ..self.called(span, node) };
            self.intervals.push((start.0, start.0 + duration(span)));
            self.hops.push(hop);
            self.hops.len() as u32 - 1
        });
        Place::Calling { within, hop }
    }

    /// A span that runs at the far side of the call `caller`.
    fn arrive(
        &mut self,
        within: u32,
        hop: Option<u32>,
        parent: u32,
        caller: &SpanRecord,
        span: &SpanRecord,
    ) -> u32 {
        let node = self.node(span);
        let Some(hop) = hop else {
            let pushed = self.push_served(Some(within), span, Some(caller));
            self.places[parent as usize] = Place::Calling { within, hop: Some(pushed) };
            return pushed;
        };
        let known = self.hops[hop as usize];
        let serves = serves(span);
        if known.node == node {
            if known.resource.is_none() {
                self.complete(hop, span, serves);
                return hop;
            }
            // Only a server span is a call of its own; others run beside the first.
            return if serves { self.push_served(Some(within), span, Some(caller)) } else { hop };
        }
        // The call was addressed to one node and arrived at another: through a topic, or
        // through something that forwards and emits nothing itself.
        if !serves && let Some(&reached) = self.forwarded.get(&(hop, node)) {
            return reached;
        }
        let reached = self.push_served(Some(hop), span, None);
        self.forwarded.insert((hop, node), reached);
        self.hops[reached as usize].asynchronous |= self.kind(known.node) == PeerKind::Messaging;
        reached
    }

    /// Adds the callee's side to a hop that its caller opened.
    fn complete(&mut self, hop: u32, span: &SpanRecord, serves: bool) {
        let start = self.start(span);
        let ahead_end = start.0 + duration(span);
        let (caller_start, caller_end) = self.intervals[hop as usize];
        let failed = self.judge.failed(span);
        let h = &mut self.hops[hop as usize];
        h.resource = Some(span.resource);
        h.kind = span.kind;
        h.start = start;
        h.delay = start.0.saturating_sub(caller_start);
        if serves {
            h.operation = span.name;
            h.worked = Some(duration(span));
            h.callee_failed = failed;
            h.asynchronous |= span.kind == SpanKind::Consumer;
            if !h.asynchronous {
                h.abandoned = ahead_end.saturating_sub(caller_end);
            }
            // The callee knows better than a status code does, but only the caller knows that
            // its own deadline passed.
            let vague = matches!(h.cause, Cause::Unknown | Cause::Exception | Cause::Rejected);
            if failed && vague && span.cause != Cause::Unknown {
                h.cause = span.cause;
                h.error = span.error;
            }
        }
    }

    /// A hop seen at the callee, with its caller's client span if there is one.
    fn push_served(
        &mut self,
        parent: Option<u32>,
        span: &SpanRecord,
        client: Option<&SpanRecord>,
    ) -> u32 {
        let start = self.start(span);
        let node = self.node(span);
        let mut hop = client.map_or_else(
            || Hop {
                waited: None,
                caller_failed: false,
                cause: Cause::Unknown,
                error: Sym::EMPTY,
                ..self.called(span, node)
            },
            |client| self.called(client, node),
        );
        hop.parent = parent;
        hop.kind = span.kind;
        hop.sampling = span.sampling;
        let interval = client.map_or((start.0, start.0 + duration(span)), |client| {
            let start = self.start(client);
            (start.0, start.0 + duration(client))
        });
        self.hops.push(hop);
        self.intervals.push(interval);
        let at = self.hops.len() as u32 - 1;
        self.complete(at, span, true);
        if parent.is_none() && span.kind == SpanKind::Consumer {
            self.hops[at as usize].abandoned = 0;
        }
        at
    }

    /// What the caller's span says about a call.
    fn called(&self, client: &SpanRecord, node: u32) -> Hop {
        Hop {
            parent: None,
            node,
            operation: client.name,
            resource: None,
            start: self.start(client),
            waited: Some(duration(client)),
            worked: None,
            own: None,
            caller_failed: self.judge.failed(client),
            callee_failed: false,
            cause: client.cause,
            error: client.error,
            retry: client.resend > 0,
            repaired: false,
            asynchronous: client.kind == SpanKind::Producer,
            abandoned: 0,
            delay: 0,
            kind: client.kind,
            unpaired: false,
            orphan: false,
            sampling: client.sampling,
        }
    }

    fn finish(mut self, id: TraceId, logs: &[LogRecord], stats: TraceStats) -> Trace {
        if self.judge.ignores_any() {
            self.forgive();
        }
        super::attempts::mark(&mut self.hops);
        self.measure_own_time();
        for hop in &mut self.hops {
            hop.unpaired = hop.waited.is_some() && hop.worked.is_none() && hop.parent.is_some();
        }
        let start = self.hops.iter().map(|h| h.start).min().unwrap_or_default();
        let end = self.intervals.iter().map(|i| i.1).max().unwrap_or(0);
        let logs = self.join_logs(logs);
        let (end, tags) = (Nanos(end), self.tags);
        Trace { id, hops: self.hops, locals: self.locals, logs, tags, start, end, stats }
    }

    /// Takes back the failures of operations whose failures do not count.
    fn forgive(&mut self) {
        for hop in &mut self.hops {
            if self.judge.ignores(hop.node, hop.operation) {
                (hop.caller_failed, hop.callee_failed) = (false, false);
            }
        }
        for local in &mut self.locals {
            let node = self.hops[local.hop as usize].node;
            local.failed &= !self.judge.ignores(node, local.name);
        }
    }

    /// Own time: the callee's interval less the union of the calls made inside it. Sibling
    /// calls that overlap count once; messages are not waited for.
    fn measure_own_time(&mut self) {
        let mut calls: Vec<(u32, u64, u64)> = self
            .hops
            .iter()
            .zip(&self.intervals)
            .filter(|(hop, _)| !hop.asynchronous)
            .filter_map(|(hop, &(from, to))| Some((hop.parent?, from, to)))
            .collect();
        calls.sort_unstable();
        let mut calls = calls.into_iter().peekable();
        for (i, hop) in self.hops.iter_mut().enumerate() {
            let Some(worked) = hop.worked else {
                while calls.next_if(|c| c.0 as usize <= i).is_some() {}
                continue;
            };
            let end = hop.start.0 + worked;
            let (mut covered, mut reached) = (0, hop.start.0);
            while let Some((_, from, to)) = calls.next_if(|c| c.0 as usize <= i) {
                let (from, to) = (from.max(reached), to.min(end));
                if to > from {
                    covered += to - from;
                    reached = to;
                }
            }
            hop.own = Some(worked.saturating_sub(covered));
        }
    }

    fn join_logs(&self, logs: &[LogRecord]) -> Vec<Logged> {
        if logs.is_empty() {
            return Vec::new();
        }
        let mut by_span: Vec<(u64, u32)> = self
            .tree
            .spans
            .iter()
            .zip(&self.places)
            .map(|(joined, place)| (joined.span.id.get(), place.inside()))
            .collect();
        by_span.sort_unstable();
        let place = |record: &LogRecord| {
            let id = record.span.get();
            let at = by_span.partition_point(|s| s.0 < id);
            let exact = by_span[at..].iter().take_while(|s| s.0 == id);
            // With a shared id the side that speaks is the one with the log's emitter.
            let node = self.resolver.service(record.resource);
            let mut hops = exact.map(|s| s.1);
            let first = hops.clone().next();
            hops.find(|&h| self.hops[h as usize].node == node).or(first)
        };
        logs.iter()
            .map(|record| {
                let ahead = self.offsets.ahead(record.resource);
                let record = LogRecord { time: record.time.offset(-ahead), ..*record };
                Logged { hop: place(&record), record }
            })
            .collect()
    }

    fn node(&self, span: &SpanRecord) -> u32 {
        self.resolver.service(span.resource)
    }

    /// The node that a call is addressed to.
    fn peer(&self, span: &SpanRecord) -> Option<u32> {
        self.resolver.peer(span.peer)
    }

    fn kind(&self, node: u32) -> PeerKind {
        self.resolver.nodes()[node as usize].kind
    }

    fn start(&self, span: &SpanRecord) -> Nanos {
        span.start.offset(-self.offsets.ahead(span.resource))
    }
}

const fn serves(span: &SpanRecord) -> bool {
    matches!(span.kind, SpanKind::Server | SpanKind::Consumer)
}

const fn calls(span: &SpanRecord) -> bool {
    matches!(span.kind, SpanKind::Client | SpanKind::Producer)
}

const fn duration(span: &SpanRecord) -> u64 {
    span.end.0.saturating_sub(span.start.0)
}

#[cfg(test)]
#[path = "hop_tests.rs"]
mod tests;
