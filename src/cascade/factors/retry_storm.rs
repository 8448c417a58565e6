//! An edge on which failed calls are repeated so often that the repeats are the load.

use crate::model::Article;

use super::{Edge, Factor, Found};

/// See the article.
pub static FACTOR: Factor = Factor {
    article: Article {
        id: "retry_storm",
        title: "retries multiplied the load",
        unit: "attempts per call",
        rationale: "Each failed call was made again, so that the callee was asked more often the \
                    less it could answer. This is the edge that amplified the failure, whatever \
                    set it off: give its retries a budget.",
        limits: "Hedged requests look alike. Repeats in other traces (of users, of jobs) are not \
                 seen.",
        source: "SRE book, chapter 22; Bronson et al., Metastable Failures, HotOS 2021",
    },
    find,
};

/// Share of attempts that repeat an earlier one from which on they are a load of their own.
const AMPLIFIED: f64 = 0.25;

fn find(edge: &Edge<'_>) -> Option<Found> {
    let share = edge.risen(|calls| calls.retries)?;
    if share < AMPLIFIED {
        return None;
    }
    let per_call = |calls: &crate::summary::Calls| {
        calls.total as f64 / calls.total.saturating_sub(calls.retries).max(1) as f64
    };
    let (was, is) = (per_call(&edge.before.calls), per_call(&edge.during.calls));
    let [caller, callee] = edge.names();
    let text = format!(
        "{caller} made {is:.1} attempts for each call to {callee} (usually {:.1}): {:.0} % of the \
         load there was repeats",
        was.max(1.0),
        100.0 * share,
    );
    Some(Found { value: is, text })
}
