//! Quantiles of latency.
//!
//! Whether a quantile moved is tested by the shares of calls beyond the bounds of its bin: exact,
//! whatever the distribution, and with no interpolation. How far it moved is told from
//! the durations in the kept traces, to the microsecond, where enough are kept, and otherwise
//! from the bins.

use crate::summary::Histogram;

use super::comparison::Sides;
use super::draft::{Draft, NORMAL_95};
use super::measures::{DEADLINE, QUANTILES, Quantile};
use super::profile::Series;
use super::shares::{edges, entries};
use super::stats::{Between, Sample, Tested, moderate, test};
use super::subjects;
use super::traces::quantile;
use super::view::Subject;

type Durations<'a> = Vec<Option<&'a [(u32, f64)]>>;

/// A subject with its durations in every run, the new one last.
struct Case<'a> {
    subject: Subject,
    /// By block.
    blocks: Vec<&'a [Histogram]>,
    kept: Durations<'a>,
}

/// Adds what there is to say of every entry and edge.
pub fn measure(sides: &Sides, drafts: &mut Vec<Draft>) {
    let cases = cases(sides);
    for quantile in &QUANTILES {
        let bounds: Vec<Option<[u16; 2]>> =
            cases.iter().map(|case| bounds(case, quantile)).collect();
        let tested = [0, 1].map(|bound| beyond(&cases, sides.old.len(), &bounds, bound));
        for (at, case) in cases.iter().enumerate() {
            drafts.extend(draft(case, quantile, [tested[0][at], tested[1][at]]));
        }
    }
    deadlines(sides, drafts);
}

/// Tests the calls beyond one of the two bounds of every case.
fn beyond(
    cases: &[Case<'_>],
    runs: usize,
    bounds: &[Option<[u16; 2]>],
    bound: usize,
) -> Vec<Option<Tested>> {
    let samples = |(case, bounds): (&Case<'_>, &Option<[u16; 2]>)| {
        let bin = bounds.as_ref()?[bound];
        let sample =
            |run: &&[Histogram]| Sample::new(run.iter().map(|h| (h.from_bin(bin), h.count())));
        Some(case.blocks.iter().map(sample).collect())
    };
    let mut all: Vec<Option<Vec<Sample>>> = cases.iter().zip(bounds).map(samples).collect();
    moderate(all.iter_mut().flatten().flatten());
    let between = Between::pooled(all.iter().flatten().map(|list| &list[..runs]));
    let tested = |samples: &Option<Vec<Sample>>| {
        let (new, old) = samples.as_ref()?.split_last()?;
        test(old, new, between)
    };
    all.iter().map(tested).collect()
}

fn cases(sides: &Sides) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    for (subject, key, series) in edges(sides).into_iter().map(|c| (c.subject, c.key, c.series)) {
        let kept = sides.all().map(|s| s.traces.durations.get(&key).map(Vec::as_slice)).collect();
        cases.push(Case { subject, blocks: histograms(&series), kept });
    }
    for (subject, key, series) in entries(sides).into_iter().map(|c| (c.subject, c.key, c.series)) {
        let kept =
            sides.all().map(|s| s.traces.entry_durations.get(&key).map(Vec::as_slice)).collect();
        cases.push(Case { subject, blocks: histograms(&series), kept });
    }
    cases
}

/// As the caller saw it; as the callee did where no caller told in any of the runs.
fn histograms<'a>(series: &[Option<&'a Series>]) -> Vec<&'a [Histogram]> {
    let any = |h: &[Histogram]| h.iter().any(|h| !h.is_empty());
    let waited = series.iter().flatten().any(|s| any(&s.waited));
    let of = |s: &&'a Series| if waited { &s.waited[..] } else { &s.worked[..] };
    series.iter().map(|s| s.as_ref().map_or(&[][..], of)).collect()
}

fn sum<'a>(blocks: impl Iterator<Item = &'a Histogram>) -> Histogram {
    let mut all = Histogram::default();
    blocks.for_each(|block| all.add(block));
    all
}

/// The bounds of the bin in which both together have their quantile, so that neither side is
/// privileged; `None` where one has too few calls for it.
fn bounds(case: &Case<'_>, quantile: &Quantile) -> Option<[u16; 2]> {
    let (new, old) = case.blocks.split_last()?;
    let new: u64 = new.iter().map(Histogram::count).sum();
    let old: u64 = old.iter().flat_map(|run| run.iter()).map(Histogram::count).sum();
    if old.min(new) < quantile.least_observations() {
        return None;
    }
    sum(case.blocks.iter().flat_map(|run| run.iter())).around(quantile.at)
}

