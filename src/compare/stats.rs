//! Whether two shares differ by more than chance, when calls come in bursts.

use statrs::distribution::{ContinuousCDF as _, StudentsT};
use statrs::function::beta::beta_reg;

/// Events among trials in one run, with how much they vary beyond single calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Events, such as failed calls.
    pub events: f64,
    /// Trials, such as calls.
    pub trials: f64,
    /// Variance between blocks of time over that of independent calls.
    pub dispersion: f64,
    /// Degrees of freedom of the dispersion.
    pub degrees: f64,
}

impl Sample {
    /// From events and trials by block of time. The dispersion is Pearson's χ² over its degrees
    /// of freedom (McCullagh and Nelder, Generalized Linear Models, 1989, section 4.5): one
    /// request that fails ten calls, or a minute in which everything fails, counts as few.
    pub fn new(blocks: impl Iterator<Item = (u64, u64)> + Clone) -> Self {
        let filled = blocks.filter(|b| b.1 > 0).map(|(x, n)| (x as f64, n as f64));
        let (events, trials) = filled.clone().fold((0.0, 0.0), |(x, n), b| (x + b.0, n + b.1));
        let degrees = filled.clone().count() as f64 - 1.0;
        let share = events / trials;
        let variance = share * (1.0 - share).max(0.0);
        let dispersion = if degrees >= 1.0 && variance > 0.0 {
            let deviation = |(x, n): (f64, f64)| (x - n * share).powi(2) / (n * variance);
            filled.map(deviation).sum::<f64>() / degrees
        } else {
            1.0
        };
        Self { events, trials, dispersion, degrees: degrees.max(0.0) }
    }

    /// The share of trials with an event, 0 without trials.
    pub fn share(&self) -> f64 {
        if self.trials > 0.0 { self.events / self.trials } else { 0.0 }
    }

    /// The share on the scale on which its variance does not depend on it (Anscombe, Biometrika
    /// 1948), and that variance.
    fn stable(&self) -> (f64, f64) {
        let share = ((self.events + 0.375) / (self.trials + 0.75)).clamp(0.0, 1.0);
        (share.sqrt().asin(), self.dispersion.max(1.0) / (4.0 * self.trials.max(1.0)))
    }
}

/// A dispersion so many times the usual one is the subject's own: of twenty blocks of independent
/// calls fewer than one in a hundred has it by chance (χ² with 19 degrees of freedom).
const BURSTS: f64 = 2.0;
/// The pooled dispersion counts as so many degrees of freedom: about those of one run.
const POOLED_DEGREES: f64 = 20.0;

/// Moves the dispersions of one measure towards what all subjects together have (Smyth,
/// Statistical Applications in Genetics and Molecular Biology 2004), as each by itself is known
/// to a third only; but leaves those that burst. Fewer than independent calls vary, none do.
pub fn moderate<'a>(samples: impl Iterator<Item = &'a mut Sample>) {
    let mut samples: Vec<&mut Sample> =
        samples.filter(|s| s.events > 0.0 && s.events < s.trials && s.degrees > 0.0).collect();
    let degrees: f64 = samples.iter().map(|s| s.degrees).sum();
    // Weights even out: one that bursts must not make all the others look alike.
    let usual = samples.iter().map(|s| s.degrees * s.dispersion.min(BURSTS)).sum::<f64>() / degrees;
    for sample in &mut samples {
        if sample.dispersion <= BURSTS * usual.max(1.0) {
            let total = sample.degrees + POOLED_DEGREES;
            let sum = sample.degrees * sample.dispersion + POOLED_DEGREES * usual;
            sample.dispersion = sum / total;
            sample.degrees = total;
        }
    }
}

/// How much runs vary among themselves, on the scale of [`Sample::stable`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Between {
    /// Variance beyond what lies within runs.
    pub variance: f64,
    /// Its degrees of freedom.
    pub degrees: f64,
}

impl Between {
    /// From what should be equal: one list of samples a subject, one sample a run. Pooled over
    /// the subjects by the method of moments (DerSimonian and Laird, Controlled Clinical Trials
    /// 1986), since a few runs of one edge say little about how runs vary.
    pub fn pooled<'a>(subjects: impl Iterator<Item = &'a [Sample]>) -> Self {
        let (mut excess, mut scale, mut degrees) = (0.0, 0.0, 0.0);
        for samples in subjects {
            let Some((q, own, c)) = heterogeneity(samples) else { continue };
            excess += q - own;
            scale += c;
            degrees += own;
        }
        if scale <= 0.0 {
            return Self::default();
        }
        // Edges of one system share their luck: a hundred of them are no hundred witnesses.
        Self { variance: (excess / scale).max(0.0), degrees: f64::min(degrees, MOST_DEGREES) }
    }

    /// The larger of this and what one subject's own runs say.
    fn or_own(self, samples: &[Sample]) -> Self {
        match heterogeneity(samples) {
            Some((q, degrees, c)) if (q - degrees) / c > self.variance => {
                // The pooled guess counts as a few runs more (Smyth, Statistical Applications in
                // Genetics and Molecular Biology 2004): three runs alone would prove nothing.
                let own = (q - degrees) / c;
                let total = self.degrees + degrees;
                let variance = (self.degrees * self.variance + degrees * own) / total;
                Self { variance, degrees: total }
            }
            _ => self,
        }
    }
}

