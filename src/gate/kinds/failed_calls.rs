//! Failed calls on an edge.

use crate::gate::chance;
use crate::gate::judgement::{Judged, Measure};
use crate::gate::parameter::Parameter;
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::select::Key;
use crate::gate::subject::Subject;
use crate::model::Article;

use super::Kind;
use super::words::percent;

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "failed_calls",
        title: "failed calls",
        unit: "%",
        rationale: "Of the calls on an edge, attempts counted one by one as the caller saw them, \
                    no larger share fails than the limit. It finds what retries and fallbacks \
                    hide from users until they run out.",
        limits: "As for failed_requests. Calls of one request fail together, so that the test is \
                 a little too sure of edges that a request calls many times.",
        source: "the exact binomial test; Clopper and Pearson, Biometrika 1934",
    },
    keys: &[Key::Service, Key::Operation, Key::Edge, Key::Team],
    parameters: &[Parameter::percent("max_percent", 5.0, "The largest share that may fail.")],
    relative: false,
    asks: |rule| format!("at most {} of calls on an edge fail", percent(limit(rule))),
    judge,
};

fn limit(rule: &Rule) -> f64 {
    rule.number("max_percent") / 100.0
}

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    if run.summary.status_blind() {
        return Err("no span says how it ended".to_owned());
    }
    let edges = run.edges(&rule.select).into_iter();
    let counted = edges.map(|(subject, e)| (subject, e.calls.failed, e.calls.total)).collect();
    let measure = |(subject, failed, all): (Subject, u64, u64)| {
        let share = failed as f64 / all.max(1) as f64;
        Measure {
            subject,
            outcome: chance::share(rule, failed, all, limit(rule)),
            value: Some(100.0 * share),
            limit: Some(100.0 * limit(rule)),
            calls: all,
            text: format!(
                "{failed} of {all} calls failed ({}); at most {} may",
                percent(share),
                percent(limit(rule))
            ),
            exemplars: Vec::new(),
        }
    };
    Ok(chance::pooled(rule, counted).into_iter().map(measure).collect())
}
