//! What evidence may look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::cascade::{Blames, Flow, Profile, Spread};
use crate::detect::{Contrast, Window, logit};
use crate::summary::{Catalog, NodeId, Severity, Summary};

use super::Independence;

/// One incident with everything known about it.
pub struct Case<'a> {
    /// The input.
    pub summary: &'a Summary,
    /// When.
    pub window: &'a Window,
    /// Sums before and during.
    pub contrast: &'a Contrast,
    /// Blamed traces of the incident.
    pub blames: &'a Blames<'a>,
    /// Blame by node.
    pub flow: &'a Flow,
    /// Onsets by node and edge.
    pub spread: &'a Spread,
    /// What is usual.
    pub profile: &'a Profile,
    /// Which nodes failed for reasons of their own.
    pub independence: Independence,
}

impl<'a> Case<'a> {
    /// All that is known, from which follows who failed for reasons of their own.
    pub fn new(
        summary: &'a Summary,
        window: &'a Window,
        contrast: &'a Contrast,
        profile: &'a Profile,
        (blames, flow): (&'a Blames<'a>, &'a Flow),
        spread: &'a Spread,
    ) -> Self {
        let independence = Independence::default();
        let mut case =
            Self { summary, window, contrast, blames, flow, spread, profile, independence };
        case.independence = Independence::of(&case);
        case
    }

    /// The names.
    pub const fn catalog(&self) -> &Catalog {
        &self.summary.catalog
    }

    /// The name of a node.
    pub fn name(&self, node: NodeId) -> &str {
        &self.catalog().nodes[node as usize].name
    }

    /// Log-odds of a node drawn at random from those that the incident's requests touched.
    pub fn prior(&self) -> f64 {
        let nodes: BTreeSet<NodeId> = self.contrast.during.touched.keys().map(|k| k.1).collect();
        logit(1.0 / nodes.len().max(2) as f64)
    }

    /// Share of spans that are known to be lost, 0 to 1: others name them as their parent. As
    /// often a request may seem to end at a node only because what came below was lost.
    fn lost(&self) -> f64 {
        let lost = self.summary.coverage.orphans as f64;
        lost / (self.summary.input.spans as f64 + lost).max(1.0)
    }

    /// Share of the incident's harm that ended at a node, 0 to 1, with half a request of doubt,
    /// and as much as there are lost spans.
    pub fn share(&self, node: NodeId) -> f64 {
        (self.flow.of(node) + 0.5) / (self.flow.total() * (1.0 + self.lost()) + 1.0)
    }

    /// Trace ids of requests whose blame ended at a node, earliest first.
    pub fn exemplars(&self, node: NodeId, most: usize) -> Vec<String> {
        let mut list: Vec<_> = self
            .blames
            .list
            .iter()
            .filter(|(_, blame, _)| self.catalog().node_of(blame.operation) == node)
            .map(|(digest, blame, _)| (blame.at, digest.trace()))
            .collect();
        list.sort_unstable();
        list.dedup();
        list.into_iter().take(most).map(|(_, trace)| trace.to_string()).collect()
    }

    /// Calls into a node (all callers) before and during: (calls, failed).
    pub fn calls_into(&self, node: NodeId) -> [(f64, f64); 2] {
        [&self.contrast.before, &self.contrast.during].map(|side| {
            side.edges
                .iter()
                .filter(|(key, _)| self.catalog().node_of(key.1) == node)
                .fold((0.0, 0.0), |sum, (_, e)| {
                    (sum.0 + e.calls.total as f64, sum.1 + e.calls.failed as f64)
                })
        })
    }

    /// Error and warning records of a node per second, by template: (text, before, during).
    pub fn bad_logs(&self, node: NodeId) -> Vec<(&str, f64, f64)> {
        let mut rates: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        let bad = |id: &u32| {
            let template = self.catalog().templates.get(*id as usize);
            template.is_some_and(|t| t.node == node && t.severity >= Severity::Warn)
        };
        for (id, &count) in self.contrast.before.logs.iter().filter(|(id, _)| bad(id)) {
            rates.entry(*id).or_default().0 = count as f64;
        }
        for (id, &count) in self.contrast.during.logs.iter().filter(|(id, _)| bad(id)) {
            rates.entry(*id).or_default().1 = count as f64;
        }
        let (b, d) = (self.contrast.before.seconds.max(1.0), self.contrast.during.seconds.max(1.0));
        rates
            .into_iter()
            .map(|(id, r)| (self.catalog().templates[id as usize].text.as_str(), r.0 / b, r.1 / d))
            .collect()
    }
}
