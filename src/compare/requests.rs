//! What a request does: how many calls on each edge, how deep, how wide.
//!
//! Told from the kept traces, request by request and within each entry: another mix of requests
//! changes nothing here.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::summary::{EdgeKey, OpId};

use super::comparison::{Side, Sides};
use super::draft::{Draft, NORMAL_95};
use super::measures::{CALLS, DEPTH, FAN_OUT, Measure};
use super::stats::{Tested, rare};
use super::subjects;
use super::traces::{Kept, Sums};

/// Fewer requests to an entry than this say nothing of what is usual there.
const LEAST_REQUESTS: u64 = 30;
/// Fewer calls than this on an edge, on both sides together, have no mean worth testing.
const LEAST_CALLS: u64 = 30;

/// Adds what there is to say of every edge and entry.
pub fn measure(sides: &Sides, drafts: &mut Vec<Draft>) {
    calls(sides, drafts);
    for (measure, of) in [
        (&DEPTH, (|kept| &kept.depths) as fn(&Kept) -> &BTreeMap<u32, u64>),
        (&FAN_OUT, |kept| &kept.fan_outs),
    ] {
        shapes(sides, measure, of, drafts);
    }
}

/// Entries with enough requests on both sides, and the share of each in the common mix.
fn mix(sides: &Sides) -> BTreeMap<OpId, f64> {
    let requests = |side: &Side, entry| side.profile.entries.get(&entry).map_or(0, |s| s.total());
    let kept = |side: &Side, entry| side.traces.entries.get(&entry).map_or(0, |k| k.traces);
    let entries = sides.new.profile.entries.keys().copied();
    let mut mix: BTreeMap<OpId, f64> = BTreeMap::new();
    for entry in entries {
        let old: u64 = sides.old.iter().map(|side| kept(side, entry)).sum();
        if old.min(kept(&sides.new, entry)) >= LEAST_REQUESTS {
            let all: u64 = sides.all().map(|side| requests(side, entry)).sum();
            mix.insert(entry, all as f64);
        }
    }
    let total: f64 = mix.values().sum();
    mix.values_mut().for_each(|share| *share /= total);
    mix
}

fn calls(sides: &Sides, drafts: &mut Vec<Draft>) {
    let mix = mix(sides);
    let edges: BTreeSet<EdgeKey> =
        sides.all().flat_map(|side| side.traces.calls.keys().map(|key| key.1)).collect();
    let runs = sides.old.len();
    let mut cases = Vec::new();
    for edge in edges {
        let Some(subject) = subjects::edge(&sides.catalog, edge) else { continue };
        let means: Vec<Mean> = sides.all().map(|side| mean(side, edge, &mix)).collect();
        let (old, new) = means.split_at(runs);
        let seen = |list: &[Mean]| list.iter().map(|m| m.calls).sum::<u64>();
        // What is on one side only is a matter of presence.
        if seen(old) > 0 && seen(new) > 0 {
            cases.push((subject, means));
        }
    }
    let between = between(cases.iter().map(|case| &case.1[..runs]));
    for (subject, means) in cases {
        let (old, new) = means.split_at(runs);
        let before = old.iter().map(|m| m.mean).sum::<f64>() / runs as f64;
        let after = new[0].mean;
        if before <= 0.0 || after <= 0.0 {
            continue;
        }
        // Of the logarithm, on which runs vary alike whatever the edge.
        let inside = |m: &Mean, at: f64| m.variance / (at * at);
        let old_inside = old.iter().map(|m| inside(m, before)).sum::<f64>() / (runs * runs) as f64;
        let variance = old_inside + inside(&new[0], after) + between * (1.0 + 1.0 / runs as f64);
        let observations = [old.iter().map(|m| m.calls).sum(), new[0].calls];
        let enough = observations[0] + observations[1] >= LEAST_CALLS && variance > 0.0;
        let certain = variance <= 0.0 && before != after;
        let p = |z: f64| 2.0 * Normal::standard().sf(z);
        let tested = (enough || certain).then(|| Tested {
            p: if certain { 0.0 } else { p((after / before).ln().abs() / variance.sqrt()) },
            error: variance.sqrt(),
        });
        drafts.push(Draft {
            subject,
            measure: &CALLS,
            before: Some(before),
            after: Some(after),
            half: tested.map(|t| NORMAL_95 * t.error),
            observations,
            tested,
        });
    }
}

/// Calls per request in the common mix.
struct Mean {
    mean: f64,
    /// Of the mean.
    variance: f64,
    calls: u64,
}

fn mean(side: &Side, edge: EdgeKey, mix: &BTreeMap<OpId, f64>) -> Mean {
    let mut mean = Mean { mean: 0.0, variance: 0.0, calls: 0 };
    for (&entry, share) in mix {
        let Some(kept) = side.traces.entries.get(&entry) else { continue };
        let sums = side.traces.calls.get(&(entry, edge)).copied().unwrap_or(Sums::default());
        let each = sums.sum / kept.weight;
        let variance = (sums.squares / kept.weight - each * each).max(0.0);
        mean.mean += share * each;
        mean.variance += share * share * variance / kept.effective();
        mean.calls += sums.calls;
    }
    mean
}

/// The variance of the logarithm between runs, pooled over edges: what the runs' means vary
/// beyond what requests vary within them.
fn between<'a>(cases: impl Iterator<Item = &'a [Mean]>) -> f64 {
    let (mut excess, mut count) = (0.0, 0.0);
    for runs in cases.filter(|runs| runs.len() > 1 && runs.iter().all(|m| m.mean > 0.0)) {
        let n = runs.len() as f64;
        let middle = runs.iter().map(|m| m.mean.ln()).sum::<f64>() / n;
        let seen = runs.iter().map(|m| (m.mean.ln() - middle).powi(2)).sum::<f64>() / (n - 1.0);
        let due = runs.iter().map(|m| m.variance / (m.mean * m.mean)).sum::<f64>() / n;
        excess += seen - due;
        count += 1.0;
    }
    if count > 0.0 { f64::max(excess / count, 0.0) } else { 0.0 }
}

/// Adds where requests reach further than any did on the other side.
fn shapes(
    sides: &Sides,
    measure: &'static Measure,
    of: fn(&Kept) -> &BTreeMap<u32, u64>,
    drafts: &mut Vec<Draft>,
) {
    for (&entry, new) in &sides.new.traces.entries {
        let olds = sides.old.iter().filter_map(|side| side.traces.entries.get(&entry));
        let old_traces: u64 = olds.clone().map(|kept| kept.traces).sum();
        if old_traces.min(new.traces) < LEAST_REQUESTS {
            continue;
        }
        let most = |kept: &Kept| of(kept).keys().next_back().copied().unwrap_or(0);
        let (before, after) = (olds.clone().map(most).max().unwrap_or(0), most(new));
        let beyond =
            |kept: &Kept, bound: u32| of(kept).range(bound + 1..).map(|d| d.1).sum::<u64>();
        // Requests beyond the most of the other side: none there, some here.
        let bound = before.min(after);
        let further = beyond(new, bound) as f64;
        let further_before = olds.map(|kept| beyond(kept, bound)).sum::<u64>() as f64;
        let p = rare((further_before, old_traces as f64), (further, new.traces as f64));
        let Some(subject) = subjects::entry(&sides.catalog, entry) else { continue };
        drafts.push(Draft {
            subject,
            measure,
            before: Some(f64::from(before)),
            after: Some(f64::from(after)),
            half: None,
            observations: [old_traces, new.traces],
            tested: (before != after).then_some(Tested { p, error: 0.0 }),
        });
    }
}
