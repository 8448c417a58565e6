//! Measurements before anything is concluded from them.

use statrs::distribution::{ContinuousCDF as _, Normal};

use super::measures::{Effect, Measure, More};
use super::stats::{Tested, benjamini_hochberg, holm};
use super::view::{Judgement, Measured, Subject};

/// A difference is called at this level, all tests of a comparison together: of a hundred
/// comparisons of equal runs, one says something.
pub const LEVEL: f64 = 0.01;
/// What is listed as possible is wrong in about this share of the cases.
pub const POSSIBLE: f64 = 0.05;
/// How sure it should be that a difference is found, where the calls needed are told.
const POWER: f64 = 0.95;
/// Standard errors to either end of an interval of 95 %.
pub const NORMAL_95: f64 = 1.96;
/// More observations than this nobody collects.
const MOST_NEEDED: f64 = 1e9;

/// One measure of one subject in both, and how probable its difference is.
#[derive(Debug)]
pub struct Draft {
    /// What is measured.
    pub subject: Subject,
    /// By which measure.
    pub measure: &'static Measure,
    /// In the reference.
    pub before: Option<f64>,
    /// In the new run.
    pub after: Option<f64>,
    /// Half the 95 % interval of the effect: of a ratio its logarithm's.
    pub half: Option<f64>,
    /// Observations.
    pub observations: [u64; 2],
    /// What the test said; `None` if there was too little to test.
    pub tested: Option<Tested>,
}

/// What follows from all measurements together. Gives also how many were tested.
pub fn conclude(drafts: Vec<Draft>) -> (Vec<Measured>, usize) {
    let p: Vec<f64> = drafts.iter().filter_map(|d| d.tested).map(|tested| tested.p).collect();
    let adjusted = holm(&p);
    let discovery = benjamini_hochberg(&p);
    let mut at = 0;
    let mut measured = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let known = draft.tested.map(|tested| {
            at += 1;
            (tested.p, adjusted[at - 1], discovery[at - 1])
        });
        measured.push(draft.concluded(known.unwrap_or((1.0, 1.0, 1.0)), p.len()));
    }
    measured.sort_by(|a, b| (a.measure.id, &a.subject).cmp(&(b.measure.id, &b.subject)));
    (measured, p.len())
}

impl Draft {
    /// Whether it looks like a change and there was too little to test it.
    pub fn is_untested(&self) -> bool {
        self.tested.is_none() && self.measure.is_material(self.before, self.after)
    }

    fn concluded(self, (p, adjusted, discovery): (f64, f64, f64), tests: usize) -> Measured {
        let material = self.measure.is_material(self.before, self.after);
        let rises = self.after.unwrap_or(0.0) > self.before.unwrap_or(0.0);
        let judgement = match (material, adjusted <= LEVEL) {
            (false, _) => Judgement::Same,
            (true, false) => Judgement::CannotTell,
            (true, true) => match (self.measure.more, rises) {
                (More::Neutral, _) => Judgement::Changed,
                (More::Worse, true) => Judgement::Worse,
                (More::Worse, false) => Judgement::Better,
            },
        };
        let effect = match (self.before, self.after) {
            (Some(before), Some(after)) => self.measure.effect(before, after),
            _ => None,
        };
        let interval = effect.zip(self.half).map(|(effect, half)| match self.measure.effect {
            Effect::Ratio => (effect * (-half).exp(), effect * half.exp()),
            Effect::Difference | Effect::Presence => (effect - half, effect + half),
        });
        let needed = (judgement == Judgement::CannotTell && self.tested.is_some())
            .then(|| needed(p, tests, self.observations))
            .flatten();
        Measured {
            subject: self.subject,
            measure: self.measure,
            before: self.before,
            after: self.after,
            effect,
            low: interval.map(|i| i.0),
            high: interval.map(|i| i.1),
            observations: self.observations,
            p,
            adjusted,
            discovery,
            judgement,
            needed,
        }
    }
}

/// Observations on each side at which a difference like the one seen would be called: the
/// deviation grows with their root.
fn needed(p: f64, tests: usize, observations: [u64; 2]) -> Option<u64> {
    let normal = Normal::standard();
    let seen = normal.inverse_cdf(1.0 - p / 2.0);
    let call = normal.inverse_cdf(1.0 - LEVEL / (2.0 * tests.max(1) as f64));
    let factor = (call + normal.inverse_cdf(POWER)) / seen;
    let harmonic = 2.0 / observations.iter().map(|&n| 1.0 / n.max(1) as f64).sum::<f64>();
    let needed = factor * factor * harmonic;
    (needed.is_finite() && needed < MOST_NEEDED).then_some(needed.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::super::measures::SHARES;
    use super::*;
    use crate::analysis::NodeName;
    use crate::model::PeerKind;

    fn draft(before: f64, after: f64, p: f64) -> Draft {
        let name =
            NodeName { name: "cart".to_owned(), namespace: String::new(), kind: PeerKind::Service };
        Draft {
            subject: Subject::Node(name),
            measure: &SHARES[0].measure,
            before: Some(before),
            after: Some(after),
            half: Some(0.01),
            observations: [1000, 1000],
            tested: Some(Tested { p, error: 0.005 }),
        }
    }

    #[test]
    fn what_is_called_is_material_and_beyond_chance_among_all_tests() {
        let drafts = vec![
            draft(0.01, 0.05, 1e-6),
            draft(0.05, 0.01, 1e-6),
            draft(0.01, 0.0101, 1e-9),
            draft(0.01, 0.05, 0.009),
            draft(0.01, 0.05, 0.009),
            Draft { tested: None, ..draft(0.01, 0.05, 1.0) },
        ];
        let (measured, tests) = conclude(drafts);
        assert_eq!(tests, 5);
        let judged: Vec<Judgement> = measured.iter().map(|m| m.judgement).collect();
        use Judgement::{Better, CannotTell, Same, Worse};
        assert_eq!(judged, [Worse, Better, Same, CannotTell, CannotTell, CannotTell]);
        assert!((measured[0].adjusted - 4e-6).abs() < 1e-12, "one of the five has a smaller p");
        assert!((measured[0].low.unwrap() - 0.03).abs() < 1e-12);
        // Holm's last two steps: either 0.009 alone would be called, the two together are not.
        assert!((measured[3].adjusted - 0.018).abs() < 1e-12);
        // z of 0.009 is 2.61; called at 1 % of 5 tests is 3.09, with 95 % power 4.74.
        let needed = measured[3].needed.unwrap();
        assert!((3_200..3_400).contains(&needed), "{needed}");
        assert_eq!(measured[5].needed, None);
    }
}
