//! Trouble that was there before.

use crate::model::Article;
use crate::summary::NodeId;

use super::super::Case;
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "chronic",
        title: "was like that before",
        unit: "share",
        rationale: "A service that failed as often before the incident is innocent of it: only \
                    the change counts. The value is the share of calls to it that failed in the \
                    reference.",
        limits: "Needs a reference in which it was called.",
        source: "difference to a reference: only the change counts",
    },
    weigh,
};

/// Log-odds against a node that fails no more often than before.
const SAME: f64 = 1.0;
/// Failing more often than this in the reference is chronic.
const CHRONIC: f64 = 0.01;

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let [before, during] = case.calls_into(node);
    let rate = |(calls, failed): (f64, f64)| (failed + 0.5) / (calls + 1.0);
    let (was, is) = (rate(before), rate(during));
    if before.1 < 3.0 || was < CHRONIC || is > 2.0 * was {
        return None;
    }
    let text = format!(
        "{:.1} % of calls to it failed before, {:.1} % during the incident",
        100.0 * was,
        100.0 * is,
    );
    Some(Finding { value: was, contribution: -SAME, text })
}
