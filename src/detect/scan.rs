//! The window in which most more requests were harmed than chance explains.

use crate::model::stable_hash;

use super::{EntrySeries, log_likelihood_ratio};

/// A window and how surely it is not chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// First position.
    pub from: usize,
    /// One past the last position.
    pub to: usize,
    /// Log likelihood ratio.
    pub ratio: f64,
    /// The share of shuffled inputs in which some window does as well.
    pub p_value: f64,
}

/// Shuffles in the null: with 199, a p-value of 0.005 can be told from 0.01.
const SHUFFLES: usize = 199;

/// Finds the window with the largest ratio and tests it against inputs in which harm was dealt
/// out at random.
///
/// A scan statistic (Kulldorff 1997) over all windows, stratified by entry operation, so that
/// a change of the request mix is no incident. The null shuffles which requests of an operation
/// were harmed and searches again: the search over windows is in the null. Positions flagged in
/// `taken` belong to incidents already found and are left out. `None` without any harm.
pub fn scan(series: &[EntrySeries], taken: &[bool]) -> Option<Found> {
    let observed = Prefix::new(series, taken, |s| s.harmed.clone());
    let best = observed.best()?;
    let mut random = Random(0x7261_6365);
    let mut as_good = 0;
    for _ in 0..SHUFFLES {
        let shuffled = Prefix::new(series, taken, |s| shuffle(s, taken, &mut random));
        as_good += usize::from(shuffled.best().is_some_and(|b| b.ratio >= best.ratio));
    }
    let p_value = (as_good + 1) as f64 / (SHUFFLES + 1) as f64;
    Some(Found { p_value, ..best })
}

/// Cumulative sums of seen and expected harm.
struct Prefix {
    seen: Vec<f64>,
    expected: Vec<f64>,
    /// All harm, that of the baseline included.
    total: f64,
}

impl Prefix {
    fn new(
        series: &[EntrySeries],
        taken: &[bool],
        mut harmed: impl FnMut(&EntrySeries) -> Vec<u64>,
    ) -> Self {
        let length = taken.len();
        let (mut seen, mut expected) = (vec![0.0; length + 1], vec![0.0; length + 1]);
        let mut total = 0.0;
        for one in series {
            let harmed = harmed(one);
            let free = |values: &[u64]| -> u64 {
                values.iter().zip(taken).filter(|(_, taken)| !**taken).map(|(v, _)| v).sum()
            };
            let requests = (free(&one.total) + one.baseline.0) as f64;
            let harm = (free(&harmed) + one.baseline.1) as f64;
            total += harm;
            let rate = if requests > 0.0 { harm / requests } else { 0.0 };
            for at in 0..length {
                if !taken[at] {
                    seen[at + 1] += harmed[at] as f64;
                    expected[at + 1] += one.total[at] as f64 * rate;
                }
            }
        }
        for at in 0..length {
            seen[at + 1] += seen[at];
            expected[at + 1] += expected[at];
        }
        Self { seen, expected, total }
    }

    fn best(&self) -> Option<Found> {
        let length = self.seen.len() - 1;
        let mut best: Option<Found> = None;
        // A window worth having begins and ends with harm.
        let harmed: Vec<usize> =
            (0..length).filter(|&at| self.seen[at + 1] > self.seen[at]).collect();
        for (i, &from) in harmed.iter().enumerate() {
            for &last in &harmed[i..] {
                let seen = self.seen[last + 1] - self.seen[from];
                let expected = self.expected[last + 1] - self.expected[from];
                let ratio = log_likelihood_ratio(seen, expected, self.total);
                if ratio > best.map_or(0.0, |b| b.ratio) {
                    best = Some(Found { from, to: last + 1, ratio, p_value: 1.0 });
                }
            }
        }
        best
    }
}

/// Deals an operation's harm out among its requests anew, those of the baseline included.
fn shuffle(series: &EntrySeries, taken: &[bool], random: &mut Random) -> Vec<u64> {
    let mut free: Vec<u64> =
        series.total.iter().zip(taken).map(|(&n, &t)| if t { 0 } else { n }).collect();
    let mut outside = series.baseline.0;
    let harm: u64 = series.baseline.1
        + series.harmed.iter().zip(taken).filter(|(_, t)| !**t).map(|(h, _)| h).sum::<u64>();
    let mut dealt = vec![0; free.len()];
    let mut left: u64 = free.iter().sum::<u64>() + outside;
    // Cumulative counts would need a tree; harm is rare, so a walk per harmed request is cheap.
    for _ in 0..harm.min(left) {
        let mut pick = random.below(left);
        left -= 1;
        if pick < outside {
            outside -= 1;
            continue;
        }
        pick -= outside;
        for (at, free) in free.iter_mut().enumerate() {
            if pick < *free {
                *free -= 1;
                dealt[at] += 1;
                break;
            }
            pick -= *free;
        }
    }
    dealt
}

/// A counter through a hash: reproducible, and good enough to shuffle with.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 += 1;
        ((u128::from(stable_hash(0, self.0)) * u128::from(bound)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(total: u64, harmed: &[u64]) -> EntrySeries {
        EntrySeries {
            operation: 0,
            total: vec![total; harmed.len()],
            harmed: harmed.to_vec(),
            baseline: (0, 0),
            slow: None,
        }
    }

    #[test]
    fn a_burst_is_found_where_it_is() {
        let mut harmed = vec![0; 60];
        harmed[5] = 1;
        harmed[40..48].fill(4);
        let found = scan(&[series(10, &harmed)], &[false; 60]).unwrap();
        assert_eq!((found.from, found.to), (40, 48));
        assert!(found.p_value <= 0.01);
    }

    #[test]
    fn scattered_failures_are_chance() {
        let harmed: Vec<u64> = (0..60).map(|i| u64::from(i % 7 == 3)).collect();
        let found = scan(&[series(10, &harmed)], &[false; 60]).unwrap();
        assert!(found.p_value > 0.05, "{found:?}");
    }

    #[test]
    fn a_change_of_mix_is_no_incident() {
        // An operation that always fails half the time is asked for more often later on.
        let flaky = EntrySeries {
            operation: 0,
            total: (0..60).map(|i| if i < 40 { 2 } else { 20 }).collect(),
            harmed: (0..60).map(|i| if i < 40 { 1 } else { 10 }).collect(),
            baseline: (0, 0),
            slow: None,
        };
        let found = scan(&[flaky, series(10, &[0; 60])], &[false; 60]);
        assert!(found.is_none_or(|f| f.p_value > 0.05), "{found:?}");
    }
}
