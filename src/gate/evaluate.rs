//! From measures to a verdict.

use jiff::civil::Date;

use super::judgement::{Measure, Outcome};
use super::policy::{Consequence, Exception, Policy, Rule, Severity};
use super::run::Run;
use super::verdict::{Excused, Gate, Notice, State, Verdict};

/// A rule is judged if subjects with so large a share of its requests or calls could be: there is
/// always something that is hardly ever called.
const JUDGED: f64 = 0.9;
/// An exception that expires within so many days is told of.
const SOON: i32 = 14;

/// Judges a run by a policy on a day.
pub fn evaluate(policy: &Policy, run: &Run<'_>, today: Date) -> Gate {
    let mut used = vec![false; policy.exceptions.len()];
    let verdicts: Vec<Verdict> =
        policy.rules.iter().map(|rule| verdict(policy, rule, run, today, &mut used)).collect();
    let state = verdicts.iter().map(|v| v.state).max().unwrap_or(State::Passed);
    let notices = policy.exceptions.iter().zip(used).filter_map(|(e, used)| notice(e, used, today));
    Gate {
        policy: policy.name.clone(),
        file: policy.file.clone(),
        state: state.max(State::Passed),
        notices: notices.collect(),
        verdicts,
        input: run.summary.input.clone(),
        traces: run.summary.traces(),
        baselines: run.baselines.list.len(),
    }
}

fn expired(exception: &Exception, today: Date) -> bool {
    exception.expires.is_some_and(|last| last < today)
}

fn notice(exception: &Exception, used: bool, today: Date) -> Option<Notice> {
    let rule = &exception.rule;
    let text = match exception.expires {
        Some(last) if last < today => {
            format!("an exception to {rule} expired on {last} and counts no more")
        }
        _ if !used => format!("an exception to {rule} excuses nothing in this run"),
        Some(last) if (last - today).get_days() <= SOON => {
            format!("an exception to {rule} expires on {last}")
        }
        _ => return None,
    };
    Some(Notice { text, source: exception.source })
}

fn verdict(policy: &Policy, rule: &Rule, run: &Run<'_>, today: Date, used: &mut [bool]) -> Verdict {
    let mut verdict = Verdict {
        rule: rule.name.clone(),
        kind: rule.kind,
        severity: rule.severity,
        asks: (rule.kind.asks)(rule),
        state: State::Skipped,
        broken: false,
        evaluated: false,
        reason: "left out: there is no baseline".to_owned(),
        findings: Vec::new(),
        excused: Vec::new(),
        judged: 0,
        too_few: 0,
        source: rule.source,
    };
    if rule.only_with_baseline && run.baselines.list.is_empty() {
        return verdict;
    }
    let (state, reason) = match (rule.kind.judge)(run, rule) {
        Err(reason) => (State::Unevaluated, reason),
        Ok(measures) => {
            let excuse = |measure: &Measure| {
                let mut holds = policy.exceptions.iter().enumerate().filter(|(_, e)| {
                    e.rule == rule.name && !expired(e, today) && e.select.fits(&measure.subject)
                });
                holds.next()
            };
            weigh(measures, excuse, &mut verdict, used)
        }
    };
    verdict.broken = state == State::Failed;
    verdict.evaluated = state != State::Unevaluated;
    verdict.reason = reason;
    verdict.state = match (state, rule.severity) {
        (State::Failed, Severity::Warn) => State::Warned,
        (State::Unevaluated, severity) => {
            // Only what is beyond a limit, perhaps by chance, is found and yet not evaluated.
            let unclear = rule.unclear.filter(|_| !verdict.findings.is_empty());
            let means = unclear.or(rule.unevaluated).unwrap_or(policy.unevaluated);
            match (means, severity) {
                (Consequence::Pass, _) => State::Passed,
                (Consequence::Warn, _) | (_, Severity::Warn) => State::Warned,
                (Consequence::Fail, _) => State::Failed,
                (Consequence::Error, _) => State::Unevaluated,
            }
        }
        (state, _) => state,
    };
    verdict
}

/// What is missing, by the largest subject that could not be judged.
fn too_few(verdict: &Verdict, largest: Option<&Measure>) -> String {
    let text = format!("too few requests or calls: {} could not be judged", verdict.too_few);
    let Some(Measure { subject, calls, text: takes, .. }) = largest else { return text };
    let takes = if verdict.kind.relative { format!("; {takes}") } else { String::new() };
    format!("{text}, the largest of them {subject} with {calls}{takes}")
}

/// Sorts measures into the verdict; its state if every rule were to fail when broken.
fn weigh<'a>(
    measures: Vec<Measure>,
    excuse: impl Fn(&Measure) -> Option<(usize, &'a Exception)>,
    verdict: &mut Verdict,
    used: &mut [bool],
) -> (State, String) {
    if measures.is_empty() {
        return (State::Unevaluated, "nothing in the run is what the rule selects".to_owned());
    }
    let (mut seen, mut all) = (0, 0);
    let mut few: Option<Measure> = None;
    for measure in measures {
        all += measure.calls;
        match measure.outcome {
            Outcome::TooFew => {
                verdict.too_few += 1;
                if few.as_ref().is_none_or(|most| most.calls < measure.calls) {
                    few = Some(measure);
                }
                continue;
            }
            Outcome::Fits => {}
            Outcome::Broken | Outcome::Unclear => match excuse(&measure) {
                Some((at, exception)) => {
                    used[at] = true;
                    verdict.excused.push(Excused {
                        measure: measure.clone(),
                        reason: exception.reason.clone(),
                        until: exception.expires.map(|day| day.to_string()),
                    });
                }
                None => verdict.findings.push(measure.clone()),
            },
        }
        verdict.judged += 1;
        seen += measure.calls;
    }
    let over = |m: &Measure| m.value.zip(m.limit).map_or(0.0, |(v, l)| (v - l).abs());
    verdict.findings.sort_by(|a, b| {
        let first = |m: &Measure| m.outcome != Outcome::Broken;
        first(a).cmp(&first(b)).then_with(|| over(b).total_cmp(&over(a)))
    });
    let broken = verdict.findings.iter().filter(|m| m.outcome == Outcome::Broken).count();
    if broken > 0 {
        let first = &verdict.findings[0];
        let more = if broken > 1 { format!(" (and {} more)", broken - 1) } else { String::new() };
        return (State::Failed, format!("{}: {}{more}", first.subject, first.text));
    }
    if let Some(unclear) = verdict.findings.first() {
        let text = format!("{}: {}, which may be chance", unclear.subject, unclear.text);
        return (State::Unevaluated, text);
    }
    if (seen as f64) < JUDGED * all as f64 || verdict.judged == 0 {
        return (State::Unevaluated, too_few(verdict, few.as_ref()));
    }
    let judged = match verdict.judged {
        1 => "1 was judged".to_owned(),
        n => format!("{n} were judged"),
    };
    (State::Passed, judged)
}