/// Degrees of freedom that the variance between runs has at most, however many subjects there are.
const MOST_DEGREES: f64 = 20.0;

/// Cochran's Q, its degrees of freedom, and the scale that makes its excess a variance.
fn heterogeneity(samples: &[Sample]) -> Option<(f64, f64, f64)> {
    let used = samples.iter().filter(|s| s.trials > 0.0).map(Sample::stable);
    let (mut sum, mut squares, mut weighted, mut count) = (0.0, 0.0, 0.0, 0.0);
    for (value, variance) in used.clone() {
        let weight = 1.0 / variance;
        sum += weight;
        squares += weight * weight;
        weighted += weight * value;
        count += 1.0;
    }
    let scale = sum - squares / sum;
    if count < 2.0 || scale <= 0.0 {
        return None;
    }
    let mean = weighted / sum;
    let q = used.map(|(value, variance)| (value - mean).powi(2) / variance).sum();
    Some((q, count - 1.0, scale))
}

/// What a comparison of shares says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// Two-sided probability of a difference like this by chance.
    pub p: f64,
    /// Standard error of the difference of the shares.
    pub error: f64,
}

/// Below this share events are rare: their counts are far from normal.
const RARE: f64 = 0.1;

/// Compares the share in a new run with that in the reference runs.
///
/// The statistic is the likelihood ratio over the dispersion, against Student's t. The
/// dispersion is that within the runs and, where there are several reference runs, what they vary
/// among themselves: the new run is one more draw of them (a prediction, not an estimate).
/// Rare events are counted exactly too, and the larger probability holds.
pub fn test(reference: &[Sample], new: &Sample, between: Between) -> Option<Tested> {
    let used: Vec<Sample> = reference.iter().filter(|s| s.trials > 0.0).copied().collect();
    let old_events: f64 = used.iter().map(|s| s.events).sum();
    let old_trials: f64 = used.iter().map(|s| s.trials).sum();
    if old_trials <= 0.0 || new.trials <= 0.0 {
        return None;
    }
    let share = (old_events + new.events) / (old_trials + new.trials);
    if share <= 0.0 || share >= 1.0 {
        return Some(Tested { p: 1.0, error: 0.0 });
    }
    let (dispersion, degrees) = noise(&used, new, between.or_own(&used));
    let term = |x: f64, n: f64| {
        let part = |x: f64, due: f64| if x > 0.0 { x * (x / due).ln() } else { 0.0 };
        part(x, n * share) + part(n - x, n * (1.0 - share))
    };
    let ratio = 2.0 * (term(old_events, old_trials) + term(new.events, new.trials));
    let z = (ratio.max(0.0) / dispersion).sqrt();
    let mut p = 2.0 * StudentsT::new(0.0, 1.0, degrees.max(1.0)).ok()?.sf(z);
    if share < RARE {
        p = p.max(rare(
            (old_events / dispersion, old_trials),
            (new.events / dispersion, new.trials),
        ));
    }
    let variance = share * (1.0 - share) * (1.0 / old_trials + 1.0 / new.trials);
    Some(Tested { p: p.min(1.0), error: (dispersion * variance).sqrt() })
}

/// The variance of the difference over that of independent calls, and its degrees of freedom
/// (Welch and Satterthwaite).
fn noise(reference: &[Sample], new: &Sample, between: Between) -> (f64, f64) {
    let runs = reference.len() as f64;
    let trials: f64 = reference.iter().map(|s| s.trials).sum();
    let calls = |s: &Sample| 1.0 / (4.0 * s.trials);
    let mut parts: Vec<(f64, f64)> = Vec::new();
    parts.push((calls(new) * new.dispersion.max(1.0), new.degrees));
    for sample in reference {
        let weight = sample.trials / trials;
        parts.push((weight * weight * calls(sample) * sample.dispersion.max(1.0), sample.degrees));
    }
    parts.push((between.variance * (1.0 + 1.0 / runs), between.degrees));
    let total: f64 = parts.iter().map(|part| part.0).sum();
    let freedom: f64 = parts
        .iter()
        .filter(|part| part.0 > 0.0)
        .map(|part| part.0 * part.0 / part.1.max(1.0))
        .sum();
    let independent = 1.0 / (4.0 * new.trials) + 1.0 / (4.0 * trials);
    ((total / independent).max(1.0), total * total / freedom)
}

