//! Across traces: blame by node, and where it moves on because a callee was slow.

use std::collections::BTreeMap;

use crate::detect::{Contrast, EdgeSums, Window};
use crate::summary::{Calls, Catalog, Digest, Histogram, NONE, NodeId, OpId, Summary, weights};

use super::chance::unusual;
use super::cold::{Pairs, calls_to, cold};
use super::deviation::deviating;
use super::{Blame, Profile, Symptom, blame};

/// Blame of many traces, each with the number of requests it stands for.
#[derive(Clone, Debug, Default)]
pub struct Blames<'a> {
    /// Trace, verdict, weight.
    pub list: Vec<(&'a Digest, Blame, f64)>,
}

/// Blames the harmed traces of an incident. What is usual are those of the reference, and of the
/// baseline if there is one.
pub fn blame_incident<'a>(
    summary: &'a Summary,
    window: &Window,
    contrast: &Contrast,
    profile: &Profile,
    in_reference: impl Fn(u64) -> bool,
    baseline: Option<&'a Summary>,
) -> (Blames<'a>, Flow) {
    if let Some(change) = &window.change {
        return deviating(summary, window, change);
    }
    let harmed = |d: &Digest| window.harms(d, &summary.catalog);
    let blames = collect(summary, profile, |d| window.contains(d.slice) && harmed(d));
    let mut usual = collect(summary, profile, |d| in_reference(d.slice) && harmed(d));
    if let Some(baseline) = baseline {
        usual.list.extend(collect(baseline, profile, harmed).list);
    }
    let flow = Flow::new(&blames, &usual, &summary.catalog, contrast);
    (blames, flow)
}

/// Blames all harmed traces of the kept ones that `harmed` admits.
pub fn collect<'a>(
    summary: &'a Summary,
    profile: &Profile,
    harmed: impl Fn(&Digest) -> bool,
) -> Blames<'a> {
    let weight = weights(summary);
    let list = summary
        .digests
        .iter()
        .filter(|d| d.stratum.0 != NONE && harmed(d))
        .map(|d| (d, blame(d, &summary.catalog, profile), weight(d)))
        .collect();
    Blames { list }
}

/// How much harm ended up at which node, in requests beyond the usual.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// By node and symptom, after it moved.
    pub at: BTreeMap<(NodeId, Symptom), f64>,
    /// By node and symptom, as the traces said.
    pub direct: BTreeMap<(NodeId, Symptom), f64>,
    /// What ended at nodes where no more ends than chance explains.
    pub chance: f64,
    /// What moved from one node to another.
    pub moved: BTreeMap<(NodeId, NodeId), f64>,
}

/// A callee counts as slower if calls to it take at least so many times the usual mean …
const SLOWER: f64 = 1.5;
/// … by so many standard errors (Welch) …
const SURELY: f64 = 3.0;
/// … which together keep at least so many times as many calls under way as usual (Little's law:
/// that many workers and connections of the caller are held) …
const HELD: f64 = 2.0;
/// … and if that makes up at least this share of what its caller's own time grew by. Pools and
/// queues multiply a callee's slowness, so the share may be small.
const SHARE: f64 = 0.02;
/// Calls to a callee are repeated because it fails if so large a share of them fails, and …
const FAILING: f64 = 0.05;
/// … if so large a share of them repeats an earlier one, beyond the usual.
const REPEATED: f64 = 0.25;
/// Blame moves at most so many calls deep; deeper landscapes are rare, cycles are not.
const DEEPEST: usize = 8;

impl Flow {
    /// Sums the blame of the incident less what the reference would give, then moves it.
    pub fn new(
        during: &Blames<'_>,
        before: &Blames<'_>,
        catalog: &Catalog,
        contrast: &Contrast,
    ) -> Self {
        let requests = |side: &crate::detect::Aggregate| side.requests().total as f64;
        let scale = requests(&contrast.during) / requests(&contrast.before).max(1.0);
        let beyond = Beyond::new(during, catalog);
        let mut flow = Self::default();
        for (blames, sign) in [(during, 1.0), (before, -scale)] {
            for (_, blame, weight) in &blames.list {
                let node = catalog.node_of(blame.operation);
                let weight = sign * weight;
                *flow.direct.entry((node, blame.symptom)).or_default() += weight;
                for (key, share) in beyond.of(blame, node) {
                    *flow.at.entry(key).or_default() += weight * share;
                    if key.0 != node {
                        *flow.moved.entry((node, key.0)).or_default() += weight * share;
                    }
                }
            }
        }
        // A negative excess means "less than usual": nothing to explain.
        flow.direct.retain(|_, excess| *excess > 0.0);
        flow.at.retain(|_, excess| *excess > 0.0);
        let slower = Slower::new(catalog, contrast);
        for _ in 0..DEEPEST {
            if !flow.step(&slower) {
                break;
            }
        }
        flow.drop_chance(before, catalog, scale);
        flow
    }

