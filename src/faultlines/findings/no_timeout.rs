//! Calls that nobody was seen to give up.

use crate::faultlines::point::{Finding as Seen, Point, told};
use crate::model::Article;

use super::Finding;

/// See the article.
pub static FINDING: Finding = Finding {
    article: Article {
        id: "no_timeout",
        title: "no timeout was seen",
        unit: "times the usual",
        rationale: "No call was given up, and some took many times the usual. Whoever waits \
                    without end is held for as long as its callee hangs. The value is how many \
                    times the median the longest call took. Set a timeout of a few times what \
                    nine of ten healthy calls take, and shorter than the caller's own.",
        limits: "That none was seen does not mean that there is none: it may be longer than any \
                 call took. Ask the configuration.",
        source: "Nygard, Release It!: timeouts; Beyer et al., SRE book, chapter 22",
    },
    pattern: "timeout",
    find,
};

/// A call that took so many times the usual, and was waited for all the same, shows patience.
const LONG: f64 = 10.0;
/// Fewer calls show nothing.
const CALLS: u64 = 100;

fn find(point: &Point<'_>) -> Option<Seen> {
    let took = point.sums.took();
    if point.deadline().calls > 0 || took.count() < CALLS {
        return None;
    }
    let (usual, longest) = (took.quantile(0.5)?, took.quantile(1.0)?);
    let times = longest as f64 / usual.max(1) as f64;
    if times < LONG {
        return None;
    }
    let [caller, callee] = point.names();
    let text = format!(
        "{caller} gave up none of {} calls to {callee}; the longest took {}, {times:.0} times the \
         usual",
        took.count(),
        told(longest / 1000),
    );
    Some(Seen { value: times, text })
}
