//! A quantile of latency.

use crate::gate::chance;
use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::parameter::{Parameter, Preset, Sort};
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::select::Key;
use crate::gate::subject::Subject;
use crate::model::Article;
use crate::summary::Histogram;

use super::Kind;
use super::words::{percent, quantile, time};

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "latency",
        title: "latency",
        unit: "ms",
        rationale: "A quantile of how long entry requests take (or calls on an edge, as the \
                    caller waits for them) stays within a limit: of p99, that no more than 1 % \
                    take longer.",
        limits: "Durations are kept in bins that are at most an eighth wide: only what is \
                 certainly longer counts. More than 1 % by chance is unclear, and with fewer \
                 than five calls expected beyond the quantile (500 calls for p99) nothing is \
                 decided. Messages are left out.",
        source: "the exact binomial test on the number of calls beyond the limit",
    },
    keys: &[Key::Service, Key::Operation, Key::Edge, Key::Team],
    parameters: &[
        Parameter {
            name: "max_ms",
            sort: Sort::Number { least: 0.001, most: 1e9 },
            preset: None,
            meaning: "The limit in milliseconds.",
        },
        Parameter {
            name: "quantile",
            sort: Sort::Number { least: 0.5, most: 0.9999 },
            preset: Some(Preset::Number(0.99)),
            meaning: "Which quantile.",
        },
        Parameter {
            name: "of",
            sort: Sort::Word(&["entry", "edge"]),
            preset: Some(Preset::Word("entry")),
            meaning: "Whether entry requests are measured or calls on edges.",
        },
    ],
    relative: false,
    asks: |rule| {
        let what = if rule.word("of") == "edge" { "calls on an edge" } else { "entry requests" };
        let (q, limit) = (quantile(rule.number("quantile")), time(1e6 * rule.number("max_ms")));
        format!("{q} of {what} is at most {limit}")
    },
    judge,
};

/// So many calls must be expected beyond the quantile, or it is an anecdote.
const BEYOND: f64 = 5.0;

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    let timed: Vec<(Subject, Histogram)> = if rule.word("of") == "edge" {
        let edges = run.edges(&rule.select).into_iter();
        let calls = edges.filter(|(_, edge)| 2 * edge.calls.asynchronous <= edge.calls.total);
        calls.map(|(subject, edge)| (subject, edge.waited)).collect()
    } else {
        let entries = run.entries(&rule.select).into_iter();
        entries.map(|entry| (entry.subject, entry.times)).collect()
    };
    Ok(timed.into_iter().map(|(subject, times)| measure(rule, subject, &times)).collect())
}

fn measure(rule: &Rule, subject: Subject, times: &Histogram) -> Measure {
    let (q, limit) = (rule.number("quantile"), 1e6 * rule.number("max_ms"));
    let (all, late) = (times.count(), times.above(limit as u64));
    let beyond = 1.0 - q;
    let outcome = match chance::share(rule, late, all, beyond) {
        _ if (all as f64) * beyond < BEYOND => Outcome::TooFew,
        outcome => outcome,
    };
    let value = times.quantile(q);
    Measure {
        subject,
        outcome,
        value: value.map(|nanos| nanos as f64 / 1e6),
        limit: Some(rule.number("max_ms")),
        calls: all,
        text: format!(
            "{} is {}, at most {} is allowed; {} of {all} took longer ({})",
            quantile(q),
            value.map_or_else(|| "unknown".to_owned(), |nanos| time(nanos as f64)),
            time(limit),
            late,
            percent(late as f64 / all.max(1) as f64)
        ),
        exemplars: Vec::new(),
    }
}
