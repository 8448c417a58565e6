//! From a landscape to estimates: the incident replayed with and without a pattern on an edge.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::summary::NodeId;

use super::change::Change;
use super::landscape::{Landscape, Pair};
use super::patterns::{ALL, Pattern};
use super::replay::{Outcome, replay};

/// What a pattern on an edge would have done.
#[derive(Clone)]
pub struct Estimate {
    /// The pattern.
    pub pattern: &'static Pattern,
    /// Caller and callee.
    pub pair: Pair,
    /// With which setting.
    pub change: Change,
    /// Share of the failed entry requests that would not have failed; negative for harm.
    pub saved: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The incident as it was replayed, to compare with.
pub struct Baseline<'a> {
    world: &'a Landscape,
    outcomes: Vec<Outcome>,
    failed: f64,
    /// How alike replay and incident are in failed requests, 0 to 1.
    pub fidelity: f64,
}

/// Replays with different chance: their differences give the interval.
const REPLAYS: u64 = 3;
/// Two-sided 95 % of Student's t with [`REPLAYS`] − 1 degrees of freedom.
const T: f64 = 4.3;
/// Estimates within this are chance: a replay is no better.
const NOTHING: f64 = 0.005;

impl<'a> Baseline<'a> {
    /// Replays a landscape as it is.
    pub fn new(world: &'a Landscape) -> Self {
        let outcomes: Vec<Outcome> =
            (0..REPLAYS).into_par_iter().map(|seed| replay(world, seed)).collect();
        let failed = outcomes.iter().map(|o| o.failed as f64).sum::<f64>() / REPLAYS as f64;
        let (least, most) = (failed.min(world.failed), failed.max(world.failed));
        Self { world, outcomes, failed, fidelity: if most > 0.0 { least / most } else { 0.0 } }
    }

    /// Every registered pattern on some edges, where it applies; best first.
    pub fn all(&self, edges: &[Pair]) -> Vec<Estimate> {
        let tries: Vec<(Pair, &'static Pattern, Change)> = edges
            .iter()
            .flat_map(|&pair| ALL.iter().map(move |&pattern| (pair, pattern)))
            .filter_map(|(pair, pattern)| {
                Some((pair, pattern, (pattern.derive)(self.world, pair)?))
            })
            .collect();
        let mut list: Vec<Estimate> = tries
            .into_par_iter()
            .map(|(pair, pattern, change)| self.estimate(pair, pattern, change))
            .collect();
        // Stable: ties stay in the order of edges and of the registry.
        list.sort_by(|a, b| b.saved.total_cmp(&a.saved));
        list
    }

    /// One pattern on one edge.
    pub fn estimate(&self, pair: Pair, pattern: &'static Pattern, change: Change) -> Estimate {
        let none = Estimate { pattern, pair, change, saved: 0.0, low: 0.0, high: 0.0 };
        if self.failed <= 0.0 || !self.bites(pair, pattern, &none.change) {
            return none;
        }
        let world = none.change.made_in(self.world, pair);
        let share = |seed: u64| {
            let without = self.outcomes[seed as usize].failed as f64;
            (without - replay(&world, seed).failed as f64) / self.failed
        };
        let first = share(0);
        // Most patterns do next to nothing on most edges; one replay tells that.
        if first.abs() < NOTHING {
            return none;
        }
        let shares: Vec<f64> = std::iter::once(first).chain((1..REPLAYS).map(share)).collect();
        let most = self.reach(pair);
        let saved = (shares.iter().sum::<f64>() / REPLAYS as f64).min(most);
        let saved = if saved.abs() < NOTHING { 0.0 } else { saved };
        let spread = shares.iter().map(|s| (s - saved).powi(2)).sum::<f64>();
        let error = (spread / (REPLAYS * (REPLAYS - 1)) as f64).sqrt();
        // Chance, and that the replay is not the incident.
        let doubt = T * error + saved.abs() * (1.0 - self.fidelity);
        Estimate { saved, low: saved - doubt, high: (saved + doubt).min(most.max(saved)), ..none }
    }

    fn bites(&self, pair: Pair, pattern: &Pattern, change: &Change) -> bool {
        self.outcomes.iter().any(|o| {
            let strain = o.strain.get(&pair).copied().unwrap_or_default();
            (pattern.bites)(change, strain, o.queued.contains(&pair.1))
        })
    }

    /// The share of failed requests that calls on an edge can have caused: those whose failure
    /// began below the edge, or at somebody who waits for its callee, directly or not.
    pub fn reach(&self, pair: Pair) -> f64 {
        let down = self.spread(pair.1, |(caller, callee)| (caller, callee));
        let up = self.spread(pair.0, |(caller, callee)| (callee, caller));
        let shared = self.spread(pair.1, |(caller, callee)| (callee, caller));
        let mut began: BTreeMap<NodeId, u64> = BTreeMap::new();
        for outcome in &self.outcomes {
            for (failure, count) in &outcome.began {
                *began.entry(failure.node).or_default() += count;
            }
        }
        let all: u64 = began.values().sum();
        let within =
            |node: &NodeId| down.contains(node) || up.contains(node) || shared.contains(node);
        let caused: u64 = began.iter().filter(|(node, _)| within(node)).map(|(_, c)| c).sum();
        if all == 0 { 0.0 } else { caused as f64 / all as f64 }
    }

    fn spread(&self, from: NodeId, step: impl Fn(Pair) -> Pair) -> BTreeSet<NodeId> {
        let mut reached = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            for &pair in self.world.edges.keys() {
                let (here, next) = step(pair);
                if here == node && reached.insert(next) {
                    open.push(next);
                }
            }
        }
        reached
    }
}

/// The edges worth a question: those with most failed or slow attempts in the incident, then by
/// name. A slow edge harms others before it fails itself.
pub fn troubled(world: &Landscape, most: usize) -> Vec<Pair> {
    let trouble = world.edges.iter().map(|(&pair, e)| (e.failed + e.slow, pair));
    let mut edges: Vec<(u64, Pair)> = trouble.filter(|(count, _)| *count > 0).collect();
    edges.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    edges.into_iter().take(most).map(|(_, pair)| pair).collect()
}
