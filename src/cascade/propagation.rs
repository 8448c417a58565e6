//! Who was in trouble when: onsets by node and by edge.

use std::collections::BTreeMap;

use crate::detect::{Window, change_point};
use crate::model::Nanos;
use crate::summary::{DigestHop, NodeId, Summary};

use super::Profile;

/// Calls in trouble on an edge or at a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trouble {
    /// When it began, if it did.
    pub onset: Option<Nanos>,
    /// Share of calls in trouble during the incident, 0 to 1.
    pub during: f64,
    /// The same in the reference.
    pub before: f64,
    /// Calls during the incident (kept ones).
    pub calls: u64,
    /// Whether the change is material.
    pub hurt: bool,
}

/// Trouble everywhere.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    /// By callee.
    pub nodes: BTreeMap<NodeId, Trouble>,
    /// By (caller, callee).
    pub edges: BTreeMap<(NodeId, NodeId), Trouble>,
    /// When calls in trouble ended, by callee, in order.
    bad: BTreeMap<NodeId, Vec<u64>>,
}

/// A node or edge is hurt if at least this share of its calls is in trouble …
const HURT: f64 = 0.05;
/// … and at least so many times the usual share …
const HURT_RATIO: f64 = 3.0;
/// … in at least so many calls.
const HURT_CALLS: f64 = 3.0;

type Series = Vec<(u64, bool)>;

impl Spread {
    /// Looks at every kept call of the reference and the incident.
    pub fn new(summary: &Summary, profile: &Profile, window: &Window) -> Self {
        let mut edges: BTreeMap<(NodeId, NodeId), Series> = BTreeMap::new();
        for digest in summary.digests.iter().filter(|d| d.slice < window.to) {
            for hop in &digest.hops {
                if hop.has(DigestHop::ASYNC) {
                    continue;
                }
                let edge = summary.catalog.edge_of(digest, hop);
                // Trouble shows when a call ends: a caller is not hurt before its callee.
                let at = digest.start + hop.ended() * 1000;
                edges.entry(edge).or_default().push((at, profile.in_trouble(edge, hop)));
            }
        }
        let mut nodes: BTreeMap<NodeId, Series> = BTreeMap::new();
        for ((_, callee), series) in &edges {
            nodes.entry(*callee).or_default().extend(series);
        }
        let begin = window.from << window.slice_log2;
        let bad = |series: &Series| {
            let mut times: Vec<u64> = series.iter().filter(|s| s.1).map(|s| s.0).collect();
            times.sort_unstable();
            times
        };
        Self {
            bad: nodes.iter().map(|(&node, series)| (node, bad(series))).collect(),
            nodes: nodes.into_iter().map(|(k, s)| (k, trouble(s, begin))).collect(),
            edges: edges.into_iter().map(|(k, s)| (k, trouble(s, begin))).collect(),
        }
    }

    /// When trouble began at a node, if it is hurt.
    pub fn onset(&self, node: NodeId) -> Option<Nanos> {
        self.nodes.get(&node).filter(|t| t.hurt).and_then(|t| t.onset)
    }

    /// The first trouble at a hurt node from a time on: when the incident reached it, once it is
    /// known when that began. (The change point of a node that is hurt little comes late: it
    /// waits for the trouble to be frequent.)
    pub fn reached(&self, node: NodeId, from: Nanos) -> Option<Nanos> {
        let onset = self.onset(node)?;
        let times = self.bad.get(&node)?;
        let first = times.get(times.partition_point(|&at| at < from.0));
        Some(first.map_or(onset, |&at| Nanos(at)))
    }
}

fn trouble(mut series: Series, begin: u64) -> Trouble {
    series.sort_unstable();
    let split = series.partition_point(|s| s.0 < begin);
    let share = |part: &[(u64, bool)]| {
        let bad = part.iter().filter(|s| s.1).count() as f64;
        (bad, if part.is_empty() { 0.0 } else { bad / part.len() as f64 })
    };
    let (before, (bad, during)) = (share(&series[..split]).1, share(&series[split..]));
    let hurt = during >= HURT && during >= HURT_RATIO * before && bad >= HURT_CALLS;
    let counts: Vec<(u64, u64)> = series.iter().map(|s| (1, u64::from(s.1))).collect();
    // A step in the rate may fall on a healthy call; the onset is the first bad one from there.
    let onset = change_point(&counts)
        .and_then(|step| series[step.at..].iter().find(|s| s.1).map(|s| Nanos(s.0)));
    Trouble { onset, during, before, calls: (series.len() - split) as u64, hurt }
}
