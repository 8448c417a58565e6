//! Scored candidates in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::PeerKind;
use crate::rank::{Case, Scored};
use crate::summary::{NodeId, OpId, Summary};

use super::pipeline::Study;
use super::view::{BlastRadius, Candidate, Evidence, Hop, NodeName};

/// Exemplar traces a candidate carries.
const EXEMPLARS: usize = 5;
/// An operation is named if at least this share of the candidate's blame is on it.
const MAIN_OPERATION: f64 = 0.6;
/// Candidates of every further incident.
const FURTHER: usize = 3;
/// Scores closer than this are a tie worth a note.
const CLOSE: f64 = 0.1;

/// What the blamed traces of each candidate show, by node.
#[derive(Clone, Debug, Default)]
pub struct Trails {
    by_node: BTreeMap<NodeId, Trail>,
}

/// What the blamed traces of one candidate show.
#[derive(Clone, Debug, Default)]
struct Trail {
    /// The commonest way from the entry down to it.
    path: Vec<NodeId>,
    operation: Option<OpId>,
    exemplars: Vec<String>,
    reached: BTreeSet<NodeId>,
}

impl Trails {
    /// Looks at the blamed traces of every candidate.
    pub fn new(case: &Case<'_>, scored: &[Scored]) -> Self {
        let by_node = scored.iter().map(|s| (s.node, trail(case, s.node))).collect();
        Self { by_node }
    }
}

/// How failure went up from a node: of the blamed traces' paths, those that touch it.
fn trail(case: &Case<'_>, node: NodeId) -> Trail {
    let catalog = case.catalog();
    let mut paths: BTreeMap<Vec<NodeId>, f64> = BTreeMap::new();
    let mut operations: BTreeMap<OpId, f64> = BTreeMap::new();
    let mut reached = BTreeSet::new();
    let moved_from: BTreeSet<NodeId> =
        case.flow.moved.keys().filter(|k| k.1 == node).map(|k| k.0).collect();
    for (digest, blame, weight) in &case.blames.list {
        let mut nodes: Vec<NodeId> = blame
            .path
            .iter()
            .map(|&hop| catalog.node_of(digest.hops[hop as usize].operation))
            .collect();
        nodes.dedup();
        let end = nodes.last().copied();
        if end == Some(node) {
            *operations.entry(blame.operation).or_default() += weight;
        } else if end.is_some_and(|end| moved_from.contains(&end)) {
            // Blame moved from there to here: the failure came through this call.
            nodes.push(node);
        } else {
            continue;
        }
        reached.extend(nodes.iter().copied().filter(|&n| n != node));
        *paths.entry(nodes).or_default() += weight;
    }
    let heaviest = |a: &(&Vec<NodeId>, &f64), b: &(&Vec<NodeId>, &f64)| {
        a.1.total_cmp(b.1).then_with(|| b.0.cmp(a.0))
    };
    let total: f64 = operations.values().sum();
    Trail {
        path: paths.iter().max_by(heaviest).map(|p| p.0.clone()).unwrap_or_default(),
        operation: operations
            .into_iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|o| o.1 >= MAIN_OPERATION * total)
            .map(|o| o.0),
        exemplars: case.exemplars(node, EXEMPLARS),
        reached,
    }
}

/// The candidates of all incidents: those of the largest first.
pub fn view(summary: &Summary, studies: &[Study], top: usize) -> Vec<Candidate> {
    let mut list = Vec::new();
    for (i, study) in studies.iter().enumerate() {
        let most = if i == 0 { top } else { FURTHER.min(top) };
        for scored in study.scored.iter().take(most) {
            let rank = list.len() as u32 + 1;
            list.push(candidate(summary, study, scored, rank, i as u32 + 1));
        }
    }
    list
}