fn draft(case: &Case<'_>, at: &'static Quantile, tested: [Option<Tested>; 2]) -> Option<Draft> {
    let [low, high] = [tested[0]?, tested[1]?];
    let clearer = if low.p <= high.p { low } else { high };
    // Two looks at one quantile (Bonferroni).
    let tested = Tested { p: (2.0 * clearer.p).min(1.0), error: low.error.max(high.error) };
    let (new, old) = case.blocks.split_last()?;
    let count = |run: &[Histogram]| run.iter().map(Histogram::count).sum::<u64>();
    let [before, after] = values(case, old.len(), at)?;
    Some(Draft {
        subject: case.subject.clone(),
        measure: &at.measure,
        before: Some(before),
        after: Some(after),
        half: half(case, at.at, tested),
        observations: [old.iter().map(|run| count(run)).sum(), count(new)],
        tested: Some(tested),
    })
}

/// The quantile on either side, both found in the same way.
fn values(case: &Case<'_>, runs: usize, at: &Quantile) -> Option<[f64; 2]> {
    let kept = |lists: &[Option<&[(u32, f64)]>]| {
        let mut all: Vec<(u32, f64)> =
            lists.iter().flatten().flat_map(|l| l.iter().copied()).collect();
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        (all.len() as u64 >= at.least_observations()).then(|| quantile(&all, at.at)).flatten()
    };
    if let (Some(before), Some(after)) = (kept(&case.kept[..runs]), kept(&case.kept[runs..])) {
        return Some([before, after]);
    }
    let binned =
        |runs: &[&[Histogram]]| sum(runs.iter().flat_map(|r| r.iter())).interpolated(at.at);
    Some([binned(&case.blocks[..runs])?, binned(&case.blocks[runs..])?])
}

/// Half the interval of the ratio's logarithm: where the quantile would be if the share beyond
/// it were off by as much (Woodruff, JASA 1952).
fn half(case: &Case<'_>, at: f64, tested: Tested) -> Option<f64> {
    let all = sum(case.blocks.iter().flat_map(|run| run.iter()));
    let off = NORMAL_95 * tested.error;
    let low = all.interpolated((at - off).max(0.0))?;
    let high = all.interpolated((at + off).min(1.0))?;
    (low > 0.0).then(|| (high / low).ln() / 2.0)
}

/// So many calls must have been given up on for a timeout to be seen …
const GIVEN_UP: usize = 5;
/// … of which the middle half lies within this share of the median: a deadline is a constant.
const SHARP: f64 = 0.2;

/// Adds after how long callers give up, where that can be seen on both sides.
fn deadlines(sides: &Sides, drafts: &mut Vec<Draft>) {
    for (&key, new) in &sides.new.traces.gave_up {
        let mut old: Vec<u32> = Vec::new();
        for side in &sides.old {
            old.extend(side.traces.gave_up.get(&key).into_iter().flatten());
        }
        old.sort_unstable();
        let (Some(before), Some(after)) = (deadline(&old), deadline(new)) else { continue };
        let Some(subject) = subjects::edge(&sides.catalog, key) else { continue };
        let middle = f64::midpoint(before, after) / 1000.0;
        let beyond = |list: &[u32]| {
            let beyond = list.iter().filter(|&&micros| f64::from(micros) > middle).count();
            Sample::new(std::iter::once((beyond as u64, list.len() as u64)))
        };
        drafts.push(Draft {
            subject,
            measure: &DEADLINE,
            before: Some(before),
            after: Some(after),
            half: None,
            observations: [old.len() as u64, new.len() as u64],
            tested: test_sharp(&beyond(&old), &beyond(new)),
        });
    }
}

/// Both are single values: their calls need no blocks to be compared.
fn test_sharp(old: &Sample, new: &Sample) -> Option<Tested> {
    let certain = |s: &Sample| Sample { degrees: old.trials + new.trials - 2.0, ..*s };
    test(&[certain(old)], &certain(new), Between::default())
}

/// The median of durations in order, if they are all about the same; nanoseconds.
fn deadline(micros: &[u32]) -> Option<f64> {
    if micros.len() < GIVEN_UP {
        return None;
    }
    let at = |share: usize| f64::from(micros[(micros.len() - 1) * share / 4]);
    let sharp = at(3) - at(1) <= SHARP * at(2);
    (sharp && at(2) > 0.0).then(|| at(2) * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_constant() {
        assert_eq!(deadline(&[1_000, 1_001, 1_002, 1_003, 1_010]), Some(1_002_000.0));
        assert_eq!(deadline(&[1_000, 1_001, 1_002, 1_003]), None);
        assert_eq!(deadline(&[100, 500, 1_000, 2_000, 9_000]), None);
    }
}
