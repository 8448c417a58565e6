//! A node that stopped to speak while it was still called.

use crate::model::Article;
use crate::summary::NodeId;

use super::super::Case;
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "silence",
        title: "fell silent while called",
        unit: "share",
        rationale: "A dead service reports nothing: its server spans stop while its callers go \
                    on calling. The value is the share of calls that it did not answer with a \
                    span of its own.",
        limits: "Lost or sampled-away server spans look alike; counted only against the usual \
                 share of the same node.",
        source: "Kibana #183216: a dead service as the root cause",
    },
    weigh,
};

/// Log-odds when every call went unanswered.
const SILENT: f64 = 1.0;
/// A change of the unanswered share below this is loss, not silence.
const NOTABLE: f64 = 0.3;

/// Share of calls into an instrumented node without a span of its own: before and during.
pub fn unanswered(case: &Case<'_>, node: NodeId) -> Option<[f64; 2]> {
    if !case.summary.instrumented.contains(&node) {
        return None;
    }
    let share = |side: &crate::detect::Aggregate| {
        let (total, unpaired) = side
            .edges
            .iter()
            .filter(|(key, _)| case.catalog().node_of(key.1) == node)
            .fold((0, 0), |s, (_, e)| (s.0 + e.calls.total, s.1 + e.calls.unpaired));
        if total == 0 { 0.0 } else { unpaired as f64 / total as f64 }
    };
    Some([share(&case.contrast.before), share(&case.contrast.during)])
}

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let [before, during] = unanswered(case, node)?;
    let change = during - before;
    if change < NOTABLE {
        return None;
    }
    let text = format!(
        "{:.0} % of calls to it show no span of its own (before: {:.0} %)",
        100.0 * during,
        100.0 * before,
    );
    Some(Finding { value: during, contribution: SILENT * change, text })
}
