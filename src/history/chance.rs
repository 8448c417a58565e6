//! The few statistics by which several incidents are read together.

use statrs::distribution::{Beta, ContinuousCDF as _};

/// A share of trials with the interval of plausible values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Jeffreys' interval of a proportion: quantiles of Beta(k + ½, n − k + ½), with the ends of
/// the scale where nothing or everything was seen (Brown, Cai & DasGupta, Interval estimation for
/// a binomial proportion, Statistical Science 2001). `confidence` is two-sided, 0 to 1.
pub fn jeffreys(seen: u64, of: u64, confidence: f64) -> Rate {
    let (k, n) = (seen as f64, of as f64);
    let Ok(beta) = Beta::new(k + 0.5, (n - k).max(0.0) + 0.5) else {
        return Rate { low: 0.0, high: 1.0 };
    };
    let tail = (1.0 - confidence) / 2.0;
    Rate {
        low: if seen == 0 { 0.0 } else { beta.inverse_cdf(tail) },
        high: if seen >= of { 1.0 } else { beta.inverse_cdf(1.0 - tail) },
    }
}

/// With which probability each of several things takes part, if `parts` of them do and nothing
/// but their traffic decides: 1 − exp(−λ·weight), λ such that the probabilities add up to
/// `parts` (Poisson sampling with unequal probabilities; Hájek, Annals of Mathematical Statistics
/// 1964). Things without traffic count as one call.
pub fn by_traffic(weights: &[u64], parts: usize) -> Vec<f64> {
    if parts >= weights.len() {
        return vec![1.0; weights.len()];
    }
    let total: f64 = weights.iter().map(|w| (*w).max(1) as f64).sum();
    let shares: Vec<f64> = weights.iter().map(|w| (*w).max(1) as f64 / total).collect();
    let at = |rate: f64| shares.iter().map(move |share| 1.0 - (-rate * share).exp());
    let (mut low, mut high) = (0.0, 1.0);
    while at(high).sum::<f64>() < parts as f64 && high < 1e18 {
        high *= 2.0;
    }
    for _ in 0..BISECTIONS {
        let middle = (low + high) / 2.0;
        if at(middle).sum::<f64>() < parts as f64 { low = middle } else { high = middle }
    }
    at(low).collect()
}

/// Halvings of an interval that leave nothing of it in double precision.
const BISECTIONS: usize = 80;

/// Probability that at least `seen` of independent events happen, each with its own probability:
/// the upper tail of the Poisson binomial distribution, by adding one event after the other.
pub fn at_least(seen: u64, probabilities: &[f64]) -> f64 {
    let mut exactly = vec![1.0];
    for p in probabilities {
        exactly.push(0.0);
        for k in (0..exactly.len()).rev() {
            let one_less = if k > 0 { exactly[k - 1] * p } else { 0.0 };
            exactly[k] = exactly[k] * (1.0 - p) + one_less;
        }
    }
    exactly.iter().skip(seen as usize).sum::<f64>().clamp(0.0, 1.0)
}

/// Which of several findings stand if a share of `rate` of them may be false (Benjamini &
/// Hochberg, Journal of the Royal Statistical Society B 1995).
pub fn discoveries(chances: &[f64], rate: f64) -> Vec<bool> {
    let mut sorted = chances.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut steps = sorted.iter().enumerate().rev();
    let bar = steps.find(|(i, p)| **p <= rate * (i + 1) as f64 / chances.len() as f64);
    chances.iter().map(|p| bar.is_some_and(|(_, bar)| p <= bar)).collect()
}

/// How often each value of Mann–Kendall's S comes up in a series of `sizes` whose order is
/// chance: pairs of (S, probability). Exact, with ties: a group of equal values against those
/// placed before it has the distribution of Mann & Whitney's U, and groups are independent.
pub fn kendall_by_chance(ties: &[usize]) -> Vec<(i64, f64)> {
    let mut inversions = vec![1.0];
    let (mut placed, mut pairs) = (0, 0);
    for group in ties {
        inversions = convolve(&inversions, &mann_whitney(placed, *group));
        pairs += placed * group;
        placed += group;
    }
    let s = |inversions: usize| pairs as i64 - 2 * inversions as i64;
    inversions.into_iter().enumerate().map(|(i, p)| (s(i), p)).collect()
}

