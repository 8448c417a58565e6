//! Which calls repeat which, and what callers do about failures.

use std::collections::BTreeMap;

use crate::model::Cause;
use crate::summary::{DigestHop, NONE, OpId};

use super::landscape::Edge;
use super::typical::median;

/// Attempts of logical calls on an edge.
#[derive(Debug, Default)]
pub struct Attempts {
    /// Logical calls by number of attempts.
    lengths: BTreeMap<u32, f64>,
    backoffs: Vec<u64>,
    /// By cause: failed attempts by their number, and those that were repeated.
    failed: BTreeMap<Cause, BTreeMap<u32, (f64, f64)>>,
    timeouts: Vec<u64>,
    /// In the reference, by operation: how long calls took, at the callee, that succeeded.
    took: BTreeMap<OpId, Vec<u64>>,
    /// In the incident: how long callers waited for answers.
    waited: Vec<u64>,
}

impl Attempts {
    /// Adds one logical call: its attempts in order.
    pub fn see(&mut self, chain: &[&DigestHop]) {
        *self.lengths.entry(chain.len() as u32).or_default() += 1.0;
        for (number, hop) in chain.iter().enumerate() {
            if hop.has(DigestHop::FAILED) {
                let causes = self.failed.entry(hop.cause).or_default();
                let count = causes.entry(number as u32).or_default();
                count.0 += 1.0;
                count.1 += f64::from(number + 1 < chain.len());
            }
        }
        for pair in chain.windows(2) {
            let end = sent(pair[0]).saturating_add(pair[0].took());
            self.backoffs.push(u64::from(sent(pair[1]).saturating_sub(end)));
        }
    }

    /// Adds one attempt, in the reference (phase 0) or later.
    pub fn see_time(&mut self, hop: &DigestHop, phase: usize) {
        if phase == 0 && !hop.has(DigestHop::FAILED) {
            let took = if hop.worked == NONE { hop.took() } else { hop.worked };
            self.took.entry(hop.operation).or_default().push(u64::from(took));
        }
        if phase == 1 && !hop.has(DigestHop::FAILED) {
            self.waited.push(u64::from(hop.took()));
        }
        if hop.has(DigestHop::FAILED) && hop.cause == Cause::Timeout && hop.waited != NONE {
            // A callee that failed before its caller gave up tells of another timeout.
            let answered = hop.has(DigestHop::CALLEE_FAILED)
                && hop.worked != NONE
                && hop.delay.saturating_add(hop.worked) < hop.waited;
            if !answered {
                self.timeouts.push(u64::from(hop.waited));
            }
        }
    }

    /// Share of attempts that failed, 0 to 1.
    pub fn failing(&self) -> f64 {
        let attempts: f64 =
            self.lengths.iter().map(|(&length, count)| f64::from(length) * count).sum();
        let failed: f64 = self.failed.values().flat_map(|c| c.values()).map(|c| c.0).sum();
        failed / attempts.max(1.0)
    }

    /// What an edge's caller does: how long it waits, how often it tries, and why again.
    pub fn settle(&self, edge: &mut Edge) {
        // One odd chain (calls of a loop that failed by turns) is no policy.
        let long = self.lengths.iter().rev().find(|(_, count)| **count >= 2.0);
        edge.attempts = long.map_or(1, |(length, _)| *length);
        edge.backoff = median(self.backoffs.clone()).unwrap_or(0);
        edge.timeout = median(self.timeouts.clone());
        let slowest = self.took.values().filter_map(|took| {
            let mut took = took.clone();
            took.sort_unstable();
            took.get((took.len() - 1) * 9 / 10).copied()
        });
        edge.slowest = slowest.max().unwrap_or(0);
        let slow = self.waited.iter().filter(|&&w| w > SLOW * edge.slowest);
        edge.slow = if edge.slowest > 0 { slow.count() as u64 } else { 0 };
        for (&cause, counts) in &self.failed {
            let before = counts.iter().filter(|(number, _)| **number + 1 < edge.attempts);
            let (all, repeated) = before.fold((0.0, 0.0), |s, (_, c)| (s.0 + c.0, s.1 + c.1));
            edge.repeated.insert(cause, if all > 0.0 { repeated / all } else { 0.0 });
        }
    }
}

/// Groups the calls of one hop to one node into logical calls: attempts in order.
pub fn chains<'a>(calls: impl IntoIterator<Item = &'a DigestHop>) -> Vec<Vec<&'a DigestHop>> {
    let mut calls: Vec<&DigestHop> = calls.into_iter().collect();
    calls.sort_by_key(|hop| (sent(hop), hop.took()));
    let mut chains: Vec<Vec<&DigestHop>> = Vec::new();
    for hop in calls {
        let open = chains.iter_mut().rev().find(|c| c.last().is_some_and(|l| repeats(hop, l)));
        match open {
            Some(chain) => chain.push(hop),
            None => chains.push(vec![hop]),
        }
    }
    chains
}

/// When the caller made a call, after the beginning of the trace.
pub fn sent(hop: &DigestHop) -> u32 {
    hop.offset.saturating_sub(hop.delay)
}

/// Calls that take so many times longer than nine of ten of the slowest operation's are slow.
const SLOW: u64 = 3;

/// Clocks of two hosts agree no better.
pub const CLOCKS: u32 = 2_000;

/// Whether a call is the next attempt after another: that one had failed when this one began,
/// and both are for the same thing. An attempt without a server span has the client span's name
/// as its operation; that is compared only like with like.
fn repeats(hop: &DigestHop, last: &DigestHop) -> bool {
    let over = sent(last).saturating_add(last.took()) <= sent(hop).saturating_add(CLOCKS);
    let alike = (hop.worked == NONE) != (last.worked == NONE) || hop.operation == last.operation;
    last.has(DigestHop::FAILED) && over && alike
}
