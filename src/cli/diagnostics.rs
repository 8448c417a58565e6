//! What is said on standard error.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::config::{Problem, Problems};
use crate::model::{InputStats, Loss, Place};
use crate::report::escape::{clean, sentence, shorten};

/// Mistakes of one file that are shown.
const MISTAKES: usize = 50;
/// Columns of a quoted line that are shown.
const QUOTED: usize = 120;
/// Examples of losses that are shown.
const EXAMPLES: usize = 5;

/// Speaks to the user beside the result. All text is made harmless: file names and reasons
/// hold what strangers wrote.
#[derive(Debug)]
pub struct Diagnostics<W: Write = anstream::Stderr> {
    out: W,
    /// What was said as a warning of its own, and need not be said again among the losses.
    told: Vec<Loss>,
}

impl Diagnostics {
    /// On standard error, in colour where that is welcome.
    pub fn new() -> Self {
        Self { out: anstream::stderr(), told: Vec::new() }
    }
}

impl<W: Write> Diagnostics<W> {
    /// Something to know about.
    pub fn warning(&mut self, text: &str) {
        self.say(AnsiColor::Yellow.on_default().bold(), "warning", text);
    }

    /// Something that was done, or found beside the result.
    pub fn note(&mut self, text: &str) {
        self.say(AnsiColor::Cyan.on_default().bold(), "note", text);
    }

    /// The reason why there is no result.
    pub fn error(&mut self, text: &str) {
        self.say(AnsiColor::Red.on_default().bold(), "error", text);
    }

    /// Mistakes in a file of settings, each with the line it stands in.
    pub fn problems(&mut self, problems: &Problems) {
        for problem in problems.list.iter().take(MISTAKES) {
            let Problem { line, column, message, .. } = problem;
            self.error(&format!("{}:{line}:{column}: {message}", problems.file));
            if let Some((text, mark)) = quote(problem) {
                let (number, blank) = (line.to_string(), " ".repeat(line.to_string().len()));
                let style = AnsiColor::Red.on_default().bold();
                self.line(&format!("  {number} | {text}"));
                self.line(&format!("  {blank} | {style}{mark}{style:#}"));
            }
        }
        if problems.list.len() > MISTAKES {
            self.line(&format!("  and {} more", problems.list.len() - MISTAKES));
        }
    }

    /// Named files that were of no use, while others were.
    pub fn failures(&mut self, failures: &[Loss]) {
        for failure in failures.iter().take(EXAMPLES) {
            self.warning(&place(failure));
        }
        if failures.len() > EXAMPLES {
            self.line(&format!("  and {} more", failures.len() - EXAMPLES));
        }
        self.told.extend_from_slice(failures);
    }

    /// What was lost while reading, with the first examples.
    pub fn losses(&mut self, stats: &InputStats) {
        let counts: Vec<String> = stats
            .losses
            .iter()
            .map(|(kind, n)| {
                let told = self.told.iter().filter(|loss| loss.kind == *kind).count();
                (kind.as_str(), n.saturating_sub(told as u64))
            })
            .filter(|(_, n)| *n > 0)
            .map(|(kind, n)| format!("{kind} {n}"))
            .collect();
        if counts.is_empty() {
            return;
        }
        self.warning(&format!("lost while reading: {}", counts.join(", ")));
        let fresh = stats.examples.iter().filter(|loss| !self.told.contains(loss));
        let examples: Vec<String> = fresh.take(EXAMPLES).map(place).collect();
        for example in &examples {
            self.line(&format!("  {example}"));
        }
        let shown = (examples.len() + self.told.len()) as u64;
        if !examples.is_empty() && stats.lost() > shown {
            self.line(&format!("  and {} more", stats.lost() - shown));
        }
    }

    fn say(&mut self, style: Style, lead: &str, text: &str) {
        self.line(&format!("{style}{lead}:{style:#} {}", sentence(text)));
    }

    /// Nobody is left to tell if standard error itself fails.
    fn line(&mut self, line: &str) {
        let _ = io::Write::write_fmt(&mut self.out, format_args!("{line}\n"));
    }
}

