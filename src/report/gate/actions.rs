//! The gate as annotations of GitHub Actions: workflow commands on standard output.

use std::io::{self, Write};

use crate::gate::{Gate, State};
use crate::report::escape::clean;

use super::finding::{headline, lines, notice, result, word, worst_first};

/// GitHub shows so many annotations of each kind for a step and drops the rest without a word.
const SHOWN: usize = 10;

/// Writes at most ten annotations of each kind, and in plain lines how many more there are.
///
/// # Errors
/// Those of `out`.
pub fn annotations(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    let (mut errors, mut warnings, mut notices) = (Vec::new(), Vec::new(), Vec::new());
    for verdict in worst_first(gate) {
        let list = match verdict.state {
            State::Failed | State::Unevaluated => &mut errors,
            State::Warned => &mut warnings,
            State::Passed | State::Skipped => continue,
        };
        let title = format!("{} ({})", verdict.rule, result(verdict));
        let asked = format!("asked for: {}", verdict.asks);
        let text: Vec<String> = std::iter::once(asked).chain(lines(verdict)).collect();
        list.push((title, verdict.source.line, text));
    }
    for about in &gate.notices {
        let title = "tracefall policy".to_owned();
        notices.push((title, about.source.line, vec![notice(gate, about)]));
    }
    for (kind, list) in [("error", &errors), ("warning", &warnings), ("notice", &notices)] {
        for (title, line, text) in list.iter().take(SHOWN) {
            let mut properties = format!("title={}", property(title));
            if let Some(file) = &gate.file {
                properties += &format!(",file={}", property(file));
                if *line > 0 {
                    properties += &format!(",line={line}");
                }
            }
            let text: Vec<String> = text.iter().map(|line| data(line)).collect();
            writeln!(out, "::{kind} {properties}::{}", text.join("%0A"))?;
        }
    }
    for (kind, list) in [("errors", errors), ("warnings", warnings), ("notices", notices)] {
        if list.len() > SHOWN {
            writeln!(out, "{} more {kind} are not shown as annotations", list.len() - SHOWN)?;
        }
    }
    writeln!(out, "tracefall check: {}. {}", word(gate.state), headline(gate))
}

/// The text of a command. An older form of commands is found anywhere in a line: it is broken.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace("##[", "## [")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_property_or_begins_a_command() {
        assert_eq!(property("a:b,c%0A\r\nd"), "a%3Ab%2Cc%250A d");
        assert_eq!(data("x\n::set-output name=a::b"), "x ::set-output name=a::b");
        assert_eq!(data("##[add-mask]x"), "## [add-mask]x");
    }
}
