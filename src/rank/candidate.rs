//! Scoring and ordering.

use std::collections::BTreeSet;

use crate::cascade::{Facts, Mechanism, Symptom, outlived, queues, recognise};
use crate::detect::logistic;
use crate::model::{Article, PeerKind};
use crate::summary::NodeId;

use super::dimension::{Dimension, carrier};
use super::evidence::{ALL, Finding, unanswered};
use super::{Case, Concentration, concentration};

/// A node with its score and why.
pub struct Scored {
    /// The accused.
    pub node: NodeId,
    /// If the way to it is accused: the caller.
    pub caller: Option<NodeId>,
    /// Probability of being a root cause.
    pub score: f64,
    /// Log-odds before evidence.
    pub prior: f64,
    /// Evidence with its article, largest absolute contribution first.
    pub evidence: Vec<(&'static Article, Finding)>,
    /// By which mechanism.
    pub mechanism: &'static Mechanism,
    /// The version that carries the trouble.
    pub version: Option<Concentration>,
    /// The zone that carries the trouble.
    pub zone: Option<Concentration>,
    /// The instance that carries the trouble.
    pub instance: Option<Concentration>,
}

/// Nodes at which less than this share of the harm ended are not worth a line.
const FEWEST: f64 = 0.02;

/// All candidates, best first; ties by name.
pub fn rank(case: &Case<'_>) -> Vec<Scored> {
    let nodes: BTreeSet<NodeId> = case.flow.at.keys().map(|k| k.0).collect();
    let total = case.flow.total();
    let mut scored: Vec<Scored> = nodes
        .into_iter()
        .filter(|&node| case.flow.of(node) >= FEWEST * total)
        .map(|node| score(case, node))
        .collect();
    scored.sort_by(|a, b| {
        let key = |s: &Scored| &case.catalog().nodes[s.node as usize];
        b.score.total_cmp(&a.score).then_with(|| key(a).cmp(key(b)))
    });
    scored
}

fn score(case: &Case<'_>, node: NodeId) -> Scored {
    let mut evidence: Vec<(&'static Article, Finding)> =
        ALL.iter().filter_map(|e| Some((&e.article, (e.weigh)(case, node)?))).collect();
    let prior = case.prior();
    // Summed in the order of the registry, so that the last bit is the same everywhere.
    let log_odds = evidence.iter().fold(prior, |sum, (_, f)| sum + f.contribution);
    evidence.sort_by(|a, b| b.1.contribution.abs().total_cmp(&a.1.contribution.abs()));
    let version = concentration(case, node, Dimension::Version);
    let zone = concentration(case, node, Dimension::Zone);
    let of_version = || carrier(case, node, &version.as_ref()?.value);
    let instance = concentration(case, node, Dimension::Instance).or_else(of_version);
    let caller = lone_caller(case, node);
    let facts = Facts {
        version: version.is_some(),
        zone: zone.is_some(),
        instance: instance.is_some(),
        ..facts(case, node)
    };
    let symptom = facts.symptom;
    Scored {
        node,
        caller: caller.filter(|_| symptom == Symptom::Gap),
        score: logistic(log_odds),
        prior,
        evidence,
        mechanism: recognise(&facts),
        version,
        zone,
        instance,
    }
}

/// All facts but on what the trouble concentrates.
fn facts(case: &Case<'_>, node: NodeId) -> Facts {
    let retries = |side: &crate::detect::Aggregate| {
        let (total, retries) = side
            .edges
            .iter()
            .filter(|(key, _)| case.catalog().node_of(key.1) == node)
            .fold((0, 0), |s, (_, e)| (s.0 + e.calls.total, s.1 + e.calls.retries));
        if total == 0 { 0.0 } else { retries as f64 / total as f64 }
    };
    let per_second =
        |side: &crate::detect::Aggregate| side.requests().total as f64 / side.seconds.max(1e-9);
    let asynchronous = case.contrast.during.edges.iter().any(|(key, e)| {
        case.catalog().node_of(key.1) == node && 2 * e.calls.asynchronous > e.calls.total
    });
    let kind = case.catalog().nodes[node as usize].kind;
    Facts {
        symptom: case.flow.symptom(node).unwrap_or(Symptom::Error),
        instrumented: case.summary.instrumented.contains(&node),
        silent: unanswered(case, node).is_some_and(|[b, d]| d - b > 0.5),
        retries: retries(&case.contrast.during),
        retries_before: retries(&case.contrast.before),
        load: per_second(&case.contrast.during) / per_second(&case.contrast.before).max(1e-9),
        queues: queues(case.summary, case.profile, case.window, node),
        outlived: outlived(case.summary, case.contrast, case.window),
        cold: kind == PeerKind::Cache
            && case.flow.moved.keys().any(|(from, to)| {
                *to == node && case.catalog().nodes[*from as usize].kind == PeerKind::Database
            }),
        asynchronous: asynchronous || kind == PeerKind::Messaging,
        ..Facts::default()
    }
}

/// The one caller that sees trouble with a node, if others call it too and see none.
fn lone_caller(case: &Case<'_>, node: NodeId) -> Option<NodeId> {
    let edges: Vec<_> = case
        .spread
        .edges
        .iter()
        .filter(|(k, t)| k.1 == node && k.0 != crate::summary::NONE && t.calls >= 3)
        .collect();
    let hurt: Vec<NodeId> = edges.iter().filter(|(_, t)| t.hurt).map(|(k, _)| k.0).collect();
    (edges.len() > 1 && hurt.len() == 1).then(|| hurt[0])
}
