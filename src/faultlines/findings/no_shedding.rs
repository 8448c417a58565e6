//! Failures that nobody cut short.

use crate::faultlines::point::{Finding as Seen, Point};
use crate::model::Article;

use super::Finding;

/// See the article.
pub static FINDING: Finding = Finding {
    article: Article {
        id: "no_shedding",
        title: "no sign of shedding or breaking",
        unit: "failed calls",
        rationale: "Calls failed here, and none of them was turned away by the callee or refused \
                    by a breaker of the caller. A callee that takes on all that comes falls over \
                    instead of serving what it can; a caller without a breaker goes on asking.",
        limits: "A breaker opens, and a queue overflows, only in trouble: few failures may not be \
                 enough to see either. It is listed only where calls failed.",
        source: "Nygard, Release It!: circuit breaker; Beyer et al., SRE book, chapter 21",
    },
    pattern: "load_shedding",
    find,
};

/// A breaker that opens after a handful of failures in a row would have had its chance.
const FAILED: u64 = 10;

fn find(point: &Point<'_>) -> Option<Seen> {
    let seen = point.failures();
    if seen.failed < FAILED || seen.rejected + seen.refused > 0 {
        return None;
    }
    let [caller, callee] = point.names();
    let text = format!(
        "{} calls from {caller} to {callee} failed, and none was turned away or refused",
        seen.failed,
    );
    Some(Seen { value: seen.failed as f64, text })
}
