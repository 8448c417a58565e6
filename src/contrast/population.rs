//! Which requests are compared with which.

use std::collections::{BTreeMap, BTreeSet};

use crate::detect::Window;
use crate::rank::{Case, let_down};
use crate::summary::{Digest, DigestHop, NONE, NodeId, OpId, Summary, stable_pick, weights};

/// A window is cut into so many parts of equal length: requests are compared with those of their
/// own part only, because much differs from one minute to the next that has nothing to do with it.
/// Into fewer, where the parts hold too few.
const PARTS: [u64; 3] = [16, 4, 1];
/// If less than this share of the failing requests has a healthy one of its own stratum, they are
/// compared with those before.
const COMPARABLE: f64 = 0.5;

/// What is usual: where the healthy requests of before are to be found.
pub struct Reference<'a> {
    /// Slices of the input that belong to it.
    pub slices: &'a dyn Fn(u64) -> bool,
    /// Telemetry given as baseline.
    pub baseline: Option<&'a Summary>,
}

/// With which healthy requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Those of the same entry at the same time.
    SameTime,
    /// Those of the same entry before: too few were healthy at the time. Whatever changed in
    /// between differs too.
    Before,
}

/// One request.
pub struct Unit<'a> {
    /// Its trace.
    pub digest: &'a Digest,
    /// Whether it failed.
    pub failing: bool,
    /// How many requests it stands for.
    pub weight: f64,
    /// Which others it is compared with.
    pub stratum: usize,
    /// The calls that speak for their nodes, one each.
    pub hops: Vec<u32>,
}

/// Requests to compare.
pub struct Population<'a> {
    /// They.
    pub units: Vec<Unit<'a>>,
    /// How many strata they fall into.
    pub strata: usize,
    /// With which healthy ones.
    pub compared: Compared,
}

/// Failed and other requests of an incident, and for each node that they reached one call. For a
/// failed request that is the call it failed on; otherwise chance decides, so that one with many
/// calls (retries, say) does not carry more than one with few.
pub fn of_incident<'a>(case: &Case<'a>, reference: &Reference<'a>) -> Population<'a> {
    let mut failing: BTreeMap<(u64, u64), &[u32]> = BTreeMap::new();
    for (digest, blame, _) in &case.blames.list {
        failing.insert(digest.id, &blame.path);
    }
    let of = |digest: &Digest, admitted: bool| {
        let path = failing.get(&digest.id).copied().filter(|_| admitted);
        Some((path.is_some(), speakers(case, digest, path.unwrap_or_default())))
    };
    same_time(case, &of).unwrap_or_else(|| before(case, reference, &of))
}

/// Requests that called a node, by whether a call to it went wrong: failed at the node itself, or
/// was blamed for harm. The call speaks for the node, and for whoever made it. What failed because
/// others let the node down is neither: nobody knows how the node itself would have done. With
/// those of the same time, if there are enough, and with those of before.
pub fn of_node<'a>(
    case: &Case<'a>,
    reference: &Reference<'a>,
    (node, caller): (NodeId, Option<NodeId>),
) -> (Option<Population<'a>>, Population<'a>) {
    let blamed: BTreeSet<((u64, u64), u32)> = case
        .blames
        .list
        .iter()
        .filter_map(|(digest, blame, _)| Some((digest.id, *blame.path.last()?)))
        .collect();
    let of = |digest: &Digest, admitted: bool| {
        let here = |hop: &&DigestHop| {
            let (from, to) = case.catalog().edge_of(digest, hop);
            to == node && caller.is_none_or(|caller| from == caller)
        };
        let calls: Vec<u32> =
            (0..).zip(&digest.hops).filter(|(_, hop)| here(hop)).map(|(at, _)| at).collect();
        if calls.is_empty() {
            return None;
        }
        let down = let_down(&digest.hops);
        let bad = |at: &&u32| {
            let hop = &digest.hops[**at as usize];
            (hop.has(DigestHop::CALLEE_FAILED) && !down[**at as usize])
                || blamed.contains(&(digest.id, **at))
        };
        let failed = |at: &u32| {
            let hop = &digest.hops[*at as usize];
            hop.has(DigestHop::FAILED) || hop.has(DigestHop::CALLEE_FAILED)
        };
        let bad = calls.iter().find(bad).copied().filter(|_| admitted);
        let call = match bad {
            Some(call) => call,
            None => {
                let well: Vec<u32> = calls.into_iter().filter(|at| !failed(at)).collect();
                *well.get(stable_pick(digest, node, well.len().max(1)))?
            }
        };
        let parent = digest.hops[call as usize].parent;
        let apart = parent != NONE
            && case.catalog().node_of(digest.hops[parent as usize].operation) != node;
        let hops = if apart { vec![call, parent] } else { vec![call] };
        Some((bad.is_some(), hops))
    };
    (same_time(case, &of), before(case, reference, &of))
}

