//! What became of a policy.

use crate::model::InputStats;

use super::judgement::Measure;
use super::kinds::Kind;
use super::policy::{Severity, Source};

/// What became of a rule, or of all of them; the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was not asked for in this run.
    Skipped,
    /// All is within its limits.
    Passed,
    /// Broken, or not evaluated, but that is only told.
    Warned,
    /// It could not be evaluated.
    Unevaluated,
    /// Broken.
    Failed,
}

impl State {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Unevaluated => "unevaluated",
            Self::Failed => "failed",
        }
    }
}

/// What became of the policy.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Where the policy was written, for people.
    pub policy: String,
    /// The policy's file, if it is one.
    pub file: Option<String>,
    /// The worst of the rules; passed if there is none.
    pub state: State,
    /// Rule by rule, in the order of the policy.
    pub verdicts: Vec<Verdict>,
    /// What the writer of the policy should know: exceptions that expired or do nothing.
    pub notices: Vec<Notice>,
    /// What was read.
    pub input: InputStats,
    /// How many traces that was.
    pub traces: u64,
    /// How many baseline runs there were.
    pub baselines: usize,
}

/// What became of one rule.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its name in the policy.
    pub rule: String,
    /// What it measures.
    pub kind: &'static Kind,
    /// What breaking it means.
    pub severity: Severity,
    /// What it asks for, in plain words.
    pub asks: String,
    /// What became of it.
    pub state: State,
    /// Whether it is broken, whatever that means.
    pub broken: bool,
    /// Whether it could be evaluated.
    pub evaluated: bool,
    /// In one sentence, why.
    pub reason: String,
    /// What broke it or is unclear, worst first.
    pub findings: Vec<Measure>,
    /// What would have broken it, but for an exception.
    pub excused: Vec<Excused>,
    /// How many subjects were measured.
    pub judged: usize,
    /// How many subjects were too little seen to be judged.
    pub too_few: usize,
    /// Where it is written.
    pub source: Source,
}

/// Something that an exception lets pass.
#[derive(Clone, Debug)]
pub struct Excused {
    /// What was found.
    pub measure: Measure,
    /// Why it is let pass.
    pub reason: String,
    /// Until when, as a date.
    pub until: Option<String>,
}

/// Something to know about the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// In plain words.
    pub text: String,
    /// Where it is written.
    pub source: Source,
}
