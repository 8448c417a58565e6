//! How much of what happened was seen.

use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::parameter::Parameter;
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::subject::Subject;
use crate::model::Article;
use crate::summary::{Calls, Table};

use super::Kind;
use super::words::percent;

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "coverage",
        title: "coverage",
        unit: "%",
        rationale: "Enough of the run was seen for the other rules to mean something: the smallest \
                    of four shares (records that could be read, spans whose parent is there, \
                    traces that have a root, calls to services with spans of which both sides \
                    were seen) is not below the limit.",
        limits: "A service that sends nothing and that nobody names is not missed. Head sampling \
                 is no gap.",
        source: "docs/inputs.md",
    },
    keys: &[],
    parameters: &[Parameter::percent("min_percent", 90.0, "The smallest share that may be seen.")],
    relative: false,
    asks: |rule| format!("at least {} of the run was seen", percent(limit(rule))),
    judge,
};

fn limit(rule: &Rule) -> f64 {
    rule.number("min_percent") / 100.0
}

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    let (input, seen) = (&run.summary.input, &run.summary.coverage);
    let records = input.spans + input.log_records;
    let catalog = &run.summary.catalog;
    let mut calls = Calls::default();
    for (key, rows) in run.summary.calls.by_key() {
        if run.summary.instrumented.contains(&catalog.node_of(key.1)) {
            crate::summary::Add::add(&mut calls, &Table::sum(rows));
        }
    }
    let shares = [
        ("records could be read", input.lost(), records + input.lost()),
        ("spans have their parent", seen.orphans, input.spans),
        ("traces have a root", seen.rootless, seen.traces),
        ("calls were seen from both sides", seen.unpaired_clients, calls.total),
    ];
    let shares = shares.map(|(what, gone, all)| {
        (1.0 - gone.min(all) as f64 / all.max(1) as f64, what, gone.min(all), all)
    });
    let least = shares.iter().filter(|s| s.3 > 0).min_by(|a, b| a.0.total_cmp(&b.0));
    let Some((share, what, gone, all)) = least else {
        return Err("there is nothing in the run".to_owned());
    };
    let enough = run.summary.traces() >= rule.min_calls;
    Ok(vec![Measure {
        subject: Subject::Run,
        outcome: match *share >= limit(rule) {
            true if enough => Outcome::Fits,
            true => Outcome::TooFew,
            false => Outcome::Broken,
        },
        value: Some(100.0 * share),
        limit: Some(100.0 * limit(rule)),
        calls: *all,
        text: format!(
            "{} of {all} {what} ({}); at least {} must",
            all - gone,
            percent(*share),
            percent(limit(rule))
        ),
        exemplars: Vec::new(),
    }])
}
