//! Plain values that reports read.

use crate::analysis::{NodeName, Sort};
use crate::model::InputStats;

/// The result of one run.
#[derive(Clone, Debug, Default)]
pub struct Faultlines {
    /// What was read and lost.
    pub input: InputStats,
    /// Distinct traces in the input.
    pub traces: u64,
    /// Entry requests of the healthy part.
    pub requests: u64,
    /// What part of the input that is, in words.
    pub reference: String,
    /// What makes the result weaker than it looks, in plain words.
    pub notes: Vec<String>,
    /// The teams of the input, in order of name.
    pub teams: Vec<String>,
    /// Services whose team is not known.
    pub unassigned: Vec<String>,
    /// Integration points, the riskiest first.
    pub points: Vec<IntegrationPoint>,
    /// How many there are, with those that were left out.
    pub considered: usize,
    /// Edges that only pass messages: nobody waits for those, so they are not ranked.
    pub messages: usize,
    /// Every name in the input with what it names, sorted.
    pub names: Vec<(Sort, String)>,
}

/// An edge that somebody waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegrationPoint {
    /// From 1, distinct.
    pub rank: u32,
    /// Caller and callee.
    pub edge: [NodeName; 2],
    /// Whose they are, if that is known.
    pub teams: [Option<String>; 2],
    /// Share of entry requests that would be lost if it failed: the mean of [`Losses`], 0 to 1.
    pub risk: f64,
    /// That share by way of failing.
    pub losses: Losses,
    /// Share of entry requests that wait for it, 0 to 1.
    pub waiting: f64,
    /// Entry operations that wait for it.
    pub entries: u32,
    /// Attempts in the healthy part.
    pub calls: u64,
    /// Failed ones; `None` in status-blind input.
    pub failed: Option<u64>,
    /// How likely the caller fails if the call does, 0 to 1.
    pub need: f64,
    /// Failures from which that was learned; without any it is a guess.
    pub need_seen: f64,
    /// After how long calls were given up, nanoseconds; `None` if none was seen to be.
    pub timeout: Option<u64>,
    /// The most attempts of one call that were seen.
    pub attempts: u32,
    /// 99th percentile as seen by the caller, nanoseconds.
    pub p99: Option<u64>,
    /// Levels of calls below the callee, at most.
    pub depth: u32,
    /// Calls below each call, all levels together, mean.
    pub fan_out: f64,
    /// What is wrong with it, in order of the registry.
    pub findings: Vec<Found>,
    /// Trace ids (32 hex digits) that pass it, the deepest first.
    pub exemplars: Vec<String>,
}

impl IntegrationPoint {
    /// Whether it joins two teams.
    pub fn crosses(&self) -> bool {
        matches!(&self.teams, [Some(caller), Some(callee)] if caller != callee)
    }
}

/// Share of entry requests that would be lost, 0 to 1, by what fails and how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// This edge fails at once.
    pub edge_fails: f64,
    /// This edge hangs.
    pub edge_hangs: f64,
    /// The callee fails at once, whoever calls it.
    pub callee_fails: f64,
    /// The callee hangs, whoever calls it.
    pub callee_hangs: f64,
}

impl Losses {
    /// All ways of failing counted alike.
    pub const fn mean(&self) -> f64 {
        (self.edge_fails + self.edge_hangs + self.callee_fails + self.callee_hangs) / 4.0
    }
}

/// A finding about an integration point.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Id in the registry.
    pub id: &'static str,
    /// Title in the registry.
    pub title: &'static str,
    /// The measured value.
    pub value: f64,
    /// Its unit, empty for none.
    pub unit: &'static str,
    /// What was seen, in plain words.
    pub text: String,
    /// What cannot be seen.
    pub limits: &'static str,
    /// Id of the pattern that addresses it.
    pub pattern: &'static str,
}
