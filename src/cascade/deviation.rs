//! Blame where no span says that it failed: by changed behaviour.

use std::collections::BTreeMap;

use crate::detect::{Change, Feature, Shift, Window};
use crate::summary::{Catalog, Digest, NONE, NodeId, Summary};

use super::{Blame, Blames, Flow, Symptom};

/// A callee whose change is at least this share of its caller's explains it in the traces that
/// show both: what happens in a caller is mostly a consequence.
const CONSEQUENCE: f64 = 0.3;

/// Blames every kept trace of the window that shows a shift on the lowest node of weight that
/// does, and shares the harm by strength: a node's own goes where the traces that accuse it end.
pub fn deviating<'a>(summary: &'a Summary, window: &Window, change: &Change) -> (Blames<'a>, Flow) {
    let catalog = &summary.catalog;
    let mut blames = Blames::default();
    // Accused node, node that explains it: traces.
    let mut ends: BTreeMap<(NodeId, NodeId), f64> = BTreeMap::new();
    let mut accused: BTreeMap<NodeId, f64> = BTreeMap::new();
    for digest in summary.digests.iter().filter(|d| window.contains(d.slice)) {
        let sites = sites(digest, change, catalog);
        for &(node, _) in sites.keys() {
            *accused.entry(node).or_default() += 1.0;
        }
        for start in sites.keys() {
            let end = lowest(*start, &sites, digest, change);
            *ends.entry((start.0, end.0)).or_default() += 1.0;
        }
        let strongest =
            sites.keys().max_by(|a, b| strength(a.0, change).total_cmp(&strength(b.0, change)));
        if let Some(start) = strongest {
            let end = lowest(*start, &sites, digest, change);
            blames.list.push((digest, blame(digest, end, sites[&end], catalog), 1.0));
        }
    }
    let mut share: BTreeMap<NodeId, f64> = BTreeMap::new();
    for (&(start, end), &traces) in &ends {
        *share.entry(end).or_default() += strength(start, change) * traces / accused[&start];
    }
    let total: f64 = share.values().sum();
    let mut flow = Flow::default();
    for (&node, &strength) in share.iter().filter(|(_, s)| **s > 0.0) {
        let amount = window.harmed as f64 * strength / total;
        flow.at.insert((node, symptom_of(node, change)), amount);
    }
    flow.direct.clone_from(&flow.at);
    (blames, flow)
}

fn strength(node: NodeId, change: &Change) -> f64 {
    change.nodes.get(&node).copied().unwrap_or(0.0)
}

/// A node at a hop of a trace.
type Site = (NodeId, u32);

/// Where in a trace which shifts show: of each node its strongest.
fn sites<'a>(digest: &Digest, change: &'a Change, catalog: &Catalog) -> BTreeMap<Site, &'a Shift> {
    let mut sites: BTreeMap<NodeId, (u32, &Shift)> = BTreeMap::new();
    // Strongest first.
    for shift in change.shown_by(digest, catalog) {
        if let Some(at) = position(digest, shift, catalog) {
            sites.entry(shift.node).or_insert((at, shift));
        }
    }
    sites.into_iter().map(|(node, (at, shift))| ((node, at), shift)).collect()
}

/// The first hop of the accused node at which a shift can show.
fn position(digest: &Digest, shift: &Shift, catalog: &Catalog) -> Option<u32> {
    let operation = shift.feature.operation();
    let hops = || digest.hops.iter().enumerate();
    let at = hops().find(|(_, hop)| hop.operation == operation)?;
    let on = |hop: u32| catalog.node_of(digest.hops[hop as usize].operation) == shift.node;
    let found = match shift.feature {
        // The callee's operation, of which the caller may be accused.
        Feature::Gap(_) if at.1.parent != NONE && on(at.1.parent) => at.1.parent,
        Feature::Unanswered(_, callee) => {
            let called = |hop: &u32| *hop == at.0 as u32;
            let below = hops()
                .find(|(_, hop)| called(&hop.parent) && catalog.node_of(hop.operation) == callee)?;
            below.0 as u32
        }
        _ => at.0 as u32,
    };
    Some(found)
}

/// Down from a site, as long as a node below shows a change of weight.
fn lowest(start: Site, sites: &BTreeMap<Site, &Shift>, digest: &Digest, change: &Change) -> Site {
    let mut at = start;
    loop {
        let weighty = |s: &&Site| strength(s.0, change) >= CONSEQUENCE * strength(at.0, change);
        let below = sites.keys().filter(|s| s.0 != at.0 && is_below(s.1, at.1, digest));
        let next = below
            .filter(weighty)
            .max_by(|a, b| strength(a.0, change).total_cmp(&strength(b.0, change)));
        match next {
            Some(&next) => at = next,
            None => return at,
        }
    }
}

fn is_below(mut hop: u32, top: u32, digest: &Digest) -> bool {
    while digest.hops[hop as usize].parent != NONE {
        hop = digest.hops[hop as usize].parent;
        if hop == top {
            return true;
        }
    }
    false
}

fn blame(digest: &Digest, (_, at): Site, shift: &Shift, catalog: &Catalog) -> Blame {
    let mut path = vec![at];
    while let Some(&top) = path.last() {
        match digest.hops[top as usize].parent {
            NONE => break,
            parent => path.push(parent),
        }
    }
    path.reverse();
    let hop = &digest.hops[at as usize];
    let caller = digest.hops.get(hop.parent as usize);
    Blame {
        caller: caller.map_or(NONE, |p| catalog.node_of(p.operation)),
        operation: hop.operation,
        symptom: symptom(shift.feature),
        at: digest.start + u64::from(hop.offset) * 1000,
        path,
    }
}

const fn symptom(feature: Feature) -> Symptom {
    match feature {
        Feature::Follows(..) | Feature::Child(..) | Feature::Calls(..) => Symptom::Deviation,
        Feature::Unanswered(..) => Symptom::NoAnswer,
        Feature::Own(_) => Symptom::SlowOwn,
        Feature::Gap(_) => Symptom::Gap,
    }
}

/// The kind of its strongest shifts.
fn symptom_of(node: NodeId, change: &Change) -> Symptom {
    let mut by_symptom: BTreeMap<Symptom, f64> = BTreeMap::new();
    for shift in change.shifts.iter().filter(|s| s.node == node) {
        *by_symptom.entry(symptom(shift.feature)).or_default() += shift.strength;
    }
    by_symptom.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(Symptom::Deviation, |s| s.0)
}
