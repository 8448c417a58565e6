//! Callees that go on after their caller has given up.

use crate::model::Article;
use crate::summary::NONE;

use super::edge::told;
use super::{Edge, Factor, Found};

/// See the article.
pub static FACTOR: Factor = Factor {
    article: Article {
        id: "ignored_deadline",
        title: "worked on for nobody",
        unit: "share",
        rationale: "The callee went on after its caller had given up: that work helps nobody and \
                    takes capacity from calls that somebody waits for. The value is the share of \
                    such calls. Pass deadlines on, and stop when they are over.",
        limits: "Needs both sides' spans, and clocks that agree to within the overhang.",
        source: "SRE book, chapter 22: deadline propagation",
    },
    find,
};

fn find(edge: &Edge<'_>) -> Option<Found> {
    let share = edge.risen(|calls| calls.abandoned)?;
    let over = |hop: &crate::summary::DigestHop| {
        let both = hop.waited != NONE && hop.worked != NONE;
        if both { hop.worked.saturating_sub(hop.waited) } else { 0 }
    };
    let wasted: f64 = edge.calls().map(|hop| f64::from(over(hop)) / 1000.0).sum();
    let of = if edge.kept.is_empty() { 0.0 } else { wasted / edge.kept.len() as f64 };
    let [caller, callee] = edge.names();
    let text = format!(
        "{callee} went on with {:.0} % of the calls from {caller} after it had given up: {} of \
         work for nobody in each call",
        100.0 * share,
        told(of),
    );
    Some(Found { value: share, text })
}
