//! Durations as counts in log-linear bins.

use serde::{Deserialize, Serialize};

/// Sub-bins per doubling, as a power of two: a bin is at most 1/8 of its lower bound wide, so
/// a quantile is off by at most 6 %. The layout is HdrHistogram's; integers only, so that
/// adding histograms in any order gives the same value.
const SUB_BITS: u32 = 3;
const SUB: u64 = 1 << SUB_BITS;

/// A sparse histogram of durations in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u16, u32)>")]
pub struct Histogram {
    /// (bin, count), by bin, without zeros.
    bins: Vec<(u16, u32)>,
}

/// What a file says may be anything: bins that no duration has, or in no order.
impl TryFrom<Vec<(u16, u32)>> for Histogram {
    type Error = &'static str;

    fn try_from(bins: Vec<(u16, u32)>) -> Result<Self, Self::Error> {
        let ordered = bins.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let known = bins.last().is_none_or(|last| last.0 <= bin_of(u64::MAX));
        if ordered && known { Ok(Self { bins }) } else { Err("no bins of a histogram") }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, nanos: u64) {
        let bin = bin_of(nanos);
        match self.bins.binary_search_by_key(&bin, |b| b.0) {
            Ok(at) => self.bins[at].1 = self.bins[at].1.saturating_add(1),
            Err(at) => self.bins.insert(at, (bin, 1)),
        }
    }

    /// Adds another histogram.
    pub fn add(&mut self, other: &Self) {
        if self.bins.is_empty() {
            self.bins.clone_from(&other.bins);
            return;
        }
        for &(bin, count) in &other.bins {
            match self.bins.binary_search_by_key(&bin, |b| b.0) {
                Ok(at) => self.bins[at].1 = self.bins[at].1.saturating_add(count),
                Err(at) => self.bins.insert(at, (bin, count)),
            }
        }
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|b| u64::from(b.1)).sum()
    }

    /// The `q`-quantile (0 to 1) in nanoseconds: the middle of its bin. `None` if empty.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        let rank = (q * self.count() as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let found = self.bins.iter().find(|&&(_, count)| {
            seen += u64::from(count);
            seen >= rank
        });
        found.map(|&(bin, _)| middle(bin))
    }

    /// The `q`-quantile (0 to 1) in nanoseconds as if durations were spread evenly within their
    /// bin: a smooth distribution's quantile to about 1 %, a sharp one's to the bin's width.
    pub fn interpolated(&self, q: f64) -> Option<f64> {
        let rank = q.clamp(0.0, 1.0) * self.count() as f64;
        let mut seen = 0.0;
        for &(bin, count) in &self.bins {
            let count = f64::from(count);
            if seen + count >= rank {
                let (low, high) = bounds(bin);
                return Some(low + (high - low) * ((rank - seen) / count).clamp(0.0, 1.0));
            }
            seen += count;
        }
        None
    }

    /// The bins at whose lower bounds the durations divide just before and just after the
    /// `q`-quantile (0 to 1), where any lie before, or beyond; `None` if empty.
    pub fn around(&self, q: f64) -> Option<[u16; 2]> {
        let rank = q * self.count() as f64;
        let mut seen = 0.0;
        let found = self.bins.iter().find(|&&(_, count)| {
            seen += f64::from(count);
            seen >= rank
        });
        found.map(|&(bin, _)| [bin, bin + 1])
    }

    /// How many lie in this bin or beyond.
    pub fn from_bin(&self, bin: u16) -> u64 {
        self.bins.iter().filter(|b| b.0 >= bin).map(|b| u64::from(b.1)).sum()
    }

    /// How many are certainly longer than `nanos`: those in bins above its own.
    pub fn above(&self, nanos: u64) -> u64 {
        let bin = bin_of(nanos);
        self.bins.iter().filter(|b| b.0 > bin).map(|b| u64::from(b.1)).sum()
    }

    /// (middle of the bin in nanoseconds, count), from short to long.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.bins.iter().map(|&(bin, count)| (middle(bin), u64::from(count)))
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.bins.is_empty()
    }
}

fn bin_of(nanos: u64) -> u16 {
    if nanos < SUB {
        return nanos as u16;
    }
    let exponent = 63 - nanos.leading_zeros();
    let sub = (nanos >> (exponent - SUB_BITS)) & (SUB - 1);
    (u64::from(exponent - SUB_BITS + 1) * SUB + sub) as u16
}

/// Where a bin begins, and where it ends.
fn bounds(bin: u16) -> (f64, f64) {
    let bin = u64::from(bin);
    if bin < SUB {
        return (bin as f64, (bin + 1) as f64);
    }
    let width = 2_f64.powi((bin / SUB - 1) as i32);
    let low = (SUB + bin % SUB) as f64 * width;
    (low, low + width)
}

fn middle(bin: u16) -> u64 {
    let bin = u64::from(bin);
    if bin < SUB {
        return bin;
    }
    let shift = bin / SUB - 1;
    let low = (SUB + bin % SUB) << shift;
    low + ((1 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_ordered_and_narrow() {
        let mut last = 0;
        for nanos in (0..64).chain((6..63).flat_map(|e| [1 << e, (1 << e) + (1 << (e - 1))])) {
            let bin = bin_of(nanos);
            assert!(bin >= last, "{nanos}");
            last = bin;
            let error = middle(bin).abs_diff(nanos) as f64;
            assert!(error <= nanos as f64 / 8.0, "{nanos} in a bin around {}", middle(bin));
        }
        let _ = middle(bin_of(u64::MAX));
    }

    #[test]
    fn bins_that_cannot_be_are_refused() {
        let last = bin_of(u64::MAX);
        assert!(Histogram::try_from(vec![(1, 1), (last, 1)]).is_ok());
        for wrong in [vec![(last + 1, 1)], vec![(2, 1), (1, 1)], vec![(1, 1), (1, 1)]] {
            assert!(Histogram::try_from(wrong).is_err());
        }
    }

    #[test]
    fn a_histogram_is_divided_by_the_bounds_around_a_quantile() {
        let mut two = Histogram::default();
        (0..10_000).for_each(|_| two.record(1_000_000));
        (0..2_500).for_each(|_| two.record(2_000_000));
        let beyond = |q| two.around(q).unwrap().map(|bin| two.from_bin(bin));
        assert_eq!((beyond(0.5), beyond(0.9)), ([12_500, 2_500], [2_500, 0]));
        let low = two.interpolated(0.4).unwrap();
        assert!((low / 1_000_000.0 - 1.0).abs() < 0.07, "{low}");
        assert_eq!(Histogram::default().around(0.5), None);
        assert_eq!(Histogram::default().interpolated(0.5), None);
    }

    #[test]
    fn quantiles_of_sums_are_quantiles_of_the_whole() {
        let (mut a, mut b, mut all) =
            (Histogram::default(), Histogram::default(), Histogram::default());
        for i in 1..=1000_u64 {
            if i % 3 == 0 {
                a.record(i * 1000)
            } else {
                b.record(i * 1000)
            }
            all.record(i * 1000);
        }
        b.add(&a);
        assert_eq!(b, all);
        let median = all.quantile(0.5).unwrap() as f64;
        assert!((median / 500_000.0 - 1.0).abs() < 0.07, "{median}");
        assert_eq!(Histogram::default().quantile(0.5), None);
    }
}
