//! Parent and child: the span tree of one trace, made whole.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::model::{LinkRecord, SpanId, SpanKind, SpanRecord, Tables};

use super::TraceRecords;

/// A span with its place in the tree.
#[derive(Clone, Copy, Debug)]
pub struct Joined {
    /// The span.
    pub span: SpanRecord,
    /// Index of its parent.
    pub parent: Option<u32>,
    /// It names a parent that is not in the input.
    pub orphan: bool,
}

/// The spans of a trace, parents before children, siblings by start, with what had to be mended.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Parents before children.
    pub spans: Vec<Joined>,
    /// Copies that were left out.
    pub duplicates: u64,
    /// Spans cut loose because they were their own ancestor.
    pub cyclic: u64,
}

/// Joins the spans of a trace.
///
/// Duplicates (same id and kind) are reduced to one deterministic copy. A server span that
/// shares its id with a client span (Zipkin's model) becomes its child. A consumer without a
/// parent in the trace is joined by a link within it. Cycles are cut at their first span.
pub fn join(records: &TraceRecords<'_>, tables: &Tables) -> Tree {
    let ids = Ids::of(records.spans);
    let (spans, duplicates, mut parents) = if ids.unique {
        let parents = plain_parents(records.spans, records.links, &ids);
        (Cow::Borrowed(records.spans), 0, parents)
    } else {
        let (spans, duplicates) = distinct(records.spans, tables);
        let parents = parents(&spans, records.links);
        (Cow::Owned(spans), duplicates, parents)
    };
    if in_order(&parents) {
        let joined = spans.iter().zip(parents).map(|(span, parent)| joined(span, parent));
        return Tree { spans: joined.collect(), duplicates, cyclic: 0 };
    }
    let cyclic = cut_cycles(&mut parents);
    let order = parents_first(&parents);
    let mut place = vec![0_u32; spans.len()];
    for (to, &from) in order.iter().enumerate() {
        place[from as usize] = to as u32;
    }
    let joined = order.iter().map(|&from| {
        let parent = parents[from as usize].map(|p| place[p as usize]);
        joined(&spans[from as usize], parent)
    });
    Tree { spans: joined.collect(), duplicates, cyclic }
}

fn joined(span: &SpanRecord, parent: Option<u32>) -> Joined {
    let names_another = !span.parent.is_none() && span.parent != span.id;
    Joined { span: *span, parent, orphan: parent.is_none() && names_another }
}

/// Whether parents come before children already, as they do where clocks agree.
fn in_order(parents: &[Option<u32>]) -> bool {
    parents.iter().zip(0..).all(|(parent, i)| parent.is_none_or(|parent| parent < i))
}

/// Where the spans of a trace are, by id.
struct Ids {
    /// (id, index), sorted.
    places: Vec<(SpanId, u32)>,
    /// No two spans have one id, which is the usual case.
    unique: bool,
}

impl Ids {
    fn of(spans: &[SpanRecord]) -> Self {
        let mut places: Vec<_> = spans.iter().map(|s| s.id).zip(0..).collect();
        places.sort_unstable();
        let unique = places.windows(2).all(|pair| pair[0].0 != pair[1].0);
        Self { places, unique }
    }

    fn find(&self, id: SpanId) -> Option<u32> {
        let at = self.places.binary_search_by_key(&id, |place| place.0).ok()?;
        Some(self.places[at].1)
    }
}

/// The parents of spans without duplicates and shared ids.
fn plain_parents(spans: &[SpanRecord], links: &[LinkRecord], ids: &Ids) -> Vec<Option<u32>> {
    let find = |span: &SpanRecord| {
        let parent = if span.parent.is_none() { None } else { ids.find(span.parent) };
        parent.or_else(|| linked(span, links, |id| ids.find(id)))
    };
    let found = spans.iter().zip(0..).map(|(s, i)| find(s).filter(|&p| p != i));
    found.collect()
}

/// The first span of the same trace that a span links to.
fn linked(
    span: &SpanRecord,
    links: &[LinkRecord],
    find: impl Fn(SpanId) -> Option<u32>,
) -> Option<u32> {
    let own = links.iter().filter(|l| l.span == span.id && l.to_trace == span.trace);
    own.filter_map(|l| find(l.to_span)).min()
}

