//! What a comparison found, as plain values.

use crate::analysis::{NodeName, Sort};
use crate::model::Nanos;

use super::measures::Measure;

/// The result of comparing a run with reference runs.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The reference runs.
    pub reference: Vec<RunFacts>,
    /// The run that is compared with them.
    pub new: RunFacts,
    /// Why the two may not be comparable; empty if nothing speaks against it.
    pub warnings: Vec<Warning>,
    /// Everything that was measured on both sides, changed or not: by measure, then subject.
    pub measured: Vec<Measured>,
    /// How many differences were tested: what the confidence accounts for.
    pub tests: usize,
    /// Measurements of which one side had too little to test anything.
    pub untested: usize,
    /// No span says how it ended, on one side at least: nothing is known of failures.
    pub status_blind: bool,
    /// Every name that may be shown, for whoever must leave them out.
    pub names: Vec<(Sort, String)>,
}

impl Comparison {
    /// The measurements of one judgement, the largest effect first.
    pub fn judged(&self, judgement: Judgement) -> Vec<&Measured> {
        let mut found: Vec<&Measured> =
            self.measured.iter().filter(|m| m.judgement == judgement).collect();
        found.sort_by(|a, b| b.weight().total_cmp(&a.weight()));
        found
    }

    /// Whether nothing is known to have changed.
    pub fn is_empty(&self) -> bool {
        !self.measured.iter().any(|m| m.judgement.is_change())
    }
}

/// What a run held.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFacts {
    /// What the user calls it.
    pub label: String,
    /// Its earliest record.
    pub from: Nanos,
    /// Its latest record.
    pub to: Nanos,
    /// Traces.
    pub traces: u64,
    /// Entry requests.
    pub requests: u64,
    /// Entry requests a second; 0 if the run has no length.
    pub rate: f64,
}

/// A reason to doubt that runs can be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// A stable id: `mix`, `load`, `duration`, `sampling`, `services`, `settings`, `versions`,
    /// `overlap`, `bursts`, `noise_unknown`, `losses`.
    pub id: &'static str,
    /// What differs, in plain words.
    pub text: String,
}

/// What a measurement is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A node of the service graph.
    Node(NodeName),
    /// Requests from outside to an operation.
    Entry {
        /// Whose operation it is.
        service: NodeName,
        /// Which.
        operation: String,
    },
    /// Calls from a node to another.
    Edge {
        /// Who calls.
        caller: NodeName,
        /// Who is called.
        callee: NodeName,
        /// The callee's operation; `None` for all of them.
        operation: Option<String>,
    },
    /// Entry requests that failed in an operation for a reason.
    Failure {
        /// Where they failed.
        service: NodeName,
        /// In which operation.
        operation: String,
        /// The reason: `timeout`, `rejected` and so on.
        cause: &'static str,
    },
    /// A kind of log record.
    Log {
        /// Who writes it.
        service: NodeName,
        /// Its severity.
        severity: &'static str,
        /// Its template.
        text: String,
    },
}

/// One measure of one subject in both.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What is measured.
    pub subject: Subject,
    /// By which measure.
    pub measure: &'static Measure,
    /// In the reference runs together; `None` if the subject is not there.
    pub before: Option<f64>,
    /// In the new run.
    pub after: Option<f64>,
    /// The effect in the measure's way of telling it: the quotient for
    /// [`super::Effect::Ratio`], otherwise the difference. `None` where one side is missing.
    pub effect: Option<f64>,
    /// Between these it lies with 95 % confidence, taken by itself.
    pub low: Option<f64>,
    /// See `low`.
    pub high: Option<f64>,
    /// Observations behind `before` and `after`.
    pub observations: [u64; 2],
    /// Two-sided probability of such a difference by chance, taken by itself.
    pub p: f64,
    /// The same with all tests of the comparison accounted for (Holm).
    pub adjusted: f64,
    /// The rate of false discoveries at which it would be listed (Benjamini and Hochberg).
    pub discovery: f64,
    /// What follows.
    pub judgement: Judgement,
    /// About how many observations on each side would tell, if there is a difference like that
    /// seen; only of [`Judgement::CannotTell`].
    pub needed: Option<u64>,
}

impl Measured {
    /// How large the effect is in units of what is material.
    pub fn weight(&self) -> f64 {
        self.measure.weight(self.before, self.after)
    }
}

/// What is known of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judgement {
    /// Material, beyond chance, and for the worse.
    Worse,
    /// Material, beyond chance, and neither better nor worse by itself.
    Changed,
    /// Material, beyond chance, and for the better.
    Better,
    /// It looks material but may be chance.
    CannotTell,
    /// Nothing material is seen.
    Same,
}

impl Judgement {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Changed => "changed",
            Self::Better => "better",
            Self::CannotTell => "cannot_tell",
            Self::Same => "same",
        }
    }

    /// Whether it is one of those that say that something changed.
    pub const fn is_change(self) -> bool {
        matches!(self, Self::Worse | Self::Changed | Self::Better)
    }
}
