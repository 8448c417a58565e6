//! Harm that other causes did is no evidence against this one.

use crate::detect::logit;
use crate::model::Article;
use crate::summary::NodeId;

use super::super::Case;
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "independent",
        title: "failed independently",
        unit: "share",
        rationale: "Two causes at once share the harm between them, so a share of the whole says \
                    little. Requests that ended here met no trouble at the other node, and the \
                    other way round: neither is a consequence of the other. The value is the \
                    node's share of the harm without what ended at such other nodes.",
        limits: "Needs requests that were seen to end at either; a cause that acts through \
                 something that no trace shows (a shared host, a peak of traffic) makes its \
                 consequences look independent.",
        source: "explaining away in causal inference (Pearl 1988); traces as the unit",
    },
    weigh,
};

/// At most this is added: that failures are independent does not make either a cause.
const MOST: f64 = 2.0;

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let others: Vec<NodeId> = case.independence.others(node).collect();
    if others.is_empty() || case.flow.of(node) <= 0.0 {
        return None;
    }
    let theirs: f64 = others.iter().map(|&other| case.flow.of(other)).sum();
    let rest = (case.flow.of(node) + 0.5) / (case.flow.total() - theirs + 1.0);
    let names: Vec<&str> = others.iter().map(|&other| case.name(other)).collect();
    let text = format!(
        "requests that ended here met no trouble at {}, nor the other way round; of the harm \
         without theirs, {:.0} % ended here",
        names.join(", "),
        100.0 * rest.min(1.0),
    );
    let contribution = (logit(rest) - logit(case.share(node))).clamp(0.0, MOST);
    Some(Finding { value: rest.min(1.0), contribution, text })
}
