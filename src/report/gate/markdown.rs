//! The gate as Markdown: a comment on a change, and the summary of a step.

use std::io::{self, Write};

use crate::gate::Gate;
use crate::report::markdown;

use super::document::document;
use super::finding::word;

/// A comment on GitHub holds so many characters, of at most four bytes each; counted in bytes to
/// be sure, with room for whoever adds a line.
const COMMENT: usize = 60_000;
/// A step summary on GitHub holds one MiB; what others of the step write goes there too.
const SUMMARY: usize = 900_000;

/// Writes a comment.
///
/// # Errors
/// Those of `out`.
pub fn comment(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    within(gate, COMMENT, out)
}

/// Writes the summary of a step.
///
/// # Errors
/// Those of `out`.
pub fn step_summary(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    within(gate, SUMMARY, out)
}

/// Shows as many rules as fit, the worst of them.
fn within(gate: &Gate, bytes: usize, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("tracefall check: {}", word(gate.state));
    let mut most = gate.verdicts.len();
    loop {
        let mut text = Vec::new();
        markdown::write(&title, &document(gate, most), &mut text)?;
        if text.len() <= bytes || most == 0 {
            return out.write_all(&text);
        }
        most /= 2;
    }
}
