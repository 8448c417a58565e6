//! After how long callers give up, how often they try, and where an outer deadline passes first.
//!
//! The one reader of deadlines: what an analysis, fault lines and the gate say of an edge cannot
//! differ.

use std::collections::BTreeMap;

use crate::summary::{Catalog, Children, Digest, DigestHop, NONE, NodeId, chains};

/// What callers do about late and failed calls, edge by edge.
#[derive(Clone, Debug, Default)]
pub struct Deadlines(BTreeMap<(NodeId, NodeId), Deadline>);

/// What the caller of an edge does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// After how many microseconds calls were given up (the median), if any was.
    pub patience: Option<u64>,
    /// How many were.
    pub calls: u64,
    /// The most attempts of one call that were seen at least twice; 1 where none was repeated.
    pub attempts: u32,
}

impl Deadline {
    /// Of an edge of which nothing was seen.
    const UNKNOWN: Self = Self { patience: None, calls: 0, attempts: 1 };

    /// The patience, if so many calls show it that it can be put in order with others.
    fn shown(&self) -> Option<u64> {
        self.patience.filter(|_| self.calls >= SHOWN)
    }
}

/// A caller that gives up before its callee has had its own attempts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inversion {
    /// Caller, callee, and whom the callee waits for.
    pub nodes: [NodeId; 3],
    /// How many times the caller's patience the callee may take.
    pub times: f64,
    /// After how long the caller gives up, and the callee in turn; microseconds.
    patience: [u64; 2],
    /// How often the callee tries.
    attempts: u32,
}

/// One odd chain (calls of a loop that failed by turns) is no policy.
const POLICY: u64 = 2;
/// Deadlines are put in order only if so many calls show each: a median of fewer may be of calls
/// that were cut short.
const SHOWN: u64 = 3;
/// Deadlines are met to within a scheduler's delay; a tenth is no inversion.
const BEYOND: f64 = 1.1;

impl Deadlines {
    /// What these traces show.
    pub fn of<'a>(catalog: &Catalog, digests: impl Iterator<Item = &'a Digest>) -> Self {
        #[derive(Default)]
        struct Seen {
            given_up: Vec<u32>,
            lengths: BTreeMap<u32, u64>,
        }
        let mut all: BTreeMap<(NodeId, NodeId), Seen> = BTreeMap::new();
        for digest in digests {
            let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
            let children = Children::new(parents);
            for at in 0..digest.hops.len() as u32 {
                let mut by_edge: BTreeMap<(NodeId, NodeId), Vec<&DigestHop>> = BTreeMap::new();
                for &child in children.of(at) {
                    let hop = &digest.hops[child as usize];
                    if !hop.has(DigestHop::ASYNC) {
                        by_edge.entry(catalog.edge_of(digest, hop)).or_default().push(hop);
                    }
                }
                for (edge, hops) in by_edge {
                    let seen = all.entry(edge).or_default();
                    seen.given_up.extend(hops.iter().filter_map(|hop| hop.given_up()));
                    for chain in chains(hops) {
                        *seen.lengths.entry(chain.len() as u32).or_default() += 1;
                    }
                }
            }
        }
        let settle = |mut seen: Seen| {
            seen.given_up.sort_unstable();
            let middle = seen.given_up.get(seen.given_up.len() / 2);
            let long = seen.lengths.iter().rev().find(|(_, count)| **count >= POLICY);
            Deadline {
                patience: middle.copied().map(u64::from),
                calls: seen.given_up.len() as u64,
                attempts: long.map_or(1, |(length, _)| *length),
            }
        };
        Self(all.into_iter().map(|(edge, seen)| (edge, settle(seen))).collect())
    }

    /// Of one edge; nothing was seen of an unknown one.
    pub fn on(&self, caller: NodeId, callee: NodeId) -> Deadline {
        self.0.get(&(caller, callee)).copied().unwrap_or(Deadline::UNKNOWN)
    }

    /// Whether an edge's deadline passes before the callee has had its own attempts.
    pub fn inversion(&self, caller: NodeId, callee: NodeId) -> Option<Inversion> {
        let outer = self.on(caller, callee).shown()?;
        let below = self.0.range((callee, 0)..=(callee, NodeId::MAX));
        let allowed =
            below.filter(|((_, node), _)| *node != callee).filter_map(|((_, node), d)| {
                let inner = d.shown()?;
                Some((inner * u64::from(d.attempts), *node, inner, d.attempts))
            });
        let (most, node, inner, attempts) = allowed.max()?;
        let times = most as f64 / outer.max(1) as f64;
        let (nodes, patience) = ([caller, callee, node], [outer, inner]);
        let found = Inversion { nodes, times, patience, attempts };
        (caller != callee && times > BEYOND).then_some(found)
    }

    /// All edges of which that is so, in order of names.
    pub fn inversions(&self) -> impl Iterator<Item = Inversion> + '_ {
        self.0.keys().filter_map(|&(caller, callee)| self.inversion(caller, callee))
    }
}

impl Inversion {
    /// In plain words.
    pub fn text(&self, catalog: &Catalog) -> String {
        let [caller, callee, below] =
            self.nodes.map(|node| catalog.nodes.get(node as usize).map_or("?", |key| &*key.name));
        format!(
            "{caller} gives up on {callee} after {}, but {callee} allows its calls to {below} {} × {}",
            told(self.patience[0]),
            self.attempts,
            told(self.patience[1]),
        )
    }
}

/// Microseconds for people.
fn told(micros: u64) -> String {
    if micros >= 1_000_000 {
        format!("{:.1} s", micros as f64 / 1e6)
    } else {
        format!("{:.0} ms", micros as f64 / 1e3)
    }
}
