//! The cascade: who was hurt in which order, along which calls.

use std::collections::BTreeMap;

use crate::cascade::Trouble;
use crate::model::{Nanos, PeerKind};
use crate::summary::{NONE, NodeId, Summary};

use super::study::Study;
use super::timeline::Courses;
use super::view::{Cascade, CascadeEdge, Factor, Impacted};

/// Edges told of one factor: the largest values say it all.
const EDGES: usize = 3;

/// The cascade of one incident: edges whose callee and caller are both hurt (or whose callee is
/// the first candidate), in order of onset.
pub fn view(
    summary: &Summary,
    study: &Study,
    courses: &Courses,
    places: &BTreeMap<NodeId, usize>,
) -> Cascade {
    let name = |node: NodeId| summary.catalog.nodes[node as usize].name.clone();
    let origins: Vec<NodeId> = study.scored.iter().take(1).map(|s| s.node).collect();
    let onset = |node: NodeId| study.spread.onset(node);
    let is_hurt = |node: NodeId| onset(node).is_some() || origins.contains(&node);

    let mut fell: Vec<(Nanos, NodeId, NodeId, &Trouble)> = study
        .spread
        .edges
        .iter()
        .filter(|((caller, callee), trouble)| {
            *caller != NONE && trouble.hurt && is_hurt(*caller) && is_hurt(*callee)
        })
        .filter_map(|(&(caller, callee), trouble)| Some((trouble.onset?, callee, caller, trouble)))
        .collect();
    fell.sort_by_key(|f| (f.0, name(f.1), name(f.2)));
    let mut reached: BTreeMap<NodeId, Nanos> = BTreeMap::new();
    for &(began, _, caller, _) in &fell {
        reached.entry(caller).or_insert(began);
    }
    let edges = fell.iter().map(|&(began, callee, caller, trouble)| {
        // What an origin suffers later, it did not begin with.
        let own = onset(callee).filter(|_| origins.contains(&callee));
        let below = own.or(reached.get(&callee).copied()).or(onset(callee)).unwrap_or(began);
        CascadeEdge {
            from: name(callee),
            to: name(caller),
            onset: began,
            lag_ms: (began.0 as i64 - below.0 as i64) / 1_000_000,
            failure_rate: trouble.during,
            before: trouble.before,
            places: [callee, caller].map(|n| places.get(&n).copied().unwrap_or(usize::MAX)),
            course: courses.edge(caller, callee),
        }
    });

    let since = began(study);
    // Names, not nodes: two namespaces may hold services of one name.
    let mut hurt: BTreeMap<String, Nanos> = BTreeMap::new();
    for &node in study.spread.nodes.keys() {
        let service = summary.catalog.nodes[node as usize].kind == PeerKind::Service;
        if let Some(began) = study.spread.reached(node, since).filter(|_| service) {
            let first = hurt.entry(name(node)).or_insert(began);
            *first = began.min(*first);
        }
    }
    let mut impacted: Vec<Impacted> =
        hurt.into_iter().map(|(service, onset)| Impacted { service, onset }).collect();
    impacted.sort_by(|a, b| a.onset.cmp(&b.onset).then_with(|| a.service.cmp(&b.service)));
    let mut edges: Vec<CascadeEdge> = edges.collect();
    causes_first(&mut edges);
    callees_first(&mut impacted, &edges);
    Cascade { edges, impacted, factors: factors(summary, study) }
}

/// Of each factor, the edges with the largest values.
fn factors(summary: &Summary, study: &Study) -> Vec<Factor> {
    let name = |node: NodeId| summary.catalog.nodes[node as usize].name.clone();
    let by_id = study.aggravations.chunk_by(|a, b| a.article.id == b.article.id);
    let leading = by_id.flat_map(|edges| edges.iter().take(EDGES));
    let factor = leading.map(|a| Factor {
        id: a.article.id,
        title: a.article.title,
        edge: [name(a.caller), name(a.callee)],
        value: a.found.value,
        unit: a.article.unit,
        text: a.found.text.clone(),
    });
    factor.collect()
}

/// When the incident began, as its first candidate shows it: before entry requests failed.
fn began(study: &Study) -> Nanos {
    let first = study.scored.first().and_then(|s| study.spread.onset(s.node));
    first.map_or(study.window.earliest, |onset| onset.min(study.window.earliest))
}

/// Onsets so close say nothing about order: clocks and networks are not better than that.
const ALIKE: u64 = 2_000_000;

/// Of two edges of one way up whose onsets are alike, the lower one fell first.
fn causes_first(edges: &mut [CascadeEdge]) {
    for _ in 0..edges.len() {
        for at in 1..edges.len() {
            let (early, late) = (&edges[at - 1], &edges[at]);
            let alike = late.onset.0.saturating_sub(early.onset.0) <= ALIKE;
            let back = early.places[1] == late.places[0];
            if alike && late.places[1] == early.places[0] && !back {
                edges[at - 1].onset = late.onset;
                edges.swap(at - 1, at);
            }
        }
    }
}

/// Of a caller and its callee whose onsets are alike, the callee was hurt first.
fn callees_first(impacted: &mut [Impacted], edges: &[CascadeEdge]) {
    let calls = |caller: &Impacted, callee: &Impacted| {
        edges.iter().any(|e| e.from == callee.service && e.to == caller.service)
    };
    for _ in 0..impacted.len() {
        for at in 1..impacted.len() {
            let (early, late) = (&impacted[at - 1], &impacted[at]);
            let alike = late.onset.0.saturating_sub(early.onset.0) <= ALIKE;
            if alike && calls(early, late) && !calls(late, early) {
                impacted[at - 1].onset = late.onset;
                impacted.swap(at - 1, at);
            }
        }
    }
}
