//! When requests came that waited for their entry before anybody saw them.
//!
//! Where the span of a request begins when a worker takes it up, the wait before that is in no
//! span. But requests are conserved: while entries are taken up late fewer begin than usual, and
//! when the queue empties more do. If a dip in the rate of beginnings is made up for by a surge
//! after it, the requests came evenly and were taken up in order.

/// A run of requests that queued: when they were taken up and how many each stands for.
#[derive(Clone, Debug, Default)]
pub struct Backlog {
    /// Sorted; the second is how many came before.
    begun: Vec<(u64, f64)>,
    all: f64,
}

/// Dip and surge must each be so many standard deviations of a Poisson count.
const SIGMAS: f64 = 3.0;

impl Backlog {
    /// Finds out whether requests queued of which each was taken up at a moment (sorted,
    /// microseconds) and stands for several. What was taken up before `incident` is as usual.
    pub fn new(taken: &[(u64, f64)], incident: u64) -> Self {
        let split = taken.partition_point(|t| t.0 < incident);
        let (usual, taken) = taken.split_at(split);
        let (Some(first), false) = (usual.first(), taken.is_empty()) else {
            return Self::default();
        };
        let came: f64 = usual.iter().map(|t| t.1).sum();
        let rate = came / (incident - first.0).max(1) as f64;
        // A count of requests that each stand for several varies more.
        let each = usual.iter().map(|t| t.1 * t.1).sum::<f64>() / came;
        let mut sum = 0.0;
        let begun: Vec<(u64, f64)> = taken
            .iter()
            .map(|&(at, weight)| {
                sum += weight;
                (at, sum - weight)
            })
            .collect();
        let missing = |i: usize| (begun[i].0 - incident) as f64 * rate - begun[i].1;
        let deepest = (0..begun.len()).max_by(|&a, &b| missing(a).total_cmp(&missing(b)));
        let deepest = deepest.unwrap_or(0);
        let start = (0..=deepest).rev().find(|&i| missing(i) <= 0.0).unwrap_or(0);
        let Some(end) = (deepest..begun.len()).find(|&i| missing(i) <= 0.0) else {
            return Self::default();
        };
        let sigmas = |from: usize, to: usize, change: f64| {
            change / ((begun[to].0 - begun[from].0) as f64 * rate * each).max(1.0).sqrt()
        };
        let dip = sigmas(start, deepest, missing(deepest) - missing(start));
        let surge = sigmas(deepest, end, missing(deepest) - missing(end));
        if dip < SIGMAS || surge < SIGMAS {
            return Self::default();
        }
        let all = begun[end].1 - begun[start].1;
        Self { begun: begun[start..=end].to_vec(), all }
    }

    /// How long a request waited that was taken up at `at`, microseconds.
    pub fn waited(&self, at: u64) -> u64 {
        let (Some(first), Some(last)) = (self.begun.first(), self.begun.last()) else { return 0 };
        if at < first.0 || at >= last.0 {
            return 0;
        }
        let before = self.begun[self.begun.partition_point(|b| b.0 < at)].1 - first.1;
        let came = first.0 + (before / self.all * (last.0 - first.0) as f64) as u64;
        at.saturating_sub(came)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    /// One request every half second until `until`, in microseconds.
    fn even(from: u64, until: u64) -> impl Iterator<Item = (u64, f64)> {
        (0..).map(move |i| (from + i * SECOND / 2, 1.0)).take_while(move |t| t.0 < until)
    }

    #[test]
    fn a_dip_that_a_surge_makes_up_for_was_a_queue() {
        // Two a second come; from 100 to 140 s one in two seconds is taken up, then five a second
        // until none is left: 60 are missing, three a second are made up for.
        let slow = (0..20).map(|i| (100 * SECOND + i * 2 * SECOND, 1.0));
        let fast = (0..105).map(|i| (140 * SECOND + i * SECOND / 5, 1.0));
        let taken: Vec<_> = even(0, 100 * SECOND)
            .chain(slow)
            .chain(fast)
            .chain(even(161 * SECOND, 200 * SECOND))
            .collect();
        let backlog = Backlog::new(&taken, 100 * SECOND);
        // At 140 s 20 have been taken up, who came within ten seconds: the 20th waited 30 s.
        let waited = backlog.waited(140 * SECOND) as f64 / SECOND as f64;
        assert!((waited - 30.0).abs() < 1.0, "{waited}");
        assert_eq!(backlog.waited(50 * SECOND), 0);
        assert_eq!(backlog.waited(190 * SECOND), 0);
    }

    #[test]
    fn a_peak_or_a_loss_is_no_queue() {
        let peak = (0..200).map(|i| (100 * SECOND + i * SECOND / 5, 1.0));
        let taken: Vec<_> = even(0, 100 * SECOND).chain(peak).collect();
        assert_eq!(Backlog::new(&taken, 100 * SECOND).waited(120 * SECOND), 0);
        let lost: Vec<_> = even(0, 100 * SECOND).chain(even(140 * SECOND, 200 * SECOND)).collect();
        assert_eq!(Backlog::new(&lost, 100 * SECOND).waited(141 * SECOND), 0);
    }
}
