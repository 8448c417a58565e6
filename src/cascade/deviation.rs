//! Blame where no span says that it failed: by changed behaviour.

use std::collections::BTreeMap;

use crate::detect::{Change, Feature, Shift, Window};
use crate::summary::{Digest, NONE, NodeId, Summary};

use super::{Blame, Blames, Flow, Symptom};

/// Blames every kept trace of the window that shows a shift on the strongest node whose shift it
/// shows, and shares the harm among nodes by the strength of their change.
pub fn deviating<'a>(summary: &'a Summary, window: &Window, change: &Change) -> (Blames<'a>, Flow) {
    let mut blames = Blames::default();
    for digest in summary.digests.iter().filter(|d| window.contains(d.slice)) {
        if let Some(blame) = blame(digest, summary, change) {
            blames.list.push((digest, blame, 1.0));
        }
    }
    let total: f64 = change.nodes.values().filter(|s| **s > 0.0).sum();
    let mut flow = Flow::default();
    for (&node, &strength) in change.nodes.iter().filter(|(_, s)| **s > 0.0) {
        let amount = window.harmed as f64 * strength / total;
        flow.at.insert((node, symptom_of(node, change)), amount);
    }
    flow.direct.clone_from(&flow.at);
    (blames, flow)
}

fn blame(digest: &Digest, summary: &Summary, change: &Change) -> Option<Blame> {
    let strength = |shift: &Shift| change.nodes.get(&shift.node).copied().unwrap_or(0.0);
    let shown = change.shown_by(digest, &summary.catalog);
    let shift = shown.into_iter().max_by(|a, b| strength(a).total_cmp(&strength(b)))?;
    let operation = shift.feature.operation();
    let at = digest.hops.iter().position(|hop| hop.operation == operation)?;
    let mut path = vec![at as u32];
    while let Some(&top) = path.last() {
        match digest.hops[top as usize].parent {
            NONE => break,
            parent => path.push(parent),
        }
    }
    path.reverse();
    let parent = digest.hops[at].parent;
    Some(Blame {
        caller: if parent == NONE {
            NONE
        } else {
            summary.catalog.node_of(digest.hops[parent as usize].operation)
        },
        operation,
        symptom: symptom(shift.feature),
        at: digest.start + u64::from(digest.hops[at].offset) * 1000,
        path,
    })
}

const fn symptom(feature: Feature) -> Symptom {
    match feature {
        Feature::Follows(..) | Feature::Child(..) => Symptom::Deviation,
        Feature::Own(_) => Symptom::SlowOwn,
        Feature::Gap(_) => Symptom::Gap,
    }
}

/// The kind of its strongest shifts.
fn symptom_of(node: NodeId, change: &Change) -> Symptom {
    let mut by_symptom: BTreeMap<Symptom, f64> = BTreeMap::new();
    for shift in &change.shifts {
        if shift.node == node {
            *by_symptom.entry(symptom(shift.feature)).or_default() += shift.strength;
        }
    }
    by_symptom.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(Symptom::Deviation, |s| s.0)
}
