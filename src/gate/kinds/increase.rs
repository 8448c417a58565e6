//! What grew since the baseline, as [`crate::compare`] tells it: beyond what runs of one version
//! differ by, all tests of a comparison together.

use std::collections::BTreeMap;

use crate::compare::{Judgement, Measured, Subject as Compared};
use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::parameter::{Parameter, Preset, Sort};
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::subject::Subject;

use super::words::number;

/// Whether entries are measured or edges.
pub const OF: Parameter = Parameter {
    name: "of",
    sort: Sort::Word(&["entry", "edge"]),
    preset: Some(Preset::Word("entry")),
    meaning: "Whether entry requests are measured or calls on edges, operation by operation.",
};

/// How far a measurement went up, and how it is told.
pub struct Growth {
    /// By how much, in the unit of the kind.
    pub by: f64,
    /// How far that is off by chance in 19 of 20 cases, at most, in the same unit.
    pub within: f64,
    /// In plain words.
    pub text: String,
}

/// What a rule says of the measure `id`, subject by subject. What is not surely beyond chance
/// passes if a growth by the limit (or by what is `news`, if that is more) would have shown, and
/// is not judged otherwise: runs of one version differ, and a gate must not cry wolf. `silent` says what it means that
/// the comparison has nothing to say of one: of so many requests or calls, so many failed.
pub fn judge(
    run: &Run<'_>,
    rule: &Rule,
    (id, limit, news): (&str, f64, f64),
    growth: impl Fn(&Measured) -> Option<Growth>,
    silent: impl Fn(u64, u64) -> Option<Outcome>,
) -> Judged {
    let comparison = run.comparison.ok_or("there is no baseline")?;
    let found: BTreeMap<Subject, &Measured> = comparison
        .measured
        .iter()
        .filter(|m| m.measure.id == id)
        .filter_map(|m| Some((subject(run, &m.subject)?, m)))
        .collect();
    let counted: Vec<(Subject, u64, u64)> = if rule.word("of") == "entry" {
        let entries = run.entries(&rule.select).into_iter();
        entries.map(|e| (e.subject, e.requests.total, e.requests.failed)).collect()
    } else {
        let edges = run.operations(&rule.select).into_iter();
        edges.map(|(subject, calls)| (subject, calls.total, calls.failed)).collect()
    };
    let measure = |(subject, calls, failed): (Subject, u64, u64)| {
        let measured = found.get(&subject);
        let grown = measured.and_then(|m| growth(m).map(|g| (m, g)));
        let outcome = match &grown {
            Some((m, growth)) => match m.judgement {
                Judgement::Worse | Judgement::Changed if growth.by > limit => Outcome::Broken,
                // Nothing varies and nothing grew: no chance is needed to say so.
                _ if growth.by <= 0.0 && enough(rule, m) => Outcome::Fits,
                _ if growth.within > limit.max(news) => Outcome::TooFew,
                _ => Outcome::Fits,
            },
            None => silent(calls, failed)?,
        };
        let text = match (&grown, outcome) {
            (Some((_, growth)), Outcome::TooFew) => takes(calls, growth.within / limit.max(news)),
            (Some((_, growth)), _) => growth.text.clone(),
            (None, _) => "too few to compare, here or in the baseline".to_owned(),
        };
        Some(Measure {
            subject,
            outcome,
            value: grown.as_ref().map(|(_, growth)| growth.by),
            limit: Some(limit),
            calls,
            text,
            exemplars: Vec::new(),
        })
    };
    Ok(counted.into_iter().filter_map(measure).collect())
}

/// About how many requests or calls it takes, if so many leave open so many times the limit: chance
/// shrinks with the root of their number.
fn takes(calls: u64, times: f64) -> String {
    let needed = calls as f64 * times * times;
    if !needed.is_finite() || calls == 0 {
        return "far more are needed".to_owned();
    }
    let digits = 10_f64.powf(needed.log10().floor() - 1.0).max(1.0);
    format!(
        "it takes about {} to see as much as the limit",
        number((needed / digits).ceil() * digits)
    )
}

fn enough(rule: &Rule, measured: &Measured) -> bool {
    measured.observations.iter().all(|n| *n >= rule.min_calls) && measured.low.is_none()
}

fn subject(run: &Run<'_>, compared: &Compared) -> Option<Subject> {
    match compared {
        Compared::Entry { service, operation } => {
            Some(Subject::Entry { service: run.named(service), operation: operation.clone() })
        }
        Compared::Edge { caller, callee, operation } => Some(Subject::Edge {
            caller: run.named(caller),
            callee: run.named(callee),
            operation: operation.clone(),
        }),
        _ => None,
    }
}

/// How far a quotient may be off by chance, in percent of 1.
pub fn off_by(measured: &Measured) -> f64 {
    match (measured.low, measured.high) {
        (Some(low), Some(high)) if low > 0.0 => 100.0 * ((high / low).sqrt() - 1.0),
        _ => f64::INFINITY,
    }
}
