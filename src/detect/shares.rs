//! How often something happens, and whether that changed.

/// How often a feature could have happened and did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Occasions.
    pub trials: f64,
    /// Of them, with the feature.
    pub events: f64,
}

impl Count {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { trials: self.trials + other.trials, events: self.events + other.events }
    }

    /// Share of occasions, 0 to 1.
    pub fn rate(self) -> f64 {
        if self.trials > 0.0 { self.events / self.trials } else { 0.0 }
    }
}

/// A feature by block.
#[derive(Clone, Debug)]
pub struct Shares {
    /// The input's blocks, then the baseline's.
    pub blocks: Vec<Count>,
}

/// A change of a share by less than this is not material: four of five requests go on as before.
const MATERIAL: f64 = 0.2;
/// Fewer occasions than this, on either side, decide nothing: two alike are a coincidence.
pub const FEWEST: f64 = 3.0;

impl Shares {
    /// No occasions in so many blocks.
    pub fn new(length: usize) -> Self {
        Self { blocks: vec![Count::default(); length] }
    }

    /// Outside the window of blocks and within it, if enough of both was seen and they differ
    /// materially.
    pub fn contrast(&self, from: usize, to: usize) -> Option<[Count; 2]> {
        let sum = |blocks: &[Count]| blocks.iter().fold(Count::default(), |s, b| s.plus(*b));
        let during = sum(&self.blocks[from..to]);
        if during.trials < FEWEST {
            return None;
        }
        let before = sum(&self.blocks[..from]).plus(sum(&self.blocks[to..]));
        let change = (during.rate() - before.rate()).abs();
        (before.trials >= FEWEST && change >= MATERIAL).then_some([before, during])
    }

    /// Log likelihood ratio of "the share within is another" over "it is not", divided by the
    /// dispersion: how much more the blocks on either side differ among themselves than chance
    /// makes them, at least 1 (quasi-likelihood: McCullagh & Nelder 1989, §4.5). A share that
    /// follows the mix of requests swings all the time, and is discounted by this.
    pub fn ratio(&self, from: usize, to: usize, [before, during]: [Count; 2]) -> f64 {
        let ratio = log_binomial(before) + log_binomial(during) - log_binomial(before.plus(during));
        let outside = self.blocks[..from].iter().chain(&self.blocks[to..]);
        let swings = [swing(outside, before.rate()), swing(&self.blocks[from..to], during.rate())];
        let pearson = swings[0].0 + swings[1].0;
        let freedom = swings[0].1 + swings[1].1;
        if freedom < 1.0 { ratio } else { ratio / (pearson / freedom).max(1.0) }
    }
}

/// Pearson's statistic of blocks of one kind, with its degrees of freedom.
fn swing<'a>(blocks: impl IntoIterator<Item = &'a Count>, rate: f64) -> (f64, f64) {
    let variance = rate * (1.0 - rate);
    let used = blocks.into_iter().filter(|b| b.trials > 0.0);
    let (pearson, count) = used.fold((0.0, 0.0), |(sum, count), b| {
        let residual = (b.events - b.trials * rate).powi(2);
        let term = if variance > 0.0 { residual / (b.trials * variance) } else { 0.0 };
        (sum + term, count + 1.0)
    });
    (pearson, count - 1.0)
}

fn log_binomial(count: Count) -> f64 {
    let part = |k: f64| if k > 0.0 { k * (k / count.trials).ln() } else { 0.0 };
    part(count.events) + part(count.trials - count.events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(blocks: &[(f64, f64)]) -> Shares {
        let count = |&(trials, events): &(f64, f64)| Count { trials, events };
        Shares { blocks: blocks.iter().map(count).collect() }
    }

    #[test]
    fn a_share_that_turns_over_is_strong_and_one_that_swings_is_not() {
        // Nine calls of which none, then eight of which all wrote the error.
        let turned = shares(&[(3.0, 0.0), (3.0, 0.0), (3.0, 0.0), (4.0, 4.0), (4.0, 4.0)]);
        let contrast = turned.contrast(3, 5).expect("it turns over");
        let by_hand = -(8.0 * (8.0_f64 / 17.0).ln() + 9.0 * (9.0_f64 / 17.0).ln());
        assert!((turned.ratio(3, 5, contrast) - by_hand).abs() < 1e-9);
        let swings = shares(&[(9.0, 0.0), (9.0, 9.0), (9.0, 0.0), (9.0, 9.0), (9.0, 9.0)]);
        let contrast = swings.contrast(3, 5).expect("it differs");
        assert!(swings.ratio(3, 5, contrast) < 2.0);
    }

    #[test]
    fn two_occasions_and_small_changes_decide_nothing() {
        assert!(shares(&[(9.0, 0.0), (2.0, 2.0)]).contrast(1, 2).is_none());
        assert!(shares(&[(100.0, 0.0), (100.0, 15.0)]).contrast(1, 2).is_none());
    }
}
