//! Trouble elsewhere that is a consequence of this node.

use crate::model::Article;
use crate::summary::NodeId;

use super::super::Case;
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "moved_blame",
        title: "callers that ran out because of it",
        unit: "share",
        rationale: "Callers that turned requests away, or waited, did so while calls to this \
                    node held several times as many of their workers as usual. Their blame \
                    moved here. Blame that other nodes' trouble adds to is a little less sure \
                    than blame that traces show directly.",
        limits: "Two callees that slow down together share what moves.",
        source: "Little's law (1961); Bronson et al., HotOS 2021",
    },
    weigh,
};

/// Log-odds taken away when all blame moved here and none was seen directly.
const LESS_SURE: f64 = 0.7;

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let from: Vec<(NodeId, f64)> =
        case.flow.moved.iter().filter(|(k, _)| k.1 == node).map(|(k, v)| (k.0, *v)).collect();
    let moved: f64 = from.iter().map(|f| f.1).sum();
    let all = case.flow.of(node);
    if moved <= 0.0 || all <= 0.0 {
        return None;
    }
    let share = (moved / all).min(1.0);
    let names: Vec<&str> = from.iter().map(|f| case.name(f.0)).collect();
    let text = format!(
        "{:.0} % of that was first seen at {}, whose calls to it held far more workers than usual",
        100.0 * share,
        names.join(", "),
    );
    Some(Finding { value: share, contribution: -LESS_SURE * share, text })
}
