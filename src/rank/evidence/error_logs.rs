//! Warnings and errors that a node began to write.

use crate::model::Article;
use crate::summary::NodeId;

use super::super::Case;
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "error_logs",
        title: "burst of warnings and errors",
        unit: "times",
        rationale: "A node that begins to write warnings or errors which it did not write \
                    before has noticed something itself. The value is how many times as many it \
                    writes as usual.",
        limits: "Callers write errors about their callees too, so this weighs little.",
        source: "log bursts: Nezha, FSE 2023",
    },
    weigh,
};

/// Log-odds for a clear burst.
const CLEAR: f64 = 0.3;
/// Times the usual rate from which on it is a burst.
const BURST: f64 = 3.0;
/// Records a second below which it is an anecdote.
const FEW: f64 = 0.05;

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let logs = case.bad_logs(node);
    let (before, during) = logs.iter().fold((0.0, 0.0), |s, l| (s.0 + l.1, s.1 + l.2));
    // One record in the whole reference is the least that "usual" can mean.
    let usual = before + 1.0 / case.contrast.before.seconds.max(1.0);
    let times = during / usual;
    if times < BURST || during < FEW {
        return None;
    }
    let (top, _, _) = logs.iter().copied().max_by(|a, b| (a.2 - a.1).total_cmp(&(b.2 - b.1)))?;
    let text = format!(
        "warnings and errors went from {:.2} to {:.2} a second, most of all \"{top}\"",
        before, during,
    );
    Some(Finding { value: times, contribution: CLEAR, text })
}
