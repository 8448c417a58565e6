//! From a summary to ranked integration points, as one readable function.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::analysis::{NodeName, Settings, names};
use crate::contain::Pair;
use crate::detect::{Aggregate, Detection, EdgeSums, detect};
use crate::model::{PeerKind, Teams};
use crate::summary::{Add as _, NONE, NodeId, OpId, Summary};

use super::below::below;
use super::collateral::Collateral;
use super::findings::ALL;
use super::limits::limits;
use super::need::Need;
use super::point::Point;
use super::requests::{Request, Target, requests};
use super::view::{Faultlines, Found, IntegrationPoint, Losses};

/// The reference must hold at least so many requests to be one.
const USABLE: u64 = 30;
/// Fewer healthy requests than this say little of shares.
const FEW: u64 = 200;

/// Where the landscape would break, the riskiest integration points first.
pub fn faultlines(summary: &Summary, settings: &Settings) -> Faultlines {
    let detection = detect(summary, None, settings.incident);
    let (healthy, reference) = healthy_part(summary, &detection);
    let aggregate = Aggregate::of(summary, &healthy);
    let limits = limits(summary);
    let need = Need::of(summary);
    let requests = requests(summary, &need, &healthy);
    let below = below(summary, &requests, &limits.deadlines);
    let collateral =
        Collateral::of(summary, &requests, &limits.deadlines, aggregate.seconds, &healthy);
    let world = World { requests: &requests, collateral: &collateral };

    let edges = edges(summary, &aggregate);
    let messages = edges.values().filter(|s| 2 * s.calls.asynchronous > s.calls.total).count();
    let targets: BTreeSet<Target> =
        below.keys().flat_map(|&pair| [Target::Edge(pair), Target::Callee(pair.1)]).collect();
    let lost: BTreeMap<Target, [f64; 2]> =
        targets.into_par_iter().map(|target| (target, world.lost(target))).collect();
    let callers = world.waiting();

    let none = EdgeSums::default();
    let mut points: Vec<IntegrationPoint> = below
        .iter()
        .map(|(&pair, below)| {
            let [edge_fails, edge_hangs] = lost[&Target::Edge(pair)];
            let [callee_fails, callee_hangs] = lost[&Target::Callee(pair.1)];
            // A breaker that was seen to open cuts hanging calls short.
            let breaks = limits.failures.get(&pair).is_some_and(|f| f.refused > 0);
            let edge_hangs = if breaks { edge_fails } else { edge_hangs };
            let (sharing, waiting) = callers.get(&pair.1).cloned().unwrap_or_default();
            let point = Point {
                catalog: &summary.catalog,
                pair,
                sums: edges.get(&pair).unwrap_or(&none),
                below,
                limits: &limits,
                losses: Losses { edge_fails, edge_hangs, callee_fails, callee_hangs },
                entries: [aggregate.entries.len(), sharing.len()],
                waiting: waiting / world.all(),
            };
            view(summary, settings, &point, &need, below.requests / world.all())
        })
        .collect();
    points.sort_by(|a, b| {
        b.risk.total_cmp(&a.risk).then(b.calls.cmp(&a.calls)).then_with(|| a.edge.cmp(&b.edge))
    });
    let considered = points.len();
    points.truncate(settings.top);
    for (rank, point) in (1..).zip(&mut points) {
        point.rank = rank;
    }
    let (teams, unassigned) = teams(summary, &settings.teams);
    Faultlines {
        input: summary.input.clone(),
        traces: summary.traces(),
        requests: aggregate.requests().total,
        reference: reference.to_owned(),
        notes: notes(summary, &aggregate, considered),
        teams,
        unassigned,
        points,
        considered,
        messages,
        names: names(summary, &settings.teams),
    }
}

/// Which slices count as healthy, and that in words.
fn healthy_part(
    summary: &Summary,
    detection: &Detection,
) -> (impl Fn(u64) -> bool + Sync, &'static str) {
    let windows = detection.incidents.clone();
    let first = windows.iter().map(|w| w.from).min().unwrap_or(u64::MAX);
    let before = Aggregate::of(summary, |slice| slice < first).requests().total;
    let enough = before >= USABLE;
    let words = match (windows.is_empty(), enough) {
        (true, _) => "all of the input: no incident was found",
        (false, true) => "the part before the incident",
        (false, false) => "the part outside the incident, as too little lies before it",
    };
    let healthy = move |slice: u64| {
        let inside = windows.iter().any(|w| w.contains(slice));
        !inside && (slice < first || !enough)
    };
    (healthy, words)
}

/// Counts and times between each two nodes.
fn edges(summary: &Summary, aggregate: &Aggregate) -> BTreeMap<Pair, EdgeSums> {
    let mut edges: BTreeMap<Pair, EdgeSums> = BTreeMap::new();
    for (key, sums) in aggregate.edges.iter().filter(|(key, _)| key.0 != NONE) {
        let edge = edges.entry((key.0, summary.catalog.node_of(key.1))).or_default();
        edge.calls.add(&sums.calls);
        edge.timings.add(&sums.timings);
    }
    edges
}

