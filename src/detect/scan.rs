//! The window in which most more requests were harmed than chance explains.

use rayon::prelude::*;

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
/// Where the random numbers begin.
const SEED: u64 = 0x7261_6365;

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
    // Every shuffle draws as often as every other, so each knows where its numbers begin.
    let draws: u64 = series.iter().map(|s| harm_and_room(s, taken)).map(|(h, n)| h.min(n)).sum();
    let as_good = |&at: &u64| {
        let mut random = Random(SEED + at * draws);
        let shuffled = Prefix::new(series, taken, |s| shuffle(s, taken, &mut random));
        shuffled.reaches(best.ratio)
    };
    let as_good = (0..SHUFFLES as u64).into_par_iter().filter(as_good).count();
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
        let mut best: Option<Found> = None;
        let harmed = self.harmed();
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

    /// Whether some window has at least this ratio. The logarithms are taken only where the
    /// ratio can be as large: n times the relative entropy is at most Pearson's chi-squared
    /// (Gibbs & Su, International Statistical Review 2002, theorem 5).
    fn reaches(&self, ratio: f64) -> bool {
        // Rounding must not hide what is just as good.
        let near = ratio * 0.999_999;
        let harmed = self.harmed();
        harmed.iter().enumerate().any(|(i, &from)| {
            harmed[i..].iter().any(|&last| {
                let seen = self.seen[last + 1] - self.seen[from];
                let expected = self.expected[last + 1] - self.expected[from];
                let (more, due) = (seen - expected, self.total - expected);
                let small = due > 0.0 && more * more * self.total < near * expected * due;
                more > 0.0 && !small && log_likelihood_ratio(seen, expected, self.total) >= ratio
            })
        })
    }

    /// A window worth having begins and ends with harm.
    fn harmed(&self) -> Vec<usize> {
        (0..self.seen.len() - 1).filter(|&at| self.seen[at + 1] > self.seen[at]).collect()
    }
}

/// Harm that is dealt out anew, that of the baseline included, and requests that it may meet.
fn harm_and_room(series: &EntrySeries, taken: &[bool]) -> (u64, u64) {
    let free = |values: &[u64]| -> u64 {
        values.iter().zip(taken).filter(|(_, taken)| !**taken).map(|(v, _)| v).sum()
    };
    (free(&series.harmed) + series.baseline.1, free(&series.total) + series.baseline.0)
}

/// Deals an operation's harm out among its requests anew, those of the baseline included.
fn shuffle(series: &EntrySeries, taken: &[bool], random: &mut Random) -> Vec<u64> {
    let free = series.total.iter().zip(taken).map(|(&n, &t)| if t { 0 } else { n });
    let mut free = Counts::new(free);
    let mut outside = series.baseline.0;
    let (harm, mut left) = harm_and_room(series, taken);
    let mut dealt = vec![0; taken.len()];
    for _ in 0..harm.min(left) {
        let pick = random.below(left);
        left -= 1;
        match pick.checked_sub(outside) {
            None => outside -= 1,
            Some(pick) => dealt[free.take(pick)] += 1,
        }
    }
    dealt
}

/// Counts from which one is taken away at a time, as a tree of sums (Fenwick, Software: Practice
/// and Experience 1994).
struct Counts {
    /// At each place the sum of as many counts up to it as its lowest bit says.
    sums: Vec<u64>,
}

impl Counts {
    fn new(counts: impl ExactSizeIterator<Item = u64>) -> Self {
        let mut sums = vec![0; counts.len().next_power_of_two() + 1];
        for (sum, count) in sums[1..].iter_mut().zip(counts) {
            *sum = count;
        }
        for at in 1..sums.len() {
            let above = at + (at & at.wrapping_neg());
            if above < sums.len() {
                sums[above] += sums[at];
            }
        }
        Self { sums }
    }

    /// Takes away one where the counts added up exceed `pick`, which must be less than their sum.
    fn take(&mut self, mut pick: u64) -> usize {
        let mut step = (self.sums.len() - 1) / 2;
        let mut at = 0;
        while step > 0 {
            let sum = &mut self.sums[at + step];
            if *sum <= pick {
                pick -= *sum;
                at += step;
            } else {
                *sum -= 1;
            }
            step /= 2;
        }
        at
    }
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
    fn taking_one_by_one_leaves_nothing() {
        let mut counts = Counts::new([0, 2, 0, 1, 3].into_iter());
        let taken: Vec<usize> = [5, 0, 2, 0, 0, 0].map(|pick| counts.take(pick)).to_vec();
        assert_eq!(taken, [4, 1, 4, 1, 3, 4]);
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