/// One copy of each (id, kind), in order of (start, id, kind).
fn distinct(spans: &[SpanRecord], tables: &Tables) -> (Vec<SpanRecord>, u64) {
    let mut kept: Vec<SpanRecord> = Vec::with_capacity(spans.len());
    let mut seen: FxHashMap<(SpanId, SpanKind), u32> = FxHashMap::default();
    seen.reserve(spans.len());
    let mut duplicates = 0;
    // The most complete copy wins; strings decide last so that no order of input can matter.
    let rank = |s: &SpanRecord| {
        let text = |sym| tables.symbols.get(sym);
        let tags: Vec<_> = tables.tags_of(s.tags).map(|(k, v)| (text(k), text(v))).collect();
        ((s.end, s.status, s.cause, s.code, s.resend, s.start), (text(s.name), text(s.error)), tags)
    };
    for span in spans {
        match seen.entry((span.id, span.kind)) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(kept.len() as u32);
                kept.push(*span);
            }
            std::collections::hash_map::Entry::Occupied(slot) => {
                duplicates += 1;
                let old = &mut kept[*slot.get() as usize];
                if rank(span) > rank(old) {
                    *old = *span;
                }
            }
        }
    }
    if duplicates > 0 {
        kept.sort_unstable_by_key(|s| (s.start, s.id, s.kind));
    }
    (kept, duplicates)
}

fn parents(spans: &[SpanRecord], links: &[LinkRecord]) -> Vec<Option<u32>> {
    let mut by_id: FxHashMap<SpanId, u32> = FxHashMap::default();
    by_id.reserve(spans.len());
    let mut shared: FxHashMap<SpanId, u32> = FxHashMap::default();
    for (i, span) in spans.iter().enumerate() {
        if let Some(other) = by_id.insert(span.id, i as u32) {
            // Children of a shared id hang below the callee's side of it.
            let callee_last = spans[other as usize].kind == SpanKind::Server;
            let (client, server) = if callee_last { (i as u32, other) } else { (other, i as u32) };
            by_id.insert(span.id, server);
            shared.insert(span.id, client);
        }
    }
    let find = |span: &SpanRecord, i: usize| {
        if let Some(&client) = shared.get(&span.id)
            && client as usize != i
        {
            return Some(client);
        }
        if let Some(&parent) = by_id.get(&span.parent)
            && !span.parent.is_none()
        {
            return Some(parent);
        }
        linked(span, links, |id| by_id.get(&id).copied())
    };
    let found = spans.iter().enumerate().map(|(i, s)| find(s, i).filter(|&p| p as usize != i));
    found.collect()
}

/// Cuts every cycle at its first span in order of time; returns how many spans lay on cycles.
fn cut_cycles(parents: &mut [Option<u32>]) -> u64 {
    const NEW: u8 = 0;
    const ACTIVE: u8 = 1;
    const DONE: u8 = 2;
    let mut state = vec![NEW; parents.len()];
    let mut path = Vec::new();
    let mut cyclic = 0;
    for start in 0..parents.len() {
        let mut at = start as u32;
        loop {
            match state[at as usize] {
                NEW => {
                    state[at as usize] = ACTIVE;
                    path.push(at);
                    match parents[at as usize] {
                        Some(parent) => at = parent,
                        None => break,
                    }
                }
                ACTIVE => {
                    let from = path.iter().position(|&p| p == at).unwrap_or(0);
                    let first = path[from..].iter().copied().min().unwrap_or(at);
                    cyclic += (path.len() - from) as u64;
                    parents[first as usize] = None;
                    break;
                }
                _ => break,
            }
        }
        for done in path.drain(..) {
            state[done as usize] = DONE;
        }
    }
    cyclic
}

