//! When a series changed.

/// The most likely time of a change, with the times that are nearly as likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onset {
    /// The most likely position.
    pub at: usize,
    /// The earliest position within the likelihood interval.
    pub earliest: usize,
    /// The latest.
    pub latest: usize,
}

/// Log likelihood that the interval gives away: 1.92 is half the 95 % point of chi-square with
/// one degree of freedom (profile likelihood interval).
const GIVEN_AWAY: f64 = 1.92;

/// The position from which events are more frequent, by maximum likelihood of one step in a
/// binomial rate: `(trials, events)` per position. `None` without an increase.
pub fn change_point(counts: &[(u64, u64)]) -> Option<Onset> {
    let total = counts.iter().fold((0, 0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
    let mut before = (0_u64, 0_u64);
    let mut likelihoods = Vec::with_capacity(counts.len());
    for &(trials, events) in counts {
        let after = (total.0 - before.0, total.1 - before.1);
        let rate = |(n, k): (u64, u64)| if n == 0 { 0.0 } else { k as f64 / n as f64 };
        let likelihood = if rate(after) > rate(before) {
            log_binomial(before) + log_binomial(after)
        } else {
            f64::NEG_INFINITY
        };
        likelihoods.push(likelihood);
        before = (before.0 + trials, before.1 + events);
    }
    let none = log_binomial(total);
    let best = likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if best <= none {
        return None;
    }
    let near = |l: &f64| *l >= best - GIVEN_AWAY;
    let at = likelihoods.iter().position(|&l| l >= best)?;
    Some(Onset {
        at,
        earliest: likelihoods.iter().position(near)?,
        latest: likelihoods.iter().rposition(near)?,
    })
}

/// The maximal log likelihood of a binomial rate, without the constant.
fn log_binomial((trials, events): (u64, u64)) -> f64 {
    let (n, k) = (trials as f64, events as f64);
    let part = |k: f64| if k > 0.0 { k * (k / n).ln() } else { 0.0 };
    part(k) + part(n - k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_with_its_uncertainty() {
        let mut counts = vec![(10, 0); 40];
        counts[25..].fill((10, 6));
        let onset = change_point(&counts).unwrap();
        assert_eq!(onset.at, 25);
        assert!(onset.earliest >= 24 && onset.latest <= 26, "{onset:?}");
        assert_eq!(change_point(&[(10, 5), (10, 0)]), None);
        assert_eq!(change_point(&[]), None);
    }
}
