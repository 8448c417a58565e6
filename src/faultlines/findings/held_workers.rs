//! Calls that would take down requests which do not need them, if they hung.

use crate::faultlines::point::{Finding as Seen, Point, told};
use crate::model::Article;

use super::Finding;

/// See the article.
pub static FINDING: Finding = Finding {
    article: Article {
        id: "held_workers",
        title: "a hang would spread to others",
        unit: "share of entry requests",
        rationale: "If these calls hung, their callers would wait with them, and the callers of \
                    those: workers that are held (rate × time, Little's law) are missing to \
                    requests that never needed the call. The value is the share of requests that \
                    a hang loses beyond those that a plain failure does. A bulkhead leaves the \
                    others their workers; a timeout frees them sooner.",
        limits: "How many workers a service has is not in an export: four times the usual load is \
                 assumed, or the busiest moment that was seen, and at least four for each instance. \
                 Where no timeout was seen, calls are taken to hang for 2 s; without any it is \
                 far worse. Queues are not modelled.",
        source: "Little (1961); Nygard, Release It!: blocked threads, bulkheads",
    },
    pattern: "bulkhead",
    find,
};

/// Fewer points of a hundred are within what the model cannot tell.
const SPREAD: f64 = 0.05;

fn find(point: &Point<'_>) -> Option<Seen> {
    let losses = &point.losses;
    let more = losses.edge_hangs - losses.edge_fails;
    if more < SPREAD {
        return None;
    }
    let [caller, callee] = point.names();
    let patience = match point.deadline().patience {
        Some(timeout) => format!("for {}", told(timeout)),
        None => "(no timeout was seen)".to_owned(),
    };
    let text = format!(
        "calls to {callee} that hang hold workers of {caller} and of its callers {patience}: \
         {:.0} % of all requests would be lost, where a plain failure loses {:.0} %",
        100.0 * losses.edge_hangs,
        100.0 * losses.edge_fails,
    );
    Some(Seen { value: more, text })
}
