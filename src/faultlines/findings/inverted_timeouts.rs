//! A caller whose patience is shorter than what its callee allows itself.

use crate::faultlines::point::{Finding as Seen, Point};
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
        limits: "Seen only where both timeouts passed at least three times in the input; from a \
                 healthy export that is seldom. That none is listed does not mean that there is \
                 none.",
        source: "Beyer et al., SRE book, chapter 22: deadlines",
    },
    pattern: "timeout",
    find,
};

fn find(point: &Point<'_>) -> Option<Seen> {
    let found = point.limits.deadlines.inversion(point.pair.0, point.pair.1)?;
    Some(Seen { value: found.times, text: found.text(point.catalog) })
}