fn candidate(
    summary: &Summary,
    study: &Study,
    scored: &Scored,
    rank: u32,
    incident_id: u32,
) -> Candidate {
    let key = &summary.catalog.nodes[scored.node as usize];
    let name = |node: NodeId| summary.catalog.nodes[node as usize].name.clone();
    let trail = study.trails.by_node.get(&scored.node).cloned().unwrap_or_default();
    let operation = trail.operation.map(|o| summary.catalog.operations[o as usize].name.clone());
    let evidence = scored
        .evidence
        .iter()
        .map(|(article, finding)| Evidence {
            id: article.id,
            title: article.title,
            value: finding.value,
            unit: article.unit,
            contribution: finding.contribution,
            text: finding.text.clone(),
            exemplars: if article.id == "blame_share" {
                trail.exemplars.clone()
            } else {
                Vec::new()
            },
        })
        .collect();
    Candidate {
        rank,
        incident_id,
        node: NodeName { name: key.name.clone(), namespace: key.namespace.clone(), kind: key.kind },
        edge: scored.caller.map(|caller| [name(caller), key.name.clone()]),
        operation: operation.filter(|o| !o.is_empty()),
        instance: scored.instance.as_ref().map(|c| c.value.clone()),
        version: scored.version.as_ref().map(|c| c.value.clone()),
        score: scored.score,
        prior: scored.prior,
        mechanism: scored.mechanism.article.id,
        mechanism_title: scored.mechanism.article.title,
        onset: study.spread.onset(scored.node),
        summary: sentence(summary, study, scored),
        evidence,
        path: path(summary, study, &trail.path),
        blast_radius: BlastRadius {
            services: trail
                .reached
                .iter()
                .filter(|&&n| summary.catalog.nodes[n as usize].kind == PeerKind::Service)
                .count() as u32,
            failed_requests: study.flow.of(scored.node).round() as u64,
        },
        exemplars: trail.exemplars,
    }
}

/// From the candidate up to the entry.
fn path(summary: &Summary, study: &Study, down: &[NodeId]) -> Vec<Hop> {
    let name = |node: NodeId| summary.catalog.nodes[node as usize].name.clone();
    let onset = |node: NodeId| study.spread.onset(node).map(|at| at.0 as i64);
    let up: Vec<NodeId> = down.iter().rev().copied().collect();
    up.windows(2)
        .map(|pair| Hop {
            from: name(pair[0]),
            to: name(pair[1]),
            lag_ms: match (onset(pair[0]), onset(pair[1])) {
                (Some(below), Some(above)) => (above - below) / 1_000_000,
                _ => 0,
            },
        })
        .collect()
}

/// One sentence that a non-expert understands.
fn sentence(summary: &Summary, study: &Study, scored: &Scored) -> String {
    let name = &summary.catalog.nodes[scored.node as usize].name;
    let share = study.flow.of(scored.node) / study.flow.total().max(1e-9);
    let began = match study.spread.onset(scored.node) {
        Some(at) => {
            let lead = (study.window.onset.0 as f64 - at.0 as f64) / 1e9;
            let order = if lead >= 0.05 {
                format!(", {lead:.1} s before requests from outside did")
            } else {
                String::new()
            };
            format!("{name} began to fail its callers at {at}{order}")
        }
        None => format!("{name} is where harmed requests end"),
    };
    let place = match (&scored.version, &scored.instance) {
        (Some(version), _) => format!(" on version {}", version.value),
        (None, Some(instance)) => format!(" on instance {}", instance.value),
        _ => String::new(),
    };
    format!(
        "{began}; {:.0} % of the harmed requests come down to it ({}{place}).",
        100.0 * share,
        scored.mechanism.article.title,
    )
}

/// If the first two candidates are close: what would tell them apart.
pub fn tie_note(summary: &Summary, study: &Study) -> Option<String> {
    let [first, second] = study.scored.get(..2)? else { return None };
    if first.score - second.score >= CLOSE {
        return None;
    }
    let name = |s: &Scored| summary.catalog.nodes[s.node as usize].name.clone();
    let dark = |s: &Scored| !summary.instrumented.contains(&s.node);
    let what = if dark(first) || dark(second) {
        "spans of its own from the one that emits none"
    } else {
        "the saturation (workers, pools, CPU) of both at the onset"
    };
    Some(format!(
        "{} and {} are nearly as likely; {what} would tell them apart.",
        name(first),
        name(second),
    ))
}
