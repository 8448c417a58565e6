//! A policy from its text.

use crate::config::{self, Problems, Section, Value as Written, nearest};
use crate::model::{Glob, ServiceGlob};

use super::kinds::{ALL, Kind};
use super::parameter::{Parameter, Sort, Value};
use super::policy::{
    CONFIDENCE, Consequence, Exception, MIN_CALLS, Policy, Rule, Severity, Source,
};
use super::select::{Key, Selector};

/// What the built-in policy says.
pub const BUILT_IN: &str = include_str!("default.toml");

/// Reads a policy. `file` is where it was written.
///
/// # Errors
/// With all mistakes in it.
pub fn read(file: &str, text: &str) -> Result<Policy, Problems> {
    let mut policy = config::read(file, text, policy)?;
    file.clone_into(&mut policy.name);
    policy.file = Some(file.to_owned());
    Ok(policy)
}

/// The built-in policy.
///
/// # Errors
/// Never: a test reads it.
pub fn built_in() -> Result<Policy, Problems> {
    let mut policy = config::read("built-in policy", BUILT_IN, policy)?;
    "built-in".clone_into(&mut policy.name);
    // Its lines lead nowhere.
    policy.rules.iter_mut().for_each(|rule| rule.source = Source::default());
    Ok(policy)
}

/// Presets of the rules below them.
struct Presets {
    confidence: f64,
    min_calls: u64,
    unclear: Option<Consequence>,
}

fn policy(root: &mut Section<'_>) -> Policy {
    let unevaluated = root.value("on_unevaluated").and_then(|v| v.choice(&Consequence::ALL));
    let presets = Presets { confidence: CONFIDENCE, min_calls: MIN_CALLS, unclear: None };
    let presets = thoroughness(root, &presets);
    let mut rules = Vec::new();
    if let Some(table) = root.required("rule") {
        table.table(|named| {
            for (key, value) in named.entries() {
                let line = key.line();
                rules.extend(
                    value.table(|section| rule(key.text(), line, section, &presets)).flatten(),
                );
            }
        });
    }
    let names: Vec<&str> = rules.iter().map(|rule: &Rule| rule.name.as_str()).collect();
    let exceptions = root.value("exception").map_or_else(Vec::new, |list| {
        list.list(|item| item.table(|section| exception(section, &names)).flatten())
    });
    Policy {
        name: String::new(),
        file: None,
        rules,
        exceptions,
        unevaluated: unevaluated.unwrap_or_default(),
    }
}

/// How much must be seen, how surely, and what it means if it is not sure.
fn thoroughness(section: &mut Section<'_>, presets: &Presets) -> Presets {
    let confidence = section.value("confidence").and_then(|v| v.number(0.5..=0.999_999));
    let min_calls = section.value("min_calls").and_then(|v| v.integer(1..=i64::MAX));
    let unclear = section.value("on_unclear").and_then(|v| v.choice(&Consequence::ALL));
    Presets {
        confidence: confidence.unwrap_or(presets.confidence),
        min_calls: min_calls.map_or(presets.min_calls, i64::unsigned_abs),
        unclear: unclear.or(presets.unclear),
    }
}

fn rule(name: &str, line: usize, section: &mut Section<'_>, presets: &Presets) -> Option<Rule> {
    let kind = section.required("kind").and_then(|v| v.parsed(kind));
    let severity = section
        .value("severity")
        .and_then(|v| v.choice(&[("warn", Severity::Warn), ("fail", Severity::Fail)]));
    let unevaluated = section.value("on_unevaluated").and_then(|v| v.choice(&Consequence::ALL));
    let Presets { confidence, min_calls, unclear } = thoroughness(section, presets);
    // Of an unknown kind, no key can be called unknown.
    let Some(kind) = kind else {
        section.entries();
        return None;
    };
    let select = selector(section, kind.keys);
    let relative = kind.relative.then(|| section.value("only_with_baseline")).flatten();
    let mut rule = Rule {
        severity: severity.unwrap_or_default(),
        select,
        confidence,
        min_calls,
        unevaluated,
        unclear,
        only_with_baseline: relative.and_then(|v| v.boolean()).unwrap_or(false),
        source: Source { line },
        ..Rule::new(name, kind)
    };
    for parameter in kind.parameters {
        let written = match parameter.preset {
            Some(_) => section.value(parameter.name),
            None => section.required(parameter.name),
        };
        if let Some(value) = written.and_then(|written| value(parameter, &written)) {
            rule.values.insert(parameter.name, value);
        }
    }
    Some(rule)
}

fn kind(id: &str) -> Result<&'static Kind, String> {
    ALL.iter().copied().find(|kind| kind.article.id == id).ok_or_else(|| {
        let ids = ALL.iter().map(|kind| kind.article.id);
        match nearest(id, ids.clone()) {
            Some(near) => format!("there is no kind `{id}`; did you mean `{near}`?"),
            None => {
                format!("there is no kind `{id}`; there are {}", ids.collect::<Vec<_>>().join(", "))
            }
        }
    })
}