struct World<'a> {
    requests: &'a [Request<'a>],
    collateral: &'a Collateral,
}

impl World<'_> {
    fn all(&self) -> f64 {
        self.requests.iter().map(|r| r.weight).sum::<f64>().max(f64::MIN_POSITIVE)
    }

    /// Share of requests lost if the target fails at once, and if it hangs.
    fn lost(&self, target: Target) -> [f64; 2] {
        let losses = self.collateral.losses(target);
        let (mut fails, mut hangs) = (0.0, 0.0);
        for request in self.requests {
            let need = request.needs.get(&target).copied().unwrap_or(0.0);
            let served = request.nodes.iter().filter_map(|node| losses.get(node));
            let survives = served.fold(1.0 - need, |s, lost| s * (1.0 - lost));
            fails += request.weight * need;
            hangs += request.weight * (1.0 - survives);
        }
        [fails / self.all(), hangs / self.all()]
    }

    /// By callee: the entry operations and the requests that wait for it, whoever calls it.
    fn waiting(&self) -> BTreeMap<NodeId, (BTreeSet<OpId>, f64)> {
        let mut waiting: BTreeMap<NodeId, (BTreeSet<OpId>, f64)> = BTreeMap::new();
        for request in self.requests {
            for target in request.needs.keys() {
                if let Target::Callee(node) = target {
                    let at = waiting.entry(*node).or_default();
                    at.0.insert(request.entry());
                    at.1 += request.weight;
                }
            }
        }
        waiting
    }
}

fn view(
    summary: &Summary,
    settings: &Settings,
    point: &Point<'_>,
    need: &Need,
    waiting: f64,
) -> IntegrationPoint {
    let node = |id: NodeId| {
        let key = &summary.catalog.nodes[id as usize];
        NodeName { name: key.name.clone(), namespace: key.namespace.clone(), kind: key.kind }
    };
    let edge = [node(point.pair.0), node(point.pair.1)];
    let teams = edge
        .each_ref()
        .map(|node| settings.teams.of(&node.namespace, &node.name).map(str::to_owned));
    let deadline = point.deadline();
    let (share, seen) = need.edge(point.pair);
    let found = ALL.iter().filter_map(|finding| {
        let seen = (finding.find)(point)?;
        let article = &finding.article;
        Some(Found {
            id: article.id,
            title: article.title,
            value: seen.value,
            unit: article.unit,
            text: seen.text,
            limits: article.limits,
            pattern: finding.pattern,
        })
    });
    IntegrationPoint {
        rank: 0,
        edge,
        teams,
        risk: point.losses.mean(),
        losses: point.losses,
        waiting,
        entries: point.below.entries.len() as u32,
        calls: point.sums.calls.total,
        failed: (!summary.status_blind()).then_some(point.sums.calls.failed),
        need: share,
        need_seen: seen,
        timeout: deadline.patience.map(|micros| micros * 1000),
        attempts: deadline.attempts,
        p99: point.sums.took().quantile(0.99),
        depth: point.below.depth,
        fan_out: point.below.further / point.below.calls.max(f64::MIN_POSITIVE),
        findings: found.collect(),
        exemplars: point.below.exemplars.clone(),
    }
}

/// The teams of the input, and the services without one.
fn teams(summary: &Summary, teams: &Teams) -> (Vec<String>, Vec<String>) {
    let (mut known, mut unassigned) = (BTreeSet::new(), BTreeSet::new());
    for node in &summary.catalog.nodes {
        match teams.of(&node.namespace, &node.name) {
            Some(team) => _ = known.insert(team.to_owned()),
            None if node.kind == PeerKind::Service => _ = unassigned.insert(node.name.clone()),
            None => {}
        }
    }
    (known.into_iter().collect(), unassigned.into_iter().collect())
}

/// What makes the result weaker than it looks.
fn notes(summary: &Summary, aggregate: &Aggregate, considered: usize) -> Vec<String> {
    let mut notes = Vec::new();
    let requests = aggregate.requests().total;
    if requests < FEW {
        notes.push(format!("{requests} healthy entry requests are few: shares are rough."));
    }
    if summary.status_blind() {
        notes.push(
            "No span says how it ended: who can do without whom is a guess throughout, and no \
             timeout or retry can be seen."
                .to_owned(),
        );
    }
    if considered == 0 && requests > 0 {
        notes.push("No request waits for a call to another service.".to_owned());
    }
    let kept = summary.digests.len() as u64;
    if kept < summary.traces() {
        notes.push(format!(
            "Shares are those of {kept} kept traces of {}, weighted.",
            summary.traces()
        ));
    }
    notes
}
