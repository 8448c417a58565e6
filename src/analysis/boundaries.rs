//! Where an incident crossed from one team's domain into another's.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::detect::EdgeSums;
use crate::model::{Nanos, PeerKind, Teams};
use crate::summary::{Add as _, EdgeKey, Histogram, NONE, NodeId, Summary};

use super::study::Study;
use super::view::{Boundaries, Boundary, Cascade, Crossing, Entered, IntegrationPoint};

/// The boundaries between teams that know each other in one incident, those with most failures
/// first.
pub fn view(
    summary: &Summary,
    study: &Study,
    cascade: &Cascade,
    teams: &Teams,
    places: &BTreeMap<NodeId, usize>,
) -> Boundaries {
    let nodes = &summary.catalog.nodes;
    let team = |node: NodeId| {
        let key = nodes.get(node as usize)?;
        teams.of(&key.namespace, &key.name)
    };
    let seen = places.keys().copied();
    let known: BTreeSet<&str> = seen.clone().filter_map(team).collect();
    let unassigned = seen
        .filter(|&n| nodes[n as usize].kind == PeerKind::Service && team(n).is_none())
        .map(|n| nodes[n as usize].name.clone());

    let mut points: BTreeMap<[&str; 2], BTreeMap<(NodeId, NodeId), Sums>> = BTreeMap::new();
    let sides = [&study.contrast.before, &study.contrast.during];
    for (side, aggregate) in sides.into_iter().enumerate() {
        for (&key, sums) in &aggregate.edges {
            let pair = (key.0, summary.catalog.node_of(key.1));
            let (Some(caller), Some(callee)) = (team(pair.0), team(pair.1)) else { continue };
            if key.0 == NONE || caller == callee {
                continue;
            }
            let point = points.entry([caller, callee]).or_default().entry(pair).or_default();
            point[side].insert(key, sums);
        }
    }
    let list = points.into_iter().map(|(teams, points)| {
        let points = points.into_iter().map(|(pair, sums)| {
            let trouble = study.spread.edges.get(&pair).filter(|trouble| trouble.hurt);
            IntegrationPoint {
                edge: [pair.0, pair.1].map(|node| nodes[node as usize].name.clone()),
                crossing: crossing(&sums, trouble.and_then(|trouble| trouble.onset)),
            }
        });
        let mut points: Vec<IntegrationPoint> = points.collect();
        points.sort_by_key(|point| Reverse(weight(&point.crossing)));
        Boundary {
            teams: teams.map(str::to_owned),
            crossing: together(points.iter().map(|point| &point.crossing)),
            points,
        }
    });
    let mut list: Vec<Boundary> = list.collect();
    list.sort_by_key(|boundary| Reverse(weight(&boundary.crossing)));

    let began = study.scored.first().and_then(|first| team(first.node));
    Boundaries {
        teams: known.into_iter().map(str::to_owned).collect(),
        unassigned: unassigned.collect(),
        began_in: began.map(str::to_owned),
        entered: entered(cascade, began, |place| {
            places.iter().find(|(_, at)| **at == place).and_then(|(&node, _)| team(node))
        }),
        list,
    }
}

/// Failures, then calls: what a boundary is worth reading for.
const fn weight(crossing: &Crossing) -> (u64, u64, u64) {
    (crossing.failed, crossing.repeated + crossing.abandoned, crossing.calls)
}

/// By side (reference, incident) and operation: what passed.
type Sums<'a> = [BTreeMap<EdgeKey, &'a EdgeSums>; 2];

fn crossing(sums: &Sums<'_>, onset: Option<Nanos>) -> Crossing {
    let [before, during] = sums.each_ref().map(|side| {
        let mut calls = crate::summary::Calls::default();
        side.values().for_each(|sums| calls.add(&sums.calls));
        calls
    });
    let attempts = |calls: &crate::summary::Calls| {
        let logical = calls.total.saturating_sub(calls.retries);
        (logical > 0).then(|| calls.total as f64 / logical as f64)
    };
    let rate = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    Crossing {
        calls: during.total,
        failed: during.failed,
        failed_before: rate(before.failed, before.total),
        repeated: during.retries,
        abandoned: during.abandoned,
        attempts: attempts(&during),
        attempts_before: attempts(&before),
        lost_ns: lost(sums),
        onset,
    }
}

/// What callers waited beyond the usual mean of the same operation, nanoseconds; `None` where no
/// operation was called on both sides. Messages are waited for by nobody.
fn lost([before, during]: &Sums<'_>) -> Option<u64> {
    let mut lost = None;
    for (key, now) in during.iter().filter(|(_, sums)| sums.calls.asynchronous == 0) {
        let Some(usual) = before.get(key).and_then(|sums| mean(&sums.timings.waited)) else {
            continue;
        };
        let waited = &now.timings.waited;
        if let Some(mean) = mean(waited) {
            let more = (mean - usual).max(0.0) * waited.count() as f64;
            lost = Some(lost.unwrap_or(0.0) + more);
        }
    }
    lost.map(|nanos: f64| nanos as u64)
}

fn mean(waited: &Histogram) -> Option<f64> {
    let (sum, count) =
        waited.iter().fold((0.0, 0.0), |(s, n), (at, c)| (s + at as f64 * c as f64, n + c as f64));
    (count > 0.0).then(|| sum / count)
}

fn together<'a>(points: impl Iterator<Item = &'a Crossing> + Clone) -> Crossing {
    let sum = |part: fn(&Crossing) -> u64| points.clone().map(part).sum::<u64>();
    let calls = sum(|c| c.calls);
    let weighted = |value: fn(&Crossing) -> Option<f64>| {
        let known = points.clone().filter_map(|c| Some((value(c)?, c.calls as f64)));
        let (total, weight) = known.fold((0.0, 0.0), |(t, w), (v, n)| (t + v * n, w + n));
        (weight > 0.0).then(|| total / weight)
    };
    Crossing {
        calls,
        failed: sum(|c| c.failed),
        failed_before: weighted(|c| c.failed_before),
        repeated: sum(|c| c.repeated),
        abandoned: sum(|c| c.abandoned),
        attempts: weighted(|c| c.attempts),
        attempts_before: weighted(|c| c.attempts_before),
        lost_ns: points.clone().filter_map(|c| c.lost_ns).reduce(u64::saturating_add),
        onset: points.filter_map(|c| c.onset).min(),
    }
}

/// The first edge along which the cascade came into each other team's domain, in order of time.
fn entered<'a>(
    cascade: &Cascade,
    began: Option<&str>,
    team: impl Fn(usize) -> Option<&'a str>,
) -> Vec<Entered> {
    let mut inside: BTreeSet<&str> = began.into_iter().collect();
    let mut list = Vec::new();
    for edge in &cascade.edges {
        let [callee, caller] = edge.places.map(&team);
        let (Some(callee), Some(caller)) = (callee, caller) else { continue };
        if callee != caller && inside.insert(caller) {
            list.push(Entered {
                team: caller.to_owned(),
                from: callee.to_owned(),
                edge: [edge.to.clone(), edge.from.clone()],
                at: edge.onset,
            });
        }
    }
    list
}