/// One call for each node: those of the path, and any of the others.
fn speakers(case: &Case<'_>, digest: &Digest, path: &[u32]) -> Vec<u32> {
    let mut by_node: BTreeMap<NodeId, Vec<u32>> = BTreeMap::new();
    for (at, hop) in (0..).zip(&digest.hops) {
        by_node.entry(case.catalog().node_of(hop.operation)).or_default().push(at);
    }
    let speaker = |(node, calls): (NodeId, Vec<u32>)| {
        let failed_on = path.iter().rev().find(|at| calls.contains(at));
        failed_on.copied().unwrap_or_else(|| calls[stable_pick(digest, node, calls.len())])
    };
    by_node.into_iter().map(speaker).collect()
}

/// Whether a request failed, and the calls that speak for their nodes; told whether it belongs to the
/// window. `None` if it tells nothing.
type Sorted<'f> = &'f dyn Fn(&Digest, bool) -> Option<(bool, Vec<u32>)>;

/// Requests of the window.
fn inside<'a>(case: &Case<'a>, of: Sorted<'_>) -> Vec<Unit<'a>> {
    let weight = weights(case.summary);
    let inside = case.summary.digests.iter().filter(|d| case.window.contains(d.slice));
    let unit = |digest: &'a Digest| {
        let (failing, hops) = of(digest, true)?;
        Some(Unit { digest, failing, weight: weight(digest), stratum: 0, hops })
    };
    inside.filter(|d| d.stratum.0 != NONE).filter_map(unit).collect()
}

/// Requests of the window among themselves; `None` if too few failing ones have a healthy one like
/// them.
fn same_time<'a>(case: &Case<'a>, of: Sorted<'_>) -> Option<Population<'a>> {
    let mut units = inside(case, of);
    let strata = PARTS.into_iter().map(|parts| {
        let strata = stratify(&mut units, case.window, parts);
        let mut sides = vec![[0_u32; 2]; strata];
        units.iter().for_each(|u: &Unit<'_>| sides[u.stratum][usize::from(u.failing)] += 1);
        let failing: u32 = sides.iter().map(|s| s[1]).sum();
        let comparable: u32 = sides.iter().filter(|s| s[0] > 0).map(|s| s[1]).sum();
        (f64::from(comparable) >= COMPARABLE * f64::from(failing)).then_some(strata)
    });
    let strata = strata.flatten().next()?;
    Some(Population { units, strata, compared: Compared::SameTime })
}

/// Strata of entry operation and part of the window; gives how many there are.
fn stratify(units: &mut [Unit<'_>], window: &Window, parts: u64) -> usize {
    let length = (window.to - window.from).max(1);
    let mut strata: BTreeMap<(OpId, u64), usize> = BTreeMap::new();
    for unit in units {
        let part = (unit.digest.slice - window.from) * parts / length;
        let next = strata.len();
        unit.stratum = *strata.entry((unit.digest.stratum.0, part)).or_insert(next);
    }
    strata.len()
}

/// Requests of the window, with the healthy ones of before.
fn before<'a>(case: &Case<'a>, reference: &Reference<'a>, of: Sorted<'_>) -> Population<'a> {
    let mut strata: BTreeMap<OpId, usize> = BTreeMap::new();
    let mut place = |digest: &Digest| {
        let next = strata.len();
        *strata.entry(digest.stratum.0).or_insert(next)
    };
    let units = inside(case, of).into_iter();
    let mut units: Vec<Unit<'a>> =
        units.map(|unit| Unit { stratum: place(unit.digest), ..unit }).collect();
    let usual = case.summary.digests.iter().filter(|d| (reference.slices)(d.slice));
    let sources = [
        Some((case.summary, usual.collect::<Vec<_>>())),
        reference.baseline.map(|b| (b, b.digests.iter().collect())),
    ];
    for (summary, digests) in sources.into_iter().flatten() {
        let weight = weights(summary);
        for digest in digests {
            let healthy = digest.stratum.0 != NONE
                && !digest.stratum.1
                && !case.window.harms(digest, &summary.catalog);
            let Some((_, hops)) = healthy.then(|| of(digest, false)).flatten() else { continue };
            let (weight, stratum) = (weight(digest), place(digest));
            units.push(Unit { digest, failing: false, weight, stratum, hops });
        }
    }
    Population { units, strata: strata.len(), compared: Compared::Before }
}
