//! Failed entry requests.

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
        id: "failed_requests",
        title: "failed entry requests",
        unit: "%",
        rationale: "Of the requests from outside, entry by entry, no larger share fails than the \
                    limit. What a retry or a fallback made good did not fail.",
        limits: "A share that is above the limit, but would not be rarer than 1 − confidence if \
                 it were at the limit, is unclear; so few requests do not decide. Where no span \
                 says how it ended, nothing can be said.",
        source: "the exact binomial test; Clopper and Pearson, Biometrika 1934",
    },
    keys: &[Key::Service, Key::Operation, Key::Team],
    parameters: &[Parameter::percent("max_percent", 1.0, "The largest share that may fail.")],
    relative: false,
    asks: |rule| format!("at most {} of entry requests fail", percent(limit(rule))),
    judge,
};

fn limit(rule: &Rule) -> f64 {
    rule.number("max_percent") / 100.0
}

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    if run.summary.status_blind() {
        return Err("no span says how it ended".to_owned());
    }
    let entries = run.entries(&rule.select).into_iter();
    let counted = entries.map(|e| (e.subject, e.requests.failed, e.requests.total)).collect();
    let measure = |(subject, failed, all): (Subject, u64, u64)| {
        let share = failed as f64 / all.max(1) as f64;
        let failing = run.summary.digests.iter().filter(|d| d.stratum.1 && failed > 0);
        let shown = failing.filter(|d| run.entry(d.stratum.0) == subject);
        Measure {
            outcome: chance::share(rule, failed, all, limit(rule)),
            value: Some(100.0 * share),
            limit: Some(100.0 * limit(rule)),
            calls: all,
            text: format!(
                "{failed} of {all} requests failed ({}); at most {} may",
                percent(share),
                percent(limit(rule))
            ),
            exemplars: shown.take(3).map(|d| d.trace().to_string()).collect(),
            subject,
        }
    };
    Ok(chance::pooled(rule, counted).into_iter().map(measure).collect())
}