/// Mann & Whitney's U of `a` against `b` values in random order (Annals of Mathematical
/// Statistics 1947): probability of each of 0 to a·b.
fn mann_whitney(a: usize, b: usize) -> Vec<f64> {
    // row[j] is the distribution for the values of one side so far and j of the other.
    let mut row: Vec<Vec<f64>> = vec![vec![1.0]; b + 1];
    for i in 1..=a {
        let mut next: Vec<Vec<f64>> = vec![vec![1.0]];
        for j in 1..=b {
            // The largest value is of the one side and beats all j of the other, or is of the
            // other and beats nobody.
            let (one, other) = (i as f64 / (i + j) as f64, j as f64 / (i + j) as f64);
            let mut here = vec![0.0; i * j + 1];
            for (u, p) in row[j].iter().enumerate() {
                here[u + j] += one * p;
            }
            for (u, p) in next[j - 1].iter().enumerate() {
                here[u] += other * p;
            }
            next.push(here);
        }
        row = next;
    }
    row.pop().unwrap_or_default()
}

fn convolve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            out[i + j] += x * y;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn jeffreys_agrees_with_published_values() {
        // Brown, Cai & DasGupta, table 5 (limits of the 95 % Jeffreys interval): n = 10.
        let near = |a: f64, b: f64| (a - b).abs() < 1.5e-3;
        let two = jeffreys(2, 10, 0.95);
        assert!(near(two.low, 0.044) && near(two.high, 0.503), "{two:?}");
        let none = jeffreys(0, 10, 0.95);
        assert!(none.low == 0.0 && near(none.high, 0.217), "{none:?}");
        assert_eq!(jeffreys(10, 10, 0.95).high, 1.0);
    }

    #[test]
    fn traffic_alone_gives_the_busy_more() {
        let p = by_traffic(&[1_000, 100, 100, 0], 2);
        assert!((p.iter().sum::<f64>() - 2.0).abs() < 1e-9, "{p:?}");
        assert!(p[0] > 0.95 && p[1] == p[2] && p[3] < p[2]);
        assert_eq!(by_traffic(&[5, 0], 3), [1.0, 1.0]);
        assert!(by_traffic(&[5, 7], 0).iter().all(|p| *p < 1e-9));
    }

    #[test]
    fn the_false_are_left_out() {
        // The example of the paper: fifteen p-values, four discoveries at 5 %.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0,
        ];
        assert_eq!(discoveries(&p, 0.05).iter().filter(|found| **found).count(), 4);
        assert!(discoveries(&[], 0.05).is_empty());
    }

    /// All orders of a series, and S of each.
    fn by_enumeration(values: &[u32]) -> Vec<i64> {
        fn orders(rest: &mut Vec<u32>, so_far: &mut Vec<u32>, out: &mut Vec<i64>) {
            if rest.is_empty() {
                let pairs = (0..so_far.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
                let sign =
                    |(i, j): (usize, usize)| (i64::from(so_far[j]) - i64::from(so_far[i])).signum();
                out.push(pairs.map(sign).sum());
            }
            for i in 0..rest.len() {
                let taken = rest.remove(i);
                so_far.push(taken);
                orders(rest, so_far, out);
                so_far.pop();
                rest.insert(i, taken);
            }
        }
        let mut out = Vec::new();
        orders(&mut values.to_vec(), &mut Vec::new(), &mut out);
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn kendall_by_chance_is_that_of_all_orders(values in prop::collection::vec(0_u32..4, 1..7)) {
            let all = by_enumeration(&values);
            let ties: Vec<usize> = (0..4)
                .map(|v| values.iter().filter(|x| **x == v).count())
                .filter(|n| *n > 0)
                .collect();
            let exact = kendall_by_chance(&ties);
            for (s, p) in &exact {
                let counted = all.iter().filter(|x| *x == s).count() as f64 / all.len() as f64;
                prop_assert!((p - counted).abs() < 1e-12, "S {}: {} and {}", s, p, counted);
            }
            prop_assert!((exact.iter().map(|e| e.1).sum::<f64>() - 1.0).abs() < 1e-12);
        }

        #[test]
        fn a_tail_is_that_of_all_outcomes(p in prop::collection::vec(0.0_f64..=1.0, 0..8), seen in 0_u64..9) {
            let mut tail = 0.0;
            for outcome in 0_u32..1 << p.len() {
                let chance: f64 = p.iter().enumerate()
                    .map(|(i, p)| if outcome >> i & 1 == 1 { *p } else { 1.0 - p })
                    .product();
                tail += if u64::from(outcome.count_ones()) >= seen { chance } else { 0.0 };
            }
            prop_assert!((at_least(seen, &p) - tail).abs() < 1e-9);
        }
    }
}
