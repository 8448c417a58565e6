//! A caller whose patience is shorter than what its callee allows itself.

use crate::model::Article;

use super::{Edge, Factor, Found};

/// See the article.
pub static FACTOR: Factor = Factor {
    article: Article {
        id: "timeout_inversion",
        title: "deadlines in the wrong order",
        unit: "times",
        rationale: "The caller gives up before its callee has had its own attempts: the callee's \
                    deadline, times its attempts, is longer than the caller's. Retries and \
                    fallbacks below are made for nobody. The value is how many times the \
                    caller's patience the callee may take. Reorder the budgets: the outer one \
                    must be the longest.",
        limits: "Seen only where both deadlines passed at least three times; the callee's attempts \
                 are the most that were seen twice.",
        source: "SRE book, chapter 22: deadlines; field practice",
    },
    find,
};

fn find(edge: &Edge<'_>) -> Option<Found> {
    let found = edge.deadlines.inversion(edge.caller, edge.callee)?;
    Some(Found { value: found.times, text: found.text(edge.catalog) })
}
