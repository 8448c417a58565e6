//! What callers were seen to do about calls that fail: give up, try again, refuse.

use std::collections::BTreeMap;

use crate::cascade::Deadlines;
use crate::contain::Pair;
use crate::model::Cause;
use crate::summary::{DigestHop, NONE, Summary};

/// What was seen on edges, anywhere in the input: limits are configuration, and an incident shows
/// more of it than health does.
#[derive(Debug)]
pub struct Limits {
    /// After how long calls are given up, and how often they are tried.
    pub deadlines: Deadlines,
    /// What became of failed calls.
    pub failures: BTreeMap<Pair, Failures>,
}

/// What became of failed calls on an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Calls that failed.
    pub failed: u64,
    /// Of these: turned away by the callee.
    pub rejected: u64,
    /// Of these: refused by the caller's own breaker.
    pub refused: u64,
}

/// The limits of every edge.
pub fn limits(summary: &Summary) -> Limits {
    let catalog = &summary.catalog;
    let mut failures: BTreeMap<Pair, Failures> = BTreeMap::new();
    for digest in summary.digests.iter() {
        let calls = digest.hops.iter().filter(|hop| hop.parent != NONE);
        for hop in calls.filter(|hop| !hop.has(DigestHop::ASYNC) && hop.has(DigestHop::FAILED)) {
            let seen = failures.entry(catalog.edge_of(digest, hop)).or_default();
            seen.failed += 1;
            seen.rejected += u64::from(hop.cause == Cause::Rejected);
            seen.refused += u64::from(hop.cause == Cause::ShortCircuited);
        }
    }
    Limits { deadlines: Deadlines::of(catalog, summary.digests.iter()), failures }
}
