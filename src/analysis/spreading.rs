//! The cascade: who was hurt in which order, along which calls.

use std::collections::BTreeMap;

use crate::model::{Nanos, PeerKind};
use crate::summary::{NONE, NodeId, Summary};

use super::study::Study;
use super::view::{Cascade, CascadeEdge, Impacted};

/// The cascade of one incident: edges whose callee and caller are both hurt (or whose callee is
/// the first candidate), in order of onset.
pub fn view(summary: &Summary, study: &Study) -> Cascade {
    let name = |node: NodeId| summary.catalog.nodes[node as usize].name.clone();
    let origins: Vec<NodeId> = study.scored.iter().take(1).map(|s| s.node).collect();
    let onset = |node: NodeId| study.spread.onset(node);
    let is_hurt = |node: NodeId| onset(node).is_some() || origins.contains(&node);

    let mut edges: Vec<(Nanos, CascadeEdge)> = study
        .spread
        .edges
        .iter()
        .filter(|((caller, callee), trouble)| {
            *caller != NONE && trouble.hurt && is_hurt(*caller) && is_hurt(*callee)
        })
        .filter_map(|(&(caller, callee), trouble)| {
            let began = trouble.onset?;
            let below = onset(callee).unwrap_or(began);
            let edge = CascadeEdge {
                from: name(callee),
                to: name(caller),
                onset: began,
                lag_ms: (began.0 as i64 - below.0 as i64) / 1_000_000,
                failure_rate: trouble.during,
                before: trouble.before,
            };
            Some((began, edge))
        })
        .collect();
    edges.sort_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| (&a.1.from, &a.1.to).cmp(&(&b.1.from, &b.1.to)))
    });

    // Names, not nodes: two namespaces may hold services of one name.
    let mut hurt: BTreeMap<String, Nanos> = BTreeMap::new();
    for &node in study.spread.nodes.keys() {
        let service = summary.catalog.nodes[node as usize].kind == PeerKind::Service;
        if let Some(began) = onset(node).filter(|_| service) {
            let first = hurt.entry(name(node)).or_insert(began);
            *first = began.min(*first);
        }
    }
    let mut impacted: Vec<Impacted> =
        hurt.into_iter().map(|(service, onset)| Impacted { service, onset }).collect();
    impacted.sort_by(|a, b| a.onset.cmp(&b.onset).then_with(|| a.service.cmp(&b.service)));
    Cascade { edges: edges.into_iter().map(|e| e.1).collect(), impacted }
}
