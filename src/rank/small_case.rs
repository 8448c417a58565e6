//! For tests: an incident in the small world, studied as any other.

use crate::cascade::{Flow, Profile, Spread, collect, deviating};
use crate::detect::{Aggregate, Contrast, detect};
use crate::model::Nanos;
use crate::summary::small_world::{request, summary};
use crate::summary::{Digest, DigestHop, Summary};

use super::{Case, Independence};

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
    let (blames, flow) = match &window.change {
        Some(change) => deviating(summary, window, change),
        None => {
            let harmed = |d: &Digest| window.harms(d, &summary.catalog);
            let blames = collect(summary, &profile, |d| window.contains(d.slice) && harmed(d));
            let usual = collect(summary, &profile, |d| d.slice < window.from && harmed(d));
            let flow = Flow::new(&blames, &usual, &summary.catalog, &contrast);
            (blames, flow)
        }
    };
    let spread = Spread::new(summary, &profile, window);
    let mut case = Case {
        summary,
        window,
        contrast: &contrast,
        blames: &blames,
        flow: &flow,
        spread: &spread,
        profile: &profile,
        independence: Independence::default(),
    };
    case.independence = Independence::of(&case);
    look(&case)
}