/// Two-sided probability of so uneven counts if both come at one rate: given their sum, each
/// is binomial.
pub fn rare(old: (f64, f64), new: (f64, f64)) -> f64 {
    let share = new.1 / (old.1 + new.1);
    let (x, y) = (new.0, old.0);
    // P(X ≥ x) of the binomial, for counts that need not be whole.
    let at_least =
        |x: f64, y: f64, share: f64| if x > 0.0 { beta_reg(x, y + 1.0, share) } else { 1.0 };
    let tail = f64::min(at_least(x, y, share), at_least(y, x, 1.0 - share));
    (2.0 * tail).min(1.0)
}

/// Holm's adjusted probabilities (Scandinavian Journal of Statistics 1979): called at a level,
/// any of them is wrong at most that often, however they depend on each other.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, &at) in order.iter().enumerate() {
        least = least.max(p[at] * (p.len() - rank) as f64).min(1.0);
        adjusted[at] = least;
    }
    adjusted
}

/// Benjamini and Hochberg's adjusted probabilities (JRSS B 1995): of those called at a level,
/// about that share is wrong.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut adjusted = vec![1.0; p.len()];
    let mut most: f64 = 1.0;
    for (rank, &at) in order.iter().enumerate() {
        let place = (p.len() - rank) as f64;
        most = most.min(p[at] * p.len() as f64 / place);
        adjusted[at] = most;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(events: f64, trials: f64) -> Sample {
        Sample { events, trials, dispersion: 1.0, degrees: 1e6 }
    }

    fn p(old: Sample, new: Sample) -> f64 {
        test(&[old], &new, Between::default()).unwrap().p
    }

    #[test]
    fn shares_that_are_not_rare_agree_with_the_g_test() {
        // G = 2 Σ o ln(o/e) of [[400, 600], [460, 540]]: 7.348, by hand; χ² with 1 degree.
        let found = p(plain(400.0, 1000.0), plain(460.0, 1000.0));
        assert!((found - 0.00671).abs() < 2e-4, "{found}");
    }

    #[test]
    fn rare_events_are_counted_exactly() {
        // 0 of 1,000 against 5 of 1,000: two-sided 2 · 2⁻⁵.
        assert!((p(plain(0.0, 1000.0), plain(5.0, 1000.0)) - 0.0625).abs() < 1e-6);
        assert!((rare((5.0, 1.0), (0.0, 1.0)) - 0.0625).abs() < 1e-9);
        assert_eq!(rare((3.0, 1.0), (3.0, 1.0)), 1.0);
        assert_eq!(p(plain(0.0, 10.0), plain(0.0, 10.0)), 1.0);
    }

    #[test]
    fn bursts_count_as_few() {
        let even = Sample::new([(5, 100), (5, 100), (5, 100), (5, 100)].into_iter());
        let burst = Sample::new([(0, 100), (20, 100), (0, 100), (0, 100), (0, 0)].into_iter());
        assert_eq!((even.events, even.trials, even.dispersion), (20.0, 400.0, 0.0));
        // χ² = (3 · 5² + 15²) / (100 · 0.05 · 0.95) over 3 degrees of freedom.
        assert!((burst.dispersion - 300.0 / 4.75 / 3.0).abs() < 1e-9);
        let old = plain(4.0, 400.0);
        assert!(p(old, burst) > 0.1 && p(old, plain(20.0, 400.0)) < 0.01);
    }

    #[test]
    fn dispersions_move_towards_the_usual_one_but_bursts_stay() {
        let sample = |dispersion| Sample { dispersion, degrees: 20.0, ..plain(20.0, 400.0) };
        let mut samples = [sample(0.6), sample(1.0), sample(1.4), sample(9.0)];
        moderate(samples.iter_mut());
        // The usual one is (0.6 + 1 + 1.4 + 2) / 4 = 1.25; half-way there.
        let moved = samples.map(|s| (s.dispersion * 1e3).round() / 1e3);
        assert_eq!(moved, [0.925, 1.125, 1.325, 9.0]);
        assert_eq!(samples.map(|s| s.degrees), [40.0, 40.0, 40.0, 20.0]);
    }

    #[test]
    fn runs_that_differ_among_themselves_prove_less() {
        let runs = [plain(100.0, 1e4), plain(200.0, 1e4), plain(300.0, 1e4)];
        let new = plain(320.0, 1e4);
        let alone = test(&runs[1..2], &new, Between::default()).unwrap().p;
        let between = Between::pooled([&runs[..]].into_iter());
        assert!(between.variance > 0.0);
        let among = test(&runs, &new, between).unwrap().p;
        assert!(alone < 1e-4 && among > 0.1, "{alone} {among}");
        let alike = [plain(200.0, 1e4); 3];
        assert_eq!(Between::pooled([&alike[..]].into_iter()).variance, 0.0);
    }

    #[test]
    fn adjusting_agrees_with_the_textbook() {
        // R: p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm") and "BH".
        let p = [0.01, 0.04, 0.03, 0.02];
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(&holm(&p), &[0.04, 0.06, 0.06, 0.06]));
        assert!(close(&benjamini_hochberg(&p), &[0.04, 0.04, 0.04, 0.04]));
        assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
    }
}
