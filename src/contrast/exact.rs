//! Whether requests that carry something fail more often than others, stratum by stratum.

use statrs::function::factorial::ln_factorial;

use super::tail;

/// Requests of one stratum: failing and healthy ones, and those of each that carry it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stratum {
    /// Failing ones.
    pub failing: u32,
    /// Failing ones that carry it.
    pub failing_with: u32,
    /// Healthy ones.
    pub healthy: u32,
    /// Healthy ones that carry it.
    pub healthy_with: u32,
}

/// What a test says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// How often chance gives failing requests so many carriers or more, 0 to 1.
    pub p: f64,
    /// The smallest that `p` could have been with these sums of rows and columns.
    pub least: f64,
    /// How much more often failing requests carry it than healthy ones of their stratum, −1 to 1:
    /// the Mantel–Haenszel risk difference (Greenland and Robins, Biometrics 1985).
    pub difference: f64,
    /// The Mantel–Haenszel odds ratio (JNCI 1959); `None` where it is not finite.
    pub odds_ratio: Option<f64>,
}

/// Up to so many additions the exact distribution is worked out; beyond, samples are so large that
/// its saddlepoint approximation is as good.
const EXACT: usize = 400_000;

/// One-sided test that carriers are more frequent among failing requests, given the sums of every
/// stratum: Fisher's exact test for one stratum, its conditional extension for several, and a
/// saddlepoint approximation of the same where that would take too long.
pub fn enrichment(strata: &[Stratum]) -> Test {
    let telling: Vec<Stratum> = strata.iter().copied().filter(Stratum::tells).collect();
    let seen: u32 = telling.iter().map(|s| s.failing_with).sum();
    let (p, least) = match distribution(&telling) {
        Some((lowest, chances)) => {
            let from = (seen - lowest) as usize;
            let tail: f64 = chances[from..].iter().rev().sum();
            (tail, chances.last().copied().unwrap_or(1.0))
        }
        None => (tail::beyond(&telling, seen), tail::beyond(&telling, u32::MAX)),
    };
    let sum = |of: fn(&Stratum) -> f64| telling.iter().map(of).sum::<f64>();
    let apart = sum(|s| f64::from(s.failing) * f64::from(s.healthy) / s.size());
    let gained = sum(|s| {
        let (with, without) = (f64::from(s.failing_with), f64::from(s.healthy_with));
        (with * f64::from(s.healthy) - without * f64::from(s.failing)) / s.size()
    });
    let agreeing =
        sum(|s| f64::from(s.failing_with) * f64::from(s.healthy - s.healthy_with) / s.size());
    let opposed =
        sum(|s| f64::from(s.failing - s.failing_with) * f64::from(s.healthy_with) / s.size());
    Test {
        p: p.clamp(0.0, 1.0),
        least: least.clamp(0.0, 1.0),
        difference: if apart > 0.0 { gained / apart } else { 0.0 },
        odds_ratio: (opposed > 0.0).then(|| agreeing / opposed),
    }
}

impl Stratum {
    pub(super) fn size(&self) -> f64 {
        f64::from(self.failing) + f64::from(self.healthy)
    }

    pub(super) fn with(&self) -> u32 {
        self.failing_with + self.healthy_with
    }

    /// Whether both sides are there, and both kinds.
    fn tells(&self) -> bool {
        let with = self.with();
        self.failing > 0 && self.healthy > 0 && with > 0 && with < self.failing + self.healthy
    }

    /// The fewest and most carriers that its failing requests may have.
    pub(super) fn range(&self) -> (u32, u32) {
        (self.with().saturating_sub(self.healthy), self.with().min(self.failing))
    }

    /// Logarithm of the chance that so many of its failing requests carry it (hypergeometric).
    pub(super) fn ln_chance(&self, with: u32) -> f64 {
        let choose = |n: u32, k: u32| {
            ln_factorial(n.into()) - ln_factorial(k.into()) - ln_factorial((n - k).into())
        };
        let all = self.failing + self.healthy;
        let rest = choose(all - self.with(), self.failing - with) - choose(all, self.failing);
        choose(self.with(), with) + rest
    }

    /// The chance of every number of carriers in its range.
    fn chances(&self) -> Vec<f64> {
        let (from, to) = self.range();
        (from..=to).map(|with| self.ln_chance(with).exp()).collect()
    }
}

