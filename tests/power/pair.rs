//! A pair of runs, and what `tracefall diff` and `tracefall check` say of it: by the functions that
//! the program itself calls.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::date;
use tracefall::analysis::{Breadth, Settings, analyze};
use tracefall::compare::{Comparison, Judgement, Run, Runs, Subject, compare};
use tracefall::gate::{self, Gate, State, built_in, evaluate};

use crate::runs::{CHANGED, Change, EMITTERS, Noise, System};

/// What was there before, and what is new.
pub struct Pair {
    /// Runs that were well.
    pub reference: Runs,
    /// The run to be judged.
    pub new: Run,
}

impl Pair {
    /// What `diff` says.
    pub fn compared(&self) -> Comparison {
        compare(&self.reference, &self.new)
    }

    /// What `check` says, with the built-in policy and the reference as its baseline.
    pub fn checked(&self, comparison: &Comparison) -> Gate {
        checked(&self.new, &self.reference, Some(comparison))
    }

    /// Whether the reference could have become a baseline: its own check let it pass.
    pub fn is_sound(&self) -> bool {
        let passes = |run| checked(run, &Runs::default(), None).state < State::Unevaluated;
        self.reference.list.iter().all(passes)
    }

    /// What both say.
    pub fn verdict(&self) -> Verdict {
        let comparison = self.compared();
        let gate = self.checked(&comparison);
        let rules = gate.verdicts.iter().map(|v| (v.rule.clone(), v.state));
        let broken = gate.verdicts.iter().filter(|v| v.state >= State::Unevaluated);
        Verdict {
            alarmed: alarmed(&comparison),
            state: gate.state,
            rules: rules.collect(),
            reasons: broken.map(|v| format!("{}: {}", v.rule, v.reason)).collect(),
        }
    }
}

/// A run held against the built-in policy.
fn checked(new: &Run, baselines: &Runs, comparison: Option<&Comparison>) -> Gate {
    let settings = Settings { top: 1, containment: Breadth::None, ..Settings::default() };
    let analysis = analyze(&new.summary, None, &settings);
    let run = gate::Run {
        summary: &new.summary,
        analysis: &analysis,
        baselines,
        comparison,
        teams: &settings.teams,
    };
    // No exception of the built-in policy expires: any day will do.
    evaluate(&built_in().expect("it is tested"), &run, date(2026, 1, 1))
}

/// A reference of so many runs and a new run of one small system.
pub fn pair(
    seed: u64,
    references: usize,
    requests: usize,
    error_rate: f64,
    change: Change,
    noise: Noise,
) -> Pair {
    let system = System::draw(seed, error_rate);
    let run = |at: usize, change| system.run(seed * 1_000 + at as u64, requests, change, noise);
    let reference: Runs = (0..references).map(|at| run(at, Change::None)).collect();
    Pair { reference, new: run(references, change) }
}

/// Whether the comparison calls this measure of the changed edge worse.
pub fn found(comparison: &Comparison, measure: &str) -> bool {
    comparison.judged(Judgement::Worse).iter().any(|m| {
        let here = matches!(&m.subject, Subject::Edge { callee, .. } if callee.name == EMITTERS[CHANGED + 1]);
        here && m.measure.id == measure
    })
}

/// Whether a comparison calls anything worse.
pub fn alarmed(comparison: &Comparison) -> bool {
    !comparison.judged(Judgement::Worse).is_empty()
}

/// What was said of one pair.
pub struct Verdict {
    /// Whether `diff` calls anything worse.
    pub alarmed: bool,
    /// The gate as a whole.
    pub state: State,
    /// Rule by rule.
    pub rules: Vec<(String, State)>,
    /// Why the gate is not passed.
    pub reasons: Vec<String>,
}

/// What was said of many pairs.
pub struct Tally(pub Vec<Verdict>);

impl Tally {
    /// How many gates ended so.
    pub fn ended(&self, state: State) -> usize {
        self.0.iter().filter(|v| v.state == state).count()
    }

    /// How many pairs break this rule.
    pub fn broke(&self, rule: &str) -> usize {
        let broken = (rule.to_owned(), State::Failed);
        self.0.iter().filter(|v| v.rules.contains(&broken)).count()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alarmed = self.0.iter().filter(|v| v.alarmed).count();
        writeln!(f, "diff: of {} pairs {alarmed} are called worse", self.0.len())?;
        let [failed, unevaluated, warned, passed] =
            [State::Failed, State::Unevaluated, State::Warned, State::Passed]
                .map(|state| self.ended(state));
        writeln!(
            f,
            "check: {failed} failed, {unevaluated} could not be evaluated, {warned} warned, \
             {passed} passed"
        )?;
        let mut rules: BTreeMap<(State, &str), usize> = BTreeMap::new();
        for (rule, state) in self.0.iter().flat_map(|v| &v.rules) {
            *rules.entry((*state, rule.as_str())).or_default() += 1;
        }
        for ((state, rule), count) in rules.iter().rev().filter(|((s, _), _)| *s > State::Passed) {
            writeln!(f, "  {rule} {}: {count}", state.as_str())?;
        }
        for reason in self.0.iter().flat_map(|v| &v.reasons).take(20) {
            writeln!(f, "  {reason}")?;
        }
        Ok(())
    }
}