    /// Leaves out the nodes at which no more requests end than chance explains.
    fn drop_chance(&mut self, before: &Blames<'_>, catalog: &Catalog, scale: f64) {
        let mut excess: BTreeMap<NodeId, f64> = BTreeMap::new();
        for (key, amount) in &self.at {
            *excess.entry(key.0).or_default() += amount;
        }
        let mut usual: BTreeMap<NodeId, f64> = BTreeMap::new();
        for (_, blame, weight) in &before.list {
            *usual.entry(catalog.node_of(blame.operation)).or_default() += weight;
        }
        let kept = unusual(&excess, &usual, scale);
        let all = self.total();
        self.at.retain(|key, _| kept.contains(&key.0));
        self.chance = all - self.total();
    }

    fn step(&mut self, slower: &Slower) -> bool {
        let mut next: BTreeMap<(NodeId, Symptom), f64> = BTreeMap::new();
        let mut any = false;
        for (&(node, symptom), &amount) in &self.at {
            let targets = slower.targets(node, symptom);
            if targets.is_empty() {
                *next.entry((node, symptom)).or_default() += amount;
                continue;
            }
            any = true;
            for (callee, share) in targets {
                let symptom = slower.symptom(callee);
                *next.entry((callee, symptom)).or_default() += amount * share;
                *self.moved.entry((node, callee)).or_default() += amount * share;
            }
        }
        self.at = next;
        any
    }

    /// All harm.
    pub fn total(&self) -> f64 {
        self.at.values().sum::<f64>() + self.chance
    }

    /// Harm at a node.
    pub fn of(&self, node: NodeId) -> f64 {
        self.at.iter().filter(|(k, _)| k.0 == node).map(|(_, v)| v).sum()
    }

    /// The main symptom at a node: as the traces said, else as it moved there.
    pub fn symptom(&self, node: NodeId) -> Option<Symptom> {
        let main = |map: &BTreeMap<(NodeId, Symptom), f64>| {
            let own = map.iter().filter(|(k, _)| k.0 == node);
            own.max_by(|a, b| a.1.total_cmp(b.1)).map(|(k, _)| k.1)
        };
        main(&self.direct).or_else(|| main(&self.at))
    }
}

/// Where the harm of requests that got further than a tripped breaker ended.
///
/// A breaker that is open refuses calls without a trace of why. The requests that it let through
/// before and between say why: they passed the same operation and failed further down.
struct Beyond {
    by_operation: BTreeMap<OpId, BTreeMap<(NodeId, Symptom), f64>>,
}

impl Beyond {
    fn new(blames: &Blames<'_>, catalog: &Catalog) -> Self {
        let mut by_operation: BTreeMap<OpId, BTreeMap<(NodeId, Symptom), f64>> = BTreeMap::new();
        for (digest, blame, weight) in &blames.list {
            if blame.symptom == Symptom::ShortCircuited {
                continue;
            }
            let end = (catalog.node_of(blame.operation), blame.symptom);
            // Who gave up early did call further down: that is what trips its breaker.
            let passed = match blame.path.split_last() {
                Some((_, passed)) if blame.symptom != Symptom::GaveUpEarly => passed,
                _ => &blame.path[..],
            };
            for &hop in passed {
                let operation = digest.hops[hop as usize].operation;
                let ends = by_operation.entry(operation).or_default();
                *ends.entry(end).or_default() += weight;
            }
        }
        Self { by_operation }
    }

    fn of(&self, blame: &Blame, node: NodeId) -> Vec<((NodeId, Symptom), f64)> {
        let ends = self.by_operation.get(&blame.operation);
        match ends.filter(|_| blame.symptom == Symptom::ShortCircuited) {
            None => vec![((node, blame.symptom), 1.0)],
            Some(ends) => {
                let total: f64 = ends.values().sum();
                ends.iter().map(|(&end, amount)| (end, amount / total)).collect()
            }
        }
    }
}

/// Which callees of a node were slower, and by how much of its time.
struct Slower {
    /// By caller: (callee, extra seconds waited for it per call of the caller).
    callees: BTreeMap<NodeId, Vec<(NodeId, f64)>>,
    /// By node: extra seconds of its own per call.
    own: BTreeMap<NodeId, f64>,
    /// Failed calls beyond the usual, by caller.
    failing: BTreeMap<NodeId, Vec<(NodeId, f64)>>,
    /// Of these, those to callees that the caller asks again and again.
    repeating: BTreeMap<NodeId, Vec<(NodeId, f64)>>,
    /// By store: the caches that no longer spare it calls, and how many.
    cold: BTreeMap<NodeId, Vec<(NodeId, f64)>>,
    silent: Vec<bool>,
}

