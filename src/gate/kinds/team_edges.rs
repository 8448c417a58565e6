//! Edges across team boundaries that were not there before.

use std::collections::BTreeSet;

use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::parameter::{Parameter, Preset, Sort};
use crate::gate::policy::Rule;
use crate::gate::run::{Edge, Run};
use crate::gate::select::{Key, fits};
use crate::gate::subject::{Place, Subject};
use crate::model::{Article, Glob, ServiceGlob};
use crate::summary::{NONE, NodeKey, Summary};

use super::Kind;

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "team_edges",
        title: "no new edge between teams",
        unit: "calls",
        rationale: "No service calls one of another team that it did not call in the baseline, \
                    unless the pair is listed. A dependency on another team is an agreement \
                    about load, deadlines and failures; the gate is where it is noticed. With a \
                    list and without a baseline, only listed pairs may call each other.",
        limits: "A service without a team is nobody's, and its edges are not judged. An edge so \
                 rare that the baseline may have missed it by chance is unclear.",
        source: "field practice",
    },
    keys: &[Key::Service, Key::Edge, Key::Team],
    parameters: &[Parameter {
        name: "allow",
        sort: Sort::Pairs,
        preset: Some(Preset::Nothing),
        meaning: "Pairs of services or teams that may call each other, such as \"web -> billing\".",
    }],
    relative: true,
    asks: |rule| match rule.pairs("allow").len() {
        0 => "no new edge between teams".to_owned(),
        n => format!("no new edge between teams but those listed ({n})"),
    },
    judge,
};

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    // Policies with patterns that cannot be are refused when they are read.
    let glob = |text: &String| Some((ServiceGlob::parse(text).ok()?, Glob::parse(text).ok()?));
    let allowed: Vec<_> = rule
        .pairs("allow")
        .iter()
        .filter_map(|(from, to)| Some((glob(from)?, glob(to)?)))
        .collect();
    if run.baselines.list.is_empty() && allowed.is_empty() {
        return Err("there is neither a baseline nor a list of what is allowed".to_owned());
    }
    let named = |(service, team): &(ServiceGlob, Glob), place: &Place| {
        fits(service, place) || place.team.as_ref().is_some_and(|name| team.matches(name))
    };
    let baselines = || run.baselines.list.iter().map(|baseline| &baseline.summary);
    let known: BTreeSet<_> = baselines().flat_map(edges).collect();
    let before: u64 = baselines().map(Summary::traces).sum();
    let likely = before as f64 / run.summary.traces().max(1) as f64;
    let mut teams = 0;
    let mut measures = Vec::new();
    for (subject, edge) in run.edges(&rule.select) {
        let Some([from, to]) = subject.edge() else { continue };
        let (Some(ours), Some(theirs)) = (&from.team, &to.team) else { continue };
        teams += 1;
        if ours == theirs {
            continue;
        }
        let listed = allowed.iter().any(|(a, b)| named(a, from) && named(b, to));
        let old = known.contains(&[key(from), key(to)]);
        // In a baseline of this size, so many calls were to be expected; none is rarer than
        // 1 − confidence only if they are several.
        let chance = (-(edge.calls.total as f64) * likely).exp();
        let outcome = match listed || old {
            true => Outcome::Fits,
            false if run.baselines.list.is_empty() || chance <= 1.0 - rule.confidence => {
                Outcome::Broken
            }
            false => Outcome::Unclear,
        };
        let text = format!(
            "{ours} calls {theirs}, which {}: {} calls",
            if run.baselines.list.is_empty() { "is not listed" } else { "it did not before" },
            edge.calls.total
        );
        measures.push(told(subject.clone(), outcome, text, &edge));
    }
    if teams == 0 {
        return Err("no service that is called has a team".to_owned());
    }
    if measures.is_empty() {
        let none = "no edge between teams".to_owned();
        measures.push(told(Subject::Run, Outcome::Fits, none, &Edge::default()));
    }
    Ok(measures)
}

fn told(subject: Subject, outcome: Outcome, text: String, edge: &Edge) -> Measure {
    let calls = edge.calls.total;
    let value = Some(calls as f64);
    Measure { subject, outcome, value, limit: None, calls, text, exemplars: Vec::new() }
}

type Ends = [(String, String); 2];

fn key(place: &Place) -> (String, String) {
    (place.namespace.clone(), place.name.clone())
}

/// Who calls whom in a summary, by namespace and name.
fn edges(summary: &Summary) -> impl Iterator<Item = Ends> + '_ {
    let key = |node: &NodeKey| (node.namespace.clone(), node.name.clone());
    let catalog = &summary.catalog;
    let callers = summary.calls.keys().filter(|edge| edge.0 != NONE);
    callers.map(move |edge| {
        [edge.0, catalog.node_of(edge.1)].map(|node| key(&catalog.nodes[node as usize]))
    })
}
