//! How long something takes, and whether that changed.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::shares::FEWEST;

/// The durations of one feature by block: number, sum and sum of squares of their logarithms.
#[derive(Clone, Debug)]
pub struct Times {
    blocks: Vec<[f64; 3]>,
}

/// A typical duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Traces that showed it.
    pub traces: f64,
    /// Geometric mean, milliseconds.
    pub millis: f64,
}

/// Added before the logarithm, milliseconds: below this, clocks and schedulers decide.
const GRAIN: f64 = 1.0;
/// Time lost by less than this hurts nobody, milliseconds.
const LOST: f64 = 5.0;
/// By how much, as a logarithm, the pace of healthy minutes differs without any cause (warm
/// caches, other work on the host, another mix of parameters): half as long again.
const DRIFT: f64 = 0.4;
/// Variance of the logarithms below which a small sample is not believed to lie.
const LEAST_VARIANCE: f64 = 0.05;

impl Times {
    /// Nothing in so many blocks.
    pub fn new(length: usize) -> Self {
        Self { blocks: vec![[0.0; 3]; length] }
    }

    /// One more trace.
    pub fn add(&mut self, block: usize, micros: u32) {
        let log = (f64::from(micros) / 1000.0 + GRAIN).ln();
        let sums = &mut self.blocks[block];
        *sums = [sums[0] + 1.0, sums[1] + log, sums[2] + log * log];
    }

    /// The pace outside the window of blocks and within it, and the strength of "slower": minus
    /// the logarithm of the p-value of Student's test on logarithms, one-sided, with the drift
    /// added to the variance of the difference. 0 if the loss is not material. `None` if too
    /// little was seen.
    pub fn slower(&self, from: usize, to: usize) -> Option<([Pace; 2], f64)> {
        let sum = |blocks: &[[f64; 3]]| {
            blocks.iter().fold([0.0; 3], |s, b| [s[0] + b[0], s[1] + b[1], s[2] + b[2]])
        };
        let inside = sum(&self.blocks[from..to]);
        if inside[0] < FEWEST {
            return None;
        }
        let (before, after) = (sum(&self.blocks[..from]), sum(&self.blocks[to..]));
        let outside = [before[0] + after[0], before[1] + after[1], before[2] + after[2]];
        if outside[0] < FEWEST {
            return None;
        }
        let mean = |s: [f64; 3]| s[1] / s[0];
        let squares = |s: [f64; 3]| s[2] - s[1] * s[1] / s[0];
        let pace = |s: [f64; 3]| Pace { traces: s[0], millis: mean(s).exp() - GRAIN };
        let paces = [pace(outside), pace(inside)];
        if paces[1].millis - paces[0].millis < LOST {
            return Some((paces, 0.0));
        }
        let freedom = outside[0] + inside[0] - 2.0;
        let variance = ((squares(outside) + squares(inside)) / freedom).max(LEAST_VARIANCE);
        let error = variance * (1.0 / outside[0] + 1.0 / inside[0]) + DRIFT * DRIFT;
        let t = (mean(inside) - mean(outside)) / error.sqrt();
        let tail = StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |d| d.sf(t));
        Some((paces, -tail.max(f64::MIN_POSITIVE).ln()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(blocks: &[&[u32]]) -> Times {
        let mut times = Times::new(blocks.len());
        for (block, millis) in blocks.iter().enumerate() {
            millis.iter().for_each(|ms| times.add(block, ms * 1000));
        }
        times
    }

    #[test]
    fn a_thousandfold_wait_is_strong_after_a_handful_of_calls() {
        let late = times(&[&[3, 3, 4, 3], &[3, 4], &[2000, 1998, 2004, 1001]]);
        let ([before, during], strength) = late.slower(2, 3).expect("enough was seen");
        assert!((before.millis - 3.3).abs() < 0.1 && during.millis > 1500.0);
        assert!(strength > 12.0, "{strength}");
    }

    #[test]
    fn drift_of_minutes_and_losses_of_a_millisecond_are_nothing() {
        let many = |ms: u32| vec![ms; 500];
        let drift = times(&[&many(40), &many(60)]);
        assert!(drift.slower(1, 2).expect("enough").1 < 2.5);
        let tiny = times(&[&many(1), &many(4)]);
        assert_eq!(tiny.slower(1, 2).expect("enough").1, 0.0);
    }
}
