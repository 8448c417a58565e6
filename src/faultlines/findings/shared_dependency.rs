//! One dependency that most entries share.

use crate::faultlines::point::{Finding as Seen, Point};
use crate::model::Article;

use super::Finding;

/// See the article.
pub static FINDING: Finding = Finding {
    article: Article {
        id: "shared_dependency",
        title: "most entries share it",
        unit: "share of entry operations",
        rationale: "Most kinds of requests wait for the same callee. What one of them does to it \
                    (a flood, a slow query) all the others feel, and nothing that users do keeps \
                    working when it stops. Give kinds of requests pools or instances of their \
                    own, the important ones first.",
        limits: "Entries with the same callee may need it in few of their requests. Gateways and \
                 log-in are shared by design.",
        source: "Nygard, Release It!: bulkheads; Beyer et al., SRE book, chapter 22",
    },
    pattern: "bulkhead",
    find,
};

/// Most: half of the entry operations …
const MOST: f64 = 0.5;
/// … of at least so many: of two, one is always half.
const ENTRIES: usize = 3;

fn find(point: &Point<'_>) -> Option<Seen> {
    let [all, sharing] = point.entries;
    let share = sharing as f64 / all.max(1) as f64;
    if all < ENTRIES || share <= MOST {
        return None;
    }
    let [_, callee] = point.names();
    let text = format!("{sharing} of {all} entry operations wait for {callee}");
    Some(Seen { value: share, text })
}
