//! Whether harm went on after the peak of traffic that set it off.

use crate::detect::{Contrast, Window};
use crate::summary::{Requests, SLICE_SHIFT, Summary};

use super::mechanism::PEAK;

/// The window is looked at in so many parts of equal length.
const PARTS: u64 = 8;
/// Traffic is as usual again below so many times the usual …
const AS_USUAL: f64 = 1.25;
/// … for at least so many parts at the end …
const TAIL: usize = 2;
/// … in which this share of the peak's rate of failure is left.
const LEFT: f64 = 0.5;
/// Fewer requests than this in a part say nothing.
const ENOUGH: u64 = 10;

/// Whether requests still failed in the parts of the window that followed its last peak.
pub fn outlived(summary: &Summary, contrast: &Contrast, window: &Window) -> bool {
    let slices = window.to - window.from;
    if slices < PARTS {
        return false;
    }
    let mut parts = vec![Requests::default(); PARTS as usize];
    for (_, bucket, requests) in summary.entries.rows() {
        let slice = bucket >> SLICE_SHIFT;
        if window.contains(slice) {
            let part = (slice - window.from) * PARTS / slices;
            crate::summary::Add::add(&mut parts[part as usize], requests);
        }
    }
    let seconds = (slices << window.slice_log2) as f64 / 1e9 / PARTS as f64;
    let usual = contrast.before.requests().total as f64 / contrast.before.seconds.max(1e-9);
    tail(&parts, usual * seconds)
}

fn tail(parts: &[Requests], usual: f64) -> bool {
    let load = |part: &Requests| part.total as f64 / usual.max(1e-9);
    let Some(last) = parts.iter().rposition(|part| load(part) >= PEAK) else { return false };
    let rate = |parts: &[Requests]| {
        let mut sum = Requests::default();
        parts.iter().for_each(|part| crate::summary::Add::add(&mut sum, part));
        sum.failed as f64 / sum.total.max(1) as f64
    };
    let after = &parts[last + 1..];
    let calm = |part: &Requests| load(part) < AS_USUAL && part.total >= ENOUGH;
    let peak: Vec<Requests> = parts[..=last].iter().filter(|p| load(p) >= PEAK).copied().collect();
    let failing = rate(&peak);
    after.len() >= TAIL
        && after.iter().filter(|part| calm(part)).count() >= TAIL
        && failing > 0.0
        && rate(after) >= LEFT * failing
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of a window in which usually a hundred requests come in: (requests, failed).
    fn parts(parts: &[(u64, u64)]) -> Vec<Requests> {
        parts.iter().map(|&(total, failed)| Requests { total, failed }).collect()
    }

    #[test]
    fn failing_at_the_usual_load_after_a_peak_is_a_tail() {
        assert!(tail(&parts(&[(300, 100), (300, 150), (100, 40), (100, 45)]), 100.0));
    }

    #[test]
    fn a_peak_that_takes_its_harm_along_has_none() {
        assert!(!tail(&parts(&[(300, 100), (300, 150), (100, 2), (100, 0)]), 100.0));
    }

    #[test]
    fn without_a_peak_or_while_it_lasts_there_is_none() {
        assert!(!tail(&parts(&[(100, 50), (100, 50), (100, 50), (100, 50)]), 100.0));
        assert!(!tail(&parts(&[(100, 10), (300, 90), (300, 99), (300, 99)]), 100.0));
    }
}
