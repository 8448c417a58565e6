//! The cascade: who was hurt in which order, along which calls.

use std::collections::BTreeMap;

use crate::cascade::Trouble;
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
        let below = reached.get(&callee).copied().or(onset(callee)).unwrap_or(began);
        CascadeEdge {
            from: name(callee),
            to: name(caller),
            onset: began,
            lag_ms: (began.0 as i64 - below.0 as i64) / 1_000_000,
            failure_rate: trouble.during,
            before: trouble.before,
        }
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
    Cascade { edges: edges.collect(), impacted }
}
