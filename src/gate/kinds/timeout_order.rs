//! Deadlines in the wrong order.

use std::collections::BTreeMap;

use crate::cascade::Deadlines;
use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::policy::Rule;
use crate::gate::run::{Edge, Run};
use crate::gate::select::Key;
use crate::gate::subject::Subject;
use crate::model::Article;

use super::Kind;

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "timeout_order",
        title: "no timeout inversion",
        unit: "times",
        rationale: "No caller gives up before its callee has had its own attempts: on no edge is \
                    the callee's deadline, times its attempts, longer than the caller's. The \
                    value is how many times the caller's patience the callee may take.",
        limits: "Deadlines are seen where they passed, at least three times on an edge and three \
                 times below it. In a run in which too few calls ended so, the rule cannot be \
                 evaluated: a healthy run says nothing about deadlines.",
        source: "SRE book, chapter 22: deadlines",
    },
    keys: &[Key::Service, Key::Edge, Key::Team],
    parameters: &[],
    relative: false,
    asks: |_| "no caller gives up before its callee has had its attempts".to_owned(),
    judge,
};

/// Deadlines are read from at least so many calls that they ended.
const SEEN: u64 = 3;

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    let edges = run.edges(&rule.select);
    if edges.is_empty() {
        return Ok(Vec::new());
    }
    let passed = |(_, edge): &&(Subject, Edge)| edge.calls.timeouts >= SEEN;
    if edges.iter().filter(passed).count() == 0 {
        return Err("hardly any call ended with its caller's deadline: none is seen".to_owned());
    }
    let deadlines = Deadlines::of(&run.summary.catalog, run.summary.digests.iter());
    let inverted: BTreeMap<_, _> = deadlines
        .inversions()
        .map(|found| ([found.nodes[0], found.nodes[1]].map(|node| run.place(node)), found))
        .collect();
    let measure = |(subject, edge): (Subject, Edge)| {
        let ends = subject.edge().map(|[caller, callee]| [caller.clone(), callee.clone()]);
        let found = ends.and_then(|ends| inverted.get(&ends));
        Measure {
            subject,
            outcome: match found {
                Some(_) => Outcome::Broken,
                None if edge.calls.timeouts >= SEEN => Outcome::Fits,
                None => Outcome::TooFew,
            },
            value: found.map(|found| found.times),
            limit: Some(1.0),
            // Only calls that a deadline ended say anything.
            calls: edge.calls.timeouts,
            text: found.map_or_else(String::new, |found| found.text(&run.summary.catalog)),
            exemplars: Vec::new(),
        }
    };
    let timed = edges.into_iter().filter(|(_, edge)| edge.calls.timeouts > 0);
    Ok(timed.map(measure).collect())
}
