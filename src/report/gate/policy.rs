//! A drafted policy as text to keep and edit.

use std::io::{self, Write};

use crate::gate::{Consequence, Draft, HEADROOM, Rule, Severity, Value};
use crate::report::escape::{sentence, toml_string};

/// Writes a policy. Rules that the run would not pass by are there as comments.
///
/// # Errors
/// Those of `out`.
pub fn write(drafts: &[Draft], read: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "# What `tracefall check` asks of a run. docs/policy.md explains every kind of rule.\n\
         # Made from {}.\n\
         # Limits are {HEADROOM} times what was measured there, or what is usual if that is more.\n\n\
         # A rule of severity \"fail\" that cannot be evaluated: error (exit code 4), fail, warn, pass.\n\
         on_unevaluated = \"error\"",
        sentence(read)
    )?;
    for draft in drafts {
        writeln!(out)?;
        writeln!(out, "# {}.", sentence(&(draft.rule.kind.asks)(&draft.rule)))?;
        if !draft.measured.is_empty() {
            writeln!(out, "# {}", sentence(&draft.measured))?;
        }
        if let Some(why) = &draft.left_out {
            writeln!(out, "# Left out, because this run would not pass: {}", sentence(why))?;
        }
        let mark = if draft.left_out.is_some() { "# " } else { "" };
        for line in lines(&draft.rule) {
            writeln!(out, "{mark}{line}")?;
        }
    }
    writeln!(
        out,
        "\n# What may break a rule for a while:\n\
         # [[exception]]\n\
         # rule = \"failed-requests\"\n\
         # service = \"legacy-*\"\n\
         # expires = 2026-12-31\n\
         # reason = \"being replaced\""
    )
}

fn lines(rule: &Rule) -> Vec<String> {
    let select = &rule.select;
    let list = |items: Vec<String>| match &items[..] {
        [one] => one.clone(),
        _ => format!("[{}]", items.join(", ")),
    };
    let mut lines = vec![
        format!("[rule.{}]", key(&rule.name)),
        format!("kind = {}", toml_string(rule.kind.article.id)),
    ];
    let mut put = |key: &str, items: Vec<String>| {
        if !items.is_empty() {
            lines.push(format!("{key} = {}", list(items)));
        }
    };
    put("service", select.service.iter().map(|glob| toml_string(glob.as_str())).collect());
    put("operation", select.operation.iter().map(|glob| toml_string(glob.as_str())).collect());
    put(
        "edge",
        select
            .edge
            .iter()
            .map(|(from, to)| toml_string(&format!("{} -> {}", from.as_str(), to.as_str())))
            .collect(),
    );
    put("team", select.team.iter().map(|glob| toml_string(glob.as_str())).collect());
    for parameter in rule.kind.parameters {
        match rule.values.get(parameter.name) {
            Some(Value::Number(number)) => put(parameter.name, vec![number.to_string()]),
            Some(Value::Word(word)) => put(parameter.name, vec![toml_string(word)]),
            Some(Value::Pairs(pairs)) => {
                let pair = |(from, to): &(String, String)| toml_string(&format!("{from} -> {to}"));
                put(parameter.name, pairs.iter().map(pair).collect());
            }
            None => {}
        }
    }
    for (key, told) in [("on_unevaluated", rule.unevaluated), ("on_unclear", rule.unclear)] {
        if let Some((word, _)) = Consequence::ALL.iter().find(|(_, c)| told == Some(*c)) {
            lines.push(format!("{key} = {}", toml_string(word)));
        }
    }
    if rule.only_with_baseline {
        lines.push("only_with_baseline = true".to_owned());
    }
    if rule.severity == Severity::Warn {
        lines.push("severity = \"warn\"".to_owned());
    }
    lines
}

/// A key of TOML, bare where it can be.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { toml_string(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_bare_where_they_can_be() {
        assert_eq!((key("a-b_1"), key("a b")), ("a-b_1".to_owned(), "\"a b\"".to_owned()));
    }
}
