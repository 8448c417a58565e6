//! The first visit of the traces: what the plan needs to know.

use std::hash::Hash;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::assemble::{ClockPairs, PeerUse, TraceRecords, join};
use crate::model::{Nanos, PeerId, ResourceId, ServiceName, SpanKind, Sym, Tables, TagsId};

/// At most so many time buckets are non-empty.
pub const MAX_BUCKETS: usize = 4096;

/// What was seen of the traces so far. Adding surveys in any order gives the same value.
#[derive(Debug, Default)]
pub struct Survey {
    /// Calls that show how far clocks are apart.
    pub clocks: ClockPairs,
    /// Calls that show which service a peer is.
    pub peers: PeerUse,
    /// Spans by emitter and name.
    pub spans: FxHashMap<(ResourceId, Sym), SpanUse>,
    /// Spans by named peer and name.
    pub calls: FxHashMap<(PeerId, Sym), u64>,
    /// Entry requests by root emitter and name, and the name of the first operation that another
    /// service served below it ([`Sym::EMPTY`] where there is none).
    pub entries: FxHashMap<(ResourceId, Sym, Sym), u64>,
    /// Log records by emitter, body and severity number.
    pub bodies: FxHashMap<(ResourceId, Sym, u8), u64>,
    /// Calls from one service to another or to a named peer.
    pub edges: FxHashMap<(ServiceName, Callee), u64>,
    /// Spans by their tags, where they have any.
    pub tags: FxHashMap<TagsId, u64>,
    /// Non-empty buckets.
    pub times: Times,
    /// Emitters of spans or log records within the time range; those of spans say true.
    pub emitters: FxHashMap<ResourceId, bool>,
}

/// Whom a call goes to, as far as one span and its parent say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Callee {
    /// The service that served it.
    Service(ServiceName),
    /// The peer that the caller named.
    Peer(PeerId),
}

/// How the spans of one emitter and name are used.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanUse {
    /// How many.
    pub count: u64,
    /// How many name a parent that is not in the input.
    pub orphans: u64,
}

impl Survey {
    /// Looks at one trace.
    pub fn see(&mut self, records: &TraceRecords<'_>, tables: &Tables) {
        let tree = join(records, tables);
        self.clocks.see(&tree, tables);
        for joined in &tree.spans {
            let span = &joined.span;
            self.times.see(span.start);
            let used = self.spans.entry((span.resource, span.name)).or_default();
            if used.count == 0 {
                self.emitters.insert(span.resource, true);
            }
            used.count += 1;
            used.orphans += u64::from(joined.orphan);
            if !span.tags.is_none() {
                *self.tags.entry(span.tags).or_default() += 1;
            }
            if !span.peer.is_none() {
                *self.calls.entry((span.peer, span.name)).or_default() += 1;
                let caller = tables.resources.get(span.resource.0).service();
                *self.edges.entry((caller, Callee::Peer(span.peer))).or_default() += 1;
            }
            if let Some(parent) = joined.parent.map(|parent| &tree.spans[parent as usize].span)
                && parent.resource != span.resource
            {
                let of = |resource: ResourceId| tables.resources.get(resource.0).service();
                let edge = (of(parent.resource), Callee::Service(of(span.resource)));
                *self.edges.entry(edge).or_default() += 1;
            }
            if span.kind == SpanKind::Server
                && let Some(parent) = joined.parent
            {
                let client = &tree.spans[parent as usize].span;
                if client.kind == SpanKind::Client && !client.peer.is_none() {
                    self.peers.vote(client.peer, span.resource);
                }
            }
        }
        if let Some(root) = tree.spans.first().filter(|root| root.parent.is_none()) {
            let below = tree.spans.iter().map(|joined| &joined.span).filter(|span| {
                let service = |r: ResourceId| tables.resources.get(r.0).service();
                span.kind == SpanKind::Server
                    && service(span.resource) != service(root.span.resource)
            });
            let below = below.min_by_key(|span| (span.start, span.id));
            let key = (root.span.resource, root.span.name, below.map_or(Sym::EMPTY, |s| s.name));
            *self.entries.entry(key).or_default() += 1;
        }
        for log in records.logs {
            self.times.see(log.time);
            self.emitters.entry(log.resource).or_default();
            *self.bodies.entry((log.resource, log.body, log.severity)).or_default() += 1;
        }
    }

    /// Adds another survey.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            clocks: self.clocks.merge(other.clocks),
            peers: self.peers.merge(other.peers),
            spans: sum(self.spans, other.spans, |a, b| {
                a.count += b.count;
                a.orphans += b.orphans;
            }),
            calls: sum(self.calls, other.calls, |a, b| *a += b),
            entries: sum(self.entries, other.entries, |a, b| *a += b),
            bodies: sum(self.bodies, other.bodies, |a, b| *a += b),
            edges: sum(self.edges, other.edges, |a, b| *a += b),
            tags: sum(self.tags, other.tags, |a, b| *a += b),
            times: self.times.merge(other.times),
            emitters: sum(self.emitters, other.emitters, |a, b| *a |= b),
        }
    }
}

fn sum<K: Eq + Hash, V: Default>(
    mut a: FxHashMap<K, V>,
    b: FxHashMap<K, V>,
    add: impl Fn(&mut V, V),
) -> FxHashMap<K, V> {
    for (key, value) in b {
        add(a.entry(key).or_default(), value);
    }
    a
}

/// The non-empty buckets, at the smallest power-of-two width at which there are few enough.
#[derive(Clone, Debug, Default)]
pub struct Times {
    log2: u32,
    buckets: FxHashSet<u64>,
    /// The bucket marked last: the next time is rarely far away.
    last: Option<u64>,
}

impl Times {
    /// Marks the bucket of a time. "Not given" marks none.
    pub fn see(&mut self, time: Nanos) {
        let bucket = time.0 >> self.log2;
        if time != Nanos(0) && self.last != Some(bucket) {
            self.last = Some(bucket);
            self.buckets.insert(bucket);
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        while self.buckets.len() > MAX_BUCKETS {
            self.log2 += 1;
            self.last = None;
            self.buckets = self.buckets.drain().map(|b| b >> 1).collect();
        }
    }

    /// Marks the buckets of both.
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        if self.log2 < other.log2 {
            std::mem::swap(&mut self, &mut other);
        }
        let shift = self.log2 - other.log2;
        self.buckets.extend(other.buckets.into_iter().map(|b| b >> shift));
        self.coarsen();
        self
    }

    /// The width of a bucket as a power of two of nanoseconds.
    pub fn log2(&self) -> u32 {
        self.log2.max(MIN_LOG2)
    }
}

/// About a millisecond: finer buckets would only resolve the jitter of clocks.
const MIN_LOG2: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_is_the_smallest_at_which_buckets_are_few_and_merging_agrees() {
        let second = 1_000_000_000_u64;
        let mut whole = Times::default();
        let (mut left, mut right) = (Times::default(), Times::default());
        for i in 0..6000_u64 {
            let at = Nanos(1_700_000_000 * second + i * second / 10);
            whole.see(at);
            if i % 7 == 0 { left.see(at) } else { right.see(at) }
        }
        // 600 s in 4,096 buckets need 0.146 s each: the next power of two is 2^28 ns.
        assert_eq!(whole.log2(), 28);
        let merged = right.merge(left);
        assert_eq!(merged.log2, whole.log2);
        assert_eq!(merged.buckets, whole.buckets);
        let mut stray = whole.clone();
        stray.see(Nanos(1));
        assert!(stray.log2() <= 28, "one stray time costs one bucket");
    }
}
