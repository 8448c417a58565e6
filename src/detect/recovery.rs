//! Two incidents with calm between them are two.

use super::{EntrySeries, Found, wilson};

/// A calm stretch parts two incidents if it lasts at least this share of both and the stretch
/// together: shorter ones are the breathing of one incident (retries, breakers, restarts) …
const CALM: f64 = 0.25;
/// … if at least so many requests came in meanwhile …
const ENOUGH: u64 = 50;
/// … and if surely (Wilson, 95 %) less than this share of the window's rate was harmed.
const CALMER: f64 = 0.25;
/// Either side needs so many harmed requests to be an incident of its own.
const HARMED: u64 = 5;

/// The window without what lies beyond a calm stretch: the side with more harm.
///
/// A scan statistic takes two bursts for one window if the time between them is short against
/// the whole. The other side is left for the next search, which tests it by itself.
pub fn part(found: Found, series: &[EntrySeries]) -> Found {
    let mut found = found;
    while let Some((from, to)) = calm(&found, series) {
        let harmed = |from, to| counts(series, from, to).1;
        if harmed(found.from, from) >= harmed(to, found.to) {
            found.to = from;
        } else {
            found.from = to;
        }
    }
    found
}

/// The longest stretch of calm inside that leaves an incident on either side.
fn calm(found: &Found, series: &[EntrySeries]) -> Option<(usize, usize)> {
    let (requests, harmed) = counts(series, found.from, found.to);
    let rate = harmed as f64 / requests.max(1) as f64;
    let least = ((found.to - found.from) as f64 * CALM).ceil().max(1.0) as usize;
    let is_calm = |from: usize, to: usize| {
        let (requests, harmed) = counts(series, from, to);
        requests >= ENOUGH && wilson(harmed as f64, requests as f64, 0.95).high < CALMER * rate
    };
    let parts = |from: usize, to: usize| {
        counts(series, found.from, from).1 >= HARMED && counts(series, to, found.to).1 >= HARMED
    };
    let mut longest: Option<(usize, usize)> = None;
    for from in found.from + 1..found.to {
        for to in (from + least..found.to).rev() {
            if longest.is_some_and(|l| to - from <= l.1 - l.0) {
                break;
            }
            if parts(from, to) && is_calm(from, to) {
                longest = Some((from, to));
                break;
            }
        }
    }
    longest
}

fn counts(series: &[EntrySeries], from: usize, to: usize) -> (u64, u64) {
    series.iter().fold((0, 0), |sum, one| {
        let inside = one.within(from, to);
        (sum.0 + inside.0, sum.1 + inside.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty requests a position, so many of them harmed.
    fn series(harmed: &[u64]) -> Vec<EntrySeries> {
        vec![EntrySeries {
            operation: 0,
            total: vec![20; harmed.len()],
            harmed: harmed.to_vec(),
            baseline: (0, 0),
            slow: None,
        }]
    }

    fn window(from: usize, to: usize) -> Found {
        Found { from, to, ratio: 1.0, p_value: 0.005 }
    }

    #[test]
    fn calm_between_two_bursts_parts_them() {
        let harmed = [0, 8, 8, 8, 0, 0, 0, 0, 6, 6, 0];
        let found = part(window(1, 10), &series(&harmed));
        assert_eq!((found.from, found.to), (1, 4));
    }

    #[test]
    fn one_incident_may_catch_its_breath() {
        let harmed = [0, 8, 8, 0, 8, 8, 0, 8, 8, 0];
        let found = part(window(1, 9), &series(&harmed));
        assert_eq!((found.from, found.to), (1, 9));
    }
}
