//! Who was in trouble first.

use crate::model::Article;
use crate::summary::NodeId;

use super::super::Case;
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "onset_order",
        title: "began before the harm",
        unit: "s",
        rationale: "A cause comes before its consequence: trouble at an origin begins no later \
                    than the failures of entry requests. The value is how long before (positive) \
                    or after (negative) the incident's onset its trouble began.",
        limits: "A timeline alone proves little: slow calls show only when they end, and clocks \
                 of hosts differ.",
        source: "change point by profile likelihood; topology before time, as in Dynatrace Davis",
    },
    weigh,
};

/// Log-odds for being early, and against being late.
const EARLY: f64 = 0.5;
const LATE: f64 = 1.0;
/// Seconds within which order says nothing: bucket width, clock residue and queueing.
const SLACK: f64 = 10.0;

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let onset = case.spread.onset(node)?;
    let lead = (case.window.onset.0 as f64 - onset.0 as f64) / 1e9;
    let after = case.window.latest.0 as f64 / 1e9 + SLACK - onset.0 as f64 / 1e9;
    let (contribution, text) = if after < 0.0 {
        (-LATE, format!("its trouble began {:.1} s after the first harm", -lead))
    } else if lead >= 0.0 {
        (EARLY, format!("its trouble began {lead:.1} s before the first harm"))
    } else {
        (EARLY / 2.0, format!("its trouble began with the first harm ({:.1} s after)", -lead))
    };
    Some(Finding { value: lead, contribution, text })
}
