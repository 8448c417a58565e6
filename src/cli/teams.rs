//! The file that says which team answers for which service.
//!
//! ```toml
//! [teams]
//! "ledger" = "payments"       # a service by name
//! "supply/*" = "supply-chain" # every service of a namespace
//! "*-canary" = ""             # nobody's
//! ```

use std::fs;
use std::path::Path;

use crate::model::{ServiceGlob, Teams};
use crate::summary::Summary;

use super::Error;
use super::diagnostics::Diagnostics;

/// Reads the file, if one is given; else the teams are those that are `settled`.
///
/// # Errors
/// If it cannot be read or is wrong, with line and column.
pub fn read(path: Option<&Path>, settled: &Teams) -> Result<Teams, Error> {
    let Some(path) = path else { return Ok(settled.clone()) };
    let file = path.display();
    let text = fs::read_to_string(path)
        .map_err(|why| Error::Usage(format!("cannot read the teams in {file}: {why}")))?;
    parse(&text).map_err(|wrong| {
        let Wrong { line, column, reason } = wrong;
        Error::Usage(format!("{file}:{line}:{column}: {reason}"))
    })
}

/// What is wrong, and where, from 1.
#[derive(Debug)]
struct Wrong {
    line: usize,
    column: usize,
    reason: String,
}

/// Reads rules in order, one a line: of TOML, a table of strings takes no more.
fn parse(text: &str) -> Result<Teams, Wrong> {
    let mut rules = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let wrong = |rest: &str, reason: String| Wrong {
            line: number + 1,
            column: line.chars().count() - rest.chars().count() + 1,
            reason,
        };
        let start = line.trim_start();
        if start.is_empty() || start.starts_with('#') {
            continue;
        }
        if start.starts_with('[') {
            let known = start.strip_prefix("[teams]").is_some_and(nothing);
            if known && rules.is_empty() {
                continue;
            }
            return Err(wrong(start, "only one table is expected, [teams], at the top".into()));
        }
        let (pattern, rest) = word(start).ok_or_else(|| {
            wrong(start, "a pattern is expected, as in \"cart*\" = \"shop\"".into())
        })?;
        let glob = ServiceGlob::parse(pattern).map_err(|why| wrong(start, why))?;
        let rest = rest.trim_start();
        let Some(value) = rest.strip_prefix('=').map(str::trim_start) else {
            return Err(wrong(rest, "= is expected after the pattern".into()));
        };
        let team = word(value).filter(|_| value.starts_with(['"', '\'']));
        let (team, end) =
            team.ok_or_else(|| wrong(value, "the name of a team is expected, in quotes".into()))?;
        if !nothing(end) {
            return Err(wrong(end.trim_start(), "nothing is expected after the team".into()));
        }
        rules.push((glob, team.to_owned()));
    }
    Ok(Teams::new(rules))
}

/// A word in quotes, or of the letters that need none, and what follows it. Backslashes mean
/// nothing here, so that text in which they would is refused.
fn word(text: &str) -> Option<(&str, &str)> {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let (word, rest) = text[1..].split_once(quote)?;
        return (quote == '\'' || !word.contains('\\')).then_some((word, rest));
    }
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let end = text.find(|c| !bare(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Only white space or a comment.
fn nothing(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty() || text.starts_with('#')
}

/// Tells of rules that choose no service of the input.
pub fn warn_of_idle(teams: &Teams, summary: &Summary, diagnostics: &mut Diagnostics) {
    let nodes = summary.catalog.nodes.iter();
    let idle = teams.idle(nodes.map(|node| (node.namespace.as_str(), node.name.as_str())));
    for glob in idle {
        diagnostics.warning(&format!("no service is chosen by \"{}\" (teams)", glob.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_tried_in_the_order_of_the_text() {
        let text = "[teams]\n\"z*\" = \"first\"\n\"*\" = \"rest\"\n";
        for text in [text, text.trim_start_matches("[teams]\n")] {
            let teams = parse(text).unwrap();
            assert_eq!(teams.of("", "zoo"), Some("first"));
            assert_eq!(teams.of("", "ape"), Some("rest"));
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, place, told) in [
            ("a = \"b\"\n\"[x\" = \"c\"", (2, 1), "is no pattern"),
            ("[teams]\na = 3", (2, 5), "the name of a team"),
            ("a = b", (1, 5), "in quotes"),
            ("x = \"y\"\n[teams]", (2, 1), "only one table"),
            ("[other]", (1, 1), "only one table"),
            ("a* = \"b\"", (1, 2), "= is expected"),
            ("\"a = \"b\"", (1, 7), "= is expected"),
            ("a = \"b\" c", (1, 9), "nothing is expected"),
            ("\"ä\" = 'b' # c\n = 1", (2, 2), "a pattern is expected"),
        ] {
            let wrong = parse(text).unwrap_err();
            assert_eq!((wrong.line, wrong.column), place, "{text}: {}", wrong.reason);
            assert!(wrong.reason.contains(told), "{}", wrong.reason);
        }
    }
}
