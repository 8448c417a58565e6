//! What stands between an instance of a caller and a callee: breaker, limit, budget.

use std::collections::VecDeque;

use super::landscape::{BreakerRule, Edge};

/// The state of one caller instance's guards on one edge.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Calls under way.
    pub under_way: u32,
    /// Calls that hold a connection.
    pub connected: u32,
    /// Attempts that wait for one.
    pub waiting: VecDeque<u32>,
    breaker: Breaker,
    tokens: f64,
    /// What was asked of the guard, whatever stands there.
    pub strain: Strain,
}

/// What passed a guard: whether a pattern would have had anything to do there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strain {
    /// The most calls under way at once.
    pub most: u32,
    /// The longest call, microseconds.
    pub longest: u64,
    /// Failed calls.
    pub failed: u32,
    /// Attempts that repeated another.
    pub repeated: u32,
}

impl Strain {
    /// Of two guards of one edge.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            most: self.most.max(other.most),
            longest: self.longest.max(other.longest),
            failed: self.failed + other.failed,
            repeated: self.repeated + other.repeated,
        }
    }
}

/// Retries that may be saved up while nothing fails.
const SAVED_UP: f64 = 10.0;

impl Guard {
    /// Whether a call may be made now; if so, it is under way.
    pub fn admits(&mut self, edge: &Edge, now: u64) -> bool {
        if edge.limit.is_some_and(|limit| self.under_way >= limit) {
            return false;
        }
        if let Some(rule) = &edge.breaker
            && !self.breaker.admits(rule, now)
        {
            return false;
        }
        self.under_way += 1;
        self.strain.most = self.strain.most.max(self.under_way);
        true
    }

    /// A call ended.
    pub fn ended(&mut self, edge: &Edge, now: u64, took: u64, failed: bool) {
        self.under_way -= 1;
        self.strain.longest = self.strain.longest.max(took);
        self.strain.failed += u32::from(failed);
        if let Some(rule) = &edge.breaker {
            self.breaker.ended(rule, now, failed);
        }
    }

    /// A logical call begins, and adds to the budget for retries.
    pub fn begins(&mut self, edge: &Edge) {
        if let Some(share) = edge.budget {
            self.tokens = (self.tokens + share).min(SAVED_UP);
        }
    }

    /// Whether a failed call may be repeated.
    pub fn repeats(&mut self, edge: &Edge) -> bool {
        let enough = edge.budget.is_none() || self.tokens >= 1.0;
        self.strain.repeated += u32::from(enough);
        if edge.budget.is_none() {
            return true;
        }
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

#[derive(Clone, Debug, Default)]
struct Breaker {
    last: VecDeque<bool>,
    failed: u32,
    /// Open until then; half open after it until the probes are back.
    opened: Option<u64>,
    probing: u32,
    passed: u32,
}

impl Breaker {
    fn admits(&mut self, rule: &BreakerRule, now: u64) -> bool {
        match self.opened {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                let probe = self.probing < rule.probes;
                self.probing += u32::from(probe);
                probe
            }
        }
    }

    fn ended(&mut self, rule: &BreakerRule, now: u64, failed: bool) {
        match self.opened {
            // Calls made before it opened say nothing new.
            Some(until) if now < until => {}
            Some(_) if failed => self.open(rule, now),
            Some(_) => {
                self.passed += 1;
                if self.passed >= rule.probes {
                    *self = Self::default();
                }
            }
            None => {
                self.last.push_back(failed);
                self.failed += u32::from(failed);
                if self.last.len() > rule.window as usize {
                    self.failed -= u32::from(self.last.pop_front() == Some(true));
                }
                let seen = self.last.len() as u32;
                if seen >= rule.least && f64::from(self.failed) >= rule.share * f64::from(seen) {
                    self.open(rule, now);
                }
            }
        }
    }

    fn open(&mut self, rule: &BreakerRule, now: u64) {
        *self = Self { opened: Some(now + rule.open), ..Self::default() };
    }
}
