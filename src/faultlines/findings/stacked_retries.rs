//! Retries on several levels of one way, which multiply.

use crate::faultlines::point::{Finding as Seen, Point};
use crate::model::Article;

use super::Finding;

/// See the article.
pub static FINDING: Finding = Finding {
    article: Article {
        id: "stacked_retries",
        title: "retries on retries",
        unit: "attempts per request",
        rationale: "Calls are repeated here and further up on the same way, so that attempts \
                    multiply: a callee that fails is asked this many times for one request from \
                    outside, just when it can answer least. Retry on one level only, with a \
                    budget.",
        limits: "Attempts are the most that were seen; a policy may allow more. A level on which \
                 nothing failed shows no retries.",
        source: "Beyer et al., SRE book, chapter 22: cascading failures",
    },
    pattern: "retry_budget",
    find,
};

/// On fewer levels nothing multiplies.
const LEVELS: u32 = 2;

fn find(point: &Point<'_>) -> Option<Seen> {
    let below = point.below;
    if below.levels < LEVELS || point.deadline().attempts < 2 {
        return None;
    }
    let [_, callee] = point.names();
    let text = format!(
        "one request may ask {callee} {} times: calls are repeated on {} levels above it",
        below.worst, below.levels,
    );
    Some(Seen { value: below.worst as f64, text })
}
