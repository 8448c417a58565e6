//! One edge during an incident, as factors see it.

use std::collections::BTreeMap;

use crate::cascade::deadlines::Deadlines;
use crate::detect::{Aggregate, Contrast, EdgeSums, Window};
use crate::model::Article;
use crate::summary::{Add as _, Calls, Catalog, Digest, DigestHop, NONE, NodeId, Summary};

use super::ALL;

/// Calls between two nodes.
pub struct Edge<'a> {
    /// The names.
    pub catalog: &'a Catalog,
    /// Who calls.
    pub caller: NodeId,
    /// Who is called.
    pub callee: NodeId,
    /// What is usual.
    pub before: EdgeSums,
    /// The incident.
    pub during: EdgeSums,
    /// Kept calls of the incident: their traces, and where in them.
    pub kept: Vec<(&'a Digest, u32)>,
    /// What callers were seen to do in it, on every edge.
    pub deadlines: &'a Deadlines,
}

/// What a factor found on an edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The measured value, in the article's unit.
    pub value: f64,
    /// What was seen, in plain words.
    pub text: String,
}

/// A factor that was found, and where.
#[derive(Clone, Debug)]
pub struct Aggravation {
    /// Which factor.
    pub article: &'static Article,
    /// Who calls.
    pub caller: NodeId,
    /// Who is called.
    pub callee: NodeId,
    /// What was found.
    pub found: Found,
}

/// A share of calls is notable from here on …
const NOTABLE: f64 = 0.05;
/// … if it is at least so many times the usual …
const RISEN: f64 = 2.0;
/// … and so many calls show it: fewer are anecdotes.
const CALLS: u64 = 5;

impl<'a> Edge<'a> {
    /// The share of calls that a count makes up during the incident, if that is notable.
    pub fn risen(&self, count: fn(&Calls) -> u64) -> Option<f64> {
        let share = |calls: &Calls| count(calls) as f64 / calls.total.max(1) as f64;
        let (was, is) = (share(&self.before.calls), share(&self.during.calls));
        let notable = is >= NOTABLE && is >= RISEN * was && count(&self.during.calls) >= CALLS;
        notable.then_some(is)
    }

    /// The kept calls.
    pub fn calls(&self) -> impl Iterator<Item = &'a DigestHop> + '_ {
        self.kept.iter().map(|(digest, at)| &digest.hops[*at as usize])
    }

    /// The caller's and the callee's name.
    pub fn names(&self) -> [&str; 2] {
        [self.caller, self.callee].map(|node| self.name(node))
    }

    /// A node's name.
    pub fn name(&self, node: NodeId) -> &str {
        &self.catalog.nodes[node as usize].name
    }
}

/// Everything that registered factors find, in order of the registry, then by value.
pub fn aggravations(summary: &Summary, contrast: &Contrast, window: &Window) -> Vec<Aggravation> {
    let during = || summary.digests.iter().filter(|d| window.contains(d.slice));
    let deadlines = Deadlines::of(&summary.catalog, during());
    let edges = edges(summary, contrast, during(), &deadlines);
    let mut list = Vec::new();
    for factor in ALL {
        let found = edges.iter().filter_map(|edge| {
            let found = (factor.find)(edge)?;
            let (caller, callee) = (edge.caller, edge.callee);
            Some(Aggravation { article: &factor.article, caller, callee, found })
        });
        let mut found: Vec<Aggravation> = found.collect();
        // Edges are in order of names, so ties are too.
        found.sort_by(|a, b| b.found.value.total_cmp(&a.found.value));
        list.extend(found);
    }
    list
}

fn edges<'a>(
    summary: &'a Summary,
    contrast: &'a Contrast,
    kept: impl Iterator<Item = &'a Digest>,
    deadlines: &'a Deadlines,
) -> Vec<Edge<'a>> {
    let catalog = &summary.catalog;
    let mut edges: BTreeMap<(NodeId, NodeId), Edge<'a>> = BTreeMap::new();
    let edge = |(caller, callee)| Edge {
        catalog,
        caller,
        callee,
        before: EdgeSums::default(),
        during: EdgeSums::default(),
        kept: Vec::new(),
        deadlines,
    };
    let add = |sums: &mut EdgeSums, more: &EdgeSums| {
        sums.calls.add(&more.calls);
        sums.timings.add(&more.timings);
    };
    let between = |side: &'a Aggregate| {
        let calls = side
            .edges
            .iter()
            .filter(|(key, sums)| key.0 != NONE && 2 * sums.calls.asynchronous <= sums.calls.total);
        calls.map(|(key, sums)| ((key.0, catalog.node_of(key.1)), sums))
    };
    for (pair, sums) in between(&contrast.during) {
        add(&mut edges.entry(pair).or_insert_with(|| edge(pair)).during, sums);
    }
    for (pair, sums) in between(&contrast.before) {
        if let Some(edge) = edges.get_mut(&pair) {
            add(&mut edge.before, sums);
        }
    }
    for digest in kept {
        for (at, hop) in digest.hops.iter().enumerate() {
            let Some(caller) = digest.hops.get(hop.parent as usize) else { continue };
            let pair = (catalog.node_of(caller.operation), catalog.node_of(hop.operation));
            if let Some(edge) = edges.get_mut(&pair) {
                edge.kept.push((digest, at as u32));
            }
        }
    }
    edges.into_values().filter(|edge| edge.caller != edge.callee).collect()
}

/// The median of some durations in microseconds, as milliseconds.
pub fn median(mut micros: Vec<u32>) -> Option<f64> {
    micros.sort_unstable();
    micros.get(micros.len() / 2).map(|&middle| f64::from(middle) / 1000.0)
}

/// Milliseconds for people.
pub fn told(millis: f64) -> String {
    if millis >= 1000.0 { format!("{:.1} s", millis / 1000.0) } else { format!("{millis:.0} ms") }
}
