//! How many calls one call makes.

use crate::gate::judgement::{Judged, Measure};
use crate::gate::parameter::{Parameter, Preset, Sort};
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::select::Key;
use crate::gate::subject::Subject;
use crate::model::Article;

use super::words::number;
use super::{Kind, shape};

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "fan_out",
        title: "fan-out",
        unit: "calls",
        rationale: "No call makes more calls than the limit, repeats left out. It finds a query \
                    for each row of a list, and requests that fail if any of very many answers \
                    is late.",
        limits: "Read from the traces that were kept whole: one is enough to break the limit. \
                 A batch job that is meant to make thousands of calls needs an exception.",
        source: "Dean and Barroso, The Tail at Scale, CACM 2013",
    },
    keys: &[Key::Service, Key::Operation, Key::Team],
    parameters: &[Parameter {
        name: "max",
        sort: Sort::Number { least: 0.0, most: 1e6 },
        preset: Some(Preset::Number(50.0)),
        meaning: "The most calls that one call may make.",
    }],
    relative: false,
    asks: |rule| format!("no call makes more than {} calls", number(rule.number("max"))),
    judge,
};

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    let limit = rule.number("max");
    let widest = shape::widest(run);
    if widest.is_empty() {
        return Err(shape::NO_TRACES.to_owned());
    }
    let measures = widest.into_iter().map(|(operation, (most, digest, seen))| Measure {
        subject: Subject::Handler {
            service: run.place(run.summary.catalog.node_of(operation)),
            operation: run.operation(operation),
        },
        outcome: shape::outcome(rule, most, limit, seen),
        value: Some(most as f64),
        limit: Some(limit),
        calls: seen,
        text: format!("one call made {most} calls; at most {} are allowed", number(limit)),
        exemplars: vec![digest.trace().to_string()],
    });
    Ok(measures.filter(|m| rule.select.fits(&m.subject)).collect())
}
