//! The file that says which team answers for which service.
//!
//! ```toml
//! [teams]
//! "ledger" = "payments"       # a service by name
//! "supply/*" = "supply-chain" # every service of a namespace
//! "*-canary" = ""             # nobody's
//! ```

use std::path::Path;

use crate::config::{self, Problems, Section};
use crate::model::{ServiceGlob, Teams};
use crate::summary::Summary;

use super::Error;
use super::diagnostics::Diagnostics;
use super::settings::{Written, contents};

/// Reads the file, if one is given; else the teams are those that are `settled`.
///
/// # Errors
/// If it cannot be read or is wrong, with all mistakes in it.
pub fn read(path: Option<&Path>, settled: &Teams) -> Result<Teams, Error> {
    let Some(path) = path else { return Ok(settled.clone()) };
    parse(&path.display().to_string(), &contents(path)?).map_err(Error::Settings)
}

/// The rules of the file as they are written.
///
/// # Errors
/// As [`read`].
pub fn written(path: &Path) -> Result<Vec<Written>, Error> {
    let rules = |table: &mut Section<'_>| {
        rules(table);
        let entries = table.entries();
        let rules = entries.iter().map(|(key, value)| Written {
            path: format!("teams.{}", key.text()),
            ..Written::of(value)
        });
        rules.collect()
    };
    table(&path.display().to_string(), &contents(path)?, rules).map_err(Error::Settings)
}

fn parse(file: &str, text: &str) -> Result<Teams, Problems> {
    table(file, text, rules).map(Teams::new)
}

/// The rules stand in a table `[teams]`, as in a file of settings, or by themselves.
fn table<T>(
    file: &str,
    text: &str,
    ask: impl FnOnce(&mut Section<'_>) -> Vec<T>,
) -> Result<Vec<T>, Problems> {
    config::read(file, text, |root| {
        // A service may be called "teams": then the key stands for a text.
        match root.value("teams").filter(|value| !value.is_text()) {
            Some(table) => table.table(ask).unwrap_or_default(),
            None => ask(root),
        }
    })
}

/// The rules of a table, in the order of the text: which services, and whose they are.
pub fn rules(table: &mut Section<'_>) -> Vec<(ServiceGlob, String)> {
    let entries = table.entries();
    let rule = entries.iter().filter_map(|(key, value)| {
        let (glob, team) = (key.parsed(ServiceGlob::parse), value.text().map(str::to_owned));
        glob.zip(team)
    });
    rule.collect()
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
            let teams = parse("f", text).unwrap();
            assert_eq!(teams.of("", "zoo"), Some("first"));
            assert_eq!(teams.of("", "ape"), Some("rest"));
        }
        let named = parse("f", "teams = \"people\"").unwrap();
        assert_eq!(named.of("", "teams"), Some("people"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, told) in [
            ("a = \"b\"\n\"[x\" = \"c\"", "f:2:1: \"[x\" is no pattern"),
            ("[teams]\na = 3", "f:2:5: `teams.a` must be text in quotes"),
            ("teams = 3", "f:1:9: `teams` must be a table"),
            ("x = \"y\"\n[teams]", "f:1:1: unknown key `x`"),
            ("[other]", "f:1:1: `other` must be text in quotes"),
            ("a* = \"b\"", "f:1:2: "),
        ] {
            let wrong = parse("f", text).unwrap_err().to_string();
            assert!(wrong.starts_with(told), "{text}: {wrong}");
        }
    }
}
