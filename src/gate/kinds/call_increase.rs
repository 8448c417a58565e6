//! Calls for each entry request, above the baseline's.

use crate::gate::judgement::Judged;
use crate::gate::parameter::Parameter;
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::select::Key;
use crate::model::Article;

use super::Kind;
use super::increase::{self, Growth};
use super::words::number;

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "call_increase",
        title: "calls above the baseline",
        unit: "%",
        rationale: "An entry request makes no more calls to an operation than in the baseline, but \
                    for the limit, within one mix of requests. It finds a loop around a query, a \
                    cache that is no longer asked, and retries.",
        limits: "As for latency_increase. Read from the traces that were kept whole. Calls that \
                 were not there before are new edges, not more calls.",
        source: "tracefall diff",
    },
    keys: &[Key::Service, Key::Operation, Key::Edge, Key::Team],
    parameters: &[Parameter::number("max_percent", 20.0, "By how much they may be more.")],
    relative: true,
    asks: |rule| {
        let most = number(rule.number("max_percent"));
        format!("calls for each entry request are at most {most}% above the baseline")
    },
    judge,
};

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    let limit = rule.number("max_percent");
    let growth = |m: &crate::compare::Measured| {
        let (before, after) = (m.before?, m.after?);
        let by = 100.0 * (after / before - 1.0);
        let text = format!(
            "{} calls for each entry request, in the baseline {} (+{}%); at most +{}% is allowed",
            number(after),
            number(before),
            number(by),
            number(limit)
        );
        by.is_finite().then_some(Growth { by, within: increase::off_by(m), text })
    };
    increase::judge(run, rule, ("calls_per_request", limit, 10.0), growth, |_, _| None)
}
