//! Where failures cross from one team's domain into another's.

use crate::model::Nanos;

/// The largest incident by teams. Services whose team is not known take no part; none is guessed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boundaries {
    /// The teams of the input, in order of name.
    pub teams: Vec<String>,
    /// Services whose team is not known.
    pub unassigned: Vec<String>,
    /// The team of the first candidate, if it is known.
    pub began_in: Option<String>,
    /// Into whose domains it came, in order of time.
    pub entered: Vec<Entered>,
    /// Every boundary that calls crossed, those with most failures first.
    pub list: Vec<Boundary>,
}

/// Where a failure came into a team's domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The team that was let down.
    pub team: String,
    /// The team whose service let it down.
    pub from: String,
    /// `[caller, callee]`.
    pub edge: [String; 2],
    /// When calls over this edge began to fail.
    pub at: Nanos,
}

/// Calls from one team's services to another's.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// The calling and the called team.
    pub teams: [String; 2],
    /// All its integration points together.
    pub crossing: Crossing,
    /// The edges that cross it, those with most failures first.
    pub points: Vec<IntegrationPoint>,
}

/// An edge that crosses a boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegrationPoint {
    /// `[caller, callee]`.
    pub edge: [String; 2],
    /// What crossed it.
    pub crossing: Crossing,
}

/// What crossed a boundary during the incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crossing {
    /// Attempts.
    pub calls: u64,
    /// Attempts that failed: the callee's team (or the way to it) let the caller's down.
    pub failed: u64,
    /// Share of failed attempts in the reference, 0 to 1.
    pub failed_before: Option<f64>,
    /// Attempts that repeat an earlier one: load that the caller's team put on the callee's.
    pub repeated: u64,
    /// Calls on which the callee went on after its caller had given up.
    pub abandoned: u64,
    /// Attempts for each call, at least 1.
    pub attempts: Option<f64>,
    /// The same in the reference.
    pub attempts_before: Option<f64>,
    /// What callers waited beyond the usual, all calls together, nanoseconds.
    pub lost_ns: Option<u64>,
    /// When calls over it began to fail or to be late, if they did.
    pub onset: Option<Nanos>,
}