/// The fewest carriers in all, and the chance of every number from there on; `None` if it is not
/// worth the time.
fn distribution(strata: &[Stratum]) -> Option<(u32, Vec<f64>)> {
    let (mut lowest, mut reach, mut cost) = (0, 1, 0_usize);
    for stratum in strata {
        let (from, to) = stratum.range();
        let width = (to - from) as usize + 1;
        cost = cost.saturating_add(reach * width);
        reach += width - 1;
        lowest += from;
    }
    if cost > EXACT {
        return None;
    }
    let mut chances = vec![1.0];
    for stratum in strata {
        let own = stratum.chances();
        let mut both = vec![0.0; chances.len() + own.len() - 1];
        for (at, chance) in chances.iter().enumerate() {
            for (more, other) in own.iter().enumerate() {
                both[at + more] += chance * other;
            }
        }
        chances = both;
    }
    Some((lowest, chances))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stratum(failing: u32, failing_with: u32, healthy: u32, healthy_with: u32) -> Stratum {
        Stratum { failing, failing_with, healthy, healthy_with }
    }

    /// Every way to hand the marks of each stratum out to its requests, by counting.
    fn brute_force(strata: &[Stratum]) -> f64 {
        let seen: u32 = strata.iter().map(|s| s.failing_with).sum();
        let mut ways = std::collections::BTreeMap::from([(0_u32, 1.0)]);
        for s in strata {
            let mut next = std::collections::BTreeMap::new();
            let all = s.failing + s.healthy;
            for marks in 0_u32..1 << all {
                if marks.count_ones() == s.with() {
                    let with = (marks & ((1 << s.failing) - 1)).count_ones();
                    for (sum, count) in &ways {
                        *next.entry(sum + with).or_insert(0.0) += count;
                    }
                }
            }
            ways = next;
        }
        let total: f64 = ways.values().sum();
        ways.range(seen..).map(|w| w.1).sum::<f64>() / total
    }

    #[test]
    fn the_lady_who_tastes_tea() {
        // Fisher, The Design of Experiments, 1935: 3 of 4 right gives 17/70, 4 of 4 gives 1/70.
        let test = enrichment(&[stratum(4, 3, 4, 1)]);
        assert!((test.p - 17.0 / 70.0).abs() < 1e-12 && (test.least - 1.0 / 70.0).abs() < 1e-12);
        assert!((test.difference - 0.5).abs() < 1e-12);
        assert!((test.odds_ratio.unwrap() - 9.0).abs() < 1e-12);
        assert!((enrichment(&[stratum(4, 4, 4, 0)]).p - 1.0 / 70.0).abs() < 1e-12);
    }

    #[test]
    fn a_difference_between_strata_is_none_within_them() {
        // Simpson: together 44 of 60 against 16 of 60, within each stratum alike.
        let strata = [stratum(50, 40, 10, 8), stratum(10, 2, 50, 10)];
        let test = enrichment(&strata);
        assert!(test.p > 0.4 && test.difference.abs() < 1e-9, "{test:?}");
        let pooled = enrichment(&[stratum(60, 42, 60, 18)]);
        assert!(pooled.p < 1e-4, "{pooled:?}");
    }

    #[test]
    fn nothing_to_compare_tells_nothing() {
        for strata in [vec![], vec![stratum(9, 9, 0, 0)], vec![stratum(9, 9, 5, 5)]] {
            let test = enrichment(&strata);
            assert_eq!((test.p, test.least, test.difference), (1.0, 1.0, 0.0));
            assert_eq!(test.odds_ratio, None);
        }
    }

    #[test]
    fn the_approximation_agrees_however_far_out() {
        // From one in two to one in 10^40; with few carriers, with many, and in strata of one.
        let mut shapes = vec![];
        for more in [0, 3, 8, 20, 40] {
            let lopsided = |n: u32| stratum(60, 10 + n % 5 + more / 2, 300, 50 + n);
            let dense = |n: u32| stratum(40 + n, 20 + more / 2, 60, 30);
            let rare = |n: u32| stratum(80, more / 5 + u32::from(n == 0), 400, 2);
            let single = |n: u32| stratum(1, u32::from(n % 12 < more / 4), 4, 2);
            shapes.push((0..12).map(lopsided).collect::<Vec<_>>());
            shapes.push((0..12).map(dense).collect());
            shapes.push((0..12).map(rare).collect());
            shapes.push((0..120).map(single).collect());
        }
        for strata in shapes {
            let exact = enrichment(&strata).p;
            let seen = strata.iter().map(|s| s.failing_with).sum();
            let close = tail::beyond(&strata, seen);
            assert!(distribution(&strata).is_some(), "the exact one is compared with");
            assert!((exact / close).ln().abs() < 0.05, "{:?}: {exact} {close}", strata[0]);
        }
    }

    proptest! {
        #[test]
        fn the_exact_test_counts_every_way(
            sizes in prop::collection::vec((1_u32..5, 1_u32..5, 0_u32..5, 0_u32..5), 1..4)
        ) {
            let strata: Vec<Stratum> = sizes
                .into_iter()
                .map(|(failing, healthy, a, b)| stratum(failing, a.min(failing), healthy, b.min(healthy)))
                .collect();
            let test = enrichment(&strata);
            let told: Vec<Stratum> = strata.iter().copied().filter(Stratum::tells).collect();
            prop_assert!((test.p - brute_force(&told)).abs() < 1e-9);
            prop_assert!(test.least <= test.p + 1e-12);
        }
    }
}
