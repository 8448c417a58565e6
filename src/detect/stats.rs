//! The few statistics that everything later is built from.

use statrs::distribution::{ContinuousCDF as _, Normal};

/// An interval of plausible values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's score interval of a proportion (Wilson, JASA 1927): sane for few trials and for
/// rates near 0 and 1, where most series of failures live.
///
/// `confidence` is two-sided, 0 to 1. Without trials anything is plausible.
pub fn wilson(successes: f64, trials: f64, confidence: f64) -> Interval {
    if trials <= 0.0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let p = (successes / trials).clamp(0.0, 1.0);
    let scale = 1.0 + z * z / trials;
    let middle = (p + z * z / (2.0 * trials)) / scale;
    let half = z * (p * (1.0 - p) / trials + z * z / (4.0 * trials * trials)).sqrt() / scale;
    // Exact at the ends, where the difference is rounding.
    let low = if successes <= 0.0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if successes >= trials { 1.0 } else { (middle + half).min(1.0) };
    Interval { low, high }
}

/// Kulldorff's log likelihood ratio for `seen` of `total` events where `expected` of them were
/// due (A spatial scan statistic, Communications in Statistics 1997). 0 unless more were seen
/// than expected.
pub fn log_likelihood_ratio(seen: f64, expected: f64, total: f64) -> f64 {
    if seen <= expected || expected <= 0.0 {
        return 0.0;
    }
    let rest = total - seen;
    let due = total - expected;
    let outside = if rest > 0.0 && due > 0.0 { rest * (rest / due).ln() } else { 0.0 };
    seen * (seen / expected).ln() + outside
}

/// The logistic function: log-odds to probability.
pub fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Probability to log-odds, with 0 and 1 kept finite.
pub fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        // Newcombe, Statistics in Medicine 1998, table I: 81 of 263 and 0 of 20.
        let a = wilson(81.0, 263.0, 0.95);
        assert!((a.low - 0.2553).abs() < 1e-4 && (a.high - 0.3662).abs() < 1e-4);
        let b = wilson(0.0, 20.0, 0.95);
        assert!(b.low == 0.0 && (b.high - 0.1611).abs() < 1e-4);
        assert_eq!(wilson(0.0, 0.0, 0.95), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn the_ratio_grows_with_the_excess_and_is_zero_below_it() {
        assert_eq!(log_likelihood_ratio(3.0, 5.0, 10.0), 0.0);
        let some = log_likelihood_ratio(8.0, 4.0, 10.0);
        let more = log_likelihood_ratio(9.0, 4.0, 10.0);
        assert!(more > some && some > 0.0);
    }

    #[test]
    fn logit_inverts_logistic() {
        for x in [-5.0, -0.3, 0.0, 2.5] {
            assert!((logit(logistic(x)) - x).abs() < 1e-9);
        }
    }
}
