//! A policy made from a run.

use std::collections::BTreeSet;

use crate::model::{Glob, ServiceGlob};

use super::evaluate::evaluate;
use super::judgement::{Measure, Outcome};
use super::kinds::{ALL, Kind};
use super::parameter::{Sort, Value};
use super::policy::{Consequence, Policy, Rule};
use super::read::built_in;
use super::run::Run;
use super::select::Selector;
use super::subject::Subject;
use super::verdict::State;

/// A rule with limits that the run keeps.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The rule.
    pub rule: Rule,
    /// What was measured, in plain words; empty if there is nothing to tell.
    pub measured: String,
    /// Why the run would not pass by it, if it would not: then it is to be left out.
    pub left_out: Option<String>,
}

/// Limits lie half above what was measured: runs of one version differ, and a gate that cries
/// wolf is switched off.
pub const HEADROOM: f64 = 1.5;
/// A limit that would have to be raised to more than so many times what is usual is no limit.
const RAISED: f64 = 10.0;
/// Entries that get a limit on their latency, those with most requests.
const ENTRIES: usize = 20;
/// Pairs of teams that are listed as allowed.
const PAIRS: usize = 200;
/// Quantiles with how many requests one takes: five beyond it.
const QUANTILES: [(f64, u64); 2] = [(0.99, 500), (0.95, 100)];

/// Rules whose limits are taken from a run.
pub fn draft(run: &Run<'_>) -> Vec<Draft> {
    let built_in = built_in().map_or_else(|_| Vec::new(), |policy| policy.rules);
    let mut drafts: Vec<Draft> = built_in.into_iter().map(|rule| fitted(run, rule)).collect();
    drafts.extend(latencies(run));
    for draft in &mut drafts {
        draft.left_out = refusal(run, &draft.rule);
    }
    drafts
}

/// Why the run does not pass by a rule.
fn refusal(run: &Run<'_>, rule: &Rule) -> Option<String> {
    let policy = Policy {
        name: String::new(),
        file: None,
        rules: vec![rule.clone()],
        exceptions: Vec::new(),
        unevaluated: Consequence::Error,
    };
    // There are no exceptions: the day does not matter.
    let gate = evaluate(&policy, run, jiff::civil::Date::MIN);
    let verdict = gate.verdicts.into_iter().next()?;
    (!matches!(verdict.state, State::Passed | State::Skipped)).then_some(verdict.reason)
}

/// A rule of the built-in policy, with its limit raised (or lowered) to what the run keeps.
fn fitted(run: &Run<'_>, mut rule: Rule) -> Draft {
    let measures = (rule.kind.judge)(run, &rule).unwrap_or_default();
    let judged = measures.iter().filter(|m| m.outcome != Outcome::TooFew);
    let worst = judged.max_by(|a, b| strain(a).total_cmp(&strain(b)));
    let measured = worst.filter(|m| m.limit.is_some()).map_or_else(String::new, |m| {
        format!(
            "measured: {} {} ({})",
            tidy(m.value.unwrap_or(0.0)),
            rule.kind.article.unit,
            m.subject
        )
    });
    if rule.kind.article.id == "team_edges" {
        let pairs = pairs(run);
        if !pairs.is_empty() {
            rule.values.insert("allow", Value::Pairs(pairs));
            rule.only_with_baseline = false;
        }
    }
    let parameter = rule.kind.parameters.iter().find(|p| matches!(p.sort, Sort::Number { .. }));
    if let (Some(parameter), Some(value)) = (parameter, worst.and_then(|m| m.value)) {
        let limit = rule.number(parameter.name);
        let whole = parameter.name == "max";
        let fitting = match parameter.name.starts_with("min") {
            // A share that must be seen: what is not seen may grow by half.
            true => (100.0 - HEADROOM * (100.0 - value)).floor().clamp(0.0, limit),
            false if whole => (HEADROOM * value).ceil().max(limit),
            false => up(HEADROOM * value).max(limit),
        };
        if fitting <= RAISED * limit {
            rule.values.insert(parameter.name, Value::Number(fitting));
        }
    }
    Draft { rule, measured, left_out: None }
}

/// How far a value goes towards its limit and beyond.
fn strain(measure: &Measure) -> f64 {
    match (measure.value, measure.limit) {
        (Some(value), Some(limit)) if measure.outcome == Outcome::Broken => (value - limit).abs(),
        (Some(value), Some(limit)) => -(value - limit).abs(),
        _ => f64::NEG_INFINITY,
    }
}

/// A limit on the latency of each of the entries with most requests.
fn latencies(run: &Run<'_>) -> Vec<Draft> {
    let Some(kind) = kind("latency") else { return Vec::new() };
    let mut entries = run.entries(&Selector::default());
    // Ties stay in order of names.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.requests.total));
    let mut names = BTreeSet::new();
    let draft = |entry: super::run::Entry| {
        let Subject::Entry { service, operation } = &entry.subject else { return None };
        let enough = |(_, requests): &&(f64, u64)| entry.times.count() >= *requests;
        let (quantile, _) = QUANTILES.iter().find(enough)?;
        let took = entry.times.quantile(*quantile)? as f64 / 1e6;
        let full = match service.namespace.as_str() {
            "" => service.name.clone(),
            namespace => format!("{namespace}/{}", service.name),
        };
        let mut rule = Rule::new("", kind);
        rule.select = Selector {
            service: vec![ServiceGlob::parse(&literal(&full)).ok()?],
            operation: vec![Glob::parse(&literal(operation)).ok()?],
            ..Selector::default()
        };
        rule.values.insert("max_ms", Value::Number(up(HEADROOM * took)));
        rule.values.insert("quantile", Value::Number(*quantile));
        let p = format!("p{:.0}", 100.0 * quantile);
        let name = slug(&format!("{} {operation} {p}", service.name));
        rule.name = (1..)
            .map(|n| if n == 1 { name.clone() } else { format!("{name}-{n}") })
            .find(|name| names.insert(name.clone()))?;
        let measured =
            format!("measured: {p} of {} ms in {} requests", tidy(took), entry.times.count());
        Some(Draft { rule, measured, left_out: None })
    };
    entries.into_iter().take(ENTRIES).filter_map(draft).collect()
}

/// A pattern that only this name fits.
fn literal(name: &str) -> String {
    name.replace('[', "[[]").replace('*', "[*]").replace('?', "[?]")
}

fn kind(id: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.article.id == id)
}

/// Teams that call each other.
fn pairs(run: &Run<'_>) -> Vec<(String, String)> {
    let edges = run.edges(&Selector::default());
    let teams = edges.iter().filter_map(|(subject, _)| {
        let [from, to] = subject.edge()?;
        let (from, to) = (from.team.clone()?, to.team.clone()?);
        (from != to).then_some((from, to))
    });
    let pairs: BTreeSet<(String, String)> = teams.collect();
    pairs.into_iter().take(PAIRS).collect()
}

/// Up to two digits.
fn up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    let unit = 10_f64.powf(value.log10().floor() - 1.0);
    let up = (value / unit).ceil() * unit;
    // Binary fractions leave 0.30000000000000004.
    format!("{up:.6}").parse().unwrap_or(up)
}

fn tidy(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A name of lower-case letters, digits and single hyphens.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().take(80) {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            _ if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() { "entry".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_round_and_names_are_plain() {
        assert_eq!([up(0.0), up(1.01), up(123.4), up(0.0312)], [0.0, 1.1, 130.0, 0.032]);
        assert_eq!(slug("Storefront POST /check{out} p99"), "storefront-post-check-out-p99");
        assert_eq!(slug("  \u{1b}"), "entry");
    }
}
