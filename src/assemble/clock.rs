//! How far the hosts' clocks are apart.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashMap;

use crate::model::{ResourceId, SpanKind, Sym, Tables};

use super::Tree;

/// For every pair of clocks the calls with the least room for the network: those bound the
/// offset best (the minimum-delay filter of NTP's clock filter, RFC 5905 §10).
#[derive(Clone, Debug, Default)]
pub struct ClockPairs {
    pairs: FxHashMap<(Sym, Sym), Best>,
}

/// The calls kept per pair. More than one, so that a single odd span decides nothing.
const KEPT: usize = 9;
/// Offsets below this are within the asymmetry of a network; they are neither reported nor
/// applied. Nanoseconds.
const NOTABLE: i64 = 2_000_000;

/// The calls of least delay, sorted: (delay, offset), nanoseconds.
#[derive(Clone, Debug, Default)]
struct Best(Vec<(u64, i64)>);

impl Best {
    fn add(&mut self, sample: (u64, i64)) {
        let at = self.0.partition_point(|&s| s <= sample);
        if at < KEPT {
            self.0.insert(at, sample);
            self.0.truncate(KEPT);
        }
    }

    fn offset(&self) -> i64 {
        let mut offsets: Vec<i64> = self.0.iter().map(|s| s.1).collect();
        offsets.sort_unstable();
        offsets[offsets.len() / 2]
    }
}

impl ClockPairs {
    /// Looks at the synchronous client and server pairs of a trace. Messages say nothing about
    /// clocks: they wait in queues.
    pub fn see(&mut self, tree: &Tree, tables: &Tables) {
        let clock = |resource: ResourceId| tables.resources.get(resource.0).clock;
        for callee in &tree.spans {
            let Some(parent) = callee.parent else {
                continue;
            };
            let (server, client) = (&callee.span, &tree.spans[parent as usize].span);
            if server.kind != SpanKind::Server || client.kind != SpanKind::Client {
                continue;
            }
            let (here, there) = (clock(client.resource), clock(server.resource));
            if here == there {
                continue;
            }
            let waited = client.end.0 - client.start.0;
            let worked = server.end.0 - server.start.0;
            // A server that outlived its client was given up on; its middle means nothing.
            let Some(delay) = waited.checked_sub(worked) else {
                continue;
            };
            let middle = |a: u64, b: u64| (a / 2 + b / 2) as i64;
            let offset =
                middle(server.start.0, server.end.0) - middle(client.start.0, client.end.0);
            self.pairs.entry((here, there)).or_default().add((delay, offset));
        }
    }

    /// Adds what was seen elsewhere.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (pair, best) in other.pairs {
            let mine = self.pairs.entry(pair).or_default();
            best.0.into_iter().for_each(|sample| mine.add(sample));
        }
        self
    }

    /// Solves for one offset a clock: along a spanning tree of the pairs with the least delay,
    /// then shifted so that the median clock is right.
    pub fn solve(&self, tables: &Tables) -> Offsets {
        let name = |sym: Sym| tables.symbols.get(sym);
        let mut pairs: Vec<(u64, &str, &str, i64)> = self
            .pairs
            .iter()
            .filter_map(|(&(a, b), best)| {
                Some((best.0.first()?.0, name(a), name(b), best.offset()))
            })
            .collect();
        pairs.sort_unstable();
        let clocks: BTreeSet<&str> = pairs.iter().flat_map(|p| [p.1, p.2]).collect();
        let clocks: Vec<&str> = clocks.into_iter().collect();
        let index = |clock| clocks.binary_search(&clock).unwrap_or_default();

        let mut groups = UnionFind::new(clocks.len());
        let mut neighbours: Vec<Vec<(usize, i64)>> = vec![Vec::new(); clocks.len()];
        for (_, a, b, offset) in pairs {
            let (a, b) = (index(a), index(b));
            if groups.union(a, b) {
                neighbours[a].push((b, offset));
                neighbours[b].push((a, -offset));
            }
        }
        let mut offsets = BTreeMap::new();
        let mut seen = vec![false; clocks.len()];
        for start in 0..clocks.len() {
            if !std::mem::replace(&mut seen[start], true) {
                let mut group = vec![(start, 0_i64)];
                let mut next = 0;
                while let Some(&(at, offset)) = group.get(next) {
                    next += 1;
                    for &(to, by) in &neighbours[at] {
                        if !std::mem::replace(&mut seen[to], true) {
                            group.push((to, offset.saturating_add(by)));
                        }
                    }
                }
                let mut sorted: Vec<i64> = group.iter().map(|g| g.1).collect();
                sorted.sort_unstable();
                let median = sorted[sorted.len() / 2];
                for (clock, offset) in group {
                    let ahead = offset - median;
                    if ahead.abs() >= NOTABLE {
                        offsets.insert(clocks[clock].to_owned(), ahead);
                    }
                }
            }
        }
        Offsets::new(offsets, tables)
    }
}

/// By how much each clock that is notably wrong runs ahead, nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Offsets {
    by_clock: BTreeMap<String, i64>,
    by_resource: Vec<i64>,
}

impl Offsets {
    fn new(by_clock: BTreeMap<String, i64>, tables: &Tables) -> Self {
        let of = |clock| by_clock.get(tables.symbols.get(clock)).copied().unwrap_or(0);
        let by_resource = tables.resources.iter().map(|r| of(r.clock)).collect();
        Self { by_clock, by_resource }
    }

    /// Nanoseconds by which this emitter's clock runs ahead; 0 if it is right or unknown.
    pub fn ahead(&self, resource: ResourceId) -> i64 {
        self.by_resource.get(resource.0 as usize).copied().unwrap_or(0)
    }

    /// The clocks that are notably wrong, by name.
    pub fn notable(&self) -> &BTreeMap<String, i64> {
        &self.by_clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::Joined;
    use crate::model::{Nanos, Resource, SpanRecord};

    #[test]
    fn a_host_that_runs_ahead_is_found_and_the_majority_is_right() {
        let mut tables = Tables::default();
        let resources: Vec<ResourceId> = ["a", "b", "c"]
            .map(|clock| {
                let clock = tables.symbols.intern(clock);
                let resource = Resource { clock, ..Resource::default() };
                ResourceId(tables.resources.intern(resource))
            })
            .to_vec();
        // `c` runs 1.5 s ahead; each call takes 10 ms, of which 1 ms is network.
        let skew = [0_u64, 0, 1_500_000_000];
        let call = |from: usize, to: usize| {
            let at = 10_000_000_000_u64;
            let span = |who: usize, kind, start: u64, end: u64, parent| Joined {
                span: SpanRecord {
                    resource: resources[who],
                    kind,
                    start: Nanos(start + skew[who]),
                    end: Nanos(end + skew[who]),
                    ..SpanRecord::default()
                },
                parent,
                orphan: false,
            };
            Tree {
                spans: vec![
                    span(from, SpanKind::Client, at, at + 10_000_000, None),
                    span(to, SpanKind::Server, at + 500_000, at + 9_500_000, Some(0)),
                ],
                ..Tree::default()
            }
        };
        let mut pairs = ClockPairs::default();
        for (from, to) in [(0, 1), (1, 2), (0, 2)] {
            pairs.see(&call(from, to), &tables);
        }
        let offsets = pairs.solve(&tables);
        assert_eq!(offsets.notable().len(), 1);
        assert_eq!(offsets.ahead(resources[2]), 1_500_000_000);
        assert_eq!(offsets.ahead(resources[0]), 0);
    }
}
