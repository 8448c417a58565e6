//! Failures above the baseline's.

use crate::gate::judgement::{Judged, Outcome};
use crate::gate::parameter::Parameter;
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::select::Key;
use crate::model::Article;

use super::Kind;
use super::increase::{self, Growth};
use super::words::{number, percent};

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "failure_increase",
        title: "failures above the baseline",
        unit: "points",
        rationale: "No larger share of entry requests (or of calls, operation by operation) fails \
                    than in the baseline, but for the limit, in points: from 1 % to 2 % is one. \
                    It is broken only by what runs of one version would not differ by, all \
                    comparisons of the run together at one in a hundred.",
        limits: "As for latency_increase. What is called that was not called in the baseline has \
                 nothing to compare with. Less than half a point is no news unless it doubled.",
        source: "tracefall diff",
    },
    keys: &[Key::Service, Key::Operation, Key::Edge, Key::Team],
    parameters: &[
        Parameter::percent("max_points", 0.5, "By how many points it may be larger."),
        increase::OF,
    ],
    relative: true,
    asks: |rule| {
        let most = number(rule.number("max_points"));
        format!("the share that fails is at most {most} points above the baseline")
    },
    judge,
};

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    if run.comparison.is_some_and(|comparison| comparison.status_blind) {
        return Err("no span says how it ended, here or in the baseline".to_owned());
    }
    let limit = rule.number("max_points");
    let growth = |m: &crate::compare::Measured| {
        let (before, after) = (m.before?, m.after?);
        let by = 100.0 * (after - before);
        let text = format!(
            "{} fail, in the baseline {} ({} points more); at most {} are allowed",
            percent(after),
            percent(before),
            number(by),
            number(limit)
        );
        let within = m.low.zip(m.high).map_or(f64::INFINITY, |(low, high)| 50.0 * (high - low));
        Some(Growth { by, within, text })
    };
    // Where nothing failed, nothing grew.
    let silent = |calls: u64, failed: u64| match failed {
        0 if calls >= rule.min_calls => Some(Outcome::Fits),
        _ => Some(Outcome::TooFew),
    };
    increase::judge(run, rule, ("error_rate", limit, 0.5), growth, silent)
}
