//! Which calls repeat which, and what callers do about failures.

use std::collections::BTreeMap;

use crate::model::Cause;
use crate::summary::{DigestHop, NONE, OpId, sent};

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
        self.timeouts.extend(hop.given_up().map(u64::from));
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

/// Calls that take so many times longer than nine of ten of the slowest operation's are slow.
const SLOW: u64 = 3;
