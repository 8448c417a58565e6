//! What `tracefall whatif` prints: one estimate with configuration to paste.

use std::io::{self, Write};

use crate::analysis::Containment;

use super::document::{Block, estimate};
use super::{Options, terminal};

/// Writes one estimate.
///
/// # Errors
/// Those of `out`.
pub fn write_estimate(
    answer: &Containment,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let blocks = [Block::section("What if"), Block::Paragraph(estimate(answer))];
    terminal::write(&blocks, options, out)?;
    // Configuration is pasted: no wrapping, no colours. Its names are made harmless where it is
    // written.
    for (product, text) in &answer.configurations {
        write!(out, "\n# {product}\n{text}")?;
    }
    Ok(())
}
