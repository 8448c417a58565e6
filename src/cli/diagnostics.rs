//! What is said on standard error.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::model::{InputStats, Loss, Place};
use crate::report::escape::sentence;

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

    /// The reason why there is no result.
    pub fn error(&mut self, text: &str) {
        self.say(AnsiColor::Red.on_default().bold(), "error", text);
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
    use crate::model::LossKind;

    use super::*;

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
