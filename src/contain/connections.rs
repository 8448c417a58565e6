//! How many connections an instance keeps to a callee, where it was seen to run out of them.

use std::collections::BTreeMap;

use crate::summary::{InstanceId, NodeId};

use super::landscape::{Connections, Pair};
use super::pools::{FULL, SIGHTINGS};
use super::under_way::{Interval, Period, UnderWay};

/// Where connections run out, more than this share of the calls wait for one.
const OFTEN: f64 = 0.05;

/// Calls of the incident by edge, and who waited for a connection.
#[derive(Debug, Default)]
pub struct ConnectionPools {
    calls: BTreeMap<Pair, Vec<Interval>>,
    waited: BTreeMap<Pair, Vec<Waited>>,
    starved: BTreeMap<NodeId, Vec<Waited>>,
}

/// Somebody who waited.
#[derive(Clone, Copy, Debug)]
pub struct Waited {
    /// Where.
    pub instance: InstanceId,
    /// Until when.
    pub at: u64,
    /// How long.
    pub took: u64,
}

impl ConnectionPools {
    /// A call, at its caller.
    pub fn called(&mut self, pair: Pair, call: Interval) {
        self.calls.entry(pair).or_default().push(call);
    }

    /// A call that its caller made late.
    pub fn waited(&mut self, pair: Pair, waited: Waited) {
        self.waited.entry(pair).or_default().push(waited);
    }

    /// Work of a node that failed by itself when its patience ended, and had no failed call.
    pub fn starved(&mut self, node: NodeId, starved: Waited) {
        self.starved.entry(node).or_default().push(starved);
    }

    /// The pools that were seen empty. Whoever waited for a connection sees all of them in use:
    /// the calls then under way are the pool. If hardly any were, something else was waited for
    /// (or connections are lost, not busy).
    ///
    /// Work that starved does not say for which callee: it is the one with most calls under way.
    ///
    /// A node in which all calls waited alike (`queued`) waited for workers, unless it says else.
    pub fn measure(self, queued: impl Fn(NodeId) -> bool) -> BTreeMap<Pair, Connections> {
        let calls: BTreeMap<Pair, UnderWay> =
            self.calls.into_iter().map(|(pair, list)| (pair, UnderWay::new(&list))).collect();
        let mean = |edge: &UnderWay, list: &[Waited]| {
            let periods = list.iter().map(|w| (w.instance, w.at.saturating_sub(w.took), w.at));
            edge.mean_during(&periods.collect::<Vec<Period>>())
        };
        let mut sizes: BTreeMap<Pair, f64> = BTreeMap::new();
        let seen = self.waited.iter().filter(|(_, list)| list.len() >= SIGHTINGS);
        for (pair, list) in seen.filter(|(pair, _)| !queued(pair.0)) {
            if (list.len() as f64) < OFTEN * calls[pair].len() as f64 {
                continue;
            }
            sizes.insert(*pair, mean(&calls[pair], list));
        }
        let mut patience: BTreeMap<Pair, u64> = BTreeMap::new();
        for (node, list) in self.starved.iter().filter(|(_, list)| list.len() >= SIGHTINGS) {
            // Before that they may have waited for a worker, the luckiest did not.
            let mut waits: Vec<u64> = list.iter().map(|w| w.took).collect();
            waits.sort_unstable();
            let longest = waits[waits.len() / 10];
            let list = list.iter().map(|w| Waited { took: longest, ..*w });
            let list = &list.collect::<Vec<Waited>>();
            let edges = calls.range((*node, 0)..=(*node, u32::MAX));
            let fullest = edges.map(|(&pair, edge)| (mean(edge, list), pair));
            let fullest = fullest.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            if let Some((size, pair)) = fullest {
                sizes.entry(pair).or_insert(size);
                patience.insert(pair, longest);
            }
        }
        let full = sizes.into_iter().filter(|(pair, size)| {
            *size >= FULL && calls[pair].seen_at_once() <= size.round().max(1.0) as usize
        });
        full.map(|(pair, size)| {
            let patience = patience.get(&pair).copied();
            (pair, Connections { size: size.round().max(1.0) as u32, patience })
        })
        .collect()
    }
}
