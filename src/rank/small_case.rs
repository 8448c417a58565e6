//! For tests: an incident in the small world, studied as any other.

use crate::cascade::{Profile, Spread, blame_incident};
use crate::detect::{Aggregate, Contrast, detect};
use crate::model::Nanos;
use crate::summary::small_world::{request, summary};
use crate::summary::{Digest, DigestHop, Summary};

use super::Case;

/// Ten requests in each of twenty slices.
pub const CALM: u64 = 200;
/// The slice in which it begins.
pub const BEGAN: u64 = 20;
/// The slice in which it is over.
pub const OVER: u64 = 40;
const PER_SLICE: u64 = 10;

/// Requests that went as `before` says, then as many that went as `during` says. Both are told
/// the number of the request, from 0.
pub fn world(
    before: impl Fn(u64) -> Vec<DigestHop>,
    during: impl Fn(u64) -> Vec<DigestHop>,
) -> Summary {
    surge(before, 1, during)
}

/// The same, but so many times as many come during the incident.
pub fn surge(
    before: impl Fn(u64) -> Vec<DigestHop>,
    times: u64,
    during: impl Fn(u64) -> Vec<DigestHop>,
) -> Summary {
    let calm = (0..CALM).map(|n| request(n, PER_SLICE, before(n)));
    let bad = (0..times * CALM).map(|n| request(times * CALM + n, times * PER_SLICE, during(n)));
    summary(calm.chain(bad).collect())
}

/// The same as [`world`], with records that the second call writes, and no span that says how it
/// ended.
pub fn blind(calm: impl Fn(u64) -> Vec<DigestHop>, before: &[u32], during: &[u32]) -> Summary {
    let told = |n: u64| {
        let templates = if n < CALM { before } else { during };
        let logs = templates.iter().map(|&template| (1, template)).collect();
        Digest { logs, ..request(n, PER_SLICE, calm(n)) }
    };
    let mut summary = summary((0..2 * CALM).map(told).collect());
    summary.coverage.stated = 0;
    summary
}

/// Looks at the incident, which began at [`BEGAN`], with all that is known of it.
pub fn study<R>(summary: &Summary, look: impl FnOnce(&Case<'_>) -> R) -> R {
    let at = |slice: u64| Nanos(slice << summary.slice_log2());
    let detection = detect(summary, None, Some((at(BEGAN), Nanos(at(OVER).0 - 1))));
    let window = &detection.incidents[0];
    let contrast = Contrast {
        before: Aggregate::of(summary, |slice| slice < window.from),
        during: Aggregate::of(summary, |slice| window.contains(slice)),
    };
    let profile = Profile::new(&contrast.before, &summary.catalog);
    let usual = |slice| slice < window.from;
    let (blames, flow) = blame_incident(summary, window, &contrast, &profile, usual, None);
    let spread = Spread::new(summary, &profile, window);
    look(&Case::new(summary, window, &contrast, &profile, (&blames, &flow), &spread))
}
