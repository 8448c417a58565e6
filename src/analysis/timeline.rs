//! What happened when: courses of nodes and edges, new versions, log templates.

use std::collections::{BTreeMap, BTreeSet};

use crate::cascade::Profile;
use crate::model::Nanos;
use crate::summary::{DigestHop, NodeId, Severity, Summary, weights};

use super::scene::{Course, Deployment, Lane, LogShift, Timeline};
use super::study::Study;
use super::waterfall::severity;

/// About as many points as a chart has room for.
const STEPS: u64 = 120;
/// Before the incident, so much of its length is shown at least …
const LEAD: f64 = 0.5;
/// … and so much after it.
const TAIL: f64 = 0.3;
/// Seconds that are shown before and after even the shortest.
const LEAST: f64 = 10.0;
/// Nodes that have a lane.
const LANES: usize = 24;
/// Templates that are told.
const SHIFTS: usize = 12;
/// A template has changed if it is written so many times as often, or as seldom …
const SHIFTED: f64 = 4.0;
/// … and that is so many standard deviations of a Poisson count.
const SURELY: f64 = 4.0;
/// Calls of other versions before a new one is news.
const CALLS: u64 = 20;

/// Time in equal steps.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    from: u64,
    width: u64,
    count: usize,
}

impl Steps {
    /// Around an incident, aligned to whole steps.
    pub fn around(summary: &Summary, study: &Study) -> Self {
        let begin = study.window.earliest.0;
        let last = summary.input.to.0;
        let end = study.window.end.map_or(last, |end| end.0).max(begin);
        let length = (end - begin) as f64;
        let least = LEAST * 1e9;
        let lead = (length * LEAD).max(least) as u64;
        let tail = (length * TAIL).max(least) as u64;
        let from = begin.saturating_sub(lead).max(summary.input.from.0.min(begin));
        let to = end.saturating_add(tail).min(last.max(end)).max(from + 1);
        // A power of two, so that steps never cut a bucket.
        let mut width = 1_u64 << summary.bucket_log2.min(62);
        while (to - from) / width > STEPS {
            width <<= 1;
        }
        let from = from / width * width;
        Self { from, width, count: ((to - from).div_ceil(width)) as usize }
    }

    fn at(&self, nanos: u64) -> Option<usize> {
        let step = nanos.checked_sub(self.from)? / self.width;
        usize::try_from(step).ok().filter(|step| *step < self.count)
    }
}

/// Calls of one node or edge, by step.
#[derive(Clone, Debug, Default)]
struct Sums {
    calls: f64,
    bad: f64,
    took: Vec<u32>,
}

/// Courses of all nodes and edges.
pub struct Courses {
    steps: Steps,
    by_key: BTreeMap<(NodeId, NodeId), Vec<Sums>>,
}

impl Courses {
    /// Follows the kept calls, each with the number of requests that its trace stands for.
    pub fn new(summary: &Summary, profile: &Profile, steps: Steps) -> Self {
        let mut by_key: BTreeMap<(NodeId, NodeId), Vec<Sums>> = BTreeMap::new();
        let weight = weights(summary);
        for digest in summary.digests.iter() {
            let weight = weight(digest);
            for hop in digest.hops.iter().filter(|hop| !hop.has(DigestHop::ASYNC)) {
                let Some(step) = steps.at(digest.start + hop.ended() * 1_000) else { continue };
                let edge = summary.catalog.edge_of(digest, hop);
                let course =
                    by_key.entry(edge).or_insert_with(|| vec![Sums::default(); steps.count]);
                course[step].calls += weight;
                course[step].bad += if profile.in_trouble(edge, hop) { weight } else { 0.0 };
                course[step].took.push(hop.took());
            }
        }
        Self { steps, by_key }
    }

    /// Of the calls between two nodes.
    pub fn edge(&self, caller: NodeId, callee: NodeId) -> Course {
        self.course(|key| *key == (caller, callee))
    }

    /// Of all calls to a node.
    fn node(&self, node: NodeId) -> Course {
        self.course(|key| key.1 == node)
    }

    fn course(&self, wanted: impl Fn(&(NodeId, NodeId)) -> bool) -> Course {
        let mut sums = vec![Sums::default(); self.steps.count];
        for (_, course) in self.by_key.iter().filter(|(key, _)| wanted(key)) {
            for (sum, step) in sums.iter_mut().zip(course) {
                sum.calls += step.calls;
                sum.bad += step.bad;
                sum.took.extend(&step.took);
            }
        }
        let p95 = sums.iter_mut().map(|sum| {
            sum.took.sort_unstable();
            let last = sum.took.len().checked_sub(1)?;
            let rank = (last as f64 * 0.95).round() as usize;
            Some(u64::from(sum.took[rank.min(last)]) * 1_000)
        });
        let p95 = p95.collect();
        let share = |sum: &Sums| (sum.calls > 0.0).then(|| (sum.bad / sum.calls) as f32);
        Course { trouble: sums.iter().map(share).collect(), p95 }
    }
}

