//! What is asked of a run.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::kinds::Kind;
use super::parameter::{Preset, Value};
use super::select::Selector;

/// Rules, and what they do not apply to.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where it was written, for people: a file, or that it is the built-in one.
    pub name: String,
    /// The file, if it is one.
    pub file: Option<String>,
    /// The rules, in the order of the policy.
    pub rules: Vec<Rule>,
    /// What is let pass for a while.
    pub exceptions: Vec<Exception>,
    /// What it means if a rule cannot be evaluated.
    pub unevaluated: Consequence,
}

/// A named rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, unique in the policy.
    pub name: String,
    /// What it measures.
    pub kind: &'static Kind,
    /// What breaking it means.
    pub severity: Severity,
    /// What it applies to.
    pub select: Selector,
    /// What was set.
    pub values: BTreeMap<&'static str, Value>,
    /// How sure one must be that a share is above its limit, 0.5 to 1.
    pub confidence: f64,
    /// Fewer requests or calls than this decide nothing.
    pub min_calls: u64,
    /// What it means if this rule cannot be evaluated; that of the policy if not said.
    pub unevaluated: Option<Consequence>,
    /// If it was measured beyond its limit, but that may be chance; `None`: as if it could not be
    /// evaluated.
    pub unclear: Option<Consequence>,
    /// Whether it is left out of runs without a baseline.
    pub only_with_baseline: bool,
    /// Where it is written.
    pub source: Source,
}

/// What breaking a rule means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// It is told.
    Warn,
    /// The gate fails.
    #[default]
    Fail,
}

/// What it means if a rule cannot be evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consequence {
    /// A state of its own, with an exit code of its own.
    #[default]
    Error,
    /// As if it were broken.
    Fail,
    /// It is told.
    Warn,
    /// It is told, and counts for nothing.
    Pass,
}

impl Consequence {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 4] =
        [("error", Self::Error), ("fail", Self::Fail), ("warn", Self::Warn), ("pass", Self::Pass)];
}

/// A line of the policy, from 1; 0 if it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The line.
    pub line: usize,
}

/// Something that may break a rule until a day.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The rule's name.
    pub rule: String,
    /// What is let pass.
    pub select: Selector,
    /// The last day on which it holds; for ever if none.
    pub expires: Option<Date>,
    /// Why.
    pub reason: String,
    /// Where it is written.
    pub source: Source,
}

/// Fewer requests or calls than this decide nothing, unless the policy says otherwise: of a
/// hundred, one is a percent.
pub const MIN_CALLS: u64 = 100;
/// How sure one must be that a share is above its limit, unless the policy says otherwise.
pub const CONFIDENCE: f64 = 0.99;

impl Rule {
    /// A rule with everything preset.
    pub fn new(name: &str, kind: &'static Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            severity: Severity::default(),
            select: Selector::default(),
            values: BTreeMap::new(),
            confidence: CONFIDENCE,
            min_calls: MIN_CALLS,
            unevaluated: None,
            unclear: None,
            only_with_baseline: false,
            source: Source::default(),
        }
    }

    /// A number that was set, or its preset.
    pub fn number(&self, name: &str) -> f64 {
        match (self.values.get(name), self.preset(name)) {
            (Some(Value::Number(number)), _) | (None, Some(Preset::Number(number))) => *number,
            _ => f64::NAN,
        }
    }

    /// A word that was set, or its preset.
    pub fn word(&self, name: &str) -> &'static str {
        match (self.values.get(name), self.preset(name)) {
            (Some(Value::Word(word)), _) | (None, Some(Preset::Word(word))) => word,
            _ => "",
        }
    }

    /// Pairs that were set.
    pub fn pairs(&self, name: &str) -> &[(String, String)] {
        match self.values.get(name) {
            Some(Value::Pairs(pairs)) => pairs,
            _ => &[],
        }
    }

    fn preset(&self, name: &str) -> Option<&'static Preset> {
        self.kind.parameters.iter().find(|p| p.name == name).and_then(|p| p.preset.as_ref())
    }
}
