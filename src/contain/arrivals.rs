//! Which requests arrive in a replay, and when.

use std::collections::BTreeMap;

use crate::model::stable_hash;
use crate::summary::{Digest, OpId, Summary};

use super::landscape::Arrival;

/// Copies of a request that stands for several are spread over so many microseconds on either
/// side.
const SPREAD: u64 = 2_000_000;
/// Fewer traces with log records say nothing of sampling.
const LOGGED: u64 = 50;

/// The requests that a kept trace stands for.
pub fn arrive(arrivals: &mut Vec<Arrival>, digest: &Digest, at: u64, weight: f64) {
    let id = digest.hash();
    let dice = |i: u64| stable_hash(id, i);
    let copies = weight.floor() as u64 + u64::from(unit(dice(0)) < weight.fract());
    let operation = digest.hops[digest.entry as usize].operation;
    for copy in 0..copies {
        let moved = if copy == 0 { SPREAD } else { dice(copy) % (2 * SPREAD) };
        let at = (at + moved).saturating_sub(SPREAD);
        arrivals.push(Arrival { at, operation, key: dice(copy + (1 << 32)) });
    }
}

/// A number from 0 to 1.
fn unit(dice: u64) -> f64 {
    (dice >> 11) as f64 / (1_u64 << 53) as f64
}

/// How many requests each kept trace stands for: the traces of its stratum, and those that
/// head sampling left out.
pub struct Weights<'a> {
    summary: &'a Summary,
    kept: BTreeMap<(u64, (OpId, bool)), f64>,
    sampling: BTreeMap<OpId, f64>,
}

impl<'a> Weights<'a> {
    /// Of the kept traces of a summary.
    pub fn new(summary: &'a Summary) -> Self {
        let mut kept: BTreeMap<_, f64> = BTreeMap::new();
        for digest in summary.digests.iter() {
            *kept.entry((digest.slice, digest.stratum)).or_default() += 1.0;
        }
        let unstated = unstated(summary);
        let mut counts: BTreeMap<OpId, (f64, f64)> = BTreeMap::new();
        for ((operation, threshold), _, count) in summary.sampled.rows() {
            let count = *count as f64;
            let sums = counts.entry(*operation).or_default();
            sums.0 += count;
            sums.1 += count * threshold.adjusted_count().unwrap_or(unstated);
        }
        let sampling = counts.into_iter().map(|(o, (seen, all))| (o, all / seen.max(1.0)));
        Self { summary, kept, sampling: sampling.collect() }
    }

    /// The weight of one trace, at least 1.
    pub fn of(&self, digest: &Digest) -> f64 {
        let rows = self.summary.strata.of(digest.stratum);
        let at = rows.binary_search_by_key(&digest.slice, |r| r.1);
        let all = at.map_or(1.0, |at| rows[at].2 as f64);
        let kept = self.kept.get(&(digest.slice, digest.stratum)).copied().unwrap_or(1.0);
        let sampled = self.sampling.get(&digest.stratum.0).copied().unwrap_or(1.0);
        (all / kept * sampled).max(1.0)
    }
}

/// How many requests a trace stands for whose sampling is not stated. Log records are not
/// sampled with traces: the traces that have log records and no span are those left out.
fn unstated(summary: &Summary) -> f64 {
    let c = &summary.coverage;
    let all = c.logged_traces + c.spanless_traces;
    if c.logged_traces == 0 || all < LOGGED { 1.0 } else { all as f64 / c.logged_traces as f64 }
}
