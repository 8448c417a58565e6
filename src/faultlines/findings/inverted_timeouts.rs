//! A caller whose patience is shorter than what its callee allows itself.

use crate::faultlines::point::{Finding as Seen, Point, told};
use crate::model::Article;

use super::Finding;

/// See the article.
pub static FINDING: Finding = Finding {
    article: Article {
        id: "inverted_timeouts",
        title: "gives up before its callee does",
        unit: "times",
        rationale: "The callee may spend longer on one of its own calls (its timeout, times its \
                    attempts) than its caller waits. When that call is slow, the caller is gone \
                    before the callee learns of it: its retries and fallbacks are made for \
                    nobody, and hold workers. The value is how many times the caller's patience \
                    the callee may take. The outer timeout must be the longest.",
        limits: "Seen only where both timeouts passed at least once in the input; from a healthy \
                 export that is seldom. That none is listed does not mean that there is none.",
        source: "Beyer et al., SRE book, chapter 22: deadlines",
    },
    pattern: "timeout",
    find,
};

/// Timeouts are met to within a scheduler's delay; a tenth is no inversion.
const BEYOND: f64 = 1.1;

fn find(point: &Point<'_>) -> Option<Seen> {
    let patience = point.limits().timeout?;
    let below = point.limits.range((point.pair.1, 0)..=(point.pair.1, u32::MAX));
    let allowed = below.filter_map(|((_, node), limits)| {
        Some((limits.timeout? * u64::from(limits.attempts.max(1)), *node, limits))
    });
    let (most, node, limits) = allowed.max_by_key(|(most, node, _)| (*most, *node))?;
    let times = most as f64 / patience.max(1) as f64;
    if times <= BEYOND {
        return None;
    }
    let [caller, callee] = point.names();
    let text = format!(
        "{caller} gives up on {callee} after {}, but {callee} allows its calls to {} {} × {}",
        told(patience),
        point.name(node),
        limits.attempts.max(1),
        told(limits.timeout.unwrap_or(0)),
    );
    Some(Seen { value: times, text })
}
