//! Calls that the caller's deadline ended, and not an answer.

use crate::model::Article;
use crate::summary::DigestHop;

use super::edge::{median, told};
use super::{Edge, Factor, Found};

/// See the article.
pub static FACTOR: Factor = Factor {
    article: Article {
        id: "caller_timeout",
        title: "ended by the caller's deadline",
        unit: "share",
        rationale: "The caller gave up; the callee never said that it failed. It was late, or did \
                    not get to work. The value is the share of calls that ended so. Look at what \
                    makes the callee late, and whether the deadline leaves room for it.",
        limits: "Told from the caller's error type or status; a caller that hides its deadline \
                 behind another error is not seen.",
        source: "SRE book, chapter 22: deadlines",
    },
    find,
};

fn find(edge: &Edge<'_>) -> Option<Found> {
    let share = edge.risen(|calls| calls.timeouts)?;
    let deadline = median(edge.calls().filter_map(DigestHop::given_up).collect())?;
    let [caller, callee] = edge.names();
    let text = format!(
        "{:.0} % of the calls from {caller} to {callee} ended with the caller's deadline (about \
         {}), not with an answer",
        100.0 * share,
        told(deadline),
    );
    Some(Found { value: share, text })
}
