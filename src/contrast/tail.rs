//! How rare so many carriers are, where counting every way would take too long.
//!
//! The saddlepoint approximation to the tail of a sum of whole numbers (Lugannani and Rice, Advances in Applied
//! Probability 1980; with the second correction for continuity of Daniels, International Statistical Review 1987). Its
//! error is relative: a chance of 10⁻³⁰ is right to some percent, where a normal tail, even one
//! corrected for skewness, is off by powers of ten; what is found of many tests hangs on such tails.

use statrs::distribution::{Continuous as _, ContinuousCDF as _, Normal};

use super::exact::Stratum;

/// Steps until the saddlepoint is found; Newton's method takes about six.
const STEPS: usize = 60;
/// Terms that are smaller than the largest by this factor add nothing.
const NOTHING: f64 = 1e-17;
/// So near the middle the formula divides nought by nought: its limit takes its place.
const MIDDLE: f64 = 1e-3;

/// How often chance gives the failing requests of all strata so many carriers or more, 0 to 1, by
/// the sums of each; of more than there can be, how often it gives the most.
pub fn beyond(strata: &[Stratum], carriers: u32) -> f64 {
    let (least, most) =
        strata.iter().map(Stratum::range).fold((0, 0), |(a, b), (from, to)| (a + from, b + to));
    if carriers <= least {
        return 1.0;
    }
    if carriers >= most {
        return strata.iter().map(|s| s.ln_chance(s.range().1)).sum::<f64>().exp();
    }
    let wanted = f64::from(carriers) - 0.5;
    let at = saddlepoint(strata, wanted);
    let Tilted { ln_sum, variance, third, .. } = tilted_sum(strata, at);
    let deviation = variance.sqrt();
    let w = at.signum() * (2.0 * (at * wanted - ln_sum)).max(0.0).sqrt();
    let normal = Normal::standard();
    let chance = if w.abs() < MIDDLE {
        0.5 - normal.pdf(0.0) * third / (6.0 * deviation.powi(3))
    } else {
        let u = 2.0 * (at / 2.0).sinh() * deviation;
        normal.sf(w) + normal.pdf(w) * (1.0 / u - 1.0 / w)
    };
    chance.clamp(0.0, 1.0)
}

/// The tilt that makes the wanted number the mean.
fn saddlepoint(strata: &[Stratum], wanted: f64) -> f64 {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut at = 0.0;
    for _ in 0..STEPS {
        let Tilted { mean, variance, .. } = tilted_sum(strata, at);
        let short = wanted - mean;
        if short.abs() <= 1e-9 * variance.sqrt().max(1e-9) {
            break;
        }
        *(if short > 0.0 { &mut low } else { &mut high }) = at;
        let next = at + short / variance;
        at = if next > low && next < high && (next - at).abs() < 4.0 {
            next
        } else if low.is_finite() && high.is_finite() {
            f64::midpoint(low, high)
        } else {
            at + 2.0 * short.signum()
        };
    }
    at
}

/// A distribution whose chances are multiplied by `exp(tilt × number)`.
#[derive(Clone, Copy, Default)]
struct Tilted {
    /// Logarithm of what they add up to.
    ln_sum: f64,
    mean: f64,
    variance: f64,
    /// Third central moment.
    third: f64,
}

/// Cumulants of a sum are sums of cumulants.
fn tilted_sum(strata: &[Stratum], tilt: f64) -> Tilted {
    strata.iter().map(|s| tilted(s, tilt)).fold(Tilted::default(), |sum, own| Tilted {
        ln_sum: sum.ln_sum + own.ln_sum,
        mean: sum.mean + own.mean,
        variance: sum.variance + own.variance,
        third: sum.third + own.third,
    })
}

/// Of one stratum: Fisher's noncentral hypergeometric distribution, summed outwards from its mode.
fn tilted(stratum: &Stratum, tilt: f64) -> Tilted {
    let (from, to) = stratum.range();
    let (with, failing) = (f64::from(stratum.with()), f64::from(stratum.failing));
    let rest = stratum.size() - with - failing;
    let odds = tilt.exp();
    // Chance of one more by chance of so many.
    let ratio = |k: f64| odds * (with - k) * (failing - k) / ((k + 1.0) * (rest + k + 1.0));
    // The ratio falls, so the mode is where it passes one.
    let (mut mode, mut beyond) = (from, to);
    while mode < beyond {
        let middle = mode + (beyond - mode) / 2;
        if ratio(f64::from(middle)) > 1.0 { mode = middle + 1 } else { beyond = middle }
    }
    let (mut sum, mut first, mut second, mut third) = (1.0, 0.0, 0.0, 0.0);
    let mut add = |term: f64, away: f64| {
        sum += term;
        first += term * away;
        second += term * away * away;
        third += term * away * away * away;
    };
    let mut term = 1.0;
    for k in mode..to {
        term *= ratio(f64::from(k));
        if term < NOTHING {
            break;
        }
        add(term, f64::from(k + 1 - mode));
    }
    term = 1.0;
    for k in (from..mode).rev() {
        term /= ratio(f64::from(k));
        if term < NOTHING {
            break;
        }
        add(term, -f64::from(mode - k));
    }
    let (m1, m2, m3) = (first / sum, second / sum, third / sum);
    Tilted {
        ln_sum: stratum.ln_chance(mode) + tilt * f64::from(mode) + f64::ln(sum),
        mean: f64::from(mode) + m1,
        variance: m2 - m1 * m1,
        third: m3 - 3.0 * m1 * m2 + 2.0 * m1.powi(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilted_stratum_has_the_moments_that_adding_up_gives() {
        let stratum = Stratum { failing: 7, failing_with: 3, healthy: 9, healthy_with: 2 };
        for tilt in [-3.0, -0.4, 0.0, 0.7, 6.0] {
            let weights =
                (0..=5).map(|k| (f64::from(k), (stratum.ln_chance(k) + tilt * f64::from(k)).exp()));
            let weights: Vec<_> = weights.collect();
            let sum: f64 = weights.iter().map(|w| w.1).sum();
            let mean = weights.iter().map(|(k, w)| k * w).sum::<f64>() / sum;
            let moment = |n| weights.iter().map(|(k, w)| (k - mean).powi(n) * w).sum::<f64>() / sum;
            let found = tilted(&stratum, tilt);
            for (found, want) in [
                (found.ln_sum, sum.ln()),
                (found.mean, mean),
                (found.variance, moment(2)),
                (found.third, moment(3)),
            ] {
                assert!((found - want).abs() < 1e-9, "{tilt}: {found} {want}");
            }
        }
    }

    #[test]
    fn the_ends_are_exact() {
        let strata = [Stratum { failing: 4, failing_with: 3, healthy: 4, healthy_with: 1 }; 2];
        assert_eq!(beyond(&strata, 0), 1.0);
        for most in [8, 99] {
            assert!((beyond(&strata, most) - (1.0_f64 / 70.0).powi(2)).abs() < 1e-12);
        }
    }

    #[test]
    fn in_the_middle_it_is_even() {
        let strata = [Stratum { failing: 50, failing_with: 0, healthy: 50, healthy_with: 40 }; 9];
        let (below, above) = (beyond(&strata, 180), beyond(&strata, 181));
        assert!((below + above - 1.0).abs() < 1e-6 && below > 0.5, "{below} {above}");
    }
}
