//! Mistakes in a file of settings, each at its place.

use std::fmt;
use std::ops::Range;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters of the line it covers, at least 1.
    pub width: usize,
    /// What is wrong, and what was probably meant.
    pub message: String,
    /// The line as it is written. May hold anything: whoever shows it makes it harmless.
    pub quoted: String,
}

impl Problem {
    /// A mistake in these bytes of a text.
    pub fn new(text: &str, at: Range<usize>, message: String) -> Self {
        let begins = boundary(text, at.start.min(text.len()));
        let line_begins = text[..begins].rfind('\n').map_or(0, |feed| feed + 1);
        let rest = &text[line_begins..];
        let quoted = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let line_ends = (line_begins + quoted.len()).max(begins);
        let ends = boundary(text, at.end.clamp(begins, line_ends));
        Self {
            line: text[..begins].matches('\n').count() + 1,
            column: text[line_begins..begins].chars().count() + 1,
            width: text[begins..ends].chars().count().max(1),
            message,
            quoted: quoted.to_owned(),
        }
    }
}

/// Where the character begins in which this byte lies.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// All mistakes of a file, in order of place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file, as the user knows it.
    pub file: String,
    /// The mistakes; at least one.
    pub list: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.list.iter().enumerate() {
            let between = if i == 0 { "" } else { "; " };
            let Problem { line, column, message, .. } = problem;
            write!(f, "{between}{}:{line}:{column}: {message}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, bytes: Range<usize>) -> (usize, usize, usize, String) {
        let p = Problem::new(text, bytes, String::new());
        (p.line, p.column, p.width, p.quoted)
    }

    #[test]
    fn places_count_lines_and_characters() {
        let text = "a = 1\r\nßé = \"x\"\n";
        assert_eq!(at(text, 0..1), (1, 1, 1, "a = 1".to_owned()));
        assert_eq!(at(text, 14..17), (2, 6, 3, "ßé = \"x\"".to_owned()));
        assert_eq!(at(text, 4..15), (1, 5, 1, "a = 1".to_owned()), "no further than its line");
        assert_eq!(at(text, 99..120), (3, 1, 1, String::new()));
        assert_eq!(at("", 0..0), (1, 1, 1, String::new()));
    }
}