fn value(parameter: &Parameter, written: &Written<'_>) -> Option<Value> {
    match parameter.sort {
        Sort::Number { least, most } => {
            let most = if most == f64::MAX { f64::INFINITY } else { most };
            written.number(least..=most).filter(|n| n.is_finite()).map(Value::Number)
        }
        Sort::Word(words) => {
            let choices: Vec<(&'static str, &'static str)> =
                words.iter().map(|w| (*w, *w)).collect();
            written.choice(&choices).map(Value::Word)
        }
        Sort::Pairs => {
            let pair = |item: &Written<'_>| item.parsed(pair);
            Some(Value::Pairs(written.list(pair)))
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let ends = text.split_once("->").or_else(|| text.split_once('→'));
    match ends.map(|(from, to)| (from.trim(), to.trim())) {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => {
            Glob::parse(from)?;
            Glob::parse(to)?;
            Ok((from.to_owned(), to.to_owned()))
        }
        _ => Err("a caller and a callee are expected, such as \"orders -> stock\"".to_owned()),
    }
}

fn selector(section: &mut Section<'_>, keys: &[Key]) -> Selector {
    let mut select = Selector::default();
    for key in keys {
        let Some(written) = section.value(key.as_str()) else { continue };
        match key {
            Key::Service => select.service = written.list(|v| v.parsed(ServiceGlob::parse)),
            Key::Operation => select.operation = written.list(|v| v.parsed(Glob::parse)),
            Key::Team => select.team = written.list(|v| v.parsed(Glob::parse)),
            Key::Edge => {
                select.edge = written.list(|v| {
                    let (from, to) = v.parsed(pair)?;
                    Some((ServiceGlob::parse(&from).ok()?, ServiceGlob::parse(&to).ok()?))
                });
            }
        }
    }
    select
}

fn exception(section: &mut Section<'_>, rules: &[&str]) -> Option<Exception> {
    let known = |name: &str| match rules.contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(match nearest(name, rules.iter().copied()) {
            Some(near) => format!("there is no rule `{name}`; did you mean `{near}`?"),
            None => format!("there is no rule `{name}`"),
        }),
    };
    let rule = section.required("rule").and_then(|v| v.parsed(known));
    let reason = section.required("reason").and_then(|v| v.text());
    let expires = section.value("expires").and_then(|v| v.date());
    let select = selector(section, &Key::ALL);
    Some(Exception {
        rule: rule?,
        select,
        expires,
        reason: reason?.to_owned(),
        source: Source { line: section.line() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<String> {
        let problems = read("p.toml", text).unwrap_err();
        problems.list.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect()
    }

    #[test]
    fn the_built_in_policy_is_sound() {
        let policy = built_in().unwrap();
        assert!(policy.rules.len() > 5 && policy.file.is_none());
        assert_eq!(policy.rules[0].name, "no-incident");
        assert!(policy.rules.iter().all(|rule| rule.source.line == 0));
    }

    #[test]
    fn a_rule_has_presets_of_its_own_of_the_policy_and_of_its_kind() {
        let policy = read(
            "p.toml",
            "min_calls = 10\non_unevaluated = \"warn\"\n[rule.a]\nkind = \"latency\"\nmax_ms = 5\n\
             [rule.b]\nkind = \"latency\"\nmax_ms = 7.5\nquantile = 0.5\nof = \"edge\"\n\
             min_calls = 20\nseverity = \"warn\"\nedge = [\"a -> b\", \"shop/* → *\"]\n\
             [[exception]]\nrule = \"b\"\nreason = \"soon\"\nexpires = 2026-12-31\nservice = \"b\"\n",
        );
        let policy = policy.unwrap();
        let [a, b] = &policy.rules[..] else { panic!("{policy:?}") };
        assert_eq!((a.number("max_ms"), a.number("quantile"), a.word("of")), (5.0, 0.99, "entry"));
        assert_eq!((b.number("max_ms"), b.number("quantile"), b.word("of")), (7.5, 0.5, "edge"));
        assert_eq!((a.min_calls, b.min_calls, b.select.edge.len()), (10, 20, 2));
        assert_eq!((a.severity, b.severity), (Severity::Fail, Severity::Warn));
        assert_eq!((a.source.line, b.source.line), (3, 6));
        assert_eq!(policy.unevaluated, Consequence::Warn);
        assert_eq!(policy.exceptions[0].expires.unwrap().to_string(), "2026-12-31");
    }

    #[test]
    fn every_mistake_is_told_with_its_place_and_what_was_meant() {
        let told = wrong(
            "on_unevaluated = \"fial\"\n[rule.a]\nkind = \"latancy\"\n[rule.b]\nkind = \"latency\"\n\
             max_sm = 5\nquantile = 2\nedge = \"a\"\n[rule.c]\nkind = \"depth\"\nedge = \"a -> b\"\n\
             [[exception]]\nrule = \"d\"\nreason = \"r\"\nexpires = \"soon\"\n",
        );
        let has = |start: &str, part: &str| {
            assert!(
                told.iter().any(|t| t.starts_with(start) && t.contains(part)),
                "{start} {told:#?}"
            );
        };
        has("1:18 ", "did you mean `fail`?");
        has("3:8 ", "did you mean `latency`?");
        has("4:", "`max_ms` is missing");
        has("6:1 ", "did you mean `max_ms`?");
        has("7:12 ", "must lie from 0.5");
        has("8:8 ", "a caller and a callee are expected");
        has("11:1 ", "unknown key `edge`");
        has("13:8 ", "there is no rule `d`");
        has("15:11 ", "must be a day");
    }

    #[test]
    fn a_policy_without_rules_is_a_mistake() {
        assert!(wrong("").iter().any(|t| t.contains("`rule` is missing")));
    }
}
