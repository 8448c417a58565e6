//! How requests run through services, read from whole traces.

use std::collections::BTreeMap;

use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::subject::Subject;
use crate::summary::{Children, Digest, DigestHop, NONE, NodeId, OpId};

/// Why nothing can be said where no trace was kept whole.
pub const NO_TRACES: &str = "no trace was kept whole";

/// Once is enough to break a limit on the shape; that it was never broken needs many traces.
pub fn outcome(rule: &Rule, most: u64, limit: f64, seen: u64) -> Outcome {
    match most as f64 <= limit {
        false => Outcome::Broken,
        true if seen < rule.min_calls => Outcome::TooFew,
        true => Outcome::Fits,
    }
}

/// The longest way from each selected entry, and how many traces were looked at. A step leads
/// from a node to another one; `follows` says of which calls one is.
pub fn longest(
    run: &Run<'_>,
    rule: &Rule,
    limit: f64,
    follows: fn(&DigestHop) -> bool,
    told: fn(usize, f64) -> String,
) -> Judged {
    struct Longest<'a> {
        way: Vec<NodeId>,
        digest: &'a Digest,
        seen: u64,
    }
    let mut by_entry: BTreeMap<OpId, Longest<'_>> = BTreeMap::new();
    for digest in run.summary.digests.iter().filter(|d| d.stratum.0 != NONE) {
        let way = way(run, digest, follows);
        let entry = by_entry.entry(digest.stratum.0);
        let longest = entry.or_insert_with(|| Longest { way: Vec::new(), digest, seen: 0 });
        longest.seen += 1;
        if way.len() > longest.way.len() {
            (longest.way, longest.digest) = (way, digest);
        }
    }
    if by_entry.is_empty() {
        return Err(NO_TRACES.to_owned());
    }
    let measures = by_entry.into_iter().map(|(entry, longest)| {
        let most = longest.way.len();
        Measure {
            subject: Subject::Route {
                operation: Some(run.operation(entry)),
                services: longest.way.iter().map(|&node| run.place(node)).collect(),
            },
            outcome: outcome(rule, most as u64, limit, longest.seen),
            value: Some(most as f64),
            limit: Some(limit),
            calls: longest.seen,
            text: told(most, limit),
            exemplars: vec![longest.digest.trace().to_string()],
        }
    });
    Ok(measures.filter(|m| rule.select.fits(&m.subject)).collect())
}

/// The nodes on the longest way down one trace, the entry first.
fn way(run: &Run<'_>, digest: &Digest, follows: fn(&DigestHop) -> bool) -> Vec<NodeId> {
    let node = |at: u32| run.summary.catalog.node_of(digest.hops[at as usize].operation);
    // Parents come before children.
    let mut depth = vec![0_usize; digest.hops.len()];
    depth[digest.entry as usize] = 1;
    for (at, hop) in digest.hops.iter().enumerate() {
        let above = depth.get(hop.parent as usize).copied().unwrap_or(0);
        if above > 0 && follows(hop) {
            depth[at] = above + usize::from(node(at as u32) != node(hop.parent));
        }
    }
    let deepest = (0..digest.hops.len() as u32).rev().max_by_key(|&at| depth[at as usize]);
    let mut way = Vec::new();
    let mut at = deepest.unwrap_or(NONE);
    while at != NONE && depth[at as usize] > 0 {
        if way.last() != Some(&node(at)) {
            way.push(node(at));
        }
        at = if at == digest.entry { NONE } else { digest.hops[at as usize].parent };
    }
    way.reverse();
    way
}

/// The most calls that one call of each operation made (repeats left out), with the trace that
/// shows it and how many calls were looked at.
pub fn widest<'a>(run: &Run<'a>) -> BTreeMap<OpId, (u64, &'a Digest, u64)> {
    let mut widest: BTreeMap<OpId, (u64, &Digest, u64)> = BTreeMap::new();
    for digest in run.summary.digests.iter() {
        let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
        let children = Children::new(parents);
        for (at, hop) in digest.hops.iter().enumerate() {
            let below = children.of(at as u32).iter().map(|&child| &digest.hops[child as usize]);
            let calls = below.filter(|call| !call.has(DigestHop::RETRY)).count() as u64;
            let most = widest.entry(hop.operation).or_insert((0, digest, 0));
            most.2 += 1;
            if calls > most.0 {
                (most.0, most.1) = (calls, digest);
            }
        }
    }
    widest
}
