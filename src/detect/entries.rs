//! Entry requests over time, by entry operation: the series that decide whether anything is
//! wrong.

use crate::summary::{Histogram, OpId, SLICE_SHIFT, Summary};

use super::Grid;

/// What is counted as harm to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// It failed.
    Failure,
    /// It took far longer than such requests do.
    Latency,
    /// Something happened in it that does not in healthy requests, or did not that does.
    Behaviour,
}

/// One entry operation, by position in the [`Grid`].
#[derive(Clone, Debug)]
pub struct EntrySeries {
    /// Which.
    pub operation: OpId,
    /// Requests.
    pub total: Vec<u64>,
    /// Harmed requests.
    pub harmed: Vec<u64>,
    /// Requests and harmed requests known to be healthy from elsewhere.
    pub baseline: (u64, u64),
    /// For latency: from how long on a request counts as slow, nanoseconds.
    pub slow: Option<u64>,
}

/// A request is slow if it took more than this many times the usual 95th percentile of its
/// operation: beyond what load or a garbage collection does to a tail.
const SLOW_FACTOR: f64 = 3.0;

impl EntrySeries {
    /// All entries of a summary.
    pub fn all(
        summary: &Summary,
        baseline: Option<&Summary>,
        grid: &Grid,
        harm: Harm,
    ) -> Vec<Self> {
        let series = summary.entries.by_key().map(|(operation, rows)| {
            let mut series = Self {
                operation,
                total: vec![0; grid.len()],
                harmed: vec![0; grid.len()],
                baseline: (0, 0),
                slow: None,
            };
            for (_, bucket, requests) in rows {
                let at = grid.position(bucket >> SLICE_SHIFT);
                series.total[at] += requests.total;
                if harm == Harm::Failure {
                    series.harmed[at] += requests.failed;
                }
            }
            if let Some(baseline) = baseline {
                let sum = crate::summary::Table::sum(baseline.entries.of(operation));
                series.baseline.0 = sum.total;
                if harm == Harm::Failure {
                    series.baseline.1 = sum.failed;
                }
            }
            if harm == Harm::Latency {
                series.count_slow(summary, baseline, grid);
            }
            series
        });
        series.collect()
    }

    /// Slow ones by the usual 95th percentile: that of the baseline, else of the faster half of
    /// the slices together (an incident of half the input cannot move it).
    fn count_slow(&mut self, summary: &Summary, baseline: Option<&Summary>, grid: &Grid) {
        let rows = summary.entry_times.of(self.operation);
        let base = baseline
            .map(|b| crate::summary::Table::sum(b.entry_times.of(self.operation)))
            .filter(|h| h.count() > 0);
        let mut slices: Vec<(Option<u64>, u64)> =
            rows.iter().map(|(_, slice, times)| (times.quantile(0.5), *slice)).collect();
        slices.sort_unstable();
        let faster = &slices[..slices.len().div_ceil(2)];
        let in_half = |slice: u64| faster.iter().any(|f| f.1 == slice);
        let mut half = Histogram::default();
        rows.iter().filter(|r| in_half(r.1)).for_each(|r| Histogram::add(&mut half, &r.2));
        let usual = base.as_ref().unwrap_or(&half).quantile(0.95);
        let Some(usual) = usual else { return };
        let threshold = (usual as f64 * SLOW_FACTOR) as u64;
        self.slow = Some(threshold);
        for (_, slice, times) in rows {
            self.harmed[grid.position(*slice)] += times.above(threshold);
        }
        self.baseline.1 = base.map_or(0, |h| h.above(threshold));
    }

    /// (requests, harmed) between two positions.
    pub fn within(&self, from: usize, to: usize) -> (u64, u64) {
        (self.total[from..to].iter().sum(), self.harmed[from..to].iter().sum())
    }
}
