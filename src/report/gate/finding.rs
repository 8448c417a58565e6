//! A rule's verdict in plain lines, for formats that have no tables.

use crate::gate::{Gate, Measure, Notice, Outcome, State, Verdict};
use crate::report::escape::{name, sentence};
use crate::report::human::{count, plural};

/// Findings of one rule that are listed.
pub const FINDINGS: usize = 10;

/// What the gate says in one line.
pub fn headline(gate: &Gate) -> String {
    let with = |state: State| gate.verdicts.iter().filter(|v| v.state == state).count() as u64;
    let all = plural(gate.verdicts.len() as u64, "rule", "rules");
    let counted = [
        (with(State::Failed), "failed"),
        (with(State::Unevaluated), "could not be evaluated"),
        (with(State::Warned), "only warned"),
        (with(State::Skipped), "left out"),
    ];
    let parts: Vec<String> = counted
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", count(*n)))
        .collect();
    if parts.is_empty() {
        return format!("{all}, all passed.");
    }
    format!("Of {all}, {}.", parts.join(", "))
}

/// The word for the whole.
pub const fn word(state: State) -> &'static str {
    match state {
        State::Failed => "FAILED",
        State::Unevaluated => "NOT EVALUATED",
        State::Passed | State::Warned | State::Skipped => "PASSED",
    }
}

/// The word for a rule.
pub const fn result(verdict: &Verdict) -> &'static str {
    match verdict.state {
        State::Passed if verdict.evaluated => "passed",
        State::Passed => "not evaluated, passes",
        State::Failed if verdict.broken => "failed",
        State::Failed => "failed: not evaluated",
        State::Warned if verdict.broken => "warning",
        State::Warned => "warning: not evaluated",
        State::Unevaluated => "not evaluated",
        State::Skipped => "left out: no baseline",
    }
}

/// Who broke a rule, and how, in a line.
pub fn line(measure: &Measure) -> String {
    let chance = if measure.outcome == Outcome::Unclear { ", which may be chance" } else { "" };
    let subject = name(&measure.subject.to_string());
    let trace = measure.exemplars.first().map_or_else(String::new, |id| format!(" (trace {id})"));
    sentence(&format!("{subject}: {}{chance}{trace}", measure.text))
}

/// All that is told of a rule: findings, what is excused, what was too little seen.
pub fn lines(verdict: &Verdict) -> Vec<String> {
    let shown = verdict.findings.iter().take(FINDINGS).map(line);
    let mut lines: Vec<String> = shown.collect();
    if verdict.findings.len() > FINDINGS {
        lines.push(format!("and {} more", verdict.findings.len() - FINDINGS));
    }
    let told = verdict.findings.is_empty() && verdict.state > State::Passed;
    if told {
        lines.push(sentence(&verdict.reason));
    }
    for excused in verdict.excused.iter().take(FINDINGS) {
        let until = excused.until.as_ref().map_or_else(String::new, |day| format!(" until {day}"));
        lines.push(sentence(&format!(
            "excused{until} ({}): {}",
            excused.reason,
            line(&excused.measure)
        )));
    }
    if verdict.excused.len() > FINDINGS {
        lines.push(format!("and {} more excused", verdict.excused.len() - FINDINGS));
    }
    if verdict.too_few > 0 && !told {
        let few = plural(verdict.too_few as u64, "other had", "others had");
        lines.push(format!("{few} too few requests or calls to be judged"));
    }
    lines
}

/// A notice in a line.
pub fn notice(gate: &Gate, notice: &Notice) -> String {
    let place = gate.file.as_ref().map_or_else(String::new, |file| match notice.source.line {
        0 => format!("{file}: "),
        line => format!("{file}:{line}: "),
    });
    sentence(&format!("{place}{}", notice.text))
}

/// Verdicts, the worst first, in the order of the policy among equals.
pub fn worst_first(gate: &Gate) -> Vec<&Verdict> {
    let mut verdicts: Vec<&Verdict> = gate.verdicts.iter().collect();
    verdicts.sort_by_key(|verdict| std::cmp::Reverse(verdict.state));
    verdicts
}
