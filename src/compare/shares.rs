//! Shares of calls: failed, timed out, rejected, unreachable, repeated.

use std::collections::BTreeSet;

use crate::summary::{EdgeKey, OpId};

use super::comparison::Sides;
use super::draft::{Draft, NORMAL_95};
use super::measures::{CallShare, SHARES};
use super::profile::Series;
use super::stats::{Between, Sample, moderate, test};
use super::subjects;
use super::view::Subject;

/// Fewer calls than this on a side have no share worth the name.
const LEAST_CALLS: u64 = 30;

/// Adds what there is to say of every entry and edge.
pub fn measure(sides: &Sides, drafts: &mut Vec<Draft>) {
    for (at, share) in SHARES.iter().enumerate() {
        let of = |series: &[Option<&Series>]| series.iter().map(|s| sample(share, *s)).collect();
        let mut cases: Vec<(Subject, Vec<Sample>)> =
            edges(sides).into_iter().map(|case| (case.subject, of(&case.series))).collect();
        // Of requests from outside only the outcome is counted.
        if at == 0 {
            cases.extend(entries(sides).into_iter().map(|case| (case.subject, of(&case.series))));
        }
        moderate(cases.iter_mut().flat_map(|case| &mut case.1));
        let runs = sides.old.len();
        let between = Between::pooled(cases.iter().map(|case| &case.1[..runs]));
        for (subject, samples) in cases {
            drafts.extend(draft(share, subject, &samples, between));
        }
    }
}

/// A subject, and its calls in every run, the new one last.
pub struct Case<'a, K> {
    /// Its key.
    pub key: K,
    /// Of what.
    pub subject: Subject,
    /// Its calls.
    pub series: Vec<Option<&'a Series>>,
}

/// Every edge that somebody known calls, in either.
pub fn edges(sides: &Sides) -> Vec<Case<'_, EdgeKey>> {
    let keys: BTreeSet<_> =
        sides.all().flat_map(|side| side.profile.edges.keys().copied()).collect();
    let case = |key| {
        let subject = subjects::edge(&sides.catalog, key)?;
        let series = sides.all().map(|side| side.profile.edges.get(&key)).collect();
        Some(Case { key, subject, series })
    };
    keys.into_iter().filter_map(case).collect()
}

/// Every entry, in either.
pub fn entries(sides: &Sides) -> Vec<Case<'_, OpId>> {
    let keys: BTreeSet<_> =
        sides.all().flat_map(|side| side.profile.entries.keys().copied()).collect();
    let case = |key| {
        let subject = subjects::entry(&sides.catalog, key)?;
        let series = sides.all().map(|side| side.profile.entries.get(&key)).collect();
        Some(Case { key, subject, series })
    };
    keys.into_iter().filter_map(case).collect()
}

fn sample(share: &CallShare, series: Option<&Series>) -> Sample {
    let calls = series.map_or(&[][..], |series| &series.calls);
    Sample::new(calls.iter().map(|calls| ((share.count)(calls), calls.total)))
}

fn draft(
    share: &'static CallShare,
    subject: Subject,
    samples: &[Sample],
    between: Between,
) -> Option<Draft> {
    let (new, old) = samples.split_last()?;
    let sum = |of: fn(&Sample) -> f64| old.iter().map(of).sum::<f64>();
    let (events, trials) = (sum(|s| s.events), sum(|s| s.trials));
    // An edge that is on one side only is a matter of presence.
    if trials <= 0.0 || new.trials <= 0.0 || events + new.events <= 0.0 {
        return None;
    }
    let enough = trials.min(new.trials) >= LEAST_CALLS as f64;
    let tested = if enough { test(old, new, between) } else { None };
    Some(Draft {
        subject,
        measure: &share.measure,
        before: Some(events / trials),
        after: Some(new.share()),
        half: tested.map(|t| NORMAL_95 * t.error),
        observations: [trials as u64, new.trials as u64],
        tested,
    })
}