impl Slower {
    fn new(catalog: &Catalog, contrast: &Contrast) -> Self {
        let pairs = |edges: &BTreeMap<(NodeId, OpId), EdgeSums>| {
            let mut pairs: Pairs = BTreeMap::new();
            for (key, sums) in edges {
                let pair = pairs.entry((key.0, catalog.node_of(key.1))).or_default();
                crate::summary::Add::add(&mut pair.calls, &sums.calls);
                crate::summary::Add::add(&mut pair.timings, &sums.timings);
            }
            pairs
        };
        let (before, during) = (pairs(&contrast.before.edges), pairs(&contrast.during.edges));
        let mut slower = Self {
            callees: BTreeMap::new(),
            own: BTreeMap::new(),
            failing: BTreeMap::new(),
            repeating: BTreeMap::new(),
            cold: cold(catalog, &before, &during),
            silent: vec![true; catalog.nodes.len()],
        };
        let mut own: BTreeMap<NodeId, (Histogram, Histogram)> = BTreeMap::new();
        for (side, pairs) in [(0, &before), (1, &during)] {
            for (key, sums) in pairs {
                let both = own.entry(key.1).or_default();
                let histogram = if side == 0 { &mut both.0 } else { &mut both.1 };
                histogram.add(&sums.timings.own);
            }
        }
        slower.own =
            own.iter().map(|(&node, (b, d))| (node, (mean(d) - mean(b)).max(0.0))).collect();
        for (&(caller, callee), now) in &during {
            let was = before.get(&(caller, callee));
            if now.timings.worked.count() > 0 {
                slower.silent[callee as usize] = false;
            }
            if caller == NONE || caller == callee || now.calls.asynchronous > 0 {
                continue;
            }
            let usual = was.map_or_else(Durations::default, |w| Durations::of(w.took()));
            let present = Durations::of(now.took());
            let (b, d) = (calls_to(&before, caller), calls_to(&during, caller));
            let rate = match was {
                Some(was) if b > 0.0 => was.calls.total as f64 / b,
                _ => now.calls.total as f64 / d.max(1.0),
            };
            let held = present.sum / contrast.during.seconds.max(1e-9)
                >= HELD * usual.sum / contrast.before.seconds.max(1e-9);
            if held && usual.mean > 0.0 && present.exceeds(&usual) {
                let extra = (present.mean - usual.mean) * rate.min(10.0);
                slower.callees.entry(caller).or_default().push((callee, extra));
            }
            let all = now.calls.total as f64;
            let beyond = |count: fn(&Calls) -> u64| {
                let usual =
                    was.map_or(0.0, |w| count(&w.calls) as f64 / w.calls.total.max(1) as f64);
                count(&now.calls) as f64 - usual * all
            };
            let failing = beyond(|c| c.failed);
            if failing > FAILING * all {
                slower.failing.entry(caller).or_default().push((callee, failing));
                if beyond(|c| c.retries) > REPEATED * all {
                    slower.repeating.entry(caller).or_default().push((callee, failing));
                }
            }
        }
        slower
    }

    /// Where blame for a symptom at a node moves, with shares that add up to 1.
    fn targets(&self, node: NodeId, symptom: Symptom) -> Vec<(NodeId, f64)> {
        if !symptom.is_capacity() {
            return Vec::new();
        }
        let none = Vec::new();
        if let Some(caches) = self.cold.get(&node) {
            let total: f64 = caches.iter().map(|c| c.1).sum();
            return caches.iter().map(|&(cache, calls)| (cache, calls / total)).collect();
        }
        let slow = self.callees.get(&node).unwrap_or(&none);
        let own = self.own.get(&node).copied().unwrap_or(0.0);
        let strong: Vec<(NodeId, f64)> =
            slow.iter().copied().filter(|&(_, extra)| extra > SHARE * own).collect();
        let chosen = if symptom == Symptom::ShortCircuited {
            self.failing.get(&node).cloned().unwrap_or_default()
        } else if strong.is_empty() {
            // Waiting before the next attempt looks like time of its own, and the quick refusals
            // between are not slow: still the callee is what it waits for.
            self.repeating.get(&node).cloned().unwrap_or_default()
        } else {
            strong
        };
        let total: f64 = chosen.iter().map(|c| c.1).sum();
        chosen.into_iter().map(|(callee, extra)| (callee, extra / total)).collect()
    }

    fn symptom(&self, node: NodeId) -> Symptom {
        if self.silent[node as usize] { Symptom::SlowPeer } else { Symptom::SlowOwn }
    }
}

/// Moments of durations, in seconds.
#[derive(Clone, Copy, Default)]
struct Durations {
    sum: f64,
    mean: f64,
    /// Variance of the mean.
    variance: f64,
}

impl Durations {
    fn of(histogram: &Histogram) -> Self {
        let count = histogram.count() as f64;
        if count == 0.0 {
            return Self::default();
        }
        let seconds = || histogram.iter().map(|(nanos, n)| (nanos as f64 / 1e9, n as f64));
        let sum: f64 = seconds().map(|(s, n)| s * n).sum();
        let mean = sum / count;
        let squares: f64 = seconds().map(|(s, n)| n * (s - mean) * (s - mean)).sum();
        Self { sum, mean, variance: squares / (count - 1.0).max(1.0) / count }
    }

    fn exceeds(&self, usual: &Self) -> bool {
        let error = (self.variance + usual.variance).sqrt();
        self.mean > SLOWER * usual.mean && self.mean - usual.mean > SURELY * error
    }
}

/// Mean in seconds, 0 without any.
fn mean(histogram: &Histogram) -> f64 {
    Durations::of(histogram).mean
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
