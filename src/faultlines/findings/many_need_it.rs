//! A callee whose failure would fail a large share of all requests.

use crate::faultlines::point::{Finding as Seen, Point};
use crate::model::Article;

use super::Finding;

/// See the article.
pub static FINDING: Finding = Finding {
    article: Article {
        id: "many_need_it",
        title: "many requests need it",
        unit: "share of entry requests",
        rationale: "If the callee failed, at once and for everybody, this share of the requests \
                    from outside would fail with it: they wait for it, and on the way up nobody \
                    was seen to do without. A breaker with a fallback, a cached answer or a queue \
                    makes it optional; a breaker alone fails the same requests sooner.",
        limits: "Whether a caller can do without shows only when calls fail. Where none was seen \
                 to, nine in ten are taken to need it, which is a guess; the report says how many \
                 failures are behind it.",
        source: "Nygard, Release It!: integration points; Alvaro et al., Lineage-driven Fault \
                 Injection, SIGMOD 2015",
    },
    pattern: "circuit_breaker",
    find,
};

/// A quarter of all requests is a bad day for anybody.
const MANY: f64 = 0.25;

fn find(point: &Point<'_>) -> Option<Seen> {
    let lost = point.losses.callee_fails;
    if lost < MANY {
        return None;
    }
    let [_, callee] = point.names();
    let text = format!(
        "{:.0} % of all requests wait for {callee}, and {:.0} % would fail with it",
        100.0 * point.waiting,
        100.0 * lost,
    );
    Some(Seen { value: lost, text })
}
