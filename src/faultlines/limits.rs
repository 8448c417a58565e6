//! What callers were seen to do about calls that fail: give up, try again, refuse.

use std::collections::BTreeMap;

use crate::contain::{Pair, chains};
use crate::model::Cause;
use crate::summary::{Children, Digest, DigestHop, NONE, Summary};

/// What was seen on an edge, anywhere in the input: limits are configuration, and an incident
/// shows more of it than health does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// After how long calls were given up (the median), microseconds.
    pub timeout: Option<u64>,
    /// How many were.
    pub timeouts: u64,
    /// The most attempts of one call that were seen at least twice; 1 where none was repeated.
    pub attempts: u32,
    /// Calls that failed.
    pub failed: u64,
    /// Of these: turned away by the callee.
    pub rejected: u64,
    /// Of these: refused by the caller's own breaker.
    pub refused: u64,
}

/// One odd chain (calls of a loop that failed by turns) is no policy.
const POLICY: u64 = 2;

/// The limits of every edge.
pub fn limits(summary: &Summary) -> BTreeMap<Pair, Limits> {
    let mut all: BTreeMap<Pair, Seen> = BTreeMap::new();
    for digest in summary.digests.iter() {
        let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
        let children = Children::new(parents);
        for at in 0..digest.hops.len() as u32 {
            let mut by_pair: BTreeMap<Pair, Vec<&DigestHop>> = BTreeMap::new();
            for &child in children.of(at) {
                let hop = &digest.hops[child as usize];
                if !hop.has(DigestHop::ASYNC) {
                    by_pair.entry(pair(summary, digest, hop)).or_default().push(hop);
                }
            }
            for (pair, hops) in by_pair {
                let seen = all.entry(pair).or_default();
                hops.iter().for_each(|hop| seen.see(hop));
                for chain in chains(hops) {
                    *seen.lengths.entry(chain.len() as u32).or_default() += 1;
                }
            }
        }
    }
    all.into_iter().map(|(pair, seen)| (pair, seen.settle())).collect()
}

/// Caller's and callee's node.
pub fn pair(summary: &Summary, digest: &Digest, hop: &DigestHop) -> Pair {
    summary.catalog.edge_of(digest, hop)
}

#[derive(Default)]
struct Seen {
    timeouts: Vec<u64>,
    lengths: BTreeMap<u32, u64>,
    limits: Limits,
}

impl Seen {
    fn see(&mut self, hop: &DigestHop) {
        if !hop.has(DigestHop::FAILED) {
            return;
        }
        self.limits.failed += 1;
        match hop.cause {
            Cause::Rejected => self.limits.rejected += 1,
            Cause::ShortCircuited => self.limits.refused += 1,
            // A callee that failed before its caller gave up tells of a timeout further down.
            Cause::Timeout if hop.waited != NONE && !answered(hop) => {
                self.timeouts.push(u64::from(hop.waited));
            }
            _ => {}
        }
    }

    fn settle(mut self) -> Limits {
        self.timeouts.sort_unstable();
        let long = self.lengths.iter().rev().find(|(_, count)| **count >= POLICY);
        Limits {
            timeout: self.timeouts.get(self.timeouts.len() / 2).copied(),
            timeouts: self.timeouts.len() as u64,
            attempts: long.map_or(1, |(length, _)| *length),
            ..self.limits
        }
    }
}

fn answered(hop: &DigestHop) -> bool {
    hop.has(DigestHop::CALLEE_FAILED)
        && hop.worked != NONE
        && hop.delay.saturating_add(hop.worked) < hop.waited
}