/// A line as it may be shown, and the mark below the mistake in it. None of a line in which
/// there is nothing to see, or whose mistake lies too far to the right.
fn quote(problem: &Problem) -> Option<(String, String)> {
    // Blanks at the beginning say nothing, and cleaning takes them away.
    let indent = problem.quoted.chars().take_while(|c| c.is_whitespace()).count();
    let chars = || problem.quoted.chars().skip(indent);
    let before: String = chars().take((problem.column - 1).saturating_sub(indent)).collect();
    let marked: String = chars().skip(before.chars().count()).take(problem.width).collect();
    // Cleaned by itself it would lose the blank at its end.
    let at = clean(&format!("{before}.")).width() - 1;
    let wide = clean(&marked).width().max(1);
    let text = clean(&problem.quoted);
    if text.is_empty() || at >= QUOTED {
        return None;
    }
    let mark = format!("{}{}", " ".repeat(at), "^".repeat(wide.min(QUOTED - at)));
    Some((shorten(&text, QUOTED), mark))
}

/// A loss as `file:line: reason`.
pub fn place(loss: &Loss) -> String {
    let at = match loss.place {
        Place::File => loss.file.clone(),
        Place::Line(line) => format!("{}:{line}", loss.file),
        Place::Byte(byte) => format!("{} at byte {byte}", loss.file),
    };
    sentence(&format!("{at}: {}", loss.reason))
}

#[cfg(test)]
mod tests {
    use crate::config::read;
    use crate::model::LossKind;

    use super::*;

    #[test]
    fn mistakes_are_quoted_with_a_mark_below_and_harmless() {
        let wrong = read("a\u{1b}.toml", "\twidth  = \"日本\u{7f}\" # x", |root| {
            root.value("width").map(|v| v.integer(1..=9));
        });
        let text = "\u{1}".repeat(3);
        let broken = read(&text, &format!("[a]\n{text} = 1"), |_| ());
        let mut said = Diagnostics { out: Vec::new(), told: Vec::new() };
        said.problems(&wrong.unwrap_err());
        said.problems(&broken.unwrap_err());
        let text = anstream::adapter::strip_bytes(&said.out).into_vec();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains(['\u{1}', '\u{1b}', '\u{7f}']), "{text}");
        assert!(text.starts_with("error: a\u{fffd}.toml:1:"), "{text}");
    }

    #[test]
    fn the_mark_is_below_the_mistake() {
        let wrong = read("a.toml", "  one = [1, 2]\n\ttwo  =  \"日本\" # x", |root| {
            root.value("one").map(|v| v.list(|v| v.integer(2..=9)));
            root.value("two").map(|v| v.integer(1..=9));
        });
        let shown: Vec<_> = wrong.unwrap_err().list.iter().map(|p| quote(p).unwrap()).collect();
        let pair = |text: &str, mark: &str| (text.to_owned(), mark.to_owned());
        assert_eq!(shown[0], pair("one = [1, 2]", "       ^"));
        assert_eq!(shown[1], pair("two = \"日本\" # x", "      ^^^^^^"));
    }

    #[test]
    fn losses_are_counted_shown_and_harmless() {
        let loss = |line| Loss {
            file: "a\u{1b}[2J.json".to_owned(),
            place: Place::Line(line),
            kind: LossKind::BadLine,
            reason: "not JSON".to_owned(),
        };
        let stats = InputStats {
            losses: [(LossKind::BadLine, 9), (LossKind::BadFrame, 0)].into(),
            examples: (1..=7).map(loss).collect(),
            ..InputStats::default()
        };
        let mut said = Diagnostics { out: Vec::new(), told: Vec::new() };
        said.failures(&[]);
        said.losses(&stats);
        let text = anstream::adapter::strip_bytes(&said.out).into_vec();
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with("warning: lost while reading: bad_line 9\n"));
        assert!(text.contains("  a\u{fffd}[2J.json:1: not JSON\n"));
        assert!(text.ends_with("  and 4 more\n"), "{text}");
    }
}