/// Indices so that parents come before children, otherwise in order of time.
fn parents_first(parents: &[Option<u32>]) -> Vec<u32> {
    if in_order(parents) {
        return (0..parents.len() as u32).collect();
    }
    let mut depth = vec![u32::MAX; parents.len()];
    let mut chain = Vec::new();
    for start in 0..parents.len() {
        let mut at = Some(start as u32);
        while let Some(i) = at.filter(|&i| depth[i as usize] == u32::MAX) {
            chain.push(i);
            at = parents[i as usize];
        }
        let first = at.map_or(0, |i| depth[i as usize] + 1);
        for (i, below) in chain.drain(..).rev().zip(first..) {
            depth[i as usize] = below;
        }
    }
    let mut order: Vec<u32> = (0..parents.len() as u32).collect();
    order.sort_by_key(|&i| depth[i as usize]);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nanos, TraceId};

    fn span(id: u64, parent: u64, kind: SpanKind, start: u64) -> SpanRecord {
        SpanRecord {
            trace: TraceId::from_halves(0, 1),
            id: SpanId::new(id),
            parent: SpanId::new(parent),
            kind,
            start: Nanos(start),
            end: Nanos(start + 10),
            ..SpanRecord::default()
        }
    }

    fn tree(spans: &[SpanRecord], links: &[LinkRecord]) -> Tree {
        let mut spans = spans.to_vec();
        spans.sort_by_key(|s| (s.start, s.id, s.kind, s.end));
        let id = TraceId::from_halves(0, 1);
        join(&TraceRecords { id, spans: &spans, logs: &[], links }, &Tables::default())
    }

    fn shape(tree: &Tree) -> Vec<(u64, Option<u64>)> {
        let id = |i: u32| tree.spans[i as usize].span.id.get();
        tree.spans.iter().map(|j| (j.span.id.get(), j.parent.map(id))).collect()
    }

    #[test]
    fn a_child_that_started_before_its_parent_still_comes_after_it() {
        let t = tree(&[span(1, 0, SpanKind::Server, 50), span(2, 1, SpanKind::Client, 40)], &[]);
        assert_eq!(shape(&t), [(1, None), (2, Some(1))]);
    }

    #[test]
    fn duplicates_leave_one_copy_whatever_their_order() {
        let mut longer = span(1, 0, SpanKind::Server, 5);
        longer.end = Nanos(99);
        for spans in
            [[span(1, 0, SpanKind::Server, 5), longer], [longer, span(1, 0, SpanKind::Server, 5)]]
        {
            let t = tree(&spans, &[]);
            assert_eq!((t.spans.len(), t.duplicates, t.spans[0].span.end), (1, 1, Nanos(99)));
        }
    }

    #[test]
    fn shared_ids_put_the_server_below_the_client() {
        let t = tree(
            &[
                span(1, 0, SpanKind::Client, 1),
                span(1, 0, SpanKind::Server, 2),
                span(2, 1, SpanKind::Internal, 3),
            ],
            &[],
        );
        assert_eq!(t.spans[1].parent, Some(0));
        assert_eq!(t.spans[1].span.kind, SpanKind::Server);
        assert_eq!(t.spans[2].parent, Some(1));
    }

    #[test]
    fn cycles_and_self_parents_are_cut_and_counted() {
        let t = tree(&[span(1, 2, SpanKind::Server, 1), span(2, 1, SpanKind::Client, 2)], &[]);
        assert_eq!((shape(&t), t.cyclic), (vec![(1, None), (2, Some(1))], 2));
        let own = tree(&[span(7, 7, SpanKind::Server, 1)], &[]);
        assert_eq!(shape(&own), [(7, None)]);
        assert!(!own.spans[0].orphan);
    }

    #[test]
    fn a_missing_parent_makes_an_orphan_and_a_link_adopts_a_consumer() {
        let consumer = span(2, 0, SpanKind::Consumer, 20);
        let link = LinkRecord {
            trace: consumer.trace,
            span: consumer.id,
            to_trace: consumer.trace,
            to_span: SpanId::new(1),
        };
        let t = tree(&[span(1, 9, SpanKind::Producer, 1), consumer], &[link]);
        assert!(t.spans[0].orphan);
        assert_eq!(shape(&t), [(1, None), (2, Some(1))]);
    }
}