/// The view of one incident.
pub fn view(
    summary: &Summary,
    study: &Study,
    courses: &Courses,
    places: &BTreeMap<NodeId, usize>,
) -> Timeline {
    let steps = courses.steps;
    Timeline {
        from: Nanos(steps.from),
        step: steps.width,
        steps: steps.count,
        lanes: lanes(summary, study, courses, places),
        deployments: deployments(summary),
        log_shifts: log_shifts(summary, study, steps),
    }
}

/// Hurt nodes in order of onset, the accused among them whatever their state.
fn lanes(
    summary: &Summary,
    study: &Study,
    courses: &Courses,
    places: &BTreeMap<NodeId, usize>,
) -> Vec<Lane> {
    let accused = study.scored.iter().take(3).map(|s| s.node);
    let hurt = study.spread.nodes.keys().copied();
    let mut nodes: Vec<NodeId> =
        hurt.filter(|&n| study.spread.onset(n).is_some()).chain(accused).collect();
    nodes.sort_unstable_by_key(|&n| (study.spread.onset(n).unwrap_or(Nanos(u64::MAX)), n));
    nodes.dedup();
    let lane = |node: NodeId| {
        Some(Lane {
            node: *places.get(&node)?,
            onset: study.spread.onset(node),
            course: courses.node(node),
            bad_logs: bad_logs(summary, node, courses.steps),
        })
    };
    nodes.into_iter().filter_map(lane).take(LANES).collect()
}

fn bad_logs(summary: &Summary, node: NodeId, steps: Steps) -> Vec<u64> {
    logs(summary, steps, |id| {
        let template = &summary.catalog.templates[id as usize];
        template.node == node && template.severity >= Severity::Warn
    })
}

/// Records of some templates, by step.
fn logs(summary: &Summary, steps: Steps, wanted: impl Fn(u32) -> bool) -> Vec<u64> {
    let mut counts = vec![0; steps.count];
    for (_, bucket, n) in summary.logs.rows().iter().filter(|(id, ..)| wanted(*id)) {
        if let Some(step) = steps.at(bucket << summary.bucket_log2) {
            counts[step] += n;
        }
    }
    counts
}

/// Versions first seen after others of the same node had been at work.
fn deployments(summary: &Summary) -> Vec<Deployment> {
    let mut by_node: BTreeMap<NodeId, Vec<(u64, &str, u64)>> = BTreeMap::new();
    for (id, slice, work) in summary.instances.rows() {
        let instance = &summary.catalog.instances[*id as usize];
        if !instance.version.is_empty() {
            let seen = (*slice, instance.version.as_str(), work.calls);
            by_node.entry(instance.node).or_default().push(seen);
        }
    }
    let mut list = Vec::new();
    for (node, mut seen) in by_node {
        seen.sort_unstable();
        let (mut known, mut calls) = (BTreeSet::new(), 0);
        for (slice, version, n) in seen {
            if known.insert(version) && calls >= CALLS {
                list.push(Deployment {
                    service: summary.catalog.nodes[node as usize].name.clone(),
                    version: version.to_owned(),
                    at: Nanos(slice << summary.slice_log2()),
                });
            }
            calls += n;
        }
    }
    list.sort_by(|a, b| (a.at, &a.service, &a.version).cmp(&(b.at, &b.service, &b.version)));
    list
}

/// Templates whose rate changed beyond what a Poisson count does.
fn log_shifts(summary: &Summary, study: &Study, steps: Steps) -> Vec<LogShift> {
    let (before, during) = (&study.contrast.before, &study.contrast.during);
    let (long, short) = (before.seconds.max(1.0), during.seconds.max(1.0));
    let ids: BTreeSet<_> = before.logs.keys().chain(during.logs.keys()).copied().collect();
    let mut list: Vec<(f64, LogShift)> = Vec::new();
    for id in ids {
        let template = &summary.catalog.templates[id as usize];
        let count = |side: &BTreeMap<u32, u64>| side.get(&id).copied().unwrap_or(0) as f64;
        let (was, is) = (count(&before.logs), count(&during.logs));
        let expected = was / long * short;
        let surprise = (is - expected) / expected.max(1.0).sqrt();
        let ratio = (is + 0.5) / (expected + 0.5);
        let shifted = ratio >= SHIFTED || ratio <= 1.0 / SHIFTED;
        if template.text.is_empty() || surprise.abs() < SURELY || !shifted {
            continue;
        }
        let shift = LogShift {
            service: summary.catalog.nodes[template.node as usize].name.clone(),
            severity: severity(template.severity),
            text: template.text.clone(),
            before: was / long * 60.0,
            during: is / short * 60.0,
            course: logs(summary, steps, |other| other == id),
        };
        // What is said at a higher severity says more.
        let weight = if template.severity >= Severity::Warn { 3.0 } else { 1.0 };
        list.push((surprise.abs() * weight, shift));
    }
    // Equal surprises stay in order of the catalog: the sort is stable.
    list.sort_by(|a, b| b.0.total_cmp(&a.0));
    list.into_iter().take(SHIFTS).map(|(_, shift)| shift).collect()
}
