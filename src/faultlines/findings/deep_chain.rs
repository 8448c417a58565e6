//! A call below which many others are waited for.

use crate::faultlines::point::{Finding as Seen, Point};
use crate::model::Article;

use super::Finding;

/// See the article.
pub static FINDING: Finding = Finding {
    article: Article {
        id: "deep_chain",
        title: "long chain of waiting below",
        unit: "levels",
        rationale: "The caller waits for a callee that waits for others, level below level. Each \
                    level adds its own ways to fail and to be late, and each holds a worker while \
                    it waits. Hand work over by messages where nobody needs the answer, call side \
                    by side what can be, and pass the deadline down.",
        limits: "Levels are counted in services that leave spans; a service without any hides \
                 what is below it. Calls side by side count as one level.",
        source: "Dean and Barroso, The Tail at Scale, CACM 2013; Nygard, Release It!",
    },
    pattern: "timeout",
    find,
};

/// From so many levels below the callee on.
const DEEP: u32 = 3;

fn find(point: &Point<'_>) -> Option<Seen> {
    let below = point.below;
    if below.depth < DEEP {
        return None;
    }
    let [caller, callee] = point.names();
    let text = format!(
        "{caller} waits for {callee}, below which calls go {} levels deep, {:.1} of them for each \
         call",
        below.depth,
        below.further / below.calls.max(f64::MIN_POSITIVE),
    );
    Some(Seen { value: f64::from(below.depth), text })
}
