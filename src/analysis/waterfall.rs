//! One kept trace as a waterfall.

use std::collections::BTreeMap;

use crate::model::{Cause, Nanos};
use crate::summary::{Catalog, Children, Digest, DigestHop, NONE, NodeId, Severity, Summary};

use super::critical::{began, critical};
use super::scene::{Bar, Exemplar, Waterfall};

/// Calls that a waterfall of an exemplar shows: about a page.
const BARS: usize = 40;
/// Log records that are shown with one call.
const LOGS: usize = 3;

/// The waterfall of a trace. `path` leads from its entry to the blamed call.
///
/// With more than `most` calls, those are kept that a reader came for (the way to the blamed
/// one, the critical path, failed ones) and the rest is counted.
pub fn waterfall(catalog: &Catalog, digest: &Digest, path: &[u32], most: usize) -> Waterfall {
    let on_path = critical(digest);
    let order = in_order(digest);
    let kept = kept(digest, path, &on_path, &order, most);
    let mut logs: BTreeMap<u32, Vec<(&'static str, String)>> = BTreeMap::new();
    for (hop, template) in &digest.logs {
        let Some(template) = catalog.templates.get(*template as usize) else { continue };
        let list = logs.entry(*hop).or_default();
        if template.severity >= Severity::Warn && list.len() < LOGS {
            list.push((severity(template.severity), template.text.clone()));
        }
    }
    let bars: Vec<Bar> = order
        .iter()
        .filter(|(hop, _)| kept[*hop as usize])
        .map(|&(at, depth)| {
            let hop = &digest.hops[at as usize];
            let operation = &catalog.operations[hop.operation as usize];
            let node = &catalog.nodes[operation.node as usize];
            let worked = (hop.worked != NONE)
                .then(|| (micros(u64::from(hop.offset)), micros(u64::from(hop.worked))));
            Bar {
                depth,
                service: node.name.clone(),
                kind: node.kind,
                operation: operation.name.clone(),
                offset: micros(began(hop)),
                took: micros(u64::from(hop.took())),
                worked,
                failed: hop.has(DigestHop::FAILED),
                repaired: hop.has(DigestHop::REPAIRED),
                retry: hop.has(DigestHop::RETRY),
                asynchronous: hop.has(DigestHop::ASYNC),
                critical: on_path[at as usize],
                blamed: path.last() == Some(&at),
                cause: if hop.has(DigestHop::FAILED) { cause(hop.cause) } else { "" },
                logs: logs.remove(&at).unwrap_or_default(),
            }
        })
        .collect();
    let entry = &digest.hops[digest.entry as usize];
    let operation = &catalog.operations[entry.operation as usize];
    Waterfall {
        id: digest.trace().to_string(),
        service: catalog.nodes[operation.node as usize].name.clone(),
        operation: operation.name.clone(),
        start: Nanos(digest.start),
        took: micros(u64::from(entry.took())),
        failed: digest.stratum.1,
        left_out: digest.hops.len() - bars.len() + digest.cut as usize,
        bars,
    }
}

/// A blamed trace that is easy to read, beside a healthy one that resembles it.
///
/// Of those that went the commonest way, the one with the fewest calls, then the earliest.
pub fn exemplar(
    summary: &Summary,
    node: NodeId,
    failing: &[(&Digest, &[u32])],
    healthy: impl Fn(&Digest) -> bool,
) -> Option<Exemplar> {
    let shortest = |d: &Digest| (d.hops.len(), d.start, d.id);
    let (digest, path) = failing.iter().min_by_key(|(d, _)| shortest(d))?;
    let touches = |d: &Digest| d.hops.iter().any(|h| summary.catalog.node_of(h.operation) == node);
    let alike = summary
        .digests
        .iter()
        .filter(|d| d.stratum.0 == digest.stratum.0 && !d.stratum.1 && healthy(d))
        .min_by_key(|d| (!touches(d), d.hops.len().abs_diff(digest.hops.len()), d.start, d.id));
    Some(Exemplar {
        failing: waterfall(&summary.catalog, digest, path, BARS),
        healthy: alike.map(|d| waterfall(&summary.catalog, d, &[], BARS)),
    })
}

/// The word for a severity.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Unspecified => "",
        Severity::Debug => "debug",
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Error => "error",
    }
}

const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Unknown => "",
        Cause::Exception => "exception",
        Cause::Timeout => "timeout",
        Cause::Rejected => "turned away",
        Cause::ShortCircuited => "breaker open",
        Cause::Unreachable => "unreachable",
        Cause::Cancelled => "cancelled",
    }
}

const fn micros(n: u64) -> u64 {
    n.saturating_mul(1_000)
}

/// Hops with their depth: parents before children, siblings in order of time.
fn in_order(digest: &Digest) -> Vec<(u32, usize)> {
    let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
    let children = Children::new(parents);
    let later = |i: &u32| std::cmp::Reverse((began(&digest.hops[*i as usize]), *i));
    let mut roots: Vec<u32> =
        (0..digest.hops.len() as u32).filter(|&i| digest.hops[i as usize].parent == NONE).collect();
    // The entry first, whatever else has no parent.
    roots.sort_by_key(|i| (*i == digest.entry, later(i)));
    let mut stack: Vec<(u32, usize)> = roots.into_iter().map(|root| (root, 0)).collect();
    let mut order = Vec::with_capacity(digest.hops.len());
    while let Some((at, depth)) = stack.pop() {
        order.push((at, depth));
        let mut called = children.of(at).to_vec();
        called.sort_by_key(later);
        stack.extend(called.into_iter().map(|child| (child, depth + 1)));
    }
    order
}

/// Which hops are shown: the most wanted first, each with its ancestors.
fn kept(
    digest: &Digest,
    path: &[u32],
    critical: &[bool],
    order: &[(u32, usize)],
    most: usize,
) -> Vec<bool> {
    let mut kept = vec![false; digest.hops.len()];
    let mut left = most;
    let wish = |at: u32| {
        let hop = &digest.hops[at as usize];
        let failed = hop.has(DigestHop::FAILED);
        (!path.contains(&at), !critical[at as usize], !failed)
    };
    let mut wanted: Vec<(usize, u32, usize)> =
        order.iter().enumerate().map(|(i, &(at, depth))| (i, at, depth)).collect();
    wanted.sort_by_key(|&(i, at, depth)| (wish(at), depth, i));
    for (_, at, _) in wanted {
        let mut missing = Vec::new();
        let mut next = at;
        while next != NONE && !kept[next as usize] && missing.len() <= left {
            missing.push(next);
            next = digest.hops[next as usize].parent;
        }
        if missing.len() <= left {
            left -= missing.len();
            missing.into_iter().for_each(|i| kept[i as usize] = true);
        }
    }
    kept
}
