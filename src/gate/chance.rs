//! Whether a share is above its limit, or may be so by chance.

use statrs::function::beta::beta_reg;

use super::judgement::Outcome;
use super::policy::Rule;
use super::subject::Subject;

/// What so many of `of` say about a limit on their share (0 to 1).
///
/// Above the limit is only what would be rarer than 1 − confidence if the share were the limit
/// (the exact binomial test; Clopper and Pearson, Biometrika 1934). Above it by less than that is
/// unclear, and too few decide nothing.
pub fn share(rule: &Rule, some: u64, of: u64, limit: f64) -> Outcome {
    if of < rule.min_calls.max(1) {
        return Outcome::TooFew;
    }
    if some as f64 <= limit * of as f64 {
        return Outcome::Fits;
    }
    if at_least(some, of, limit) <= 1.0 - rule.confidence {
        Outcome::Broken
    } else {
        Outcome::Unclear
    }
}

/// Subjects with `some` of `of` requests or calls. Those with too few to be judged are judged
/// together, if they are several: a landscape of many small services is not unseen.
pub fn pooled(rule: &Rule, counted: Vec<(Subject, u64, u64)>) -> Vec<(Subject, u64, u64)> {
    let (mut pooled, few): (Vec<_>, Vec<_>) =
        counted.into_iter().partition(|(_, _, of)| *of >= rule.min_calls);
    if few.len() < 2 {
        pooled.extend(few);
        return pooled;
    }
    let rest = Subject::Rest { count: few.len() };
    pooled.push((rest, few.iter().map(|f| f.1).sum(), few.iter().map(|f| f.2).sum()));
    pooled
}

/// The probability of at least so many of `of` if each is one with probability `p`.
fn at_least(some: u64, of: u64, p: f64) -> f64 {
    match (some, p) {
        (0, _) => 1.0,
        (_, p) if p <= 0.0 => 0.0,
        (_, p) if p >= 1.0 => 1.0,
        _ => beta_reg(some as f64, (of - some + 1) as f64, p),
    }
}

#[cfg(test)]
mod tests {
    use super::super::kinds::ALL;
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_binomial_distribution() {
        // By hand: of 3 fair coins, 2 or more heads in 4 of 8 cases.
        assert!((at_least(2, 3, 0.5) - 0.5).abs() < 1e-12);
        assert!((at_least(1, 10, 0.1) - (1.0 - 0.9_f64.powi(10))).abs() < 1e-12);
        assert_eq!(
            [at_least(0, 5, 0.3), at_least(1, 5, 0.0), at_least(5, 5, 1.0)],
            [1.0, 0.0, 1.0]
        );
    }

    #[test]
    fn what_is_small_is_judged_together() {
        let rule = Rule::new("r", ALL[0]);
        let counted = |sizes: &[u64]| sizes.iter().map(|n| (Subject::Run, 1, *n)).collect();
        let alone = [(Subject::Run, 1, 200), (Subject::Run, 1, 60)];
        assert_eq!(pooled(&rule, counted(&[200, 60])), alone);
        let together = [(Subject::Run, 1, 200), (Subject::Rest { count: 2 }, 2, 130)];
        assert_eq!(pooled(&rule, counted(&[60, 200, 70])), together);
    }

    #[test]
    fn a_share_fits_breaks_or_is_unclear_and_few_decide_nothing() {
        let mut rule = Rule::new("r", ALL[0]);
        assert_eq!(share(&rule, 99, 99, 0.01), Outcome::TooFew);
        assert_eq!(share(&rule, 10, 1000, 0.01), Outcome::Fits);
        assert_eq!(share(&rule, 11, 1000, 0.01), Outcome::Unclear);
        assert_eq!(share(&rule, 20, 1000, 0.01), Outcome::Broken);
        assert_eq!(share(&rule, 1, 1000, 0.0), Outcome::Broken, "none may fail");
        rule.confidence = 0.5;
        assert_eq!(share(&rule, 12, 1000, 0.01), Outcome::Broken, "as measured");
    }
}
