//! Share of the harm that ended at a node.

use crate::detect::logit;
use crate::model::Article;
use crate::summary::NodeId;

use super::super::Case;
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "blame_share",
        title: "share of the harm",
        unit: "share",
        rationale: "Every harmed request is followed down to the one call in which it was \
                    harmed: the deepest that failed, or where its time went beyond the usual. \
                    The share of requests that end at a node, beyond what the reference would \
                    give, is the probability that one harmed request drawn at random is due to \
                    it.",
        limits: "Calls without client spans, and breakers that refuse without a trace, hide \
                 where a request would have ended.",
        source: "CRISP, USENIX ATC 2022: error origins, extended to latency and silence",
    },
    weigh,
};

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    if case.window.change.is_some() {
        return None;
    }
    let amount = case.flow.of(node);
    let share = case.share(node);
    let contribution = logit(share) - case.prior();
    let text = format!(
        "{:.0} of {:.0} harmed requests beyond the usual ended here ({:.0} %)",
        amount,
        case.flow.total(),
        100.0 * amount / case.flow.total().max(1e-9),
    );
    Some(Finding { value: share, contribution, text })
}
