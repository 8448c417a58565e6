//! Attempts for each call.

use crate::gate::chance;
use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::parameter::{Parameter, Preset, Sort};
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::select::Key;
use crate::gate::subject::Subject;
use crate::model::Article;
use crate::summary::Calls;

use super::Kind;
use super::words::number;

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "retries",
        title: "retry amplification",
        unit: "attempts per call",
        rationale: "Calls on an edge are not made again so often that the repeats are a load of \
                    their own: attempts for each call stay within a limit. A callee in trouble \
                    gets that many times the load.",
        limits: "What the run did not set off is not seen: in a run in which nothing failed, \
                 nothing was repeated. Hedged requests look alike.",
        source: "SRE book, chapter 22: retry amplification",
    },
    keys: &[Key::Service, Key::Operation, Key::Edge, Key::Team],
    parameters: &[Parameter {
        name: "max_attempts",
        sort: Sort::Number { least: 1.0, most: 1_000.0 },
        preset: Some(Preset::Number(1.2)),
        meaning: "The most attempts for each call, on average over the run.",
    }],
    relative: false,
    asks: |rule| {
        format!("at most {} attempts for each call on an edge", number(rule.number("max_attempts")))
    },
    judge,
};

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    let most = rule.number("max_attempts");
    let edges = run.edges(&rule.select).into_iter();
    let counted = edges.map(|(subject, edge)| {
        let Calls { total, retries, .. } = edge.calls;
        (subject, retries, total.saturating_sub(retries))
    });
    let measure = |(subject, retries, logical): (Subject, u64, u64)| {
        let (logical, all) = (logical.max(1), logical + retries);
        let attempts = all as f64 / logical as f64;
        let enough = logical >= rule.min_calls;
        Measure {
            subject,
            outcome: if enough { Outcome::within(attempts <= most) } else { Outcome::TooFew },
            value: Some(attempts),
            limit: Some(most),
            calls: logical,
            text: format!(
                "{} attempts for each call ({retries} of {all} calls repeated another); at most \
                 {} are allowed",
                number(attempts),
                number(most)
            ),
            exemplars: Vec::new(),
        }
    };
    Ok(chance::pooled(rule, counted.collect()).into_iter().map(measure).collect())
}
