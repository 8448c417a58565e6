//! Scored candidates in words.

use std::collections::BTreeMap;

use crate::model::PeerKind;
use crate::rank::Scored;
use crate::summary::{NodeId, Summary};

use super::study::Study;
use super::view::{BlastRadius, Candidate, Evidence, Hop, Independent, NodeName};

/// Candidates of every further incident.
const FURTHER: usize = 3;
/// Scores closer than this are a tie worth a note.
const CLOSE: f64 = 0.1;

/// The candidates of all incidents: those of the largest first.
pub fn view(
    summary: &Summary,
    studies: &[Study],
    top: usize,
    places: &BTreeMap<NodeId, usize>,
) -> Vec<Candidate> {
    let mut list = Vec::new();
    for (i, study) in studies.iter().enumerate() {
        let most = if i == 0 { top } else { FURTHER.min(top) };
        for scored in study.scored.iter().take(most) {
            let rank = list.len() as u32 + 1;
            let place = places.get(&scored.node).copied();
            let told = candidate(summary, study, scored, rank, i as u32 + 1);
            list.push(Candidate { place, ..told });
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
    let trail = study.trails.of(scored.node);
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
        zone: scored.zone.as_ref().map(|c| c.value.clone()),
        score: scored.score,
        prior: scored.prior,
        mechanism: scored.mechanism.article.id,
        mechanism_title: scored.mechanism.article.title,
        mechanism_rationale: scored.mechanism.article.rationale,
        share: (study.flow.of(scored.node) / study.flow.total().max(1e-9)).clamp(0.0, 1.0),
        place: None,
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
        exemplar: trail.exemplar,
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
            format!("{name} began to fail its callers at {} UTC{order}", at.time_of_day())
        }
        None => format!("{name} is where harmed requests end"),
    };
    let title = scored.mechanism.article.title;
    let (version, instance) = (&scored.version, &scored.instance);
    let how = match (scored.mechanism.article.id, version, instance) {
        ("bad_version", Some(version), _) => format!("{title} {}", version.value),
        ("bad_zone", ..) => match &scored.zone {
            Some(zone) => format!("{title} {}", zone.value),
            None => title.to_owned(),
        },
        ("bad_instance", _, Some(instance)) => format!("{title} {}", instance.value),
        (_, Some(version), _) => format!("{title}, on version {}", version.value),
        (_, None, Some(instance)) => format!("{title}, on instance {}", instance.value),
        _ => title.to_owned(),
    };
    format!("{began}; {:.0} % of the harmed requests come down to it ({how}).", 100.0 * share)
}

/// Candidates among which causes that act at once are looked for.
const LEADING: usize = 5;

/// Pairs of leading candidates that failed for reasons of their own.
pub fn independent(summary: &Summary, study: &Study) -> Vec<Independent> {
    let leading = &study.scored[..study.scored.len().min(LEADING)];
    let name = |s: &Scored| summary.catalog.nodes[s.node as usize].name.clone();
    let mut pairs = Vec::new();
    for (i, one) in leading.iter().enumerate() {
        for other in &leading[i + 1..] {
            if study.independence.between(one.node, other.node) {
                let candidates = [name(one), name(other)];
                let [a, b] = &candidates;
                let text = format!(
                    "{a} and {b} failed independently of each other: requests that failed at \
                     one met no trouble at the other. Expect two causes."
                );
                pairs.push(Independent { candidates, text });
            }
        }
    }
    pairs
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
